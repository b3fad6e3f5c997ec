"""The live source by itself, on scripted sensors: samples, starts, threads and ends."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from support.live_sources import LIMB, TORSO, StoppedClock, live, numbers
from support.ports import wait_until
from support.sensors import FakeBus, ScriptedSensors, frames

from calibration.value import Calibration
from firmware.errors import NotRespondingError
from firmware.identity import SensorIdentity
from firmware.readings import Frames, Reading
from firmware.samples import RawBlock
from firmware.settings import SensorSettings
from pi_service.sources.base import Source
from pi_service.sources.live import LiveOptions, LiveSource


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


def test_two_sensors_alternate() -> None:
    polls: list[list[Reading]] = [[frames(0)], [frames(0, role=TORSO)], [frames(5)], [frames(5, role=TORSO)]]
    source = live(polls, (LIMB, TORSO))
    iterator = source.blocks()
    assert [next(iterator).sensor for _ in range(4)] == [LIMB, TORSO, LIMB, TORSO]
    source.close()


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


def test_frames_of_no_sample_are_no_harm() -> None:
    source = live([[frames(0, 1)], [frames(1, 1)]])
    iterator = source.blocks()
    assert numbers([next(iterator), next(iterator)]) == [0, 1]
    source.close()
    assert isinstance(frames(0), Frames)


def test_whoever_waits_in_vain_can_do_something_else() -> None:
    idle: list[int] = []
    source = live([[frames(0)]], on_idle=lambda: idle.append(threading.get_ident()))
    threading.Timer(0.8, source.close).start()
    assert sum(map(len, source.blocks())) == 5
    assert 2 <= len(idle) <= 3
    assert set(idle) == {threading.get_ident()}
