"""`repclip calibrate --from`: recordings of a sensor on all its sides, a full disk and Ctrl-C on the way."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.calibrations import LIMB, TILT, all_files, calibration, on_bus_1, one_sentence, store
from support.virtual_bus import use_virtual_time

from calibration.store import CalibrationStore
from pi_service.cli import run


@pytest.fixture(scope="module")
def poses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a sensor on bus 1 that was laid on all its sides."""
    path = tmp_path_factory.mktemp("recording") / "poses.csv"
    with pytest.MonkeyPatch.context() as patch:
        use_virtual_time(patch)
        on_bus_1(patch)
        assert run(["record", str(path), "--bus", "sim:motion=poses", "--seconds", "84"]) == 0
    return path


def part_of(poses: Path, path: Path, keep: Callable[[float], bool]) -> Path:
    """Write a recording of some of the samples."""
    lines = poses.read_text().splitlines(keepends=True)
    rows = [n for n, line in enumerate(lines) if line[0].isdigit()]
    kept = lines[: rows[0]] + [lines[n] for n in rows if keep(int(lines[n].split(",")[0]) / 1e6)]
    path.write_text("".join(kept))
    return path


def on_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Fill the disk of a folder: a small one of its own where we may mount it. Return what ends it."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        with pytest.raises(OSError, match="No space left"):
            (folder / "filler").write_bytes(b"x" * 100_000)
        return lambda: subprocess.run(["umount", str(folder)], check=True).check_returncode()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("calibration.files.os.fsync", full)
    return monkeypatch.undo


def test_a_full_disk_is_one_sentence_and_what_was_there_stays(
    poses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = CalibrationStore(tmp_path / "calibration")
    other.save(calibration())
    full = tmp_path / "full"
    done = on_a_full_disk(full, monkeypatch)
    try:
        before = all_files(full)
        assert run(["calibrate", "--from", str(poses), "--folder", str(full)]) == 2
        assert all_files(full) == before, "no half of a file is left"
    finally:
        done()
    assert "the disk is full" in one_sentence(capsys.readouterr().err)
    assert len(all_files(tmp_path / "calibration")) == 1


def test_ctrl_c_while_it_saves_leaves_nothing_behind(
    poses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path).save(calibration())
    before = all_files(tmp_path)

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("calibration.files.os.fsync", interrupted)
    assert run(["calibrate", "--from", str(poses)]) == 130
    assert all_files(tmp_path) == before
    assert capsys.readouterr().err == "repclip: Interrupted.\n"


def test_a_recording_gives_the_same_as_a_person(
    poses: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["calibrate", "--from", str(poses)]) == 0
    shown = capsys.readouterr()
    assert re.search(rf"^{re.escape(str(poses))}: 1\d rests in 8[34] s$", shown.out, re.MULTILINE)
    assert "Sides that were up: Z up, Z down, X up, X down, Y up and Y down" in shown.out
    assert re.search(rf"^{TILT}$", shown.out, re.MULTILINE)
    (off_recording,) = store(tmp_path).all()
    use_virtual_time(monkeypatch)
    on_bus_1(monkeypatch)
    assert run(["calibrate", "--bus", "sim:", "--folder", str(tmp_path / "live")]) == 0
    (live,) = CalibrationStore(tmp_path / "live" / "simulated" / "seed-0").all()
    assert off_recording.calibration is not None
    assert live.calibration is not None
    assert off_recording.calibration.sensor == live.calibration.sensor == LIMB
    np.testing.assert_allclose(
        off_recording.calibration.accel_offset_ms2, live.calibration.accel_offset_ms2, atol=0.02
    )


def test_a_rest_in_which_it_was_pushed_is_left_out(
    poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = poses.read_text().splitlines(keepends=True)
    for n, line in enumerate(lines):
        if line[0].isdigit() and 20.0 < int(line.split(",")[0]) / 1e6 < 26.0:
            time, *force, rest = line.split(",", 4)
            lines[n] = ",".join([time, *(str(round(1.05 * int(each))) for each in force), rest])
    pushed = tmp_path / "pushed.csv"
    pushed.write_text("".join(lines))
    used = []
    for path in (poses, pushed):
        assert run(["calibrate", "--from", str(path)]) == 0
        (rests,) = re.findall(r"Made of (\d+) rests: all six sides", capsys.readouterr().out)
        used.append(int(rests))
    assert used[1] < used[0]


def test_recordings_add_up_and_what_is_missing_is_named(
    poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = part_of(poses, tmp_path / "first.csv", lambda t_s: t_s < 30.0)
    rest = part_of(poses, tmp_path / "rest.csv", lambda t_s: t_s > 28.0)
    assert run(["calibrate", "--from", str(first)]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if "never closed" not in line]
    assert len(told) == 1
    assert re.search(r"\d of 6 faces are missing: .*Y arrow pointing", told[0])
    assert not (tmp_path / "calibration").exists()
    assert run(["calibrate", "--from", str(first), "--from", str(rest)]) == 0
    assert re.search(rf"^{TILT}$", capsys.readouterr().out, re.MULTILINE)
    assert len(store(tmp_path).all()) == 1


def test_an_older_recording_does_not_displace_a_newer_calibration(
    poses: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store(tmp_path).save(calibration(days_old=-0.5))
    assert run(["calibrate", "--from", str(poses)]) == 0
    assert "A newer one stays in use, made 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "arguments", "complaint"),
    [
        (("i2c_bus = 1", "i2c_bus = 2"), [], "come from different sensors"),
        (('chip = "MPU-6050"', 'chip = "MPU-6500"'), [], "come from different sensors"),
        (("_range_g = 8", "_range_g = 4"), [], "were recorded at different ranges"),
        (("", ""), ["--sensor", "torso"], "holds no torso sensor, only the limb"),
        (("# repclip-trace 1", "t_s,ax,ay,az"), [], "is not a recording of repclip"),
    ],
    ids=["bus", "chip", "range", "sensor", "no recording"],
)
def test_recordings_that_do_not_belong_together_are_refused(
    change: tuple[str, str],
    arguments: list[str],
    complaint: str,
    poses: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(poses.read_text().replace(*change) if change[0] else poses.read_text())
    assert run(["calibrate", "--from", str(poses), "--from", str(other), *arguments]) == 2
    assert complaint in one_sentence(capsys.readouterr().err)
    assert not (tmp_path / "calibration").exists()
