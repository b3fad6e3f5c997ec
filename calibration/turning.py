"""The gyroscope's scale off one turn on a table, through an angle that somebody knows.

The sensor lies still, is turned flat on the table, and lies still again. Gravity gives the axis; the angle is
given. The scale about that axis is right then, and what leaks into the others; what was found about others
before stays, so that turns on three sides tell the whole matrix.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np

from calibration.errors import MovedError
from calibration.gyro_fit import Turn, measure_turn, scale_from_turn
from calibration.imu import FloatArray, Vector
from calibration.placement_learner import PlacingProgress
from calibration.rests import Rest, RestFinder
from calibration.stored import Matrix
from calibration.temperature import chip_of
from calibration.value import Calibration
from firmware.samples import RawBlock

#: What is less than this between two rests was no turn.
SMALLEST_TURN_RAD: Final = math.radians(45.0)
#: Flat on the table, gravity stays where it is.
LARGEST_TILT_DEG: Final = 3.0
#: So long a turn may take.
LONGEST_S: Final = 120.0
#: What is added to the kind of a calibration.
AND_TURN: Final = " and turn"


class TurnSession:
    """Watches for one turn between two rests.

    Parameters
    ----------
    calibration
        What the sensor has so far; its accelerometer must be calibrated for the axis to be exact.
    angle_deg
        How far it is turned, positive for anticlockwise, seen from above.
    """

    def __init__(self, calibration: Calibration, angle_deg: float) -> None:
        self._calibration, self._angle_rad = calibration, math.radians(angle_deg)
        self._finder = RestFinder(chip_of(calibration.sensor))
        self._samples: list[RawBlock] = []
        self._before: Rest | None = None
        self._turn: Turn | None = None
        self._hint = ""

    def step(self, raw: RawBlock) -> PlacingProgress:
        """Take a block and say how far it is.

        Raises
        ------
        CalibrationMismatchError
            The block comes from another sensor or was taken at another range.
        """
        self._calibration.require_fit(
            replace(self._calibration.sensor, role=raw.sensor), raw.accel_range_g, raw.gyro_range_dps
        )
        if self._turn is None and len(raw):
            self._samples.append(raw)
            for rest in self._finder.step(raw):
                self._take(rest)
            self._forget_old()
        return self.progress()

    def progress(self) -> PlacingProgress:
        """Return how far it is: step 0 lies still, 1 is turned, 2 is done."""
        done = self._turn is not None
        step = 2 if done else int(self._before is not None)
        return PlacingProgress(step, 2, self._finder.still_for_s, "" if done else self._hint, done)

    def finish(self, now: datetime) -> Calibration:
        """Return the calibration with the scale that the turn shows; the rest of it stays.

        Raises
        ------
        MovedError
            There was no turn, or another one than was said; the sentence says what to do.
        """
        if self._turn is None:
            for rest in self._finder.pending():
                self._take(rest)
        if self._turn is None:
            raise MovedError(
                self._hint
                or f"No turn was seen: let the sensor lie still for 3 seconds, turn it by"
                f" {math.degrees(self._angle_rad):g} degrees flat on the table, and let it lie again."
            )
        correction = np.array(scale_from_turn(self._turn))
        kind = self._calibration.kind
        return replace(
            self._calibration,
            gyro_matrix=_rows(correction @ np.array(self._calibration.gyro_matrix)),
            kind=kind if kind.endswith(AND_TURN) else kind + AND_TURN,
            made_at=now,
        )

    def _take(self, rest: Rest) -> None:
        before, self._before = self._before, rest
        if before is None or self._turn is not None:
            return
        matrix = np.array(self._calibration.gyro_matrix)
        up = self._up(before) + self._up(rest)
        try:
            nominal = measure_turn(_joined(self._samples), before, rest, _vector(up), self._angle_rad)
        except MovedError as error:
            self._hint = str(error)
            return
        measured = matrix @ np.array(nominal.measured_rads)
        if float(np.linalg.norm(measured)) < SMALLEST_TURN_RAD:
            return
        tilt_deg = _between_deg(self._up(before), self._up(rest))
        if tilt_deg > LARGEST_TILT_DEG:
            self._hint = (
                f"The sensor lies otherwise than before the turn, by {tilt_deg:.0f} degrees: turn it flat"
                " on the table."
            )
            return
        self._turn = replace(nominal, measured_rads=_vector(measured))

    def _up(self, rest: Rest) -> FloatArray:
        calibration = self._calibration
        force = np.array(rest.specific_force_ms2) - np.array(calibration.accel_offset_ms2)
        up: FloatArray = np.array(calibration.accel_matrix) @ force
        return up

    def _forget_old(self) -> None:
        """Keep what is since the beginning of the last rest, and no more than a turn may take."""
        end_s = float(self._samples[-1].t_us[-1]) / 1e6
        if self._before is not None and end_s - self._before.end_s > LONGEST_S:
            self._before = None
            self._hint = "The turn took too long: let the sensor lie still, and turn it then."
        since_s = end_s - LONGEST_S if self._before is None else self._before.start_s
        while self._samples and float(self._samples[0].t_us[-1]) / 1e6 < since_s:
            del self._samples[0]


def _joined(blocks: Sequence[RawBlock]) -> RawBlock:
    return replace(
        blocks[0],
        t_us=np.concatenate([block.t_us for block in blocks]),
        accel_counts=np.concatenate([block.accel_counts for block in blocks]),
        gyro_counts=np.concatenate([block.gyro_counts for block in blocks]),
        flags=np.concatenate([block.flags for block in blocks]),
        temperature_counts=None,
    )


def _between_deg(one: FloatArray, other: FloatArray) -> float:
    cosine = float(one @ other) / float(np.linalg.norm(one) * np.linalg.norm(other))
    return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))


def _vector(values: FloatArray) -> Vector:
    x, y, z = values.tolist()
    return x, y, z


def _rows(matrix: FloatArray) -> Matrix:
    return _vector(matrix[0]), _vector(matrix[1]), _vector(matrix[2])
