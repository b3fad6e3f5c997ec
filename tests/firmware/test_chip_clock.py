"""The clock fit against chips whose clock is known."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.chip_clock import ChipClock

ORIGIN_NS = 10**12


class Chip:
    """Takes sample k at `phase + (k - 1) * period`, with a step of its clock at some time."""

    def __init__(self, rate_hz: int, ppm: float, phase: float, step_at_s: float = 1e9, step_ppm: float = 0.0):
        self.period_ns = 1e9 / rate_hz / (1 + ppm * 1e-6)
        self.later_ns = self.period_ns / (1 + step_ppm * 1e-6)
        self.first_ns = phase * self.period_ns
        self.before = max(1, int(step_at_s * 1e9 / self.period_ns))

    def time_ns(self, index: int) -> float:
        early, late = min(index - 1, self.before), max(0, index - 1 - self.before)
        return self.first_ns + early * self.period_ns + late * self.later_ns

    def count(self, at_ns: float) -> int:
        guess = max(0, int(at_ns / max(self.period_ns, self.later_ns)) - 2)
        while self.time_ns(guess + 1) <= at_ns:
            guess += 1
        return guess


def worst_error_us(chip: Chip, rate_hz: int, seed: int, *, until_s: float, transfer_ns: float, late: float):
    """Poll like the driver, with a host that is late now and then; return the largest error and the fit."""
    rng = random.Random(seed)  # noqa: S311
    clock = ChipClock(1e9 / rate_hz)
    now = transfer_ns
    assert clock.observe(0, ORIGIN_NS, ORIGIN_NS + round(now))
    certain = False
    worst = dither = 0.0
    while now < until_s * 1e9:
        ahead = 50e6 if certain else min(50e6, max(1.5e6, now / 3))
        due = clock.edge_ns(round(ORIGIN_NS + now + ahead)) - ORIGIN_NS - transfer_ns / 2
        if certain:
            dither = (dither + 0.6180339887) % 1.0
            due += (dither - 0.5) * max(0.2e9 / rate_hz, 2 * clock.uncertainty_ns)
        before = max(now, due) + rng.expovariate(1 / 60e3) + (rng.random() < late) * rng.random() * 100e6
        count = chip.count(before + transfer_ns / 2)
        now = before + transfer_ns
        assert clock.observe(count, ORIGIN_NS + int(before), ORIGIN_NS + int(now))
        uncertain = clock.uncertainty_ahead_ns(50e6)
        certain = certain or uncertain < 0.8e6 or (now > 0.5e9 and uncertain < 1.6e6)
        if certain and count:
            worst = max(worst, abs(clock.time_ns(count) - ORIGIN_NS - chip.time_ns(count)) / 1e3)
    return worst, clock.fit()


@given(
    rate_hz=st.sampled_from([50, 100, 200, 500, 1000]),
    ppm=st.floats(-20_000, 20_000),
    phase=st.floats(0, 1, exclude_max=True),
    transfer_us=st.sampled_from([120, 480]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_times_are_right_within_2_ms_whatever_the_clock_and_the_host(rate_hz, ppm, phase, transfer_us, seed):
    worst_us, fit = worst_error_us(
        Chip(rate_hz, ppm, phase), rate_hz, seed, until_s=5, transfer_ns=transfer_us * 1e3, late=0.03
    )
    assert worst_us < 2_000
    assert fit.drift_ppm == pytest.approx(ppm, abs=300)
    assert fit.uncertainty_us < 1_000


@given(step_ppm=st.floats(-3_000, 3_000), seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_clock_that_steps_is_followed_within_2_ms(step_ppm, seed):
    chip = Chip(200, 3_000, 0.3, step_at_s=4, step_ppm=step_ppm)
    worst_us, fit = worst_error_us(chip, 200, seed, until_s=9, transfer_ns=120e3, late=0.0)
    assert worst_us < 2_000
    assert fit.rate_hz == pytest.approx(1e9 / chip.later_ns, rel=1e-3)


@pytest.mark.parametrize("wrong", [-3, -2, -1, 1, 2, 3])
def test_a_count_that_no_clock_gives_is_refused(wrong):
    """One sample more or less shows where the counts are read beside the samples' edges."""
    clock = ChipClock(5e6)
    clock.observe(0, ORIGIN_NS, ORIGIN_NS + 100_000)
    taken = []
    for poll in range(1, 50):
        at_ns = poll * 50_000_000 + (300_000, -200_000, 150_000, -400_000)[poll % 4]
        count = at_ns // 5_000_000 + (wrong if poll > 40 else 0)
        taken.append(clock.observe(count, ORIGIN_NS + at_ns - 50_000, ORIGIN_NS + at_ns + 50_000))
    assert all(taken[:40])
    assert not all(taken[40:])


def test_a_fifo_that_begins_anew_keeps_the_period():
    chip = Chip(100, 8_000, 0.5)
    clock = ChipClock(1e7)
    clock.observe(0, ORIGIN_NS, ORIGIN_NS + 100_000)
    for poll in range(1, 100):
        at_ns = poll * 50_700_000
        clock.observe(chip.count(at_ns), ORIGIN_NS + at_ns - 50_000, ORIGIN_NS + at_ns + 50_000)
    clock.restart()
    clock.observe(0, ORIGIN_NS + 10**10, ORIGIN_NS + 10**10 + 100_000)
    assert clock.period_ns == pytest.approx(chip.period_ns, rel=5e-4)


def test_times_of_many_samples_are_those_of_each():
    clock = ChipClock(5e6)
    clock.observe(0, ORIGIN_NS, ORIGIN_NS + 100_000)
    clock.observe(3, ORIGIN_NS + 15_500_000, ORIGIN_NS + 15_600_000)
    assert clock.times_ns(1, 3) == [clock.time_ns(index) for index in (1, 2, 3)]
