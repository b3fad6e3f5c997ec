"""What a live source tells of: notes, statistics, and errors that nobody waits for."""

from __future__ import annotations

import logging
import threading

import pytest
from support.live_sources import LIMB, TORSO, live, numbers
from support.ports import wait_until
from support.sensors import FakeBus, ScriptedSensors, frames

from firmware.errors import TransferError
from firmware.readings import Cause, Gap, Reading, Recovered, Trouble
from firmware.samples import SampleFlag
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.sources.live import LiveOptions
from pi_service.sources.live_stats import Note, sentence
from pi_service.workout.events import SamplesLost


def test_a_slow_consumer_loses_blocks_but_never_silently() -> None:
    sensors = ScriptedSensors([[frames(number * 5)] for number in range(100)])
    notes: list[Note] = []
    options = LiveOptions(queue_s=1.0, real_time=False)
    more = threading.Event()

    class Resuming(ScriptedSensors):
        def poll(self) -> list[Reading]:
            if more.is_set() and self.script_done.is_set():
                more.clear()
                return [frames(500)]
            return super().poll()

    sensors = Resuming([[frames(number * 5)] for number in range(100)])
    source = live(sensors=sensors, options=options, on_note=notes.append)
    sensors.script_done.wait(5)
    assert source.stats().waiting_s == pytest.approx(1.0)
    blocks = source.blocks()
    taken = [next(blocks) for _ in range(20)]
    more.set()
    taken.append(next(blocks))
    source.close()
    assert list(blocks) == []
    assert numbers(taken) == [*range(100), *range(500, 505)]
    assert taken[-1].flags.tolist() == [SampleFlag.GAP_BEFORE, 0, 0, 0, 0]
    assert [(type(note), note.role) for note in notes] == [(Trouble, LIMB), (Gap, LIMB)]
    stats = source.stats().sensors[LIMB]
    assert (stats.delivered, stats.dropped, stats.lost_samples, stats.gaps) == (105, 400, 400, 1)
    pipeline = Pipeline(find_exercise("any"))
    (lost,) = [e for block in taken for e in pipeline.step(block) if isinstance(e, SamplesLost)]
    assert (lost.start_s, lost.end_s) == (0.99, 5.0)


def test_troubles_are_logged_unless_somebody_listens(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble(LIMB, Cause.BUS, 1_500_000_000, "The limb sensor: check the cable.")
    source = live([[trouble, frames(0)]])
    with caplog.at_level(logging.WARNING):
        next(source.blocks())
    source.close()
    assert caplog.messages == ["At 1.5 s: The limb sensor: check the cable."]


@pytest.mark.parametrize("cause", Cause)
def test_a_gap_is_a_sentence(cause: Cause) -> None:
    told = sentence(Gap(TORSO, cause, 1_000_000_000, 1_260_000_000, 25), 0)
    assert told.startswith(
        "From 1.0 s to 1.3 s: the torso sensor's samples are missing for 0.26 s (about 25 samples), because "
    )
    assert told.endswith(".")


def test_a_recovery_is_a_sentence() -> None:
    told = sentence(Recovered(LIMB, 3_000_000_000, 1.25), 1_000_000_000)
    assert told == "At 2.0 s: the limb sensor delivers again."


def test_clipped_samples_and_the_drivers_counts_are_in_the_statistics() -> None:
    source = live([[frames(0), frames(5, accel=(32767, 0, 0))]])
    blocks = source.blocks()
    taken = [next(blocks), next(blocks)]
    source.close()
    assert taken[1].flags.tolist() == [SampleFlag.CLIPPED] * 5
    stats = source.stats()
    assert stats.sensors[LIMB].clipped == 5
    assert stats.sensors[LIMB].read.samples == 10
    assert stats.sensors[LIMB].read.temperature_c == 31.5
    assert (stats.waiting_s, stats.unheard, stats.priority) == (0.0, 0, "ordinary")


def test_a_bus_that_hangs_does_not_hang_the_program(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("pi_service.sources.live._PATIENCE_S", 0.05)
    let_go = threading.Event()

    class Stuck(ScriptedSensors):
        def poll(self) -> list[Reading]:
            let_go.wait(10)
            return []

    source = live(sensors=Stuck())
    with caplog.at_level(logging.WARNING):
        source.close()
    assert "fake: does not let go" in caplog.text
    let_go.set()
    wait_until(lambda: not source._thread.is_alive(), "the thread to end")


def test_a_bus_that_cannot_be_closed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeBus):
        def close(self) -> None:
            super().close()
            raise TransferError("The bus is gone: check the cable.")

    source = live(bus=Broken())
    with caplog.at_level(logging.WARNING):
        source.close()
    assert caplog.messages == ["The bus is gone: check the cable."]


def test_an_error_that_comes_when_nobody_listens_any_more_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    gone = threading.Event()

    class Failing(ScriptedSensors):
        def poll(self) -> list[Reading]:
            self.script_done.set()
            gone.wait(5)
            raise ZeroDivisionError("a bug")

    source = live(sensors=(sensors := Failing()))
    sensors.script_done.wait(5)
    gone.set()
    with caplog.at_level(logging.ERROR):
        source.close()
        source.close()
    assert caplog.messages == ["The reading of the sensors ended with an error."]
    assert "a bug" in caplog.text


def test_an_error_that_was_raised_is_not_logged_as_well(caplog: pytest.LogCaptureFixture) -> None:
    source = live([ZeroDivisionError("a bug")])
    with pytest.raises(ZeroDivisionError):
        list(source.blocks())
    with caplog.at_level(logging.ERROR):
        source.close()
    assert caplog.messages == []


def test_what_was_read_just_before_an_error_is_counted() -> None:
    source = live([[frames(0)], [frames(5)], [frames(10)], TransferError("The bus is gone.")])
    with pytest.raises(TransferError):
        list(source.blocks())
    source.close()
    assert source.stats().sensors[LIMB].read.samples == 15
