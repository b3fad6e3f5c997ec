"""Whatever goes wrong on the bus and in the chips, no sample vanishes without a word.

Faults are drawn at random, several at a time, on two sensors at 200 Hz, also stalls of the host, and how
late it wakes and learns that a transfer is over. Every sample that a chip produced must be delivered exactly
once with the right values, or lie in a reported gap; its time must be right within 2 ms; data must flow
again within 2 s after the last fault.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.simulated_run import (
    assert_nothing_vanished,
    delivered,
    flowing_from_ns,
    run,
    sensors_on,
)

from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.sim import Fault, FaultKind, SimulatedBus, SimulatedChip, SimulatedClock, rocking

ADDRESSES = {SensorRole.LIMB: 0x68, SensorRole.TORSO: 0x69}
#: Chips with every size of FIFO, and a forged one.
CHIPS = [(0x68, None), (0x68, 512), (0x70, None), (0x98, None), (0x12, None)]
RECOVERED_WITHIN_S = 2.0


def some_fault(rng: random.Random, start_s: float) -> Fault:
    address = rng.choice([0x68, 0x69, None])
    kind = rng.choice(
        [
            FaultKind.NACK,
            FaultKind.ABSENT,
            FaultKind.STUCK,
            FaultKind.TORN,
            FaultKind.TORN_SILENT,
            FaultKind.BROWN_OUT,
            FaultKind.FROZEN,
            FaultKind.WRONG_ID,
            FaultKind.DRIFT,
            FaultKind.NOISY,
            FaultKind.NO_OVERFLOW_FLAG,
            FaultKind.KERNEL_DRIVER,
            FaultKind.NO_BUS,
            FaultKind.FORBIDDEN,
        ]
    )
    duration_s = rng.choice([0.02, 0.3, 1.0, 3.0]) * rng.uniform(0.5, 1.5)
    value = None
    if kind in (FaultKind.NACK, FaultKind.TORN, FaultKind.TORN_SILENT):
        value = rng.choice([0.02, 0.3, 1.0])
    elif kind is FaultKind.WRONG_ID:
        value = rng.choice([None, 0x00, 0x42, 0x71])
    elif kind is FaultKind.DRIFT:
        # 1 % over the temperature range is 80 ppm/C: a degree a second, and a step as of 6 C at once.
        duration_s = rng.choice([0.0, 20.0, 60.0])
        value = rng.uniform(-1, 1) * (2_000 if duration_s else 500)
    elif kind is FaultKind.FROZEN:
        # Two equal samples may be chance: what is frozen for less than three cannot be told.
        duration_s = max(duration_s, 0.05)
    elif kind is FaultKind.NOISY:
        value = rng.choice([3.0, 10.0, 100.0])
    elif kind is FaultKind.NO_OVERFLOW_FLAG:
        duration_s *= 5.0
    elif kind is FaultKind.BROWN_OUT and rng.random() < 0.5:
        duration_s = 0.0
    return Fault(kind, start_s, duration_s, address, value)


def check(seed: int, until_s: float, mean_pause_s: float) -> None:
    """Run a random schedule and look at everything that came out."""
    rng = random.Random(seed)  # noqa: S311
    faults, at_s = [], 3.0
    while (at_s := at_s + rng.expovariate(1 / mean_pause_s)) < until_s - 8.0:
        faults.append(some_fault(rng, at_s))
    stalls = [(rng.uniform(3.0, until_s - 8.0), rng.choice([0.05, 0.3, 1.0])) for _ in faults[::3]]
    last_s = max([fault.end_s for fault in faults] + [sum(stall) for stall in stalls], default=3.0)
    clock = SimulatedClock(stalls=stalls, latency_us=rng.choice([0.0, 60.0, 300.0]), seed=seed)
    chips = {}
    for number, address in enumerate(ADDRESSES.values()):
        who_am_i, fifo_bytes = rng.choice(CHIPS)
        chips[address] = SimulatedChip(
            who_am_i,
            motion=rocking(),
            seed=seed + number,
            clock_ppm=rng.uniform(-10_000, 10_000),
            keep_history=True,
            fifo_bytes=fifo_bytes,
        )
    bus = SimulatedBus(chips, clock, bit_rate_hz=rng.choice([100_000, 400_000]), faults=faults, seed=seed)
    sensors = sensors_on(
        bus,
        clock,
        *(SensorSettings(role, rate_hz=200, temperature=rng.random() < 0.5) for role in ADDRESSES),
    )
    readings = run(sensors, clock, max(until_s, last_s + 3.0))
    for role, address in ADDRESSES.items():
        got = delivered(readings, role)
        assert_nothing_vanished(got, chips[address].history())
        last_ns = clock.origin_ns + round(last_s * 1e9)
        flows_ns = flowing_from_ns(got, last_ns)
        assert flows_ns is not None, f"no data after the last fault at {last_s} s"
        assert flows_ns - last_ns < RECOVERED_WITHIN_S * 1e9, (flows_ns - last_ns) / 1e9


# In parts, so that several processes share them.
@pytest.mark.parametrize("part", range(4))
@given(seed=st.integers(0, 10**9))
@settings(max_examples=8, deadline=None, derandomize=True)
def test_no_sample_vanishes_in_a_minute_full_of_faults(part, seed):
    check(seed + part * 10**9, 60.0, mean_pause_s=3.0)


@given(seed=st.integers(0, 10**9))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_no_sample_vanishes_when_faults_fall_upon_each_other(seed):
    check(seed, 40.0, mean_pause_s=0.4)


def test_no_sample_vanishes_in_a_quarter_of_an_hour():
    check(1, 900.0, mean_pause_s=20.0)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 8))
def test_no_sample_vanishes_in_hours(seed):
    check(seed, 3600.0, mean_pause_s=20.0)


@pytest.mark.soak
@pytest.mark.parametrize("first_seed", range(0, 500, 50))
def test_no_sample_vanishes_in_many_minutes(first_seed):
    for seed in range(first_seed, first_seed + 50):
        check(seed, 60.0, mean_pause_s=3.0)
