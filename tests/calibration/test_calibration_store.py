from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calibration import files as files_module
from calibration import store as store_module
from calibration.errors import CalibrationFileError, CalibrationFormatError
from calibration.store import CalibrationStore, default_folder, search_folders, user_folder
from calibration.text import calibration_of_text, text_of_calibration
from calibration.value import Calibration, Quality
from firmware.identity import SensorIdentity
from firmware.samples import SensorRole

LIMB = SensorIdentity(SensorRole.LIMB, 1, 0x68, "MPU-6050", 0x68)
TORSO = SensorIdentity(SensorRole.TORSO, 1, 0x69, "MPU-6050", 0x68)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GOOD = Calibration(
    sensor=LIMB,
    accel_range_g=8,
    gyro_range_dps=1000,
    accel_matrix=((1.01, 0.001, 0.0), (0.001, 0.99, -0.002), (0.0, -0.002, 1.0)),
    accel_offset_ms2=(0.1, -0.2, 0.5),
    gyro_matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    gyro_offset_rads=(0.2, -0.1, 0.01),
    kind="rests",
    gyro_slope_rads_per_c=(0.001, 1e-05, 0.0),
    temperature_c=31.5,
    made_at=NOON,
    quality=Quality(13, ("+x", "-x", "+y", "-y", "+z", "-z"), 0.002, 3.1, 0.2, 0.003, 4.5),
)


def later(hours: float, **changes: object) -> Calibration:
    return replace(GOOD, made_at=NOON + timedelta(hours=hours), **changes)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> CalibrationStore:
    return CalibrationStore(tmp_path / "repclip" / "calibration")


def names(store: CalibrationStore) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


def test_what_was_saved_is_loaded(store: CalibrationStore) -> None:
    path = store.save(GOOD)
    assert path == store.folder / "i2c-1-0x68-mpu-6050-20261122T120000Z.toml"
    assert store.load(path) == GOOD
    assert path.stat().st_mode & 0o777 == 0o644
    assert names(store) == [path.name], "nothing else is left behind"
    text = path.read_text(encoding="utf-8")
    assert (
        "# what the nominal specific force reads too much (m/s2)\naccel_offset_ms2 = [0.1, -0.2, 0.5]" in text
    )
    assert "i2c_address = 0x68" in text


@pytest.mark.parametrize("chip", ['a"b\\c', "l\ni\tn\x7fe\u2028", "\U0001f600", "", "unknown 0x42"])
def test_any_chip_name_survives(store: CalibrationStore, chip: str) -> None:
    odd = replace(GOOD, sensor=replace(LIMB, chip=chip, i2c_bus=None, who_am_i=None))
    assert store.load(store.save(odd)) == odd
    assert store.latest(odd.sensor, 8, 1000) == odd


def test_a_calibration_of_little_is_stored_too(store: CalibrationStore) -> None:
    little = replace(Calibration.nominal(LIMB), kind="gyro rest", made_at=NOON)
    assert store.load(store.save(little)) == little
    with pytest.raises(CalibrationFormatError, match="made_at"):
        store.save(Calibration.nominal(LIMB))


def test_none_is_ever_overwritten(store: CalibrationStore) -> None:
    paths = [store.save(GOOD) for _ in range(3)]
    assert len(set(paths)) == 3
    assert [each.calibration for each in store.history(LIMB)] == [GOOD] * 3


def test_the_newest_of_that_sensor_at_these_ranges_is_chosen(store: CalibrationStore) -> None:
    store.save(later(0))
    store.save(later(2))
    store.save(later(1))
    store.save(later(9, sensor=TORSO))
    store.save(later(9, sensor=replace(LIMB, chip="MPU-6500", who_am_i=0x70)))
    store.save(later(9, sensor=replace(LIMB, i2c_bus=3)))
    store.save(later(9, accel_range_g=4))
    assert store.latest(LIMB, 8, 1000) == later(2)
    assert store.latest(LIMB, 8, 1000, at=NOON + timedelta(hours=1)) == later(1)
    assert store.latest(LIMB, 8, 1000, at=NOON - timedelta(hours=1)) is None
    assert store.latest(LIMB, 4, 1000) == later(9, accel_range_g=4)
    assert store.latest(LIMB, 2, 1000) is None
    dates = [each.calibration.made_at for each in store.history(LIMB) if each.calibration]
    assert dates == sorted(dates, reverse=True)
    assert len(dates) == 4
    assert len(store.all()) == 7


def test_a_sensor_that_watches_something_else_keeps_its_calibration(store: CalibrationStore) -> None:
    store.save(GOOD)
    found = store.latest(replace(LIMB, role=SensorRole.TORSO), 8, 1000)
    assert found == replace(GOOD, sensor=replace(LIMB, role=SensorRole.TORSO))


def test_no_folder_is_no_calibration(store: CalibrationStore) -> None:
    assert store.latest(LIMB, 8, 1000) is None
    assert store.history(LIMB) == store.all() == []


def test_further_folders_are_looked_in(tmp_path: Path) -> None:
    mine, system = CalibrationStore(tmp_path / "mine"), CalibrationStore(tmp_path / "system")
    both = CalibrationStore(mine.folder, [mine.folder, system.folder])
    system.save(later(1, kind="system"))
    assert both.latest(LIMB, 8, 1000) == later(1, kind="system")
    mine.save(later(0))
    assert both.latest(LIMB, 8, 1000) == later(1, kind="system")
    mine.save(later(1, kind="mine"))
    assert both.latest(LIMB, 8, 1000) == later(1, kind="mine")
    assert both.save(later(3)).parent == mine.folder


def changed(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda text: text[: text.index("accel_matrix") + 30], "is no calibration"),
        (lambda _: "", "format of a calibration"),
        (lambda _: "\0" * 300, "is no calibration"),
        (lambda _: "[" * 5000, "is no calibration"),
        (lambda _: "#" * 70_000, "far too long"),
        (
            changed("gyro_offset_rads =", "gyro_ofset_rads ="),
            "gyro_offset_rads of a calibration must be three",
        ),
        (changed("temperature_c = 31.5", "temprature_c = 31.5"), "'temprature_c' is no value"),
        (changed("[sensor]", "[sensor]\ncolour = 1"), r"'colour' of \[sensor\] is no value"),
        (changed("[quality]", "[quality]\ngood = true"), r"'good' of \[quality\] is no value"),
        (changed("accel_range_g = 8", 'accel_range_g = "8"'), "accel_range_g .* whole number"),
        (
            changed("[1.01, 0.001, 0.0]", "[0.001, 0.99, -0.002]"),
            "0.001 in row 1, column 1.*within 0.09 of 1",
        ),
        (changed("[1.01, 0.001, 0.0]", "[1.01, 0.5, 0.0]"), "0.5 in row 1, column 2.*within 0.06 of 0"),
        (changed("[1.01, 0.001, 0.0]", "[nan, 0.0, 0.0]"), "not finite"),
        (changed("[[1.0, 0.0, 0.0], [", "[[1.2, 0.0, 0.0], ["), "gyro_matrix has 1.2"),
        (changed("[0.1, -0.2, 0.5]", "[0.1, -0.2, 50]"), "accel_offset_ms2 has 50 m/s2"),
        (changed("[0.2, -0.1, 0.01]", "[0.2, -10.1, 0.01]"), "gyro_offset_rads has -10.1"),
        (changed("[0.001, 1e-05, 0.0]", "[0.1, 1e-05, 0.0]"), "gyro_slope_rads_per_c has 0.1"),
        (changed("temperature_c = 31.5", "temperature_c = 310"), "temperature_c is 310"),
        (changed("rests = 13", "rests = -5"), "rests is -5"),
        (changed("tilt_error_after_deg = 0.2", "tilt_error_after_deg = inf"), "tilt_error_after_deg is inf"),
        (changed("i2c_address = 0x68", "i2c_address = 0x9968"), "i2c_address .* is 0x9968"),
        (changed('made_at = "2026-', 'made_at = "26-'), "made_at"),
        (changed("format = 2", "format = 7"), "format 7"),
    ],
)
def test_a_file_that_was_edited_is_told_and_does_not_hide_the_older_one(
    store: CalibrationStore, edit: Callable[[str], str], says: str
) -> None:
    store.save(GOOD)
    path = store.save(later(1))
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(CalibrationFormatError, match=says) as told:
        store.load(path)
    assert str(path) in str(told.value)
    assert str(told.value).endswith(".")
    with pytest.raises(CalibrationFormatError, match=says):
        store.latest(LIMB, 8, 1000)
    found = store.search(LIMB, 8, 1000)
    assert found.calibration == GOOD
    assert found.problems == (str(told.value),)
    assert [each.calibration for each in store.history(LIMB)] == [None, GOOD]
    assert store.search(TORSO, 8, 1000).problems == (), "another sensor's trouble"
    store.save(later(2))
    assert store.latest(LIMB, 8, 1000) == later(2), "an older broken file is in nobody's way"


def test_a_person_may_edit_a_date_and_bytes_that_are_no_text_are_told(store: CalibrationStore) -> None:
    path = store.save(GOOD)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"2026-11-22T12:00:00Z"', "2026-11-22T13:00:00+01:00"), encoding="utf-8")
    assert store.load(path) == GOOD
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(CalibrationFormatError, match="UTF-8"):
        store.load(path)
    path.unlink()
    with pytest.raises(CalibrationFileError, match="No such file"):
        store.load(path)


def test_the_text_is_the_same_after_a_round_trip() -> None:
    text = text_of_calibration(GOOD)
    assert text_of_calibration(calibration_of_text(text, "it")) == text


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "not allowed"),
        (errno.EIO, "Input/output error"),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "rename", "mkstemp", "mkdir"])
def test_a_failure_to_write_is_a_sentence_and_leaves_the_old_one(
    store: CalibrationStore, monkeypatch: pytest.MonkeyPatch, number: int, says: str, call: str
) -> None:
    store.save(GOOD)

    def fail(*_args: object, **_named: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        if call == "fsync":
            patch.setattr(files_module.os, "fsync", fail)
        elif call == "mkstemp":
            patch.setattr(files_module.tempfile, "mkstemp", fail)
        else:
            patch.setattr(Path, call, fail)
        with pytest.raises(CalibrationFileError, match=says) as told:
            store.save(later(1))
    assert "untouched" in str(told.value)
    assert names(store) == ["i2c-1-0x68-mpu-6050-20261122T120000Z.toml"]
    assert store.latest(LIMB, 8, 1000) == GOOD


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB; only root can have one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    store = CalibrationStore(small_disk)
    path = store.save(GOOD)
    before = path.read_bytes()
    (small_disk / "rest").write_bytes(
        b"x" * (os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize)
    )
    with pytest.raises(CalibrationFileError, match="the disk is full; make room"):
        store.save(later(1))
    assert path.read_bytes() == before
    assert names(store) == [path.name, "rest"]
    (small_disk / "rest").unlink()
    store.save(later(1))
    assert store.latest(LIMB, 8, 1000) == later(1)


def test_a_disk_that_is_really_read_only(small_disk: Path) -> None:
    store = CalibrationStore(small_disk)
    store.save(GOOD)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(CalibrationFileError, match="the disk is read-only"):
        store.save(later(1))
    assert store.latest(LIMB, 8, 1000) == GOOD


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "calibration").write_text("")
    store = CalibrationStore(tmp_path / "calibration")
    with pytest.raises(CalibrationFileError, match="cannot be saved in"):
        store.save(GOOD)
    with pytest.raises(CalibrationFileError, match="cannot be read"):
        store.latest(LIMB, 8, 1000)


def test_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(store_module, "SYSTEM_FOLDER", tmp_path / "etc" / "repclip" / "calibration")
    assert user_folder() == tmp_path / "repclip" / "calibration"
    assert default_folder() == store_module.SYSTEM_FOLDER
    assert search_folders() == (user_folder(), store_module.SYSTEM_FOLDER)
    monkeypatch.setattr(store_module.os, "access", lambda *_: False)
    assert default_folder() == user_folder()
    store = CalibrationStore.default()
    assert store.folder == user_folder()
    assert store.folders == (user_folder(), store_module.SYSTEM_FOLDER)
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert user_folder() == tmp_path / "home" / ".config" / "repclip" / "calibration"
