"""What is to be told of the sensors themselves: samples that are missing, a zero that nobody knows.

Of the counting sensor it is told at once. Gaps of the other one wait, so that it does not matter how the
blocks of the two alternate; and if the other one comes to count, they are told as its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from calibration.imu import ImuBlock
from firmware.samples import SampleFlag, SensorRole
from pi_service.workout.events import SamplesLost, ZeroUnknown
from pi_service.workout.zeros import ZeroLearned

#: A longer silence between two samples is a gap, whether the source marked it or not.
LONGEST_SILENCE_S = 1.0
#: What happened to the other sensor is told so long after it ended, so that its blocks may come late.
OTHER_SENSOR_WAITS_S = 2.5

_Passing = SamplesLost | ZeroLearned
Own = _Passing | ZeroUnknown


@dataclass(slots=True)
class LossesState:
    """What is remembered of both sensors.

    Attributes
    ----------
    last_t_s
        Time of the last sample of each sensor.
    untold
        Gaps and newly learned zeros of the other sensor that wait for the counting sensor's clock.
    aside
        What is wrong with the other sensor's zero: told if it ever counts.
    """

    last_t_s: dict[SensorRole, float] = field(default_factory=dict)
    untold: list[_Passing] = field(default_factory=list)
    aside: list[ZeroUnknown] = field(default_factory=list)


class Losses:
    """Notices samples that are missing, and keeps what is not to be told yet."""

    def __init__(self) -> None:
        self.state = LossesState()

    def step(self, block: ImuBlock) -> list[SamplesLost]:
        """Return the gaps that end in a block of one sensor."""
        last_t_s = self.state.last_t_s
        since_s = float(block.t_s[-1]) - last_t_s.get(block.sensor, float(block.t_s[0]))
        if since_s <= LONGEST_SILENCE_S and not block.flags.any():
            last_t_s[block.sensor] = float(block.t_s[-1])
            return []
        before = np.concatenate(([last_t_s.get(block.sensor, block.t_s[0])], block.t_s[:-1]))
        last_t_s[block.sensor] = float(block.t_s[-1])
        marked = (block.flags & SampleFlag.GAP_BEFORE) != 0
        gaps = np.flatnonzero((marked & (block.t_s > before)) | (block.t_s - before > LONGEST_SILENCE_S))
        return [
            SamplesLost(float(block.t_s[i]), float(before[i]), float(block.t_s[i]), block.sensor)
            for i in gaps.tolist()
        ]

    def put_aside(self, found: Sequence[Own]) -> None:
        """Keep what is of the other sensor."""
        self.state.untold += [each for each in found if isinstance(each, _Passing)]
        self.state.aside += [each for each in found if isinstance(each, ZeroUnknown)]

    def own(self, found: Sequence[Own], since_s: float) -> list[Own]:
        """Return what is told at once of the sensor that counts since some time: not what was before."""
        early = [each for each in found if isinstance(each, _Passing) and each.end_s <= since_s]
        self.put_aside(early)
        return [replace(each, at_s=max(each.at_s, since_s)) for each in found if each not in early]

    def take_back(self, sensor: SensorRole, since_s: float) -> list[Own]:
        """Return what was kept of a sensor that counts from some time on."""
        state = self.state
        lost = [each for each in state.untold if each.sensor is sensor and each.end_s > since_s]
        zeros = [each for each in state.aside if each.sensor is sensor]
        state.untold = [each for each in state.untold if each not in lost]
        state.aside = [each for each in state.aside if each not in zeros]
        return self.own([*lost, *zeros], since_s)

    def due(self, now_s: float, until_s: float | None = None) -> list[_Passing]:
        """Tell of what has waited for long enough, or of what ended before `until_s`."""
        state = self.state
        if not state.untold:
            return []
        until_s = now_s - OTHER_SENSOR_WAITS_S if until_s is None else until_s
        due = [lost for lost in state.untold if lost.end_s <= until_s]
        state.untold = [lost for lost in state.untold if lost.end_s > until_s]
        return [replace(lost, at_s=now_s) for lost in due]
