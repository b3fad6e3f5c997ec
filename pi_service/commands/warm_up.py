"""Waits until a chip has warmed up, as long as somebody lets it."""

from __future__ import annotations

import select
import sys
from typing import Final

from calibration.warming import RISING_C_PER_MIN, Thermometer
from firmware.identity import SensorIdentity
from firmware.samples import RawBlock

#: How long it is waited for on a terminal, at most.
LONGEST_WAIT_S: Final = 180.0


class WarmUp:
    """Decides from the samples whether to wait on.

    Parameters
    ----------
    sensor
        Which sensor it is.
    wait_s
        For how long at most; 0 only tells.

    Attributes
    ----------
    waiting
        Whether it is being waited for now.
    """

    def __init__(self, sensor: SensorIdentity, wait_s: float) -> None:
        self._thermometer = Thermometer(sensor)
        self._wait_s = wait_s
        self._until_s: float | None = None
        self._judged = False
        self.waiting = False

    def take(self, raw: RawBlock) -> str | None:
        """Take a block, and return what there is to tell, once, in a sentence."""
        self._thermometer.step(raw)
        rise = self._thermometer.rise_c_per_min
        if not len(raw) or rise is None:
            return None
        now_s = float(raw.t_us[-1]) / 1e6
        if not self._judged:
            self._judged = True
            if not self._thermometer.warming:
                return None
            told = f"The chip is still warming up, by {rise:.1f} C a minute, and will be a few mg off later"
            if self._wait_s <= 0.0:
                return f"{told}; for the best result begin again in three minutes."
            self.waiting, self._until_s = True, now_s + self._wait_s
            return f"{told}. Waiting for up to {self._wait_s:.0f} s; Enter goes on at once."
        if self.waiting and self._until_s is not None:
            self.waiting = self._thermometer.warming and now_s < self._until_s and not enter_pressed()
            if not self.waiting:
                return "Going on: lay the sensor on the table, and let go of it."
        return None

    def status(self, now_s: float) -> str:
        """Return how the waiting stands."""
        rise, left_s = self._thermometer.rise_c_per_min or 0.0, max(0.0, (self._until_s or now_s) - now_s)
        return (
            f"Warming up: {self._thermometer.temperature_c or 0.0:.1f} C, {rise:+.1f} C a minute"
            f" ({RISING_C_PER_MIN:g} is enough); {left_s:.0f} s left at most. Enter goes on at once."
        )


def enter_pressed() -> bool:
    """Return whether somebody at a terminal has pressed Enter meanwhile."""
    if not sys.stdin.isatty() or not select.select([sys.stdin], [], [], 0.0)[0]:
        return False
    sys.stdin.readline()
    return True
