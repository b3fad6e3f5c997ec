"""The value: how a sensor sits, what it does to samples, and how it is written down."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from support.calibrations import LIMB

from calibration.errors import CalibrationFileError, CalibrationFormatError
from calibration.imu import ImuBlock
from calibration.placement import Placement, PlacementKind, PlacementQuality, Side
from calibration.placement_store import Placed, placement_of_text, text_of_placement
from calibration.store import CalibrationStore
from firmware.roles import SensorRole

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def some(seed: int = 1, **other: object) -> Placement:
    turn = Rotation.random(random_state=seed).as_matrix()
    given: dict[str, object] = {
        "kind": PlacementKind.WRIST,
        "side": Side.LEFT,
        "confidence": 0.75,
        "made_at": NOW,
        "quality": PlacementQuality(171.5, 0.99, 3.2, 8.1),
        **other,
    }
    return Placement(tuple(tuple(row) for row in turn.tolist()), **given)  # type: ignore[arg-type]


@given(st.integers(0, 10_000))
def test_a_file_gives_back_the_same_value(seed: int) -> None:
    text = text_of_placement(Placed(LIMB, some(seed)))
    assert placement_of_text(text, "it") == Placed(LIMB, some(seed))
    assert text_of_placement(placement_of_text(text, "it")) == text


def test_without_date_and_quality_it_is_the_same_too() -> None:
    bare = some(made_at=None, quality=None)
    assert Placement.from_dict(bare.to_dict()) == bare
    assert bare != some()


def test_every_key_of_a_file_is_explained() -> None:
    lines = text_of_placement(Placed(LIMB, some())).split("[sensor]")
    keys = [n for n, line in enumerate(lines[0].splitlines()) if " = " in line and line[0] != "#"]
    assert len(keys) == 6
    assert all(lines[0].splitlines()[n - 1].startswith("# ") for n in keys[1:])


def test_vectors_are_turned_and_nothing_else_changes() -> None:
    rng = np.random.default_rng(2)
    placement = some(3)
    block = ImuBlock(
        SensorRole.LIMB,
        np.arange(50) / 100,
        rng.normal(0, 9, (50, 3)),
        rng.normal(0, 2, (50, 3)),
        rng.integers(0, 3, 50).astype(np.uint8),
    )
    turned = placement.apply(block)
    assert turned.angular_rate_rads is not None
    matrix = np.array(placement.rotation)
    np.testing.assert_allclose(turned.specific_force_ms2, block.specific_force_ms2 @ matrix.T, atol=1e-12)
    np.testing.assert_allclose(turned.angular_rate_rads, block.angular_rate_rads @ matrix.T, atol=1e-12)
    assert turned.t_s is block.t_s
    assert turned.flags is block.flags
    np.testing.assert_allclose(placement.turn(np.array([placement.along])), [[1.0, 0.0, 0.0]], atol=1e-12)
    parts = [placement.apply(block[n : n + 7]).specific_force_ms2 for n in range(0, 50, 7)]
    assert np.concatenate(parts).tobytes() == turned.specific_force_ms2.tobytes()
    assert placement.apply(replace(block, angular_rate_rads=None)).angular_rate_rads is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"rotation": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))}, "is no rotation"),
        ({"rotation": ((1.0, 0.0, 0.0), (0.1, 1.0, 0.0), (0.0, 0.0, 1.0))}, "is no rotation"),
        ({"rotation": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, float("nan")))}, "finite"),
        ({"confidence": 1.2}, "expected 0 to 1"),
        ({"made_at": NOW.replace(tzinfo=None)}, "with its zone"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(CalibrationFormatError, match=complaint):
        replace(some(), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (("format = 1", "format = 7"), "update repclip"),
        (('kind = "wrist"', 'kind = "nose"'), "expected one of wrist, bar, torso"),
        (('side = "left"', 'side = "both"'), "expected one of left, right, unknown"),
        (("rotation = [[", "rotation = [[0.1, 0.2, 0.3], ["), "must be three rows"),
        (("rotation = [[-", "rotation = [["), "is no rotation"),
        (("confidence = 0.75", "confidence = 'high'"), "must be a number"),
        (("confidence", "confidenze"), "must be a number, not None"),
        (("[quality]", "[quality]\nmood = 3"), "'mood' of [quality]"),
        (("[sensor]", "[senzor]"), "must name its sensor"),
        (("turned_deg = 171.5", "turned_deg = nan"), "not finite"),
        (("format = 1", "format = "), "is no placement"),
    ],
)
def test_a_file_edited_by_hand_is_one_sentence(edit: tuple[str, str], complaint: str, tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    older = store.placements.save(LIMB, some(1, made_at=NOW - timedelta(days=1)))
    path = store.placements.save(LIMB, some(2))
    assert edit[0] in path.read_text()
    path.write_text(path.read_text().replace(*edit))
    with pytest.raises(CalibrationFormatError) as told:
        store.placements.load(path)
    assert complaint in str(told.value)
    assert str(told.value).startswith(str(path))
    with pytest.raises(CalibrationFormatError):
        store.latest_placement(LIMB, PlacementKind.WRIST)
    broken, good = store.placements.history(LIMB, PlacementKind.WRIST)
    assert complaint in broken.problem
    assert good.value is not None
    assert (good.path, good.value.placement) == (older, some(1, made_at=NOW - timedelta(days=1)))


def test_the_newest_of_a_sensor_and_a_kind_is_found(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path / "mine", [tmp_path / "etc"])
    old, new, later = (some(n, made_at=NOW + timedelta(days=n)) for n in (1, 2, 3))
    bar = some(4, kind=PlacementKind.BAR, side=Side.UNKNOWN)
    CalibrationStore(tmp_path / "etc").placements.save(LIMB, new)
    for each in (later, old, bar):
        store.placements.save(LIMB, each)
    other = replace(LIMB, i2c_address=0x69, role=SensorRole.TORSO)
    assert store.latest_placement(LIMB, PlacementKind.WRIST) == later
    assert store.latest_placement(LIMB, PlacementKind.WRIST, at=NOW + timedelta(days=2.5)) == new
    assert store.latest_placement(LIMB, PlacementKind.WRIST, at=NOW) is None
    assert store.latest_placement(LIMB, PlacementKind.BAR) == bar
    assert store.latest_placement(LIMB, PlacementKind.TORSO) is None
    assert store.latest_placement(other, PlacementKind.WRIST) is None
    assert store.latest_placement(replace(LIMB, role=SensorRole.TORSO), PlacementKind.WRIST) == later
    assert store.all() == [], "placements are no calibrations"


def test_saving_never_overwrites_and_needs_a_date(tmp_path: Path) -> None:
    store = CalibrationStore(tmp_path)
    first, second = (store.placements.save(LIMB, some(n)) for n in (1, 2))
    assert first.name == "wrist-i2c-1-0x68-mpu-6050-20261122T120000Z.toml"
    assert second.name == "wrist-i2c-1-0x68-mpu-6050-20261122T120000Z-2.toml"
    assert tomllib.loads(first.read_text())["sensor"]["i2c_address"] == 0x68
    with pytest.raises(CalibrationFormatError, match="without a date"):
        store.placements.save(LIMB, some(made_at=None))
    (tmp_path / "file").write_text("")
    with pytest.raises(CalibrationFileError, match=r"placement cannot be saved .*untouched"):
        CalibrationStore(tmp_path / "file").placements.save(LIMB, some())
    east = some(made_at=NOW.astimezone(timezone(timedelta(hours=5))))
    assert east == some()
