"""The live source by itself, on scripted sensors: threads, ends, errors, notes and counts."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence

import numpy as np
import pytest
from support.ports import wait_until
from support.sensors import FakeBus, ScriptedSensors, frames

from calibration.imu import ImuBlock
from calibration.value import Calibration
from firmware.errors import NotRespondingError, TransferError
from firmware.identity import SensorIdentity
from firmware.readings import Cause, Frames, Gap, Reading, Recovered, Trouble
from firmware.roles import SensorRole
from firmware.samples import RawBlock, SampleFlag
from firmware.settings import SensorSettings
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.sources.base import Source
from pi_service.sources.live import LiveOptions, LiveSource
from pi_service.sources.live_stats import Note, sentence
from pi_service.workout.events import SamplesLost

LIMB, TORSO = SensorRole.LIMB, SensorRole.TORSO


class StoppedClock:
    """A clock at 0 that nobody moves."""

    at_ns = 0

    def now_ns(self) -> int:
        return self.at_ns

    def sleep_until_ns(self, at_ns: int) -> None:
        self.at_ns = max(self.at_ns, at_ns)


def live(
    polls: Sequence[list[Reading] | BaseException] = (),
    roles: tuple[SensorRole, ...] = (LIMB,),
    *,
    sensors: ScriptedSensors | None = None,
    bus: FakeBus | None = None,
    **more: object,
) -> LiveSource:
    options = more.pop("options", LiveOptions(real_time=False))
    source = LiveSource(
        bus or FakeBus(),
        sensors or ScriptedSensors(polls, roles),
        [SensorSettings(role) for role in roles],
        station="bay07",
        clock=StoppedClock(),
        options=options,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )
    source.start()
    return source


def numbers(blocks: Sequence[ImuBlock]) -> list[int]:
    """The number that each sample of the script carries in its last word."""
    scale = math.radians(1000) / 32768
    return [
        round(float(value) / scale)
        for b in blocks
        if b.angular_rate_rads is not None
        for value in b.angular_rate_rads[:, 2]
    ]


def test_samples_come_in_order_in_si_units_on_the_streams_clock() -> None:
    source: Source = live([[frames(0), frames(5)], [], [frames(10, 3)]])
    assert isinstance(source, LiveSource)
    iterator = source.blocks()
    blocks = [next(iterator) for _ in range(3)]
    source.close()
    assert list(iterator) == []
    assert [len(block) for block in blocks] == [5, 5, 3]
    assert numbers(blocks) == list(range(13))
    np.testing.assert_allclose(np.concatenate([block.t_s for block in blocks]), np.arange(13) / 100)
    np.testing.assert_allclose(blocks[0].specific_force_ms2[0], [0, 0, 9.80665])
    assert not any(block.flags.any() for block in blocks)


def test_the_clock_begins_with_the_start() -> None:
    source = live([[frames(0, origin_ns=40)]])
    assert source.origin_ns == 0
    (t_s,) = [float(block.t_s[0]) for block in [next(source.blocks())]]
    source.close()
    assert t_s == 0.0  # 40 ns are no whole microsecond


def test_what_it_is_is_known_after_the_start() -> None:
    source = LiveSource(
        FakeBus(), ScriptedSensors(), [SensorSettings(LIMB, rate_hz=200)], station="bay07", simulated=True
    )
    with pytest.raises(RuntimeError, match="start"):
        _ = source.info
    source.start()
    source.close()
    assert source.info.simulated
    assert source.info.rates_hz == {LIMB: 200.0}
    assert source.info.started_at.tzinfo is not None
    assert source.identities[LIMB].chip == "MPU-6050"
    assert source.calibrations[LIMB].kind == "nominal"


def test_a_start_that_fails_is_told_and_closes_the_bus() -> None:
    bus = FakeBus()
    sensors = ScriptedSensors(start_error=NotRespondingError("Nobody answers at 0x68: check the wiring."))
    with pytest.raises(NotRespondingError, match="check the wiring"):
        live(sensors=sensors, bus=bus)
    assert bus.closed


def test_a_start_that_takes_long_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pi_service.sources.live._GRACE_S", 0.05)
    let_go, stop, bus = threading.Event(), threading.Event(), FakeBus()

    class Slow(ScriptedSensors):
        def start(self) -> None:
            let_go.wait(10)

    source = LiveSource(bus, Slow(), [SensorSettings(LIMB)], station="bay07", stop=stop)
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    assert source.start() is False
    assert time.monotonic() - began < 1.0
    let_go.set()
    wait_until(lambda: bus.closed == 1, "the bus to be closed")
    assert list(source.blocks()) == []


def test_a_calibration_of_ones_own_is_used() -> None:
    identity = SensorIdentity(LIMB, None, 0x68, "MPU-6050", 0x68)
    nominal = Calibration.nominal(identity)
    mine = Calibration(
        identity, 8, 1000, nominal.accel_matrix, (0.0, 0.0, 1.0), nominal.gyro_matrix, (0.0, 0.0, 0.0), "mine"
    )
    source = live([[frames(0)]], calibration_for=lambda _identity, _settings: mine)
    block = next(source.blocks())
    source.close()
    np.testing.assert_allclose(block.specific_force_ms2[0], [0, 0, 8.80665])


def test_it_is_asked_for_when_the_sensors_have_answered() -> None:
    asked: list[tuple[SensorIdentity, SensorSettings]] = []

    def calibration_for(identity: SensorIdentity, settings: SensorSettings) -> Calibration:
        asked.append((identity, settings))
        return Calibration.nominal(identity)

    live([[frames(0)]], roles=(LIMB, TORSO), calibration_for=calibration_for).close()
    assert [(identity.role, settings.role) for identity, settings in asked] == [(LIMB, LIMB), (TORSO, TORSO)]


def test_a_calibration_that_cannot_be_had_releases_the_bus() -> None:
    def failing(_identity: SensorIdentity, _settings: SensorSettings) -> Calibration:
        raise LookupError("none")

    bus = FakeBus()
    with pytest.raises(LookupError):
        live([[frames(0)]], bus=bus, calibration_for=failing)
    assert bus.closed


def test_the_tap_hears_of_counts_just_before_the_block_is_yielded() -> None:
    heard: list[RawBlock] = []
    source = live([[frames(0), frames(5)]], on_raw=heard.append)
    for number, block in enumerate(source.blocks(), 1):
        assert len(heard) == number, "never ahead: what is recorded is what was counted"
        np.testing.assert_array_equal(heard[-1].t_us / 1e6, block.t_s)
        if number == 2:
            source.close()
    assert heard[0].temperature_counts is not None


def test_one_thread_reads_and_it_is_another_than_the_consumers() -> None:
    sensors = ScriptedSensors([[frames(0)]])
    source = live(sensors=sensors)
    next(source.blocks())
    source.close()
    assert len(sensors.threads) == 1
    assert threading.get_ident() not in sensors.threads


def test_an_error_in_the_thread_comes_after_the_samples_before_it() -> None:
    bus = FakeBus()
    source = live([[frames(0)], [frames(5)], ZeroDivisionError("a bug")], bus=bus)
    blocks = source.blocks()
    assert numbers([next(blocks), next(blocks)]) == list(range(10))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        next(blocks)
    source.close()
    assert bus.closed


def test_close_from_another_thread_ends_a_waiting_consumer_soon() -> None:
    bus, sensors = FakeBus(), ScriptedSensors()
    source = live(sensors=sensors, bus=bus)
    ended_at: list[float] = []

    def consume() -> None:
        assert list(source.blocks()) == []
        ended_at.append(time.monotonic())

    consumer = threading.Thread(target=consume)
    consumer.start()
    sensors.script_done.wait(5)
    closed_at = time.monotonic()
    source.close()
    consumer.join(5)
    assert ended_at[0] - closed_at < 0.2
    assert (bus.closed, sensors.closed) == (1, 1)
    assert not source._thread.is_alive()
    source.close()
    assert bus.closed == 1


def test_what_was_read_before_the_end_is_delivered() -> None:
    sensors = ScriptedSensors([[frames(number * 5)] for number in range(50)])
    source = live(sensors=sensors)
    sensors.script_done.wait(5)
    source.close()
    assert numbers(list(source.blocks())) == list(range(250))


def test_the_callers_stop_ends_it_and_loses_nothing() -> None:
    stop = threading.Event()
    sensors = ScriptedSensors([[frames(number * 5)] for number in range(50)])
    source = live(sensors=sensors, stop=stop)
    taken = []
    for block in source.blocks():
        taken.append(block)
        sensors.script_done.wait(5)
        stop.set()
    assert numbers(taken) == list(range(250))
    source.close()


def test_a_source_that_was_never_started_can_be_closed() -> None:
    bus = FakeBus()
    LiveSource(bus, ScriptedSensors(), [SensorSettings(LIMB)], station="bay07").close()
    assert bus.closed == 1


def test_it_ends_by_itself_after_so_many_seconds() -> None:
    clock = StoppedClock()

    class Ticking(ScriptedSensors):
        def poll(self) -> list[Reading]:
            clock.at_ns += 50_000_000
            return [frames(clock.at_ns // 10_000_000)]

    source = LiveSource(
        FakeBus(),
        Ticking(),
        [SensorSettings(LIMB)],
        station="bay07",
        clock=clock,
        options=LiveOptions(seconds=3.0, may_wait=True, queue_s=0.5, real_time=False),
    )
    source.start()
    assert sum(map(len, source.blocks())) == 300
    assert clock.at_ns == 3_000_000_000
    source.close()


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


def test_two_sensors_alternate() -> None:
    polls: list[list[Reading]] = [[frames(0)], [frames(0, role=TORSO)], [frames(5)], [frames(5, role=TORSO)]]
    source = live(polls, (LIMB, TORSO))
    iterator = source.blocks()
    assert [next(iterator).sensor for _ in range(4)] == [LIMB, TORSO, LIMB, TORSO]
    source.close()


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


def test_real_time_is_asked_for_in_the_thread_that_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def raised() -> str:
        asked.append(threading.get_ident())
        return "real-time (SCHED_FIFO 20)"

    monkeypatch.setattr("pi_service.sources.live.raise_priority", raised)
    sensors = ScriptedSensors()
    source = live(sensors=sensors, options=LiveOptions())
    sensors.script_done.wait(5)
    source.close()
    assert set(asked) == sensors.threads
    assert source.stats().priority == "real-time (SCHED_FIFO 20)"


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


def test_frames_of_no_sample_are_no_harm() -> None:
    source = live([[frames(0, 1)], [frames(1, 1)]])
    iterator = source.blocks()
    assert numbers([next(iterator), next(iterator)]) == [0, 1]
    source.close()
    assert isinstance(frames(0), Frames)


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


def test_whoever_waits_in_vain_can_do_something_else() -> None:
    idle: list[int] = []
    source = live([[frames(0)]], on_idle=lambda: idle.append(threading.get_ident()))
    threading.Timer(0.8, source.close).start()
    assert sum(map(len, source.blocks())) == 5
    assert 2 <= len(idle) <= 3
    assert set(idle) == {threading.get_ident()}


def test_what_was_read_just_before_an_error_is_counted() -> None:
    source = live([[frames(0)], [frames(5)], [frames(10)], TransferError("The bus is gone.")])
    with pytest.raises(TransferError):
        list(source.blocks())
    source.close()
    assert source.stats().sensors[LIMB].read.samples == 15
