"""`repclip calibrate --placement`: guided, off a recording, listed and shown; and what may go wrong."""

from __future__ import annotations

import errno
import os
import re
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from support.calibrations import all_files, calibration, on_bus_1, store
from support.virtual_bus import open_virtual_bus, use_virtual_time

from calibration.placement import PlacementKind, Side
from calibration.placement_learner import PlacingProgress
from calibration.store import CalibrationStore
from firmware.identity import SensorIdentity
from firmware.roles import SensorRole
from pi_service.athlete.placing import PlacingMotion
from pi_service.cli import run
from pi_service.commands.placing_view import ASKED, PlacingView, picture
from pi_service.traces import TraceReader


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    use_virtual_time(monkeypatch)


def simulated(role: SensorRole, address: int) -> SensorIdentity:
    return SensorIdentity(role, None, address, "MPU-6050", 0x68)


@pytest.mark.usefixtures("virtual")
@pytest.mark.parametrize(
    ("kind", "seed", "side"),
    [
        (PlacementKind.WRIST, 2, Side.RIGHT),
        (PlacementKind.WRIST, 3, Side.LEFT),
        (PlacementKind.BAR, 4, Side.UNKNOWN),
        (PlacementKind.TORSO, 5, Side.UNKNOWN),
    ],
)
def test_a_person_is_guided_and_it_is_stored(
    kind: PlacementKind, seed: int, side: Side, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torso = kind is PlacementKind.TORSO
    assert run(["calibrate", "--placement", kind, "--bus", f"sim:seed={seed},sensors=2"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    lines = shown.out.splitlines()
    assert lines[0].startswith("Torso sensor: " if torso else "Limb sensor: ")
    assert [line for line in lines if line in ASKED[kind]] == list(ASKED[kind])
    where = f"the {side} wrist" if kind is PlacementKind.WRIST else f"the {kind}"
    assert f"The sensor sits on {where}: " in shown.out
    folder = tmp_path / "calibration" / "simulated" / f"seed-{seed}"
    identity = simulated(SensorRole.TORSO, 0x69) if torso else simulated(SensorRole.LIMB, 0x68)
    placement = CalibrationStore(folder).latest_placement(identity, kind)
    assert placement is not None
    assert placement.side is side
    true = np.array(PlacingMotion(kind, 2 * seed + torso).rotation)
    # The sensor is not calibrated: gravity may be off by five degrees.
    cosines = (np.array(placement.rotation) * true).sum(axis=1)
    assert np.degrees(np.arccos(cosines)).max() < 15.0
    assert lines[-1].startswith(f"Saved as {folder / 'placements' / kind}-simulated-0x")


@pytest.mark.usefixtures("virtual")
def test_with_its_calibration_it_is_exact_and_listed_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["calibrate", "--bus", "sim:seed=2", "--quick"]) == 0
    capsys.readouterr()
    assert run(["calibrate", "--placement", "wrist", "--bus", "sim:seed=2"]) == 0
    assert "  calibrated today, tilt error" in capsys.readouterr().out
    for bus in ([], ["--bus", "sim:seed=2"]):
        assert run(["calibration", "list", *bus]) == 0
        listed = capsys.readouterr().out
        assert ("Simulated sensors, seed-2:" in listed) is (not bus)
        assert re.search(r"^\* .* limb +MPU-6050 +8 g, 1000 deg/s", listed, re.MULTILINE)
        assert re.search(r"^\* .* limb +MPU-6050 +the right wrist +good \(\d\d %\)$", listed, re.MULTILINE)
        assert run(["calibration", "show", "limb", *bus]) == 0
        shown = capsys.readouterr().out
        assert ("Simulated sensors, seed-2:" in shown) is (not bus)
        assert "Tilt error was" in shown or "Tilt is within" in shown
        assert "The sensor sits on the right wrist: towards the hand is nearest to the " in shown
    (path,) = (tmp_path / "calibration" / "simulated" / "seed-2" / "placements").iterdir()
    assert run(["calibration", "show", path.name]) == 0
    shown = capsys.readouterr().out
    assert "Of a simulated sensor:" in shown
    assert "not in use" not in shown
    path.write_text(path.read_text().replace("wrist", "ankle"))
    assert run(["calibration", "list"]) == 0
    assert "'ankle'; expected one of wrist, bar, torso" in capsys.readouterr().err
    assert run(["calibration", "show", path.name]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def recording(path: Path, motion: str, seconds: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    with monkeypatch.context() as patch:
        use_virtual_time(patch)
        on_bus_1(patch)
        assert run(["record", str(path), "--bus", f"sim:motion={motion}", "--seconds", str(seconds)]) == 0
    return path


def test_off_a_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recording(tmp_path / "arm.csv", "place-wrist", 20, monkeypatch)
    capsys.readouterr()
    assert run(["calibrate", "--from", str(path), "--placement", "wrist"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "The sensor sits on the right wrist: " in shown.out
    header = TraceReader(path).header
    (stored,) = store(tmp_path).placements.all()
    assert stored.value is not None
    assert stored.value.sensor == header.sensors[0].identity
    assert stored.made_at is not None
    assert 10.0 < (stored.made_at - header.started_at).total_seconds() < 21.0
    before = all_files(tmp_path)
    for arguments, complaint in (
        (["--from", str(path), "--placement", "torso"], "holds no torso sensor"),
        (["--from", str(path), "--from", str(path), "--placement", "wrist"], "give --from once"),
        (["--from", str(path), "--placement", "bar", "--turn", "360"], "one after the other"),
        (["--from", "nowhere.csv", "--placement", "bar"], "There is no file nowhere.csv"),
    ):
        assert run(["calibrate", *arguments]) == 2, arguments
        told = capsys.readouterr().err
        assert complaint in told
        assert told.count("\n") == 1
    assert all_files(tmp_path) == before


def test_an_older_recording_does_not_displace_a_newer_placement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recording(tmp_path / "bar.csv", "place-bar", 14, monkeypatch)
    command = ["calibrate", "--from", str(path), "--placement", "bar"]
    assert run(command) == 0
    assert "A newer one stays in use" not in capsys.readouterr().out
    (first,) = store(tmp_path).placements.all()
    assert first.value is not None
    later = replace(first.value.placement, made_at=datetime.now(UTC) + timedelta(hours=1))
    store(tmp_path).placements.save(first.value.sensor, later)
    assert run(command) == 0
    assert "A newer one stays in use, made 2" in capsys.readouterr().out


@pytest.mark.usefixtures("virtual")
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--placement", "wrist", "--bus", "sim:motion=still", "--seconds", "6"], "Only 1 of 3 different"),
        (["--placement", "bar", "--bus", "sim:motion=rocking", "--seconds", "6"], "never held still"),
        (["--placement", "wrist", "--bus", "sim:", "--seconds", "9"], "Only 2 of 3 different poses"),
        (["--placement", "torso", "--bus", "sim:"], "0x69"),
        (["--placement", "nose"], "Invalid value for '--placement'"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(
    arguments: list[str], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path).save(calibration())
    before = all_files(tmp_path)
    assert run(["calibrate", *arguments]) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert told.startswith("repclip: ")
    assert told.count("\n") == 1
    assert all_files(tmp_path) == before


@pytest.mark.usefixtures("virtual")
def test_ctrl_c_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    show = PlacingView.show

    def show_once(view: PlacingView, progress: PlacingProgress) -> None:
        show(view, progress)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(PlacingView, "show", show_once)
    assert run(["calibrate", "--placement", "wrist", "--bus", "sim:"]) == 130
    shown = capsys.readouterr()
    assert shown.out.endswith("Nothing was saved: what was stored before is as it was.\n")
    assert shown.err == "repclip: Interrupted.\n"
    assert all_files(tmp_path) == {}


@pytest.mark.usefixtures("virtual")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_is_one_sentence_and_what_was_there_stays(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["calibrate", "--placement", "bar", "--bus", "sim:"]
    assert run(command) == 0
    before = all_files(tmp_path)
    capsys.readouterr()

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("calibration.files.os.fsync", full)
    assert run(command) == 2
    told = capsys.readouterr().err
    assert re.fullmatch(r"repclip: The placement cannot be saved in .* disk is .* is untouched\.\n", told)
    assert all_files(tmp_path) == before


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("kind", PlacementKind)
def test_the_picture_says_what_is_to_be_done(kind: PlacementKind, plain: bool) -> None:
    console = Console(width=100, record=True, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    steps = len(ASKED[kind])
    for step in range(steps + 1):
        hint = "Too little." if step == 1 else ""
        progress = PlacingProgress(step, steps, 1.3, hint, step == steps)
        console.print(picture(ASKED[kind], progress, plain=plain))
        text = console.export_text()
        assert (ASKED[kind][step] if step < steps else "That is all.") in text
        assert ("Too little." in text) is (step == 1)
        assert "1.3 of 2 s" in text
        assert text.isascii() or not plain
    assert open_virtual_bus("sim:motion=place-wrist").simulated
