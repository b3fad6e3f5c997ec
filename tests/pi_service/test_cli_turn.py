"""`repclip calibrate --turn`: the gyroscope's scale, live and off a recording; and what may go wrong."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from support.calibrations import all_files, calibration, on_bus_1, store
from support.virtual_bus import use_virtual_time

from calibration.store import CalibrationStore
from calibration.value import IDENTITY
from firmware.sim import Traits
from pi_service.athlete.turning import TurningMotion
from pi_service.cli import run


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    use_virtual_time(monkeypatch)


@pytest.mark.usefixtures("virtual")
def test_a_turn_adds_the_scale_to_the_calibration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turn = ["calibrate", "--bus", "sim:seed=3", "--turn", "360"]
    assert run(turn) == 2
    assert "is not calibrated at 8 g and 1000 deg/s yet: run repclip calibrate" in capsys.readouterr().err
    assert run(["calibrate", "--bus", "sim:seed=3"]) == 0
    capsys.readouterr()
    assert run(turn) == 0
    out = capsys.readouterr().out
    assert "Turn it anticlockwise by 360 degrees" in out
    assert re.search(r"Gyroscope .* % in scale\.$", out, re.MULTILINE)
    turned, before = CalibrationStore(tmp_path / "calibration" / "simulated" / "seed-3").all()
    assert turned.calibration is not None
    assert before.calibration is not None
    assert before.calibration.gyro_matrix == IDENTITY
    assert turned.calibration.accel_matrix == before.calibration.accel_matrix
    # A turn about z: the matrix undoes the chip's own about that axis.
    true = np.array(Traits.drawn(6).gyro_matrix) @ np.array([0.0, 0.0, 1.0])
    np.testing.assert_allclose(np.array(turned.calibration.gyro_matrix) @ true, [0, 0, 1], atol=0.02)
    assert run(["run", "--bus", "sim:seed=3", "--seconds", "1"]) == 0
    assert "calibrated today, tilt error" in capsys.readouterr().out


def test_off_a_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "turn.csv"
    with monkeypatch.context() as patch:
        use_virtual_time(patch)
        on_bus_1(patch)
        assert run(["record", str(path), "--bus", "sim:motion=turn", "--seconds", "14"]) == 0
    store(tmp_path).save(calibration(accel_offset_ms2=(0.0, 0.0, 0.1)))
    before = all_files(tmp_path / "calibration")
    capsys.readouterr()
    for arguments, complaint in (
        (["--turn", "720"], "where the turn was said to be 720"),
        (["--turn", "-360"], "in the direction that was asked for"),
        (["--turn", "5"], "give 90 to 3600 degrees"),
        (["--turn", "360", "--sensor", "torso"], "holds no torso sensor"),
        (["--turn", "360", "--accel-range", "4", "--from", str(path)], "give --from once"),
    ):
        assert run(["calibrate", "--from", str(path), *arguments]) == 2
        told = capsys.readouterr().err
        assert complaint in told
        assert told.count("\n") == 1
    assert all_files(tmp_path / "calibration") == before
    assert run(["calibrate", "--from", str(path), "--turn", "360"]) == 0
    assert len(store(tmp_path).all()) == 2


def test_a_turn_that_was_recorded_before_the_calibration_is_used_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "turn.csv"
    with monkeypatch.context() as patch:
        use_virtual_time(patch)
        on_bus_1(patch)
        assert run(["record", str(path), "--bus", "sim:motion=turn", "--seconds", "14"]) == 0
    base = calibration(accel_offset_ms2=(0.0, 0.0, 0.1), days_old=-0.5)
    store(tmp_path).save(base)
    capsys.readouterr()
    assert run(["calibrate", "--from", str(path), "--turn", "360"]) == 0
    assert "repclip run and record use it from now on" in capsys.readouterr().out
    newest = store(tmp_path).latest(base.sensor, 8, 1000)
    assert newest is not None
    assert newest.gyro_matrix != IDENTITY


def test_an_old_calibration_gets_no_new_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    on_bus_1(monkeypatch)
    folder = tmp_path / "calibration" / "simulated" / "seed-0"
    CalibrationStore(folder).save(calibration(days_old=100.0))
    assert run(["calibrate", "--bus", "sim:", "--turn", "360"]) == 2
    assert "too old for a turn to be added" in capsys.readouterr().err


def test_the_simulated_hand_turns_it_once_round_and_gravity_stays() -> None:
    force, rate = TurningMotion(2)(np.arange(0.0, 9.0, 0.001))
    assert np.ptp(force, axis=0).max() == 0.0
    turned = rate.sum(axis=0) * 0.001
    np.testing.assert_allclose(np.degrees(np.linalg.norm(turned)), 360.0, atol=0.01)
    assert turned @ force[0] > 0.0, "anticlockwise, seen from above"
