"""A calibration in the making: the same for a person at the terminal and for a recording.

>>> session = CalibrationSession(identity, 8, 1000)      # doctest: +SKIP
>>> for raw in blocks:                                   # doctest: +SKIP
...     progress = session.step(raw)
>>> calibration = session.finish(datetime.now(UTC))      # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from calibration.accel_fit import AccelFit, distinct_poses, fit_accelerometer
from calibration.coverage import Coverage, Face, coverage_of, face_up
from calibration.errors import CalibrationMismatchError, ClippedError, CoverageError, MovedError
from calibration.gyro_fit import GyroFit, fit_gyro
from calibration.rests import Rest, RestFinder
from calibration.temperature import chip_of
from calibration.value import IDENTITY, STANDARD_GRAVITY_MS2, ZERO, Calibration, Quality
from firmware.identity import SensorIdentity
from firmware.samples import RawBlock

#: What `CalibrationSession.finish` asks for: the accelerometer and the gyroscope, or the gyroscope alone.
AtLeast = Literal["six faces", "one rest"]
#: Poses that are asked for: each face in two different tilts, and in a third where those left it unsure.
WANTED_POSES: Final = 12
MOST_POSES: Final = 18
#: No more poses are asked for when the fit is as sure as this of the tilt (two standard deviations).
SURE_OF_TILT_DEG: Final = 0.3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a calibration is.

    Attributes
    ----------
    stillness
        1 for as still as can be, 0 for moving.
    still_for_s
        For how long the sensor has been still.
    rested
        Whether this stillness has given a rest: go on to the next pose.
    rests
        Rests so far that can be used.
    poses, wanted_poses
        Different poses among them, and how many are wanted. Six faces are enough for a calibration; more
        poses, tilted differently, make it better. As many are wanted as were taken when the fit is sure.
    tilt_bound_deg
        How sure it is: two standard deviations of the tilt error that would remain (see `AccelFit`). None
        before all faces were up, and where the rests contradict each other.
    seen, missing
        Faces that were up in a rest, and those that were not.
    next_face
        Which to put up next: a missing one, then the one with the fewest poses; None when `poses` are as
        many as are wanted.
    gravity_face
        Which is up now; None for a pose between two, or in motion.
    moved
        The last stillness broke off before it was a rest.
    clipped_axes
        Axes that are at the end of their range now.
    temperature_c
        Die temperature in the last rest, where it is known.
    """

    stillness: float
    still_for_s: float
    rested: bool
    rests: int
    poses: int
    wanted_poses: int
    tilt_bound_deg: float | None
    seen: frozenset[Face]
    missing: tuple[Face, ...]
    next_face: Face | None
    gravity_face: Face | None
    moved: bool
    clipped_axes: tuple[str, ...]
    temperature_c: float | None

    @property
    def clipped(self) -> bool:
        """Whether an axis is at the end of its range now."""
        return bool(self.clipped_axes)


class CalibrationSession:
    """Collects rests from a sensor's counts and makes a calibration of them.

    Parameters
    ----------
    identity
        Which sensor it is.
    accel_range_g, gyro_range_dps
        The ranges that its samples are taken at.
    """

    def __init__(self, identity: SensorIdentity, accel_range_g: int, gyro_range_dps: int) -> None:
        self.identity = identity
        self.accel_range_g = accel_range_g
        self.gyro_range_dps = gyro_range_dps
        self._nominal = Calibration.nominal(identity, accel_range_g, gyro_range_dps)
        self._finder = RestFinder(chip_of(identity))
        self._rests: list[Rest] = []
        self._clipped: list[Rest] = []
        self._coverage: Coverage = coverage_of(())
        self._poses: list[Rest] = []
        self._tilt_bound_deg: float | None = None

    @property
    def rests(self) -> tuple[Rest, ...]:
        """Rests so far that can be used."""
        return tuple(self._rests)

    @property
    def ready(self) -> bool:
        """Whether `finish` has what it needs: all six faces."""
        return self._coverage.complete

    def step(self, raw: RawBlock) -> Progress:
        """Take a block and say how far it is.

        Raises
        ------
        CalibrationMismatchError
            The block comes from another sensor or was taken at another range.
        """
        if raw.sensor != self.identity.role:
            raise CalibrationMismatchError(
                f"The {self.identity.role} sensor is being calibrated, but these samples come from the"
                f" {raw.sensor} sensor: choose one of them."
            )
        if (raw.accel_range_g, raw.gyro_range_dps) != (self.accel_range_g, self.gyro_range_dps):
            raise CalibrationMismatchError(
                f"The calibration was begun at {self.accel_range_g} g and {self.gyro_range_dps} deg/s, and"
                f" these samples were taken at {raw.accel_range_g} g and {raw.gyro_range_dps} deg/s:"
                " begin again."
            )
        self._add(self._finder.step(raw))
        return self.progress()

    def _add(self, found: list[Rest]) -> None:
        if not found:
            return
        self._clipped += [rest for rest in found if rest.clipped]
        self._rests += [rest for rest in found if not rest.clipped]
        self._coverage = coverage_of(self._rests)
        self._poses = distinct_poses(self._rests)
        self._tilt_bound_deg = None
        if self._coverage.complete:
            with contextlib.suppress(MovedError):  # more poses may outvote the bad one; `finish` tells
                self._tilt_bound_deg = fit_accelerometer(self._rests).tilt_error_after_deg

    def progress(self) -> Progress:
        """Return how far it is."""
        finder = self._finder
        force = finder.mean_force_ms2 if finder.still_for_s > 0.0 else None
        return Progress(
            stillness=finder.stillness,
            still_for_s=finder.still_for_s,
            rested=finder.rested,
            rests=len(self._rests),
            poses=len(self._poses),
            wanted_poses=self._wanted_poses(),
            tilt_bound_deg=self._tilt_bound_deg,
            seen=self._coverage.seen,
            missing=self._coverage.missing,
            next_face=self._next_face(),
            gravity_face=None if force is None else face_up(force),
            moved=finder.broken_off,
            clipped_axes=finder.clipped_axes,
            temperature_c=self._rests[-1].temperature_c if self._rests else None,
        )

    def _wanted_poses(self) -> int:
        poses = len(self._poses)
        if self._tilt_bound_deg is not None and self._tilt_bound_deg <= SURE_OF_TILT_DEG:
            return min(poses, WANTED_POSES)
        return WANTED_POSES if poses < WANTED_POSES else MOST_POSES

    def _next_face(self) -> Face | None:
        if self._coverage.missing:
            return self._coverage.missing[0]
        if len(self._poses) >= self._wanted_poses():
            return None
        ups = [face_up(rest.specific_force_ms2) for rest in self._poses]
        return min(Face, key=ups.count)

    def finish(self, now: datetime, at_least: AtLeast = "six faces") -> Calibration:
        """Return the calibration; the session can go on and finish again.

        Parameters
        ----------
        now
            Its date, with its zone.
        at_least
            ``six faces``: refuse where one is missing. ``one rest``: then correct the gyroscope alone.

        Raises
        ------
        CoverageError, ClippedError, MovedError
            The rests do not make a calibration; the sentence says what to do.
        """
        rests = [*self._rests, *(rest for rest in self._left() if not rest.clipped)]
        coverage = coverage_of(rests)
        if self._clipped and (not coverage.complete or not rests):
            raise ClippedError(_clipped_words(self._clipped[-1]))
        if not rests:
            raise CoverageError(
                "The sensor was never at rest for two seconds: hold each pose still until it is taken."
            )
        accel = None
        if coverage.complete or at_least == "six faces":
            accel = fit_accelerometer(rests)
        return self._calibration(now, rests, coverage, accel, fit_gyro(rests))

    def _left(self) -> list[Rest]:
        """Return the rest that would be complete if the stream ended here; the stream may go on."""
        return self._finder.pending()

    def _calibration(
        self, now: datetime, rests: list[Rest], coverage: Coverage, accel: AccelFit | None, gyro: GyroFit
    ) -> Calibration:
        return Calibration(
            sensor=self.identity,
            accel_range_g=self.accel_range_g,
            gyro_range_dps=self.gyro_range_dps,
            accel_matrix=IDENTITY if accel is None else accel.matrix,
            accel_offset_ms2=ZERO if accel is None else accel.offset_ms2,
            gyro_matrix=IDENTITY,
            gyro_offset_rads=gyro.offset_rads,
            kind="rests" if accel is not None else "gyro rest",
            gyro_slope_rads_per_c=gyro.slope_rads_per_c,
            temperature_c=gyro.temperature_c,
            made_at=now,
            quality=Quality(
                rests=len(rests) - len((gyro if accel is None else accel).left_out),
                faces=tuple(face.value for face in Face if face in coverage.seen),
                accel_residual_ms2=0.0 if accel is None else accel.residual_ms2,
                tilt_error_before_deg=0.0 if accel is None else accel.tilt_error_before_deg,
                tilt_error_after_deg=0.0 if accel is None else accel.tilt_error_after_deg,
                gyro_residual_rads=gyro.residual_rads,
                temperature_span_c=gyro.span_c,
            ),
        )


def _clipped_words(rest: Rest) -> str:
    axes = " and ".join(rest.clipped_axes)
    read_g = math.hypot(*rest.specific_force_ms2) / STANDARD_GRAVITY_MS2
    return (
        f"At rest the sensor's {axes} axis was at the end of its range: it is broken or the range is too"
        f" small ({read_g:.1f} g was read); run repclip doctor."
    )
