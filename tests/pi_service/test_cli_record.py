"""`repclip record` on simulated sensors: what stands in the file, and what is left of it after a kill."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.sensors import frames
from support.virtual_bus import use_virtual_time

from calibration.value import Calibration
from firmware.decode import raw_block
from firmware.identity import SensorIdentity
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from pi_service.cli import run
from pi_service.commands.recording import Recorder
from pi_service.traces import SensorHeader, TraceError, TraceHeader, TraceReader, TraceWriter, open_trace

COMMAND = [sys.executable, "-m", "pi_service.cli", "record"]


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_recording_holds_everything_that_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    use_virtual_time(monkeypatch)
    out = tmp_path / name
    options = ["--exercise", "row", "--placement", "handle", "--notes", "left hand", "--station", "bay07"]
    assert run(["record", str(out), "--bus", "sim:sensors=2", "--seconds", "10", *options]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert f"Recording to {out}; Ctrl-C ends it." in shown.out
    held = r"\d+ samples of the limb sensor and \d+ samples of the torso sensor in \d+\.\d s"
    assert re.search(rf"^{re.escape(str(out))}: {held}$", shown.out, re.MULTILINE)
    reader = TraceReader(out)
    blocks = list(reader.blocks())
    assert reader.warnings == ()
    header = reader.header
    assert (header.station, header.exercise, header.simulated) == ("bay07", "bent_over_row", True)
    assert header.notes == "Simulated: made by a program, no person moved. left hand"
    limb, torso = header.sensors
    assert limb.identity == SensorIdentity(SensorRole.LIMB, None, 0x68, "MPU-6050", 0x68)
    assert (limb.placement, torso.placement) == ("handle", "torso")
    assert (limb.rate_hz, limb.dlpf_setting, limb.bandwidth_hz, limb.temperature) == (100.0, 3, 44.0, True)
    assert limb.calibration.kind == "nominal"
    assert sum(map(len, blocks)) == pytest.approx(2000, rel=0.02)
    counts = blocks[0].temperature_counts
    assert counts is not None
    assert 15 < counts[0] / 340 + 36.53 < 40


def test_it_sits_where_the_exercise_wants_it_unless_somebody_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_virtual_time(monkeypatch)
    for number, options in enumerate((["--exercise", "deadlift"], [])):
        out = tmp_path / f"{number}.csv"
        assert run(["record", str(out), "--bus", "sim:motion=still", "--seconds", "1", *options]) == 0
    assert TraceReader(tmp_path / "0.csv").header.sensors[0].placement == "bar"
    assert TraceReader(tmp_path / "1.csv").header.sensors[0].placement == "wrist"
    assert TraceReader(tmp_path / "1.csv").header.exercise is None, "nobody does anything"


def test_a_file_that_exists_is_replaced_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    out = tmp_path / "t.csv"
    arguments = ["record", str(out), "--bus", "sim:", "--seconds", "1"]
    assert run(arguments) == 0
    assert run(arguments) == 2
    assert "exists already" in capsys.readouterr().err
    assert run([*arguments, "--overwrite"]) == 0


def test_a_full_disk_is_one_sentence_and_leaves_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    write = TraceWriter._write

    def write_until_full(writer: TraceWriter, text: str) -> None:
        if writer.n_rows > 500:
            monkeypatch.setattr(TraceWriter, "_write", write)
            error = OSError(errno.ENOSPC, "No space left on device")
            raise TraceError("The disk is full: free some space.") from error
        write(writer, text)

    monkeypatch.setattr(TraceWriter, "_write", write_until_full)
    out = tmp_path / "t.csv"
    assert run(["record", str(out), "--bus", "sim:", "--seconds", "10"]) == 2
    assert capsys.readouterr().err == "repclip: The disk is full: free some space.\n"
    reader = TraceReader(out)
    assert 500 < sum(map(len, reader.blocks())) < 520
    assert "never closed" in str(reader.warnings[0])


class Recording:
    """A recording in a process of its own."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.process = subprocess.Popen(
            [*COMMAND, str(out), "--bus", "sim:"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def wait_until_it_records(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "Recording to" in line:
                self.began_s = time.monotonic()
                return
        raise AssertionError(self.process.communicate()[1])


@pytest.fixture
def recordings(tmp_path: Path) -> Iterator[list[Recording]]:
    """Two of them side by side, since most of the time goes into starting them."""
    running = [Recording(tmp_path / name) for name in ("t.csv", "t.csv.gz")]
    for each in running:
        each.wait_until_it_records()
    yield running
    for each in running:
        each.process.kill()
        each.process.communicate()


def test_after_a_kill_all_but_the_last_second_is_there(recordings: list[Recording]) -> None:
    time.sleep(2.3)
    for each in recordings:
        os.kill(each.process.pid, signal.SIGKILL)
        lived_s = time.monotonic() - each.began_s
        each.process.communicate(timeout=10)
        trace = open_trace(each.out)
        blocks = list(trace.blocks(1000))
        held_s = float(blocks[-1].t_s[-1] - blocks[0].t_s[0])
        # Up to a second is not yet on the disk; samples are read every 50 ms, and this machine is busy.
        assert held_s > lived_s - 1.3
        assert len(trace.warnings) == 1
        assert run(["replay", str(each.out)]) == 0


def test_a_signal_closes_the_recording(recordings: list[Recording]) -> None:
    time.sleep(0.5)
    for number, each in zip((signal.SIGINT, signal.SIGTERM), recordings, strict=True):
        each.process.send_signal(number)
        shown, errors = each.process.communicate(timeout=10)
        assert (each.process.returncode, errors) == (0, "")
        assert "samples of the limb sensor in" in shown
        trace = open_trace(each.out)
        assert sum(map(len, trace.blocks(1000))) > 40
        assert trace.warnings == ()


def header() -> TraceHeader:
    identity = SensorIdentity(SensorRole.LIMB, 1, 0x68, "MPU-6050", 0x68)
    sensor = SensorHeader(identity, "wrist", 8, 1000, 100.0, Calibration.nominal(identity), temperature=True)
    return TraceHeader("bay07", datetime(2026, 1, 1, tzinfo=UTC), "s-1", (sensor,), "repclip test")


def test_it_is_brought_to_the_disk_every_second_and_when_nothing_comes(tmp_path: Path) -> None:
    now_s = [100.0]
    out = tmp_path / "t.csv"
    recorder = Recorder(out, header(), clock=lambda: now_s[0])

    def rows() -> int:
        return sum(map(len, open_trace(out).blocks(1000)))

    def take(number: int) -> None:
        recorder.take(raw_block(frames(number * 5), SensorSettings(), 0))

    take(0)
    now_s[0] += 0.9
    take(1)
    assert rows() == 0
    now_s[0] += 0.2
    take(2)
    assert rows() == 15
    take(3)
    assert rows() == 15
    recorder.flush()
    assert rows() == 20
    assert recorder.duration_s == pytest.approx(0.19)
    recorder.__exit__(None, None, None)
    assert TraceReader(out).header.sensors[0].temperature
