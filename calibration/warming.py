"""Whether a chip is still warming up: its offsets move meanwhile, and it would be taken for a cold one."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from calibration.temperature import die_c
from firmware.identity import SensorIdentity
from firmware.samples import RawBlock

#: It is warm when it warms no faster than this: what is still to come changes no axis by more than a few mg.
#: After power-up a die warms by 4 to 9 C within minutes; three minutes of it bring it below this.
RISING_C_PER_MIN: Final = 1.0
#: The rise is that of so many seconds.
WATCHED_S: Final = 10
_SECOND_US: Final = 1_000_000


class Thermometer:
    """Watches the die temperature of one sensor.

    Parameters
    ----------
    sensor
        Whose thermometer it is.
    """

    def __init__(self, sensor: SensorIdentity) -> None:
        self._sensor = sensor
        self._second: int | None = None
        self._sum_c, self._n = 0.0, 0
        self._means: deque[tuple[int, float]] = deque(maxlen=WATCHED_S)

    def step(self, raw: RawBlock) -> None:
        """Take a block; one without temperatures tells nothing."""
        if raw.temperature_counts is None or not len(raw):
            return
        seconds = raw.t_us // _SECOND_US
        values_c = die_c(self._sensor, raw.temperature_counts)
        for second in np.unique(seconds).tolist():
            if self._second is not None and second != self._second:
                self._means.append((self._second, self._sum_c / self._n))
                self._sum_c, self._n = 0.0, 0
            self._second = second
            now = seconds == second
            self._sum_c += float(values_c[now].sum())
            self._n += int(now.sum())

    @property
    def temperature_c(self) -> float | None:
        """Mean of the last whole second; None before there is one."""
        return self._means[-1][1] if self._means else None

    @property
    def rise_c_per_min(self) -> float | None:
        """How fast it warms; None before it has been watched for long enough."""
        if len(self._means) < WATCHED_S:
            return None
        seconds, values_c = np.array(self._means).T
        return 60.0 * float(np.polyfit(seconds - seconds.mean(), values_c, 1)[0])

    @property
    def warming(self) -> bool:
        """Whether it is known to be warming up still."""
        rise = self.rise_c_per_min
        return rise is not None and rise > RISING_C_PER_MIN
