"""One fault at a time on one running sensor: what is told, with which cause, and how soon it is over."""

from __future__ import annotations

import pytest
from support.simulated_run import assert_nothing_vanished, delivered, run, sensors_on

from firmware.readings import Cause, Gap
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.sim import Fault, FaultKind, SimulatedBus, SimulatedChip, SimulatedClock, rocking

#: A fault, the cause that its gap tells (None: nothing is lost), the cause of the trouble that is told.
TABLE = [
    (Fault(FaultKind.NACK, 5.0, 0.1), None, None),
    (Fault(FaultKind.ABSENT, 5.0, 0.5), None, Cause.BUS),
    (Fault(FaultKind.ABSENT, 5.0, 1.5), Cause.BUS, Cause.BUS),
    (Fault(FaultKind.STUCK, 5.0, 1.5), Cause.BUS, Cause.BUS),
    (Fault(FaultKind.TORN, 5.0, 0.06), Cause.BUS, None),
    (Fault(FaultKind.BROWN_OUT, 5.0), Cause.ASLEEP, Cause.ASLEEP),
    (Fault(FaultKind.BROWN_OUT, 5.0, 1.0), None, Cause.BUS),
    (Fault(FaultKind.FROZEN, 5.0, 0.1), Cause.FROZEN, None),
    (Fault(FaultKind.FROZEN, 5.0, 2.0), Cause.FROZEN, Cause.FROZEN),
    (Fault(FaultKind.DRIFT, 5.0, 5.0, value=1500.0), None, None),
    (Fault(FaultKind.WRONG_ID, 5.0, 2.0, value=0x71), None, None),
]


@pytest.mark.parametrize(("fault", "lost", "told"), TABLE, ids=lambda each: getattr(each, "kind", None))
def test_a_fault_is_told_by_its_cause_and_ends_soon(fault, lost, told):
    clock = SimulatedClock()
    chip = SimulatedChip(motion=rocking(), seed=5, keep_history=True)
    bus = SimulatedBus({0x68: chip}, clock, faults=[fault])
    sensors = sensors_on(bus, clock, SensorSettings(rate_hz=100))
    got = delivered(run(sensors, clock, 12.0), SensorRole.LIMB)
    assert_nothing_vanished(got, chip.history())
    if lost is not None:
        assert {gap.cause for gap in got.gaps} == {lost}
    elif fault.kind is not FaultKind.BROWN_OUT:
        assert got.gaps == []
    assert {trouble.cause for trouble in got.troubles} >= ({told} if told else set())
    if told is None:
        assert got.troubles == []
    else:
        assert len(got.recovered) == 1
        assert got.recovered[0].at_ns > got.troubles[-1].at_ns
        assert (got.recovered[0].at_ns - clock.origin_ns) / 1e9 < fault.end_s + 2.0
    stats = sensors.stats()[SensorRole.LIMB]
    assert stats.samples == len(got.t_ns)
    assert stats.gaps == len(got.gaps)
    assert stats.lost_samples == sum(gap.lost_samples for gap in got.gaps)


def test_a_host_that_sleeps_loses_samples_that_are_told():
    clock = SimulatedClock(stalls=[(5.0, 2.0)])
    chip = SimulatedChip(motion=rocking(), seed=5, keep_history=True)
    sensors = sensors_on(SimulatedBus({0x68: chip}, clock), clock, SensorSettings(rate_hz=100))
    got = delivered(run(sensors, clock, 9.0), SensorRole.LIMB)
    assert_nothing_vanished(got, chip.history())
    assert [gap.cause for gap in got.gaps] == [Cause.OVERFLOW]
    assert 150 < got.gaps[0].lost_samples < 250
    assert 1.9 < got.gaps[0].lost_s < 2.5


def test_a_chip_that_becomes_another_is_not_read():
    clock = SimulatedClock()
    chip = SimulatedChip(motion=rocking(), seed=5, keep_history=True)
    faults = [Fault(FaultKind.BROWN_OUT, 5.0), Fault(FaultKind.WRONG_ID, 5.0, 4.0, value=0x70)]
    bus = SimulatedBus({0x68: chip}, clock, faults=faults)
    sensors = sensors_on(bus, clock, SensorSettings())
    got = delivered(run(sensors, clock, 12.0), SensorRole.LIMB)
    assert_nothing_vanished(got, chip.history())
    assert [trouble.cause for trouble in got.troubles] == [Cause.ASLEEP, Cause.CHIP]
    assert "was an MPU-6050 and now says it is an MPU-6500" in got.troubles[1].advice
    assert got.gaps[0].lost_s > 4.0


def test_one_sensor_in_trouble_does_not_disturb_the_other():
    clock = SimulatedClock()
    chips = {
        address: SimulatedChip(motion=rocking(), seed=address, keep_history=True) for address in (0x68, 0x69)
    }
    faults = [Fault(FaultKind.ABSENT, 5.0, 3.0, address=0x69), Fault(FaultKind.BROWN_OUT, 9.0, address=0x69)]
    bus = SimulatedBus(chips, clock, faults=faults)
    sensors = sensors_on(
        bus, clock, SensorSettings(rate_hz=200), SensorSettings(SensorRole.TORSO, rate_hz=200)
    )
    readings = run(sensors, clock, 14.0)
    limb, torso = delivered(readings, SensorRole.LIMB), delivered(readings, SensorRole.TORSO)
    assert_nothing_vanished(limb, chips[0x68].history())
    assert_nothing_vanished(torso, chips[0x69].history())
    assert limb.gaps == []
    assert len(torso.gaps) == 2


@pytest.mark.parametrize("kind", [FaultKind.ABSENT, FaultKind.FROZEN, FaultKind.STUCK])
def test_what_is_being_lost_at_the_end_is_told(kind):
    clock = SimulatedClock()
    chip = SimulatedChip(motion=rocking(), seed=5, keep_history=True)
    bus = SimulatedBus({0x68: chip}, clock, faults=[Fault(kind, 5.0, float("inf"))])
    sensors = sensors_on(bus, clock, SensorSettings())
    readings = run(sensors, clock, 9.0)
    assert sensors.stats()[SensorRole.LIMB].silent_s > 3.5
    (gap,) = sensors.finish()
    assert isinstance(gap, Gap)
    assert gap.end_ns == clock.now_ns()
    assert 3.5 < gap.lost_s < 6.5
    assert gap.start_ns == delivered(readings, SensorRole.LIMB).t_ns[-1]
    assert sensors.finish() == []


def test_a_stream_that_ends_well_ends_without_a_gap():
    clock = SimulatedClock()
    bus = SimulatedBus({0x68: SimulatedChip(motion=rocking(), seed=5)}, clock)
    sensors = sensors_on(bus, clock, SensorSettings())
    run(sensors, clock, 9.0)
    assert sensors.finish() == []
    assert sensors.stats()[SensorRole.LIMB].silent_s < 0.15


def test_nobody_polls_a_dead_bus_without_pause():
    clock = SimulatedClock()
    bus = SimulatedBus(
        {0x68: SimulatedChip(motion=rocking(), seed=5)},
        clock,
        faults=[Fault(FaultKind.ABSENT, 5.0, float("inf"))],
    )
    sensors = sensors_on(bus, clock, SensorSettings())
    run(sensors, clock, 6.0)
    before = bus.transactions
    run(sensors, clock, 66.0)
    assert bus.transactions - before < 60 * 5
