"""`repclip calibrate`: a guided session in virtual time, and what may go wrong in it."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from support.calibrations import TILT, all_files, calibration, on_bus_1, one_sentence, store
from support.virtual_bus import use_virtual_time

from calibration.store import CalibrationStore
from firmware.sim import Motion, SimulatedBus, SimulatedChip, SimulatedClock, Traits
from pi_service.athlete.poses import PosesMotion
from pi_service.cli import run
from pi_service.commands.buses import OpenBus
from pi_service.commands.calibrate_scene import Scene
from pi_service.commands.calibrate_view import PlainView

COMMAND = [sys.executable, "-m", "pi_service.cli"]


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    use_virtual_time(monkeypatch)


@pytest.mark.usefixtures("virtual")
def test_a_session_goes_from_face_to_face_and_saves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["calibrate", "--bus", "sim:"]) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert shown.err == ""
    assert lines[:5] == [
        "Limb sensor: MPU-6050 at 0x68 on the simulated bus, 100 Hz, 8 g, 1000 deg/s, 44 Hz filter",
        "The sensors are simulated: no person moves.",
        "A simulated hand turns it.",
        "Lay the sensor on the table, any way round, and let go of it.",
        "Z up: 1 of 6 sides.",
    ]
    asked = [line for line in lines if line.startswith("Next: ")]
    assert 7 <= len(asked) <= 17
    assert asked[0].startswith("Next: on edge, with the X arrow pointing up.")
    assert asked[5].startswith("Next: once more on edge, with the X arrow pointing up, but tilted")
    assert re.search(r"^Y up: \d+ poses, tilt is within 0\.\d degrees\.$", shown.out, re.MULTILINE)
    assert "That is all: you may pick it up." in lines
    assert re.search(rf"^{TILT}$", shown.out, re.MULTILINE)
    assert lines[-1] == "repclip run and record use it from now on, at 8 g and 1000 deg/s."
    (path,) = (tmp_path / "calibration" / "simulated" / "seed-0").iterdir()
    assert f"Saved as {path}." in lines
    saved = CalibrationStore(path.parent).load(path)
    assert saved.quality is not None
    assert len(saved.quality.faces) == 6
    true = Traits.drawn(0)
    np.testing.assert_allclose(np.degrees(saved.gyro_offset_rads), true.gyro_offset_dps, atol=0.5)
    assert saved.quality.tilt_error_after_deg < 0.35


@pytest.mark.usefixtures("virtual")
def test_a_chip_that_is_still_warming_up_is_told_and_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    warming = r"^The chip is still warming up, by \d\.\d C a minute, and will be a few mg off later"
    assert run(["calibrate", "--bus", "sim:", "--quick"]) == 0
    out = capsys.readouterr().out
    assert re.search(rf"{warming}; for the best result begin again in three minutes\.$", out, re.MULTILINE)
    assert "Going on" not in out
    assert run(["calibrate", "--bus", "sim:", "--quick", "--warm-up", "400"]) == 0
    waited = capsys.readouterr().out
    assert re.search(rf"{warming}\. Waiting for up to 400 s; Enter goes on", waited, re.MULTILINE)
    assert "Going on: lay the sensor on the table, and let go of it." in waited
    at_c = [float(re.findall(r"deg/s at rest at (\d+) C", each)[0]) for each in (out, waited)]
    assert at_c[1] > at_c[0], "it was warmer when it was calibrated"


@pytest.mark.usefixtures("virtual")
def test_waiting_ends_with_its_time_and_with_enter(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["calibrate", "--bus", "sim:", "--warm-up", "2", "--seconds", "16"]) == 2
    assert "Going on: " in capsys.readouterr().out
    pressed = iter([False, False, True])
    monkeypatch.setattr("pi_service.commands.warm_up.enter_pressed", lambda: next(pressed))
    assert run(["calibrate", "--bus", "sim:", "--warm-up", "300", "--seconds", "16"]) == 2
    assert "Going on: " in capsys.readouterr().out
    assert next(pressed, None) is None


@pytest.mark.usefixtures("virtual")
def test_with_quick_the_six_sides_are_enough(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calibrate", "--bus", "sim:seed=5", "--quick"]) == 0
    out = capsys.readouterr().out
    assert "6 of 6 sides." in out
    assert "once more" not in out
    assert re.search(r"^Tilt (error was|is within) \d", out, re.MULTILINE)


@pytest.mark.usefixtures("virtual")
def test_the_torso_is_calibrated_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calibrate", "--bus", "sim:sensors=2", "--sensor", "torso"]) == 0
    assert capsys.readouterr().out.startswith("Torso sensor: MPU-6050 at 0x69")
    assert run(["run", "--bus", "sim:sensors=2", "--seconds", "1"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"^Limb sensor: .*\n  not calibrated", out, re.MULTILINE)
    assert re.search(r"^Torso sensor: .*\n  calibrated today, tilt error 0\.", out, re.MULTILINE)


@pytest.mark.usefixtures("virtual")
def test_a_bus_that_fails_for_a_while_is_told_and_does_not_end_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calibrate", "--bus", "sim:fault=nack@20+3"]) == 0
    shown = capsys.readouterr()
    assert re.search(rf"^{TILT}$", shown.out, re.MULTILINE)
    assert "missing for" in shown.err


@pytest.mark.usefixtures("virtual")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--bus", "sim:motion=still", "--seconds", "10"], "5 of 6 faces are missing: "),
        (["--bus", "sim:motion=rocking", "--seconds", "10"], "never at rest"),
        (["--bus", "sim:", "--seconds", "30"], "2 of 6 faces are missing: "),
        (["--bus", "sim:legs=3"], "knows nothing of 'legs=3'"),
        (["--bus", "sim:fault=absent@0"], "0x68"),
        (["--bus", "77"], "77"),
        (["--bus", "sim:", "--sensor", "torso"], "0x69"),
        (["--bus", "sim:", "--accel-range", "3"], "acceleration range"),
        (["--from", "nowhere.csv"], "There is no file nowhere.csv"),
        (["--sensor", "leg"], "Invalid value for '--sensor'"),
        (["--from", "nowhere.csv", "--quick"], "leave them out"),
        (["--placement", "bar", "--warm-up", "3"], "leave them out"),
        (["--turn", "360", "--quick"], "leave them out"),
        (["--from", "nowhere.csv", "--seconds", "3"], "A recording ends by itself"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(
    arguments: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path).save(calibration())
    before = all_files(tmp_path)
    assert run(["calibrate", *arguments]) == 2
    assert complaint in one_sentence(capsys.readouterr().err)
    assert all_files(tmp_path) == before


@pytest.mark.usefixtures("virtual")
@pytest.mark.parametrize("what", [["--sensor", "torso"], ["--placement", "torso"]])
def test_a_torso_that_is_not_there_is_not_sent_to_its_own_address(
    what: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["calibrate", "--bus", "sim:", *what]) == 2
    told = one_sentence(capsys.readouterr().err)
    assert told.startswith("repclip: Nothing answers at 0x69 ")
    assert "--limb-address" not in told


def on_a_bus(monkeypatch: pytest.MonkeyPatch, motion: Motion, traits: Traits | None = None) -> None:
    """Let `--bus 1` be a sensor that is moved like this."""

    def opened(_: str) -> OpenBus:
        clock = SimulatedClock()
        chip = SimulatedChip(motion=motion, traits=traits)
        return OpenBus(SimulatedBus({0x68: chip}, clock), clock, simulated=True, virtual=True)

    on_bus_1(monkeypatch)
    monkeypatch.setattr("pi_service.commands.sensors.open_bus", opened)


def test_hands_that_do_not_wait_are_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on_a_bus(monkeypatch, PosesMotion(first_s=2.0, rest_s=1.6, move_s=1.0))
    assert run(["calibrate", "--seconds", "20"]) == 2
    shown = capsys.readouterr()
    assert "It moved too soon: let go of it for 3 seconds." in shown.out
    one_sentence(shown.err)
    assert all_files(tmp_path) == {}


def test_an_axis_at_the_end_of_its_range_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Traits(accel_offset_g=(0.0, 0.0, 1.5), accel_noise_g=400e-6, gyro_noise_dps=0.005)
    on_a_bus(monkeypatch, PosesMotion(), broken)
    assert run(["calibrate", "--accel-range", "2", "--seconds", "60"]) == 2
    shown = capsys.readouterr()
    assert "accelerometer z: at the end of the range." in shown.out
    assert "accelerometer z axis was at the end of its range" in one_sentence(shown.err)
    assert all_files(tmp_path) == {}


@pytest.mark.usefixtures("virtual")
@pytest.mark.parametrize("scene", [1, 75, 375, 560])
def test_ctrl_c_at_any_point_changes_nothing(
    scene: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path).save(calibration())
    before = all_files(tmp_path)
    seen = []
    show = PlainView.show

    def show_until(view: PlainView, shown: Scene) -> None:
        seen.append(shown)
        show(view, shown)
        if len(seen) == scene:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(PlainView, "show", show_until)
    assert run(["calibrate", "--bus", "sim:"]) == 130
    shown = capsys.readouterr()
    assert shown.out.endswith("\nNothing was saved: what was stored before is as it was.\n")
    assert shown.err == "repclip: Interrupted.\n"
    assert all_files(tmp_path) == before


def test_on_a_terminal_there_is_a_picture_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    process = subprocess.Popen(
        [*COMMAND, "calibrate", "--bus", "sim:"],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    begun_s = time.monotonic()
    interrupted = False
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says EIO when the other side has gone
            break
        if not piece:
            break
        shown += piece
        if not interrupted and (b"Step 2 of 3" in shown or time.monotonic() - begun_s > 20.0):
            interrupted = True
            process.send_signal(signal.SIGINT)
    os.close(ours)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    text = shown.decode()
    for part in ("Step 1 of 3: at rest", "stillness", "held", "X down", "Ctrl-C ends it", "1 of 6", "\a"):
        assert part in text, part
    assert "Nothing was saved" in text
    assert told == b"repclip: Interrupted.\n"
    assert all_files(tmp_path) == {}
