"""When what of a simulated chip is awake: nothing measures at once, nor on a clock that stands still.

What is modelled
    After waking the accelerometer needs 20 ms and the gyroscope 60 ms (the waits of the Linux driver
    ``inv_mpu6050``; how they come up is in `sensing`). The gyroscope's clock (CLKSEL 1 to 3) exists from
    30 ms after the gyroscope's start (its zero-rate output settles in that time, PS-MPU-6000A-00 6.1), and
    its PLL settles in 10 ms at most (6.6); until then the internal oscillator ticks on. An MPU-6050 for which
    it is chosen earlier has no clock meanwhile: that is why the Linux driver, and InvenSense's own, choose it
    only when the gyroscope runs, and leave it before they switch the gyroscope off. The later chips take the
    best clock that there is (CLKSEL 1 to 5, RM-MPU-6500A-00).
What is not
    How long it takes with each chip and at each temperature, and ticks of an odd length at the change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from firmware.chips import Chip
from firmware.sim.setup import Setup
from firmware.sim.traits import Vector

#: From waking to the first instant of sampling.
WAKE_S = 0.005
#: From the gyroscope's start to its clock; from choosing the PLL to its being settled.
GYRO_CLOCK_S = 0.03
PLL_SETTLING_S = 0.01
#: When something begins that is off.
NEVER = math.inf
_ALL_OFF: Vector = (NEVER, NEVER, NEVER)


@dataclass(frozen=True, slots=True)
class Switched:
    """Since when what is on, in simulated seconds.

    Attributes
    ----------
    accel_on_s, gyro_on_s
        When each axis begins to come up; `NEVER` while it is off.
    pll_s
        From when the gyroscope's PLL ticks instead of the internal oscillator; `NEVER` if it is not chosen.
    self_test_s
        When the self-test was switched on or off.
    """

    accel_on_s: Vector = _ALL_OFF
    gyro_on_s: Vector = _ALL_OFF
    pll_s: float = NEVER
    self_test_s: float = 0.0


class Waking:
    """Follows what the registers say.

    Parameters
    ----------
    chip
        Its row of the chip table.
    """

    def __init__(self, chip: Chip) -> None:
        self.switched = Switched()
        """What came of it so far."""
        self._waits_for_clock = not chip.accel_filter_register
        self._setup: Setup | None = None
        self._drives_s: Vector = _ALL_OFF
        self._internal_s = NEVER  # when the internal oscillator's ticks begin
        self._first_s = NEVER  # when those of the clock that is chosen do

    def follow(self, setup: Setup | None, axes_on: Sequence[bool], at_s: float) -> float | None:
        """Take note of what the registers ask for from `at_s` on.

        Parameters
        ----------
        setup, axes_on
            As `Setup.of_registers` and `setup.axes_on` have it.
        at_s
            When, in simulated seconds.

        Returns
        -------
        float or None
            When the clock begins to tick, with the first sample, if it does not go on as it did.
        """
        before, switched = self._setup, self.switched
        self._setup = setup
        self._drives_s = _since(self._drives_s, axes_on[3:], at_s)
        switched = replace(
            switched,
            accel_on_s=_since(switched.accel_on_s, axes_on[:3], at_s),
            gyro_on_s=_since(switched.gyro_on_s, axes_on[3:], at_s),
        )
        first_s = self._first_s
        if setup is None:
            first_s = NEVER
            switched = replace(switched, pll_s=NEVER)
        elif before is None or setup.clock_axis != before.clock_axis:
            if before is None:
                self._internal_s = at_s + WAKE_S
            first_s, pll_s = self._clock(setup.clock_axis, at_s)
            switched = replace(switched, pll_s=pll_s)
        if setup is not None and before is not None and setup.self_tests != before.self_tests:
            switched = replace(switched, self_test_s=at_s)
        begins = setup is not None and first_s != self._first_s
        self._first_s = first_s
        if begins:
            switched = replace(
                switched,
                accel_on_s=_not_before(switched.accel_on_s, first_s),
                gyro_on_s=_not_before(switched.gyro_on_s, first_s),
            )
        self.switched = switched
        return first_s if begins else None

    def restart_paths(self, at_s: float, *, accel: bool, gyro: bool) -> None:
        """Let axes come up anew whose signal paths were reset; the gyroscope goes on swinging."""
        switched = self.switched
        if accel:
            switched = replace(switched, accel_on_s=_not_before(switched.accel_on_s, at_s))
        if gyro:
            switched = replace(switched, gyro_on_s=_not_before(switched.gyro_on_s, at_s))
        self.switched = switched

    def _clock(self, axis: int | None, at_s: float) -> tuple[float, float]:
        """Return since when the clock ticks, and from when it is the PLL of that axis."""
        ticks = at_s >= self._first_s
        internal_s = self._first_s if ticks else max(at_s, self._internal_s)
        if axis is None:
            return internal_s, NEVER
        ready_s = self._drives_s[axis] + GYRO_CLOCK_S
        pll_s = max(at_s, ready_s) + PLL_SETTLING_S
        if self._waits_for_clock and not (ticks and ready_s <= at_s):
            return pll_s, pll_s
        return internal_s, pll_s


def _since(since_s: Vector, on: Sequence[bool], at_s: float) -> Vector:
    """Return since when each axis is on: from `at_s` those that were off."""
    x, y, z = (min(each, at_s) if is_on else NEVER for each, is_on in zip(since_s, on, strict=True))
    return (x, y, z)


def _not_before(since_s: Vector, at_s: float) -> Vector:
    x, y, z = (max(each, at_s) for each in since_s)
    return (x, y, z)
