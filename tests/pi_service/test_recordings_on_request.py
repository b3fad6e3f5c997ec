"""Recordings that begin and end in the midst of a stream."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from support.sensors import FakeBus, ScriptedSensors, frames

from calibration.imu import ImuBlock
from firmware.readings import Cause, Gap, Reading
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from pi_service.commands.pruning import Pruning
from pi_service.commands.recording import Recorder, live_header
from pi_service.commands.recordings import Recordings
from pi_service.errors import UsageError
from pi_service.publish.live_station import LiveStation
from pi_service.publish.message import Message
from pi_service.publish.monitor import StationFacts
from pi_service.publish.session import session_id
from pi_service.sources.live import LiveOptions, LiveSource
from pi_service.sources.replay import ReplaySource
from pi_service.traces import TraceError, TraceFileError, TraceReader, TraceWriter

#: The wall clock was put right after the stream began.
NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
BLOCK = 50
BOTH = (SensorRole.LIMB, SensorRole.TORSO)


class Clock:
    def now_ns(self) -> int:
        return 0

    def sleep(self, _seconds: float) -> None: ...


class Bench:
    """A stream of 50 blocks of half a second; the torso's come 0.3 s later than the limb's."""

    def __init__(self, folder: Path, polls: list[list[Reading]] | None = None) -> None:
        self.folder = folder
        script = polls or [
            [frames(number * BLOCK, BLOCK), frames(number * BLOCK - 30, BLOCK, SensorRole.TORSO)]
            for number in range(1, 51)
        ]
        settings = [SensorSettings(role) for role in BOTH]
        self.source = LiveSource(
            FakeBus(),
            ScriptedSensors([*script], BOTH),
            settings,
            station="bay07",
            clock=Clock(),
            options=LiveOptions(real_time=False, may_wait=True),
        )
        assert self.source.start()
        self._blocks: Iterator[ImuBlock] = self.source.blocks()

    def recordings(self, recorder: Recorder | None = None, pruning: Pruning | None = None) -> Recordings:
        if recorder is not None:
            recorder.listen_to(self.source)

        def header() -> object:
            return live_header(self.source, placement="wrist")

        return Recordings(
            self.source,
            self.folder,
            header,  # type: ignore[arg-type]
            recorder,
            now=lambda: NOW,
            pruning=pruning,
        )

    def until(self, at_s: float) -> list[ImuBlock]:
        """Take blocks until both sensors have come that far."""
        taken, reached = [], dict.fromkeys(BOTH, 0.0)
        while min(reached.values()) < at_s:
            taken.append(next(self._blocks))
            reached[taken[-1].sensor] = float(taken[-1].t_s[-1])
        return taken


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "new" / "recordings")
    yield made
    made.source.close()


def test_it_holds_the_samples_from_the_request_to_the_end_of_it(bench: Bench) -> None:
    tape = bench.recordings()
    bench.until(5.0)
    tape.start("heavy")
    assert (tape.state.recording, tape.state.file) == (True, "bay07_20260506T070809Z_heavy.csv.gz")
    live = bench.until(12.0)
    tape.stop()
    bench.until(14.0)
    path = bench.folder / "bay07_20260506T070809Z_heavy.csv.gz"
    reader = TraceReader(path)
    assert not reader.warnings, "it was closed"
    kept = list(ReplaySource(path).blocks())
    for role in BOTH:
        was = np.concatenate([each.specific_force_ms2 for each in live if each.sensor is role])
        now = np.concatenate([each.specific_force_ms2 for each in kept if each.sensor is role])
        assert np.array_equal(was, now)
    state = tape.state
    assert (state.recording, state.file, state.started_at, state.ended_at) == (False, path.name, NOW, NOW)
    assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0, (
        "nobody else's business"
    )


def test_it_is_a_session_of_its_own_whose_clock_begins_just_before_it(bench: Bench) -> None:
    tape = bench.recordings()
    live = bench.until(5.0)
    tape.start(None)
    after = bench.until(8.0)
    tape.stop()
    header = TraceReader(bench.folder / "bay07_20260506T070809Z.csv.gz").header
    assert header.session_id != session_id(bench.source.info), "a replay of it counts other sets"
    (first, *_) = ReplaySource(bench.folder / "bay07_20260506T070809Z.csv.gz").blocks()
    assert 0.0 <= first.t_s[0] <= 1.1
    # The same moment on the wall clock, by the clock of now and not by that of the start.
    known_s = max(float(each.t_s[-1]) for each in live)
    began_at = header.started_at + timedelta(seconds=float(first.t_s[0]))
    assert began_at - NOW == pytest.approx(
        timedelta(seconds=float(after[0].t_s[0]) - known_s), abs=timedelta(milliseconds=1)
    )


def test_what_cannot_be_begun_or_ended_is_one_sentence_and_changes_nothing(bench: Bench) -> None:
    tape = bench.recordings()
    with pytest.raises(UsageError, match="Nothing is recorded"):
        tape.stop()
    bench.until(2.0)
    tape.start("a")
    state = tape.state
    with pytest.raises(
        UsageError, match=r"bay07_20260506T070809Z_a\.csv\.gz is being recorded: stop that first"
    ):
        tape.start("b")
    assert tape.state == state
    tape.stop()
    with pytest.raises(TraceFileError, match="exists"):
        tape.start("a")
    assert not tape.state.recording
    assert [each.name for each in bench.folder.iterdir()] == ["bay07_20260506T070809Z_a.csv.gz"]


def test_a_folder_that_cannot_be_made_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    bench = Bench(tmp_path / "file" / "recordings")
    tape = bench.recordings()
    bench.until(1.0)
    with pytest.raises(TraceError):
        tape.start(None)
    assert not tape.state.recording
    bench.until(2.0)
    bench.source.close()


def test_a_full_disk_ends_the_recording_with_a_fault_and_not_the_stream(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = TraceWriter.write

    def write_until_full(writer: TraceWriter, block: object) -> None:
        if writer.n_rows > 500:
            raise TraceFileError.of(writer.path, "written", OSError(errno.ENOSPC, "No space left on device"))
        write(writer, block)  # type: ignore[arg-type]

    monkeypatch.setattr(TraceWriter, "write", write_until_full)
    tape = bench.recordings()
    bench.until(2.0)
    tape.start(None)
    bench.until(20.0)
    assert not tape.state.recording
    (trouble,) = tape.troubles()
    assert trouble.what == "recording_failed"
    assert "the disk is full" in trouble.text
    path = bench.folder / str(tape.state.file)
    assert sum(map(len, TraceReader(path).blocks())) > 500, "what was written stays readable"
    monkeypatch.setattr(TraceWriter, "write", write)
    path.unlink()
    tape.start(None)
    assert tape.troubles() == (), "the next one is another"
    tape.end()


def test_a_recording_leaves_room_for_what_the_station_owes_its_broker(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, now_s = [60_000_000], [100.0]
    monkeypatch.setattr(
        "pi_service.commands.recordings.shutil.disk_usage", lambda _folder: SimpleNamespace(free=free[0])
    )
    monkeypatch.setattr("pi_service.commands.recordings.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    tape = bench.recordings()
    bench.until(2.0)
    tape.start("a")
    bench.until(4.0)
    free[0], now_s[0] = 49_000_000, 111.0
    bench.until(6.0)
    assert not tape.state.recording
    (trouble,) = tape.troubles()
    assert (trouble.what, "less than 50 MB" in trouble.text) == ("recording_failed", True)
    assert not TraceReader(bench.folder / str(tape.state.file)).warnings, "it was closed as it should be"
    with pytest.raises(TraceFileError, match="less than 50 MB left; free some"):
        tape.start("b")


def test_old_recordings_give_way_while_one_is_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [100.0]
    monkeypatch.setattr("pi_service.commands.recordings.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    old = bench.folder / "bay07_20200101t101112-abcdef.csv.gz"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"an old one")
    tape = bench.recordings(pruning=Pruning(bench.folder, "bay07", 1))
    bench.until(2.0)
    assert old.exists(), "nothing is recorded, and nothing grows"
    tape.start("a")
    now_s[0] = 111.0
    bench.until(6.0)
    assert not old.exists()
    tape.stop()
    assert tape.troubles() == ()
    assert sum(len(block) for block in TraceReader(bench.folder / str(tape.state.file)).blocks()) > 0


def test_what_is_recorded_from_the_beginning_leaves_that_room_too(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, now_s, told = [60_000_000], [100.0], []
    monkeypatch.setattr(
        "pi_service.commands.recordings.shutil.disk_usage", lambda _folder: SimpleNamespace(free=free[0])
    )
    monkeypatch.setattr("pi_service.commands.recordings.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    header = live_header(bench.source, placement="wrist")
    with Recorder(tmp_path / "whole.csv", header, on_failure=told.append) as recorder:
        tape = bench.recordings(recorder)
        bench.until(4.0)
        assert tape.state.recording
        free[0], now_s[0] = 49_000_000, 111.0
        bench.until(8.0)
        assert not tape.state.recording
    assert [each.what for each in tape.troubles()] == ["recording_failed"]
    assert len(told) == 1
    assert "less than 50 MB" in str(told[0])
    kept = sum(map(len, TraceReader(tmp_path / "whole.csv").blocks()))
    assert 700 <= kept < 1_200, "what there was room for can be read"


def test_a_recording_that_could_not_begin_is_a_trouble_until_the_next_one_does(bench: Bench) -> None:
    def header() -> object:
        return live_header(bench.source, placement="wrist")

    tape = Recordings(bench.source, bench.folder, header, failure="No disk.")  # type: ignore[arg-type]
    assert [(each.what, each.text) for each in tape.troubles()] == [("recording_failed", "No disk.")]
    tape.start(None)
    assert tape.troubles() == ()
    tape.end()


def test_what_the_command_line_records_is_told_and_ends_with_the_station(
    bench: Bench, tmp_path: Path
) -> None:
    with Recorder(tmp_path / "whole.csv", live_header(bench.source, placement="wrist")) as recorder:
        tape = bench.recordings(recorder)
        bench.until(2.0)
        assert (tape.state.recording, tape.state.file) == (True, "whole.csv")
        with pytest.raises(UsageError, match=r"whole\.csv was begun with --record"):
            tape.stop()
        with pytest.raises(UsageError, match=r"whole\.csv is being recorded"):
            tape.start(None)
        bench.until(4.0)
        tape.end()
        assert not tape.state.recording
    assert sum(map(len, TraceReader(tmp_path / "whole.csv").blocks())) >= 700


def test_samples_that_are_missing_at_its_end_are_told_in_it(tmp_path: Path) -> None:
    polls: list[list[Reading]] = [
        [frames(50, 50), frames(50, 50, SensorRole.TORSO)],
        [frames(100, 50), frames(100, 50, SensorRole.TORSO)],
        [frames(150, 50), Gap(SensorRole.TORSO, Cause.BUS, 1_490_000_000, 1_990_000_000, 49)],
        [frames(200, 50), frames(250, 50)],
    ]
    bench = Bench(tmp_path, polls)
    tape = bench.recordings()
    for _ in range(3):
        next(bench._blocks)
    tape.start(None)
    for _ in range(4):
        next(bench._blocks)
    tape.stop()
    (label,) = TraceReader(tmp_path / str(tape.state.file)).labels()
    assert "torso sensor's samples are missing" in str(label.text)
    bench.source.close()


class Way:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.dropped = 0

    def publish(self, messages: list[Message]) -> None:
        self.messages += messages

    def flush(self, _timeout_s: float) -> bool:
        return True

    def waiting(self) -> int:
        return 0

    def troubles(self) -> tuple[()]:
        return ()


def test_the_station_says_whether_it_records_when_it_begins_and_whenever_that_changes(bench: Bench) -> None:
    way, tape = Way(), bench.recordings()
    station = LiveStation(way, StationFacts({}, {}, ()), bench.source.stats, tape=tape)
    station.begin(bench.source.info)
    bench.until(1.0)
    for _ in range(3):
        station.tick()
    tape.start(None)
    bench.until(2.0)
    for _ in range(3):
        station.tick()
    station.end()
    told = [each for each in way.messages if each.topic == "repclip/bay07/recording"]
    assert {(each.qos, each.retain) for each in told} == {(1, True)}
    said = [json.loads(each.payload) for each in told]
    name, at = "bay07_20260506T070809Z.csv.gz", "2026-05-06T07:08:09.000Z"
    assert [(s["recording"], s["file"], s["started_ts"], s["ended_ts"]) for s in said] == [
        (False, None, None, None),
        (True, name, at, None),
        (False, name, at, at),
    ]
    assert not any("seq" in each for each in said)
