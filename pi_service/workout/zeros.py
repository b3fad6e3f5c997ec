"""What became of a request to learn a gyroscope's zero anew."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.samples import SensorRole


@dataclass(frozen=True, slots=True)
class ZeroLearned:
    """A gyroscope's zero was learned anew, because a person asked for it; or it could not be.

    Attributes
    ----------
    end_s
        End of the rest that it was learned from, or of the time for which a rest was waited for.
    sensor
        Which sensor.
    change_dps
        How far it is from the zero before; None where the sensor did not rest, and the zero is as it was.
    """

    at_s: float
    end_s: float
    sensor: SensorRole
    change_dps: float | None
