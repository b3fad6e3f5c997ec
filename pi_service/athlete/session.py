"""A simulated person who does one set after the other, on one clock, with one or two sensors.

A simulated chip samples it on a clock of its own, so that times are asked for as the chip needs them.
Nobody was recorded; the same seed is the same person and the same movement.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from calibration.imu import FloatArray
from calibration.placement_kind import Side
from pi_service.athlete.bout import Bout
from pi_service.athlete.person import Person
from pi_service.athlete.task import Task
from pi_service.athlete.truth import Truth
from pi_service.traces import Label, LabelKind

#: Sets that are kept; any other is drawn again when somebody looks back at it.
_SETS_KEPT: Final = 4


class Session:
    """Sets with rests between them, without an end.

    Times may be asked for in any order: each set is drawn from the seed and its number alone. The person
    stands still before time 0. All sensors are worn by the same person at the same time.

    Parameters
    ----------
    seed
        The same seed is the same person and the same movement.
    task
        What each set is; its own rest comes before the first one.
    rest_s
        How long the person stands still between sets.
    side
        Which arm wears the wrist sensor; drawn if None.
    clip
        Whether the sensors sit any way round; otherwise along the axes of the limb.
    """

    def __init__(
        self,
        seed: int,
        task: Task,
        *,
        rest_s: float = 20.0,
        side: Side | None = None,
        clip: bool = True,
    ) -> None:
        self.person = Person.drawn(seed, side=side, clip=clip)
        self._seed = seed
        self._tasks = (task, replace(task, rest_s=rest_s))
        # Beginnings of the sets known so far, and of the one after them.
        self._begin_s = array("d", [0.0])
        self._kept: dict[int, Bout] = {}
        self._latest_s = 0.0

    def worn(self, placement: str) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
        """Return the motion of an ideal sensor that is worn there.

        It is a function from times (s, shape (n,)) to specific force (m/s2) and angular rate (rad/s), both
        of shape (n, 3), in the sensor's frame; see `firmware.sim.Motion`.
        """

        def motion(t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
            return self._felt(placement, t_s)

        return motion

    def bout(self, number: int) -> Bout:
        """Return a set with the life around it."""
        bout = self._kept.get(number)
        if bout is None:
            rng = np.random.default_rng((self._seed, 202, number))
            bout = self._kept[number] = Bout(self._tasks[min(number, 1)], self.person, rng)
            while len(self._kept) > _SETS_KEPT:
                del self._kept[next(iter(self._kept))]
        return bout

    def begin_s(self, number: int) -> float:
        """Return when a set's bout begins; the end of the one before it."""
        while len(self._begin_s) <= number:
            self._begin_s.append(self._begin_s[-1] + self.bout(len(self._begin_s) - 1).duration_s)
        return self._begin_s[number]

    def truth(self, number: int) -> Truth:
        """Return what really happened in a set, on the session's clock."""
        begin_s = self.begin_s(number)
        return self.bout(number).truth.later(begin_s)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The truth of the sets begun up to the latest time that was asked for, as labels."""
        last = max(0, bisect_right(self._begin_s, self._latest_s) - 1)
        return tuple(label for number in range(last + 1) for label in labels_of(self.truth(number)))

    def _felt(self, placement: str, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        force_ms2, rate_rads = np.empty((len(t_s), 3)), np.empty((len(t_s), 3))
        if not len(t_s):
            return force_ms2, rate_rads
        first_s, last_s = float(t_s.min()), float(t_s.max())
        self._latest_s = max(self._latest_s, last_s)
        while self._begin_s[-1] <= max(last_s, 0.0):
            self.begin_s(len(self._begin_s))
        first, last = (max(0, bisect_right(self._begin_s, at_s) - 1) for at_s in (first_s, last_s))
        for number in range(first, last + 1):
            begin_s, end_s = self._begin_s[number], self._begin_s[number + 1]
            during = (t_s < end_s) if number == 0 else (t_s >= begin_s) & (t_s < end_s)
            felt = self.bout(number).felt(placement, t_s[during] - begin_s)
            force_ms2[during], rate_rads[during] = felt.specific_force_ms2, felt.angular_rate_rads
        return force_ms2, rate_rads


def labels_of(truth: Truth) -> tuple[Label, ...]:
    """Return the truth of a set as labels, as far as a recording can say it.

    Repetitions of the arm without a sensor, holds and walks are notes, which nobody takes for counted reps.
    """
    labels = []
    for number, rep in enumerate(truth.reps, 1):
        times = (round(rep.start_s, 3), round(rep.end_s, 3), round(rep.turn_s, 3))
        if rep.seen:
            labels.append(Label(LabelKind.REP, *times, rep.side or ""))
        else:
            labels.append(
                Label(LabelKind.NOTE, *times[:2], text=f"rep {number}, {rep.side}, no sensor there")
            )
    for hold in truth.holds:
        seconds = hold.end_s - hold.start_s
        text = f"hold of {seconds:.1f} s, {hold.size_deg:.0f} deg"
        labels.append(Label(LabelKind.NOTE, round(hold.start_s, 3), round(hold.end_s, 3), text=text))
    for carry in truth.carries:
        text = f"{len(carry.steps_s)} steps, {carry.distance_m:.2f} m"
        labels.append(Label(LabelKind.NOTE, round(carry.start_s, 3), round(carry.end_s, 3), text=text))
    if labels:
        text = f"{truth.seen_reps} reps" if truth.reps else truth.exercise
        labels.append(Label(LabelKind.SET, round(truth.start_s, 3), round(truth.end_s, 3), text=text))
    return tuple(labels)
