"""The synthetic athlete as a function of time: what ideal sensors on wrist and torso feel at any moment.

A simulated chip samples it on a clock of its own, so that times are asked for as the chip needs them.
Nobody was recorded; the same seed is the same athlete.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from typing import Final

import numpy as np

from calibration.imu import FloatArray
from pi_service.athlete.forearm import ForearmPath, wrist_motion
from pi_service.athlete.jets import Jet, constant, wave
from pi_service.athlete.pullup import PullupSet, SetPlan
from pi_service.athlete.synthetic import HAND_TO_SENSOR_M, set_labels, set_plans
from pi_service.traces import Label

#: Sets that are kept; any other is drawn again when somebody looks back at it.
_SETS_KEPT: Final = 4
#: Elevation of the torso sensor's x axis: along the spine, of somebody who leans forward a little.
_SPINE_RAD: Final = math.radians(84.0)


class AthleteMotion:
    """Sets of pull-ups with rests between them, without an end, as the wrist goes through them.

    Times may be asked for in any order: each set is drawn from the seed and its number alone. The
    person stands still before time 0.

    Parameters
    ----------
    seed
        The same seed is the same movement; it is another one than that of `SyntheticAthlete`.
    reps
        Repetitions of each set.
    rest_s
        How long the person stands still between sets; the first set begins after the plan's own rest.
    plan
        Tempo and variant.
    """

    def __init__(
        self, seed: int = 1, *, reps: int = 8, rest_s: float = 20.0, plan: SetPlan | None = None
    ) -> None:
        self._seed = seed
        self._plans = set_plans(plan or SetPlan(), reps=reps, rest_s=rest_s)
        # One sensor that stays where it was strapped on: sets join without a jump.
        self._twist_rad = float(np.random.default_rng(seed).normal(0.4, 0.2))
        # Beginnings of the sets known so far, and of the one after them.
        self._begin_s = array("d", [0.0])
        self._kept: dict[int, PullupSet] = {}
        self._latest_s = 0.0

    def __call__(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the wrist sensor feels.

        Parameters
        ----------
        t_s : float64 array, shape (n,)
            Times since the athlete's beginning.

        Returns
        -------
        specific_force_ms2, angular_rate_rads : float64 arrays, shape (n, 3)
            Sensor frame: x along the forearm towards the hand.
        """
        force_ms2, rate_rads = np.empty((len(t_s), 3)), np.empty((len(t_s), 3))
        if not len(t_s):
            return force_ms2, rate_rads
        first_s, last_s = float(t_s.min()), float(t_s.max())
        self._latest_s = max(self._latest_s, last_s)
        while self._begin_s[-1] <= max(last_s, 0.0):
            self._begin_s.append(self._begin_s[-1] + self._set(len(self._begin_s) - 1).duration_s)
        for number in range(self._number_at(first_s), self._number_at(last_s) + 1):
            begin_s, end_s = self._begin_s[number], self._begin_s[number + 1]
            during = (t_s < end_s) if number == 0 else (t_s >= begin_s) & (t_s < end_s)
            motion = wrist_motion(self._set(number).path(t_s[during] - begin_s), HAND_TO_SENSOR_M)
            force_ms2[during], rate_rads[during] = motion.specific_force_ms2, motion.angular_rate_rads
        return force_ms2, rate_rads

    @property
    def labels(self) -> tuple[Label, ...]:
        """The truth of the sets begun up to the latest time that was asked for, on the athlete's clock."""
        return tuple(
            label
            for number in range(self._number_at(self._latest_s) + 1)
            for label in set_labels(self._draw(number), self._begin_s[number])
        )

    def _number_at(self, at_s: float) -> int:
        return max(0, bisect_right(self._begin_s, at_s) - 1)

    def _set(self, number: int) -> PullupSet:
        bout = self._kept.get(number)
        if bout is None:
            bout = self._kept[number] = self._draw(number)
            while len(self._kept) > _SETS_KEPT:
                del self._kept[next(iter(self._kept))]
        return bout

    def _draw(self, number: int) -> PullupSet:
        rng = np.random.default_rng((self._seed, number))
        return PullupSet(self._plans[min(number, 1)], rng, twist_rad=self._twist_rad)


class TorsoMotion:
    """Somebody who stands or hangs still, as a sensor on the torso feels it: breath and a little sway.

    Parameters
    ----------
    seed
        The same seed is the same movement.
    sway_deg
        How far each of the three swaying angles goes, about.
    """

    def __init__(self, seed: int = 1, *, sway_deg: float = 0.8) -> None:
        rng = np.random.default_rng((seed, 1))
        sizes_rad = math.radians(sway_deg) * np.array([[0.7], [0.3]]) * rng.uniform(0.8, 1.2, (2, 3))
        self._sways = [
            [
                (float(rng.uniform(*band_hz)), float(rng.uniform(0.0, 2.0 * math.pi)), float(size_rad))
                for band_hz, size_rad in zip(((0.1, 0.4), (0.5, 1.2)), sizes_rad[:, angle], strict=True)
            ]
            for angle in range(3)
        ]
        self._breath_hz = float(rng.uniform(0.22, 0.32))

    def __call__(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what the torso sensor feels at given times.

        Returns
        -------
        specific_force_ms2, angular_rate_rads : float64 arrays, shape (n, 3)
            Sensor frame: x along the spine, upwards.
        """
        heading, elevation, twist = (self._sway(t_s, number) for number in range(3))
        breath = wave(t_s, self._breath_hz, 0.0)
        still = constant(t_s, 0.0)
        path = ForearmPath(
            (breath * 0.004, still, still), heading, elevation + breath * 0.006 + _SPINE_RAD, twist
        )
        motion = wrist_motion(path, 0.0)
        return motion.specific_force_ms2, motion.angular_rate_rads

    def _sway(self, t_s: FloatArray, number: int) -> Jet:
        slow, quick = (wave(t_s, hz, phase_rad) * size_rad for hz, phase_rad, size_rad in self._sways[number])
        return slow + quick
