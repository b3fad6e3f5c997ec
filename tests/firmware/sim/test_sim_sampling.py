"""Rates, clocks, ranges, filters and errors, seen in the bytes of the data registers and in the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import registers as reg
from firmware.chips import CHIPS
from firmware.settings import FILTERS, GYRO_FILTERS
from firmware.sim import (
    GRAVITY_MS2,
    Fault,
    FaultKind,
    SimulatedBus,
    SimulatedChip,
    SimulatedClock,
    Traits,
    rocking,
    still,
)


def spacing_ms(made, last=20):
    return np.diff(made.history().t_ns[-last:]).mean() / 1e6


@pytest.mark.parametrize(
    ("who_am_i", "divider", "dlpf", "period_ms"),
    [
        (0x68, 9, 3, 10.0),
        (0x68, 4, 2, 5.0),
        (0x68, 0, 1, 1.0),
        (0x68, 255, 6, 256.0),
        (0x68, 7, 0, 1.0),
        (0x68, 0, 7, 0.125),
        (0x68, 79, 0, 10.0),
        (0x70, 9, 3, 10.0),
        (0x70, 79, 0, 0.125),  # later chips divide 1 kHz only
    ],
)
def test_sample_rate_rules(rig, who_am_i, divider, dlpf, period_ms):
    made = rig(who_am_i).wake(divider=divider, dlpf=dlpf)
    made.clock.sleep_s(period_ms * 0.025)
    assert spacing_ms(made) == pytest.approx(period_ms, rel=1e-6)


def test_the_clock_is_as_wrong_as_it_is_said_to_be(rig):
    made = rig(clock_ppm=-7_300.0).wake()
    made.clock.sleep_s(60.0)
    assert spacing_ms(made, 10_000) == pytest.approx(5.0 / (1 - 7_300e-6), rel=1e-9)


def test_the_internal_oscillator_is_worse_than_the_gyroscopes(rig):
    made = rig(traits=Traits.drawn(5)).wake()
    made.clock.sleep_s(1.0)
    pll = 5.0 / spacing_ms(made) - 1.0
    made.set(reg.PWR_MGMT_1, 0x00)
    made.clock.sleep_s(1.0)
    internal = 5.0 / spacing_ms(made) - 1.0
    assert abs(pll) < 0.0105
    assert 0.011 < internal < 0.05


def test_the_clock_follows_the_temperature_of_the_die():
    traits = Traits(clock_ppm_per_c=10.0, warming_c=8.0, warming_tau_s=100.0)
    chip = SimulatedChip(traits=traits, keep_history=True)
    clock = SimulatedClock()
    bus = SimulatedBus({0x68: chip}, clock)
    for register, value in ((0x6B, 1), (0x19, 4), (0x1A, 3)):
        bus.write(0x68, register, value)
    clock.sleep_s(600.0)
    t_ns = bus.history(0x68).t_ns
    late_ppm = (5e6 / np.diff(t_ns[-1000:]).mean() - 1) * 1e6
    assert late_ppm == pytest.approx(80.0, abs=1.0)


@pytest.mark.parametrize(("duration_s", "at_middle_ppm"), [(10.0, 150.0), (0.0, 300.0)], ids=["ramp", "step"])
def test_drift_is_a_ramp_or_a_step_that_stays(rig, duration_s, at_middle_ppm):
    made = rig(0x68, Fault(FaultKind.DRIFT, 10.0, duration_s, value=300.0)).wake()
    made.clock.sleep_s(40.0)
    t_ns = made.history().t_ns
    t_s = (t_ns - made.clock.origin_ns) / 1e9

    def ppm(start_s, end_s):
        part = t_ns[(t_s >= start_s) & (t_s < end_s)]
        return (5e6 / np.diff(part).mean() - 1) * 1e6

    assert ppm(5, 10) == pytest.approx(0.0, abs=0.1)
    assert ppm(14, 16) == pytest.approx(at_middle_ppm, abs=2.0)
    assert ppm(25, 40) == pytest.approx(300.0, abs=0.2)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.001, 0.4), min_size=1, max_size=25))
def test_what_it_produces_does_not_depend_on_how_often_it_is_asked(sleeps_s):
    def run(polled):
        clock = SimulatedClock()
        traits = replace(Traits.drawn(4), clock_jitter_us=50.0)
        chip = SimulatedChip(motion=rocking(), seed=4, traits=traits, keep_history=True)
        faults = [Fault(FaultKind.FROZEN, 0.5, 0.3), Fault(FaultKind.DRIFT, 0.2, 1.0, value=5000.0)]
        bus = SimulatedBus({0x68: chip}, clock, faults=faults)
        for register, value in ((0x6B, 1), (0x19, 4), (0x1A, 3)):
            bus.write(0x68, register, value)
        for sleep_s in sleeps_s:
            clock.sleep_s(sleep_s)
            if polled:
                chip.advance(clock.now_ns())
        return bus.history(0x68)

    asked, left_alone = run(polled=True), run(polled=False)
    np.testing.assert_array_equal(asked.t_ns, left_alone.t_ns)
    np.testing.assert_array_equal(asked.words, left_alone.words)
    np.testing.assert_array_equal(asked.genuine, left_alone.genuine)


@pytest.mark.parametrize("who_am_i", CHIPS)
@pytest.mark.parametrize("setting", range(4))
def test_ranges_as_the_register_map_has_them(rig, who_am_i, setting):
    def motion(t_s):
        count = len(t_s)
        return np.tile([0.0, 0.0, GRAVITY_MS2], (count, 1)), np.tile(np.radians([100.0, 0, 0]), (count, 1))

    shift = 2 if who_am_i == 0x20 else 3
    made = rig(who_am_i, motion=motion, traits=Traits.ideal())
    made.wake(gyro=setting << shift, accel=setting << 3)
    words = made.words()
    assert words[2] == 16384 >> setting
    assert words[4] == pytest.approx(100.0 * (131.0, 65.5, 32.8, 16.4)[setting], rel=2e-3)


def test_it_clips_at_the_end_of_the_range(rig):
    def motion(t_s):
        return np.tile([9 * GRAVITY_MS2, -9 * GRAVITY_MS2, 0.0], (len(t_s), 1)), np.full((len(t_s), 3), 30.0)

    words = rig(motion=motion).wake().words()
    assert list(words[:2]) == [32767, -32768]
    assert list(words[4:]) == [32767] * 3


@pytest.mark.parametrize("who_am_i", [0x68, 0x70, 0x98, 0x12])
def test_temperature_by_the_chips_own_formula(rig, who_am_i):
    made = rig(who_am_i, traits=Traits(ambient_c=31.0)).wake()
    word = int(made.words()[3])
    slope, zero = {0x68: (340.0, 36.53), 0x70: (333.87, 21.0)}.get(who_am_i, (326.8, 25.0))
    assert word / slope + zero == pytest.approx(31.0, abs=0.003)


def test_the_die_warms(rig):
    made = rig(traits=Traits.drawn(1)).wake()
    cold = made.words()[3] / 340 + 36.53
    made.clock.sleep_s(1200)
    warm = made.words()[3] / 340 + 36.53
    assert 3.5 < warm - cold < 9.5


def _response(made, seconds=6.0):
    """Return gain and delay of accelerometer x (tangential part) and gyroscope y against the truth."""
    history = made.history()
    t_s = (history.t_ns - made.clock.origin_ns) / 1e9
    use = t_s > t_s[-1] - seconds
    return t_s[use], history.words[use].astype(float)


@pytest.mark.parametrize("dlpf", [1, 3, 5])
def test_filter_delay_and_bandwidth(rig, dlpf):
    """A sine at the -3 dB frequency comes out with 0.707 of its size; its phase is the delay's."""
    accel_hz, accel_delay_s = FILTERS[dlpf]
    gyro_hz, gyro_delay_s = GYRO_FILTERS[dlpf]
    for frequency, column, size, delay_s in (
        (accel_hz, 0, 1000.0, accel_delay_s),
        (gyro_hz, 4, 2000.0, gyro_delay_s),
    ):
        omega = 2 * np.pi * frequency

        def motion(t_s, omega=omega):
            wave = np.sin(omega * t_s)[:, None] * [1.0, 0.0, 0.0]
            return wave * 1000 / 4096 * GRAVITY_MS2, wave * np.radians(2000 / 32.768)

        made = rig(motion=motion, traits=Traits.ideal()).wake(divider=0, dlpf=dlpf)
        made.clock.sleep_s(3.0)
        t_s, words = _response(made, 2.5)
        basis = np.stack([np.sin(omega * t_s), np.cos(omega * t_s)], axis=1)
        (sine, cosine), *_ = np.linalg.lstsq(basis, words[:, column], rcond=None)
        assert np.hypot(sine, cosine) / size == pytest.approx(0.707, abs=0.015)
        phase = np.arctan2(-cosine, sine)
        late = (phase - omega * delay_s + np.pi) % (2 * np.pi) - np.pi
        assert late / omega == pytest.approx(0.0, abs=5e-5)


def test_later_chips_filter_the_accelerometer_by_its_own_register(rig):
    noise = {}
    for who_am_i, second in ((0x68, 6), (0x70, 0), (0x70, 6)):
        made = rig(who_am_i, motion=still()).wake(accel2=second)
        made.clock.sleep_s(10.0)
        noise[who_am_i, second] = made.history().words[-1500:, 0].std() / 4096
    assert noise[0x68, 6] == pytest.approx(0.0033, rel=0.1), "0x1D is nothing there: 44 Hz"
    assert noise[0x70, 0] == pytest.approx(0.0074, rel=0.1), "218 Hz"
    assert noise[0x70, 6] == pytest.approx(0.0011, rel=0.1), "5 Hz"


def test_at_8_khz_the_accelerometer_repeats(rig):
    made = rig().wake(divider=0, dlpf=0)
    words = made.history().words[-4000:].astype(int)
    changes = np.flatnonzero(np.any(np.diff(words[:, :3], axis=0) != 0, axis=1))
    assert set(np.diff(changes)) <= {8, 16}
    assert (np.diff(changes) == 8).mean() > 0.95
    assert (np.diff(words[:, 4]) != 0).mean() > 0.8


def test_a_repeated_accelerometer_sample_is_the_same_whatever_is_produced_together(rig):
    made = rig().wake(divider=2, dlpf=0)  # 8 kHz / 3: each is shown two or three times
    for gyro in (0x08, 0x10, 0x18):
        made.set(reg.GYRO_CONFIG, gyro)  # begins anew wherever it happens to be
        made.clock.sleep_s(0.7)
        words = made.history().words[-1500:, :3].astype(int)
        changes = np.flatnonzero(np.any(np.diff(words, axis=0) != 0, axis=1))
        assert np.diff(changes).min() == 2
        assert np.diff(changes).mean() == pytest.approx(8 / 3, abs=0.1)


@pytest.mark.parametrize("seed", range(6))
def test_noise_and_offsets_are_within_the_data_sheet(rig, seed):
    made = rig(motion=still(), traits=Traits.drawn(seed)).wake()
    made.clock.sleep_s(15.0)
    words = made.history().words[-2500:].astype(float)
    accel_g, gyro_dps = words[:, :3] / 4096, words[:, 4:] * 1000 / 32768
    # From sample to sample: the offsets move while the die warms.
    accel_noise, gyro_noise = (np.diff(each, axis=0).std(0) / np.sqrt(2) for each in (accel_g, gyro_dps))
    assert accel_noise == pytest.approx([0.0033] * 3, rel=0.08), "44 Hz"
    assert gyro_noise == pytest.approx([0.034] * 3, rel=0.08), "42 Hz, and the rounding to counts"
    # 50 mg (x, y) and 80 mg (z) besides 2 % cross-axis and 3 % scale.
    assert (abs(accel_g.mean(0) - [0, 0, 1]) < [0.072, 0.072, 0.115]).all()
    assert (abs(gyro_dps.mean(0)) < 21.5).all()
    assert (abs(gyro_dps.mean(0)) > 0.01).any()


def test_the_gyroscopes_noise_is_the_data_sheets_sum(rig):
    """PS-MPU-6000A-00 6.1: 0.05 deg/s rms with a filter of 100 Hz."""
    made = rig(motion=still()).wake(dlpf=2, gyro=0x00)
    made.clock.sleep_s(15.0)
    noise_dps = made.history().words[-2500:, 4:].std(0) / 131
    assert noise_dps == pytest.approx([0.05] * 3, rel=0.05)


def test_each_instant_is_a_little_off_and_none_goes_astray(rig):
    made = rig(traits=Traits(clock_jitter_us=5.0)).wake()
    made.clock.sleep_s(30.0)
    t_ns = made.history().t_ns[-6000:]
    even_ns = t_ns[0] + 5e6 * np.arange(len(t_ns))
    off_us = (t_ns - even_ns) / 1e3
    off_us -= off_us.mean()
    assert off_us.std() == pytest.approx(5.0, rel=0.1)
    assert abs(off_us).max() <= 21.0
    assert abs(np.corrcoef(off_us[:-1], off_us[1:])[0, 1]) < 0.1, "one is independent of the next"
    fast = rig(traits=Traits(clock_jitter_us=100.0)).wake(divider=0, dlpf=0)
    assert (np.diff(fast.history().t_ns[-2000:]) > 0).all()


def test_chips_out_of_the_bag_differ_and_a_seed_is_the_same_chip():
    drawn = [Traits.drawn(seed) for seed in range(200)]
    assert drawn[3] == Traits.drawn(3)
    ppm = np.array([one.clock_ppm for one in drawn])
    assert abs(ppm).max() <= 10_000
    assert ppm.std() > 4_000
    matrices = np.array([one.accel_matrix for one in drawn])
    diagonal = np.einsum("nii->ni", matrices)
    assert (abs(diagonal - 1) <= 0.03 + 1e-12).all()
    assert (abs(matrices - diagonal[:, :, None] * np.eye(3)) <= 0.02).all()
    offsets = np.array([one.gyro_offset_dps for one in drawn])
    assert abs(offsets).max() <= 20.0
    assert 4.0 < offsets.std() < 8.0


def test_a_burst_is_of_one_instant_and_single_reads_are_not(rig):
    """Section 2.3 of the facts: RM-MPU-6000A-00 promises it for a burst only."""
    made = rig(motion=rocking(amplitude_deg=60, frequency_hz=2.0), bit_rate_hz=100_000)
    made.wake(divider=0, dlpf=1)
    produced = set()

    def known():
        produced.update(map(tuple, made.history().words.tolist()))
        return produced

    torn = 0
    for _ in range(30):
        burst = tuple(int(word) for word in made.words())
        assert burst in known()
        single = bytes(made.get(register) for register in range(0x3B, 0x49))
        torn += tuple(int(word) for word in made.frames(single)[0]) not in known()
        made.clock.sleep_s(0.0007)
    assert torn > 25
