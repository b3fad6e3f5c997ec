"""What a chip gives right after it was woken, and with a clock that is not there yet."""

from __future__ import annotations

import numpy as np
import pytest

from firmware import registers as reg
from firmware.sim import Fault, FaultKind, Traits, still

TILTED = still((1, 1, 1))


def samples_s(made, since_s):
    """Return when samples were taken after some time (s after it), and their words."""
    history = made.history()
    t_s = (history.t_ns - made.clock.origin_ns) / 1e9 - since_s
    return t_s[t_s > 0], history.words[t_s > 0].astype(float)


def write_at(made, register, value):
    made.set(register, value)
    return made.clock.t_s


def test_the_accelerometer_needs_20_ms(rig):
    made = rig(motion=TILTED, traits=Traits.ideal())
    woken_s = write_at(made, reg.PWR_MGMT_1, 0x00)
    made.clock.sleep_s(0.1)
    t_s, words = samples_s(made, woken_s)
    size = np.linalg.norm(words[:, :3], axis=1) / 16384
    assert t_s[0] == pytest.approx(0.005, abs=1e-4)
    assert not words[t_s < 0.012, :3].any(), "nothing yet"
    assert (size[(t_s > 0.013) & (t_s < 0.015)] < 0.95).all()
    assert size[t_s > 0.02] == pytest.approx(1.0, abs=0.005)


def test_an_axis_that_was_off_comes_up_alone(rig):
    made = rig(motion=TILTED, traits=Traits.ideal()).wake(divider=0, dlpf=1)
    made.set(reg.PWR_MGMT_2, 0x11)  # accelerometer y, gyroscope z
    made.clock.sleep_s(0.1)
    on_s = write_at(made, reg.PWR_MGMT_2, 0x00)
    made.clock.sleep_s(0.1)
    t_s, words = samples_s(made, on_s)
    early = t_s < 0.007
    assert not words[early][:, [1, 6]].any()
    assert words[early][:, [0, 2]] == pytest.approx(2365, abs=2)
    assert words[t_s > 0.02, 1] == pytest.approx(2365, abs=20)
    assert abs(words[(t_s > 0.01) & (t_s < 0.015), 6]).min() > 200, "it settles"
    assert not words[:, 4:6].any()
    assert abs(words[t_s > 0.07, 6]).max() < 1


def test_the_plls_clock_is_there_when_the_gyroscope_has_run_for_a_while(rig):
    made = rig(traits=Traits(clock_ppm=-5_000.0, clock_internal_ppm=20_000.0))
    made.set(reg.PWR_MGMT_1, 0x00)
    made.set(reg.CONFIG, 1)
    made.clock.sleep_s(0.06)
    chosen_s = write_at(made, reg.PWR_MGMT_1, 0x01)
    made.clock.sleep_s(0.5)
    t_s, _ = samples_s(made, chosen_s)
    spacing_ms = np.diff(t_s) * 1e3
    assert spacing_ms[t_s[1:] < 0.01] == pytest.approx(1 / 1.02, abs=1e-5), "the PLL settles"
    assert spacing_ms[t_s[:-1] > 0.012] == pytest.approx(1 / 0.995, abs=1e-5)
    assert spacing_ms.max() < 1.01, "it never stands still"


@pytest.mark.parametrize("wait_s", [0.0, 0.01, 0.025])
def test_the_pll_chosen_too_early_stops_the_clock_and_everything_comes_up_later(rig, wait_s):
    made = rig(motion=TILTED, traits=Traits.ideal())
    woken_s = write_at(made, reg.PWR_MGMT_1, 0x00)
    made.clock.sleep_s(wait_s)
    made.set(reg.PWR_MGMT_1, 0x01)
    known = len(made.history())
    made.clock.sleep_s(0.15)
    t_s = (made.history().t_ns[known:] - made.clock.origin_ns) / 1e9 - woken_s
    words = made.history().words[known:]
    assert t_s[0] == pytest.approx(0.04, abs=1e-3), "30 ms for the gyroscope, 10 ms for the PLL"
    assert not words[t_s < 0.047, :3].any()
    assert words[t_s > 0.06, :3] == pytest.approx(9459, abs=50)
    assert abs(words[t_s < 0.06, 4:]).max() > 500


def test_woken_onto_the_pll_at_once(rig):
    made = rig(traits=Traits.ideal())
    woken_s = write_at(made, reg.PWR_MGMT_1, 0x01)
    made.clock.sleep_s(0.1)
    assert samples_s(made, woken_s)[0][0] == pytest.approx(0.04, abs=1e-3)


def test_setting_up_a_chip_that_waits_for_its_clock_does_not_delay_it(rig):
    made = rig(traits=Traits.ideal())
    woken_s = write_at(made, reg.PWR_MGMT_1, 0x01)
    for _ in range(10):
        made.clock.sleep_s(0.003)
        made.set(reg.CONFIG, 3)
        made.set(reg.SMPLRT_DIV, 4)
        made.set(reg.PWR_MGMT_1, 0x01)
    made.clock.sleep_s(0.1)
    assert samples_s(made, woken_s)[0][0] == pytest.approx(0.04, abs=1e-3)


def test_back_to_the_internal_oscillator_while_the_plls_clock_is_not_there(rig):
    made = rig(traits=Traits.ideal())
    made.set(reg.PWR_MGMT_1, 0x01)
    made.clock.sleep_s(0.01)
    back_s = write_at(made, reg.PWR_MGMT_1, 0x00)
    made.clock.sleep_s(0.1)
    assert samples_s(made, back_s)[0][0] < 0.001


def test_a_gyroscope_that_is_switched_off_takes_its_clock_with_it(rig):
    made = rig(traits=Traits.ideal()).wake(divider=0, dlpf=1)
    off_s = write_at(made, reg.PWR_MGMT_2, 0x04)  # x, whose PLL is the clock
    made.clock.sleep_s(0.1)
    assert not len(samples_s(made, off_s)[0])
    on_s = write_at(made, reg.PWR_MGMT_2, 0x03)  # y and z are not
    made.clock.sleep_s(0.1)
    assert samples_s(made, on_s)[0][0] == pytest.approx(0.04, abs=1e-3)


def test_later_chips_take_the_best_clock_that_there_is(rig):
    made = rig(0x98, traits=Traits(clock_ppm=-5_000.0, clock_internal_ppm=20_000.0))
    made.set(reg.CONFIG, 1)
    woken_s = write_at(made, reg.PWR_MGMT_1, 0x01)
    made.clock.sleep_s(0.2)
    t_s, _ = samples_s(made, woken_s)
    spacing_ms = np.diff(t_s) * 1e3
    assert t_s[0] == pytest.approx(0.005, abs=1e-4)
    assert spacing_ms[t_s[1:] < 0.04] == pytest.approx(1 / 1.02, abs=1e-5)
    assert spacing_ms[t_s[:-1] > 0.042] == pytest.approx(1 / 0.995, abs=1e-5)
    off_s = write_at(made, reg.PWR_MGMT_2, 0x07)
    made.clock.sleep_s(0.1)
    assert np.diff(samples_s(made, off_s)[0]) * 1e3 == pytest.approx(1 / 1.02, abs=1e-5)


def test_a_chip_that_wakes_by_itself_comes_up_when_its_supply_is_back(rig):
    made = rig(0x70, Fault(FaultKind.BROWN_OUT, 1.0, 0.5), motion=TILTED, traits=Traits.ideal()).wake()
    made.clock.sleep_s(1.0)
    made.clock.sleep_s(0.3)
    t_s, words = samples_s(made, 1.0)
    assert t_s[0] == pytest.approx(0.505, abs=1e-3)
    assert not words[t_s < 0.512, :3].any()
    assert words[t_s > 0.526, :3] == pytest.approx(9459, abs=50)
