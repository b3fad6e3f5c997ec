"""What one sensor feels, as frames: all motion stages in a row, and the frames of the last minute."""

from __future__ import annotations

import math
from typing import Any

from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.motion.frames import FRAME_RATE_HZ, Frames, MotionBlock
from pi_service.motion.grid import Grid
from pi_service.motion.parcels import Parcels, ParcelsState
from pi_service.motion.re_zero import ReZero, Zeroing
from pi_service.motion.start_rest import StartRest
from pi_service.motion.stillness import Stillness
from pi_service.motion.tilt import TiltFilter
from pi_service.reps.history import ACCELERATION, STILL, TURN_RATE, UP, VERTICAL_ACCELERATION, History
from pi_service.workout.events import ZeroUnknown
from pi_service.workout.zeros import ZeroLearned

ZeroNotice = ZeroUnknown | ZeroLearned


class Sensed:
    """Turns the samples of one sensor into frames; goes on whatever is counted.

    Parameters
    ----------
    sensor
        Which.
    frames_a_look
        Frames that are worked on together.
    """

    def __init__(self, sensor: SensorRole, frames_a_look: int) -> None:
        self._sensor = sensor
        self._parcels = Parcels(frames_a_look)
        self._grid, self._stillness, self._tilt, self._frames = Grid(), Stillness(), TiltFilter(), Frames()
        self._start_rest, self._re_zero = StartRest(), ReZero()

    def look_every(self, frames: int) -> None:
        """Work on so many frames together from now on."""
        waiting = self._parcels.state.waiting
        self._parcels = Parcels(frames)
        self._parcels.state = ParcelsState(waiting)

    def step(self, block: ImuBlock, at_once: bool) -> tuple[list[MotionBlock], list[ZeroNotice]]:
        """Take samples; give out the frames that they complete, if it is time, and what is wrong with them.

        Parameters
        ----------
        block
            Consecutive samples.
        at_once
            Nothing shall wait.
        """
        return self._walk_through(self._parcels.step(block, at_once))

    def finish(self) -> tuple[list[MotionBlock], list[ZeroNotice]]:
        """Give out the frames of what still waits."""
        return self._walk_through(self._parcels.rest())

    def knows_zero(self, at_s: float) -> bool:
        """Whether the gyroscope's zero was known at a time."""
        return self._start_rest.known(at_s)

    @property
    def at_rest(self) -> bool:
        """Whether the sensor is at rest, as far as it was looked at."""
        return self._stillness.at_rest

    def learn_zero(self, since_s: float) -> None:
        """Learn the gyroscope's zero anew from the first rest after a time."""
        self._re_zero.ask(since_s)

    def _walk_through(self, parcel: ImuBlock | None) -> tuple[list[MotionBlock], list[ZeroNotice]]:
        found: list[MotionBlock] = []
        notices: list[ZeroNotice] = []
        for cells in [] if parcel is None else self._grid.step(parcel):
            still = self._stillness.step(cells)
            missing = self._start_rest.step(cells, still)
            if missing is not None:
                rate_dps = round(math.degrees(missing.rate_rads), 1)
                notices.append(ZeroUnknown(missing.at_s, self._sensor, rate_dps, missing.at_rest))
            for part, part_still, learned in self._re_zero.step(cells, still):
                frames = self._frames.step(self._tilt.step(part, part_still))
                if frames is not None:
                    found.append(frames)
                if learned is not None:
                    notices.append(self._learned(learned))
        return found, notices

    def _learned(self, learned: Zeroing) -> ZeroLearned:
        """Take the zero that was learned, and return what is told of it."""
        change_dps = None
        if learned.rads is not None:
            change_rads = self._tilt.take_zero(learned.rads, self._re_zero.params.rest_s)
            change_dps = round(math.degrees(change_rads), 2)
        return ZeroLearned(learned.end_s, learned.end_s, self._sensor, change_dps)

    @property
    def stages(self) -> tuple[Any, ...]:
        """The stages, for whoever saves and restores their states."""
        return (
            self._parcels,
            self._grid,
            self._stillness,
            self._start_rest,
            self._re_zero,
            self._tilt,
            self._frames,
        )


#: Whoever goes on to another exercise is seen to have ended the one before within a minute.
_KEPT_FRAMES = round(60.0 * FRAME_RATE_HZ)


class Recall:
    """The frames of the last minute, for a counter that begins later than what it is to count."""

    def __init__(self) -> None:
        self.state = History()

    def step(self, frames: MotionBlock) -> None:
        """Take frames; those that are known already are left out."""
        history = self.state
        known = history.end - frames.first_frame
        if known < 0 or (frames.restart and known <= 0):
            history.restart(frames.first_frame)
            known = 0
        if known < len(frames):
            history.append(frames[known:] if known else frames)
        if history.end - history.begin > 2 * _KEPT_FRAMES:
            history.forget_before(history.end - _KEPT_FRAMES)

    def since(self, time_s: float) -> list[MotionBlock]:
        """Return the frames since a time, at most those of a minute."""
        history = self.state
        first = max(round(time_s * FRAME_RATE_HZ), history.begin, history.end - _KEPT_FRAMES)
        rows = history.rows(first, history.end).copy()
        if not len(rows):
            return []
        return [
            MotionBlock(
                first_frame=first,
                restart=False,
                up=rows[:, UP],
                turn_rate_rads=rows[:, TURN_RATE],
                vertical_acceleration_ms2=rows[:, VERTICAL_ACCELERATION],
                acceleration_ms2=rows[:, ACCELERATION],
                still=rows[:, STILL] > 0.0,
            )
        ]
