"""Whether a sensor at rest says what the data sheet says: noise, bias, gravity, temperature.

Source: PS-MPU-6000A-00 rev. 3.4, 6.1 to 6.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware.noise import accel_noise_g, gyro_noise_dps
from firmware.settings import FILTERS, GYRO_FILTERS
from pi_service.doctor.checks import Check, Measured, ok, problem, warning
from pi_service.doctor.watching import Watched

#: The data sheet's figures are typical ones.
_NOISY = 3.0
#: So noisy that movement can hardly be told from it.
_BROKEN = 10.0

#: A sensor that lies still differs from its own mean by no more than this, besides its noise (rms).
_STILL_DPS = 1.0
_STILL_G = 0.02

#: Zero-rate output: +-20 deg/s when new, and +-20 deg/s over temperature.
_BIAS_DPS = 20.0
_WORST_BIAS_DPS = 40.0
#: 3 % of sensitivity and 80 mg of offset; twice and more of that is no MPU-6050 any more.
_GRAVITY_OFF_G = 0.12
_GRAVITY_WRONG_G = 0.3

_COLDEST_C, _WARMEST_C = -20.0, 60.0
#: Fewer samples than this say nothing.
_MIN_SAMPLES = 25

_LAY_IT_DOWN = "Lay the sensor on a table, do not touch it, and run repclip doctor again."

_Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rest:
    """How three axes of one kind behave at rest, each the worst of the three (rms, in the values' unit).

    Attributes
    ----------
    noise
        What changes from sample to sample.
    spread
        All deviation from the mean.
    """

    noise: float
    spread: float

    @classmethod
    def of(cls, values: _Values) -> Rest:
        """Return it for values of shape (n, 3)."""
        # The second difference of white noise is sqrt(6) times the noise; it does not see slow movement.
        noise = np.sqrt(np.mean(np.diff(values, n=2, axis=0) ** 2, axis=0) / 6.0)
        return cls(float(noise.max()), float(values.std(axis=0).max()))

    @property
    def movement(self) -> float:
        """What the noise does not explain."""
        return math.sqrt(max(0.0, self.spread**2 - (_NOISY * self.noise) ** 2))


def check_values(subject: str, watched: Watched) -> Iterator[Check]:
    """Yield what there is to say about the values of a sensor that should be lying still."""
    accel, gyro = watched.accel_g, watched.gyro_dps
    if len(accel) < _MIN_SAMPLES:
        return
    accel_rest, gyro_rest = Rest.of(accel), Rest.of(gyro)
    still = _still(subject, accel_rest, gyro_rest, watched.clipped)
    yield still
    if still.advice is None:
        yield _noise(subject, watched, accel_rest, gyro_rest)
        yield _bias(subject, gyro.mean(axis=0))
        yield _gravity(subject, accel.mean(axis=0))
    yield from _temperature(subject, watched.stats.temperature_c)


def lay_still(accel: Rest, gyro: Rest, clipped: int) -> bool:
    """Whether a sensor did not move; accelerations in g, rates in deg/s."""
    return accel.movement <= _STILL_G and gyro.movement <= _STILL_DPS and not clipped


def _still(subject: str, accel: Rest, gyro: Rest, clipped: int) -> Check:
    measured: dict[str, Measured] = {
        "gyro_movement_dps": round(gyro.movement, 3),
        "accel_movement_g": round(accel.movement, 4),
        "clipped_samples": clipped,
    }
    if lay_still(accel, gyro, clipped):
        return ok(subject, "still", "It lay still.", **measured)
    found = (
        f"It moved ({gyro.movement:.1f} deg/s, {accel.movement:.2f} g rms): noise, bias and gravity are not"
        " judged."
    )
    return warning(subject, "still", found, _LAY_IT_DOWN, **measured)


def _noise(subject: str, watched: Watched, accel: Rest, gyro: Rest) -> Check:
    setting = watched.settings.filter_setting
    usual_g, usual_dps = accel_noise_g(FILTERS[setting][0]), gyro_noise_dps(GYRO_FILTERS[setting][0])
    found = (
        f"Gyroscope {gyro.spread:.3f} deg/s, accelerometer {1000 * accel.spread:.1f} mg rms"
        f" (data sheet {usual_dps:.3f} deg/s and {1000 * usual_g:.1f} mg)."
    )
    measured: dict[str, Measured] = {
        "gyro_noise_dps": round(gyro.spread, 4),
        "gyro_noise_data_sheet_dps": round(usual_dps, 4),
        "accel_noise_g": round(accel.spread, 5),
        "accel_noise_data_sheet_g": round(usual_g, 5),
    }
    if gyro.spread <= _NOISY * usual_dps and accel.spread <= _NOISY * usual_g:
        return ok(subject, "noise", found, **measured)
    broken = gyro.spread > _BROKEN * usual_dps or accel.spread > _BROKEN * usual_g
    return (problem if broken else warning)(
        subject,
        "noise",
        found,
        "Make sure that nothing shakes what it lies on (a fan, a pump), put 0.1 uF between VCC and GND at the"
        " sensor, take 3V3 from the Pi's pin 1; if it stays, use another sensor.",
        **measured,
    )


def _bias(subject: str, bias_dps: _Values) -> Check:
    listed = ", ".join(f"{value:+.1f}" for value in bias_dps)
    found = f"At rest the gyroscope reads {listed} deg/s"
    measured: dict[str, Measured] = {"gyro_bias_dps": [round(float(value), 3) for value in bias_dps]}
    worst = float(np.abs(bias_dps).max())
    if worst <= _BIAS_DPS:
        return ok(subject, "bias", f"{found}; up to 20 is normal, and repclip takes it off.", **measured)
    if worst <= _WORST_BIAS_DPS:
        return warning(
            subject,
            "bias",
            f"{found}, more than the 20 of the data sheet.",
            "Let the sensor come to room temperature and measure again; if it stays, use another one.",
            **measured,
        )
    return problem(
        subject,
        "bias",
        f"{found}, more than any working chip.",
        "Make sure that it lies still, then use another sensor.",
        **measured,
    )


def _gravity(subject: str, mean_g: _Values) -> Check:
    size = float(np.linalg.norm(mean_g))
    found = f"Gravity measures {size:.3f} g."
    measured: dict[str, Measured] = {
        "gravity_g": round(size, 4),
        "accel_mean_g": [round(float(value), 4) for value in mean_g],
    }
    if abs(size - 1.0) <= _GRAVITY_OFF_G:
        return ok(subject, "gravity", found, **measured)
    if abs(size - 1.0) <= _GRAVITY_WRONG_G:
        return warning(
            subject,
            "gravity",
            found,
            "That is more than the data sheet allows: try it in other positions, and use another sensor if"
            " it stays.",
            **measured,
        )
    return problem(
        subject,
        "gravity",
        found,
        "One of its axes is broken, or it is a chip with other ranges: use another sensor.",
        **measured,
    )


def _temperature(subject: str, temperature_c: float | None) -> Iterator[Check]:
    if temperature_c is None:
        return
    found = f"The chip is at {temperature_c:.1f} C."
    measured: dict[str, Measured] = {"temperature_c": round(temperature_c, 2)}
    if _COLDEST_C <= temperature_c <= _WARMEST_C:
        yield ok(subject, "temperature", found, **measured)
    else:
        yield warning(
            subject,
            "temperature",
            found,
            "Touch it: if it is really that hot, take its power off and check the wiring; if it is not, the"
            " thermometer is wrong, which does not hinder counting.",
            **measured,
        )
