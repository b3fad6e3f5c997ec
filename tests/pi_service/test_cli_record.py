"""`repclip record` on simulated sensors: what stands in the file, and what is left of it after a kill."""

from __future__ import annotations

import errno
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.ports import wait_until
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

    def __init__(self, out: Path, bus: str = "sim:motion=still") -> None:
        self.out = out
        self.process = subprocess.Popen(
            [*COMMAND, str(out), "--bus", bus], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
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


class Disk:
    """What `os.fsync` was asked to bring to the disk: the size of each file then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.synced: list[tuple[str, int]] = []
        fsync = os.fsync

        def noted(number: int) -> None:
            fsync(number)
            self.synced.append((str(Path(f"/proc/self/fd/{number}").readlink()), os.fstat(number).st_size))

        monkeypatch.setattr(os, "fsync", noted)

    def size(self, path: Path) -> int:
        return max((size for name, size in self.synced if name == str(path)), default=0)


def test_what_is_older_than_a_second_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    now_s = [100.0]
    out = tmp_path / "t.csv"
    recorder = Recorder(out, header(), clock=lambda: now_s[0])
    assert str(tmp_path) in [name for name, _ in disk.synced], "the name of the file as well"

    def rows() -> int:
        return sum(map(len, open_trace(out).blocks(1000)))

    for number in range(60):
        recorder.take(raw_block(frames(number * 5), SensorSettings(), 0))
        now_s[0] += 0.05
        assert disk.size(out) == out.stat().st_size
        assert rows() >= 5 * (number - 20)
    synced = len(disk.synced)
    assert synced <= 2 + 3, "once a second, not for every block"
    for _ in range(8):
        now_s[0] += 0.25
        recorder.flush_if_due()
    assert rows() == 300, "also when nothing comes any more"
    assert disk.size(out) == out.stat().st_size
    assert len(disk.synced) == synced + 1, "and then not again and again"
    recorder.take(raw_block(frames(300), SensorSettings(), 0))
    recorder.__exit__(None, None, None)
    assert rows() == 305
    assert disk.size(out) == out.stat().st_size, "its end is on the disk, too"
    assert recorder.duration_s == pytest.approx(3.04)
    assert TraceReader(out).header.sensors[0].temperature


def test_a_silent_sensor_does_not_keep_the_last_second_from_the_disk(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "t.csv", "sim:motion=still,fault=absent@3.5")
    held, changed_s = [0], [time.monotonic()]

    def settled() -> bool:
        count = sum(map(len, open_trace(recording.out).blocks(1000)))
        if count != held[0]:
            held[0], changed_s[0] = count, time.monotonic()
        return time.monotonic() - changed_s[0] > 2.0

    try:
        recording.wait_until_it_records()
        assert recording.process.stderr is not None
        assert "0x68" in recording.process.stderr.readline(), "it is silent"
        wait_until(settled, "the file to stay as it is", 30)
        recording.process.send_signal(signal.SIGINT)
        recording.process.communicate(timeout=20)
    finally:
        recording.process.kill()
        recording.process.communicate()
    # Nothing was left for the end to write, though nothing came that would have pushed it to the disk.
    assert held[0] == sum(map(len, open_trace(recording.out).blocks(1000))) > 50


@pytest.fixture
def small_disk() -> Iterator[None]:
    """A limit on the size of files, which is as good as a full disk."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, former[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, former)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_says_how_much_is_in_the_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    out = tmp_path / name
    for command, seconds in (
        (["record", str(out)], "60"),
        (["run", "--record", str(out)], "70"),
    ):
        out.unlink(missing_ok=True)
        assert run([*command, "--bus", "sim:", "--seconds", seconds]) == 2
        shown = capsys.readouterr()
        assert "cannot be written" in shown.err
        held = sum(map(len, TraceReader(out).blocks()))
        assert held > 300
        assert f"{out}: {held} samples of the limb sensor in" in shown.out


def test_a_disk_that_takes_not_even_the_header_leaves_no_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    out, old = tmp_path / "t.csv", tmp_path / "old.csv"
    old.write_text("what was there")
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, former[1]))
    try:
        for path in (out, old):
            assert run(["record", str(path), "--bus", "sim:", "--seconds", "1", "--overwrite"]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert "cannot be written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]
    assert old.read_text() == "what was there"


def test_the_old_recording_stays_until_the_new_one_has_samples(tmp_path: Path) -> None:
    out = tmp_path / "t.csv"
    out.write_text("what was there")
    out.chmod(0o640)
    recorder = Recorder(out, header(), overwrite=True, clock=iter(range(100)).__next__)
    assert out.read_text() == "what was there"
    recorder.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert out.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [out]
    recorder = Recorder(out, header(), overwrite=True, clock=iter(range(100)).__next__)
    recorder.take(raw_block(frames(0), SensorSettings(), 0))
    assert sum(map(len, TraceReader(out).blocks())) == 5
    recorder.__exit__(None, None, None)
    assert list(tmp_path.iterdir()) == [out]
    assert out.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("/proc/x.csv", "no file can be made in that folder; choose another one"),
        ("n" * 300 + ".csv", "the name is too long; choose a shorter one"),
        ("nowhere/t.csv", "There is no folder"),
        ("old.csv", "choose another name, or replace it with --overwrite"),
    ],
    ids=["proc", "long", "folder", "exists"],
)
@pytest.mark.parametrize("command", [["record"], ["run", "--record"]], ids=["record", "run"])
def test_a_name_that_cannot_be_is_told_with_what_to_do(
    command: list[str],
    name: str,
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    use_virtual_time(monkeypatch)
    (tmp_path / "old.csv").touch()
    assert run([*command, str(tmp_path / name), "--bus", "sim:", "--seconds", "1"]) == 2
    shown = capsys.readouterr()
    assert complaint in shown.err
    if not name.startswith("/proc"):
        assert shown.out == "", "before a sensor is started"
