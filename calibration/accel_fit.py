"""The accelerometer's scale, skewness and offset from rests in any pose: gravity is the only reference.

Model
    ``|S @ (f - offset)| = g`` for the mean nominal specific force ``f`` of every rest: nine parameters,
    three of the offset and six of the symmetric matrix ``S``.

What gravity cannot tell
    ``R @ S`` fits as well as ``S`` for every rotation ``R``: how the accelerometer's axes as a whole are
    turned against the axes printed on the chip. A symmetric matrix is the choice that turns least: of a
    cross-axis error (2 % in the data sheet) it corrects what makes the axes skew and leaves what turns
    them. An upper triangular matrix, the other custom, holds one axis fast instead, and leaves the frame
    turned further (`benchmarks/calibration_accuracy.py` has the figures).

    Where the six faces were laid on something square the rotation can be told, and is taken from them:
    see `square_faces`. Then ``matrix`` is not symmetric.

What few rests cannot tell
    Six rests do not determine nine parameters. The data sheet's bounds are part of the fit, as a weak
    prior: what the rests say nothing of stays in the middle of its bounds. Below `FULL_MODEL_POSES`
    different poses, or where they tell little of the axes' skewness, its three parameters are left out:
    `AccelFit.parameters` says 6 then.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from scipy.optimize import least_squares

from calibration.coverage import Face, coverage_of, face_up
from calibration.errors import ClippedError, CoverageError, MovedError
from calibration.imu import FloatArray, Vector
from calibration.limits import LARGEST_ACCEL_OFFSET_MS2, implausible
from calibration.rests import Rest
from calibration.stored import Matrix
from calibration.value import STANDARD_GRAVITY_MS2

G: Final = STANDARD_GRAVITY_MS2
#: Below this number of poses the fit leaves the cross-axis parameters out; these are as far apart as this.
FULL_MODEL_POSES: Final = 9
POSE_APART_DEG: Final = 5.0
#: What the mean of a rest is off by: noise, tremor, the temperature's change meanwhile.
REST_SIGMA_MS2: Final = 0.0006 * G
#: The data sheet's bounds, as standard deviations of the prior.
_SCALE_SIGMA: Final = 0.03
_CROSS_SIGMA: Final = 0.02
_OFFSET_SIGMA_MS2: Final = 0.08 * G
#: A rest that is further off than this was no rest; so many may be left out.
OUTLIER_MS2: Final = 0.015 * G
_MOST_OUTLIERS: Final = 0.25
#: Faces on something square: how well the middles between opposite faces agree, and how square it is.
SQUARE_MS2: Final = 0.005 * G
_SQUARE_SIGMA: Final = math.radians(0.1)
#: A cross-axis parameter that the rests determine no better than this part of its prior is not determined.
_UNTOLD: Final = 0.5

#: What each of a symmetric matrix's six values is part of: xx, yy, zz, xy, xz, yz.
_SYMMETRIC_UNITS: Final[FloatArray] = np.array(
    [
        [[float((a, b) in ((row, column), (column, row))) for b in range(3)] for a in range(3)]
        for row, column in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    ]
)


@dataclass(frozen=True, slots=True)
class AccelFit:
    """What was found.

    Attributes
    ----------
    matrix, offset_ms2
        ``matrix @ (nominal - offset)`` is the specific force.
    residual_ms2
        Root mean square over the rests of what its length differs from gravity by.
    tilt_error_before_deg
        Tilt error of the nominal scale in its worst direction, by this fit.
    tilt_error_after_deg
        Two standard deviations of the tilt error that remains, in the worst direction, by the fit's own
        covariance; without what gravity cannot tell.
    parameters
        6 (offsets and scales), 9 (and cross-axis), or 12 (and the rotation, from square faces).
    offset_sigma_ms2, matrix_sigma
        Standard deviation of the worst offset and of the worst element of the matrix, without the rotation.
    rests, poses
        How many were used; different poses among them.
    left_out
        Rests that contradicted the others.
    """

    matrix: Matrix
    offset_ms2: Vector
    residual_ms2: float
    tilt_error_before_deg: float
    tilt_error_after_deg: float
    parameters: int
    offset_sigma_ms2: float
    matrix_sigma: float
    rests: int
    poses: int
    left_out: tuple[Rest, ...]


def fit_accelerometer(rests: Sequence[Rest]) -> AccelFit:
    """Return the calibration of the accelerometer.

    Parameters
    ----------
    rests
        At least one with each face up; more, tilted differently, make it better.

    Raises
    ------
    CoverageError
        Faces are missing; the sentence names them.
    ClippedError
        An axis was at the end of its range in a rest.
    MovedError
        The rests contradict each other.
    """
    for rest in rests:
        if rest.clipped:
            raise ClippedError(
                f"In the rest at {rest.start_s:.1f} s the {' and '.join(rest.clipped_axes)} axis was at the"
                " end of its range: leave that rest out, or run repclip doctor if it is always so."
            )
    require_faces(rests)
    used, left_out = list(rests), list[Rest]()
    while True:
        problem = _Problem(used)
        solution = problem.solve()
        worst = int(np.argmax(np.abs(solution.misfit)))
        if abs(solution.misfit[worst]) <= OUTLIER_MS2:
            break
        left_out.append(used.pop(worst))
        if len(left_out) > _MOST_OUTLIERS * len(rests) or not coverage_of(used).complete:
            raise MovedError(
                f"The rests contradict each other, most of all the one at {left_out[0].start_s:.1f} s: the"
                " sensor was moved or pushed in it; take the poses again and hold each until it is taken."
            )
    _require_a_sensor(solution)
    return AccelFit(
        matrix=_rows(solution.matrix),
        offset_ms2=_vector(solution.offset),
        residual_ms2=float(np.sqrt(np.mean(solution.misfit**2))),
        tilt_error_before_deg=solution.tilt_before_deg(),
        tilt_error_after_deg=solution.tilt_after_deg(),
        parameters=solution.parameters,
        offset_sigma_ms2=float(np.sqrt(np.diag(solution.covariance)[6:].max())),
        matrix_sigma=float(np.sqrt(np.diag(solution.covariance)[:6].max())),
        rests=len(used),
        poses=len(distinct_poses(used)),
        left_out=tuple(left_out),
    )


def require_faces(rests: Iterable[Rest]) -> None:
    """Refuse rests that leave a face out."""
    missing = coverage_of(rests).missing
    if missing:
        faces = "; ".join(face.words for face in missing)
        raise CoverageError(
            f"{len(missing)} of 6 faces {'is' if len(missing) == 1 else 'are'} missing: let the sensor lie"
            f" still for 3 seconds each, within 30 degrees: {faces}."
        )


def distinct_poses(rests: Iterable[Rest]) -> list[Rest]:
    """Return those rests that are further than `POSE_APART_DEG` from every one before."""
    cosine = math.cos(math.radians(POSE_APART_DEG))
    poses: list[Rest] = []
    directions: list[Vector] = []
    for rest in rests:
        direction = _direction(rest)
        if all(_cosine(direction, each) < cosine for each in directions):
            poses.append(rest)
            directions.append(direction)
    return poses


def square_faces(rests: Sequence[Rest]) -> FloatArray | None:
    """Return the mean force of the six faces where they were laid on something square, else None.

    Turned upside down exactly, an axis reads the offset plus and minus the same: the middle between opposite
    faces is the offset for each of the three pairs, whatever the matrix. Hands do not hold poses so; three
    middles within `SQUARE_MS2` of each other come from a table and a housing with parallel faces. The first
    rest on each face counts, with those that repeat it: what is propped up later takes nothing away.

    Returns
    -------
    float64 array, shape (6, 3), in the order of `Face`
    """
    by_face: dict[Face, list[Vector]] = {face: [] for face in Face}
    for rest in rests:
        face = face_up(rest.specific_force_ms2)
        if face is not None:
            by_face[face].append(rest.specific_force_ms2)
    if not all(by_face.values()):
        return None
    means = np.array([_like_the_first(by_face[face]) for face in Face])
    middles = (means[0::2] + means[1::2]) / 2.0
    apart = np.ptp(middles, axis=0).max()
    return means if apart <= SQUARE_MS2 else None


def _like_the_first(forces: list[Vector]) -> FloatArray:
    """Return the mean of the first force and of those that are the same but for noise."""
    all_of_them = np.array(forces)
    same = np.abs(all_of_them - all_of_them[0]).max(axis=1) <= 2.0 * SQUARE_MS2
    mean: FloatArray = all_of_them[same].mean(axis=0)
    return mean


@dataclass(frozen=True, slots=True)
class _Solution:
    symmetric: FloatArray
    rotation: FloatArray
    offset: FloatArray
    covariance: FloatArray  # of six matrix elements and three offsets
    misfit: FloatArray
    parameters: int

    @property
    def matrix(self) -> FloatArray:
        return np.asarray(self.rotation @ self.symmetric)

    def tilt_before_deg(self) -> float:
        readings = _DIRECTIONS @ np.linalg.inv(self.matrix).T * G + self.offset
        readings /= np.linalg.norm(readings, axis=1)[:, None]
        cosines = np.clip(np.sum(readings * _DIRECTIONS, axis=1), -1.0, 1.0)
        return math.degrees(float(np.arccos(cosines).max()))

    def tilt_after_deg(self) -> float:
        """Carry the covariance over to directions; what lies along a direction does not tilt it."""
        moves = np.empty((len(_DIRECTIONS), 3, 9))
        moves[:, :, :6] = np.einsum("kab,nb->nak", _SYMMETRIC_UNITS, _DIRECTIONS)
        moves[:, :, 6:] = -self.symmetric / G
        across = (np.eye(3) - _DIRECTIONS[:, :, None] * _DIRECTIONS[:, None, :]) @ moves
        variances = np.linalg.eigvalsh(across @ self.covariance @ across.transpose(0, 2, 1))
        return math.degrees(2.0 * math.sqrt(float(variances.max())))


class _Problem:
    """The least squares problem of some rests."""

    def __init__(self, rests: Sequence[Rest]) -> None:
        self._forces = np.array([rest.specific_force_ms2 for rest in rests])
        units = np.array([_direction(rest) for rest in rests])
        near = units @ units.T >= math.cos(math.radians(POSE_APART_DEG))
        # A sensor that lay on one face for minutes gives that pose no more weight than the others.
        self._weights = 1.0 / (REST_SIGMA_MS2 * np.sqrt(near.sum(axis=1)))
        self._square = square_faces(rests)
        self._poses = len(distinct_poses(rests))

    def solve(self) -> _Solution:
        full = self._square is not None or self._poses >= FULL_MODEL_POSES
        values, covariance = self._fit(free_skew=True)
        told = np.sqrt(np.diag(covariance)[3:6]).max() < _UNTOLD * _CROSS_SIGMA
        parameters = 9 if full and told else 6
        if parameters == 6:
            values, covariance = self._fit(free_skew=False)
        symmetric, offset = _unpack(values)
        rotation = np.eye(3)
        if self._square is not None:
            rotation, parameters = _turn_to_faces(symmetric, offset, self._square), parameters + 3
        lengths = np.linalg.norm((self._forces - offset) @ symmetric, axis=1)
        return _Solution(symmetric, rotation, offset, covariance, lengths - G, parameters)

    def _fit(self, *, free_skew: bool) -> tuple[FloatArray, FloatArray]:
        """Return the nine values and their covariance; without `free_skew` three of them are 0."""
        # A skewness that is left out is as wide as the data sheet allows it.
        sigma = np.array([_SCALE_SIGMA] * 3 + [_CROSS_SIGMA] * 3 + [_OFFSET_SIGMA_MS2] * 3)
        free = np.array([True] * 3 + [free_skew] * 3 + [True] * 3)

        def residuals(some: FloatArray) -> FloatArray:
            values = np.zeros(9)
            values[free] = some * sigma[free]
            symmetric, offset = _unpack(values)
            lengths = np.linalg.norm((self._forces - offset) @ symmetric, axis=1)
            parts = [(lengths - G) * self._weights, some]
            if self._square is not None:
                axes = (self._square[0::2] - self._square[1::2]) @ symmetric / (2.0 * G)
                parts.append((axes @ axes.T)[(0, 0, 1), (1, 2, 2)] / _SQUARE_SIGMA)
            return np.concatenate(parts)

        found = least_squares(residuals, np.zeros(int(free.sum())), method="lm")
        values = np.zeros(9)
        values[free] = found.x * sigma[free]
        covariance = np.diag(sigma**2)
        inner = np.linalg.inv(found.jac.T @ found.jac)
        covariance[np.ix_(free, free)] = inner * np.outer(sigma[free], sigma[free])
        return values, covariance


def _require_a_sensor(solution: _Solution) -> None:
    strange = implausible(_rows(solution.matrix)) is not None
    if strange or float(np.abs(solution.offset).max()) > LARGEST_ACCEL_OFFSET_MS2:
        raise MovedError(
            "No accelerometer is as far off as these rests say: the sensor was moved in them, or an axis is"
            " broken; take the poses again, and run repclip doctor if it stays so."
        )


def _turn_to_faces(symmetric: FloatArray, offset: FloatArray, square: FloatArray) -> FloatArray:
    """Return the rotation that brings the faces' calibrated forces to the axes (least squares)."""
    axes = np.array(
        [[face.sign * (face.axis == axis) for axis in range(3)] for face in Face], dtype=np.float64
    )
    left, _, right = np.linalg.svd(axes.T @ ((square - offset) @ symmetric))
    keep = np.diag([1.0, 1.0, float(np.sign(np.linalg.det(left @ right)))])
    return np.asarray(left @ keep @ right)


def _unpack(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.eye(3) + values[:6].dot(_SYMMETRIC_UNITS.reshape(6, 9)).reshape(3, 3), values[6:]


def _direction(rest: Rest) -> Vector:
    x, y, z = rest.specific_force_ms2
    length = math.hypot(x, y, z) or 1.0
    return x / length, y / length, z / length


def _cosine(one: Vector, other: Vector) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def _vector(values: FloatArray) -> Vector:
    x, y, z = values.tolist()
    return x, y, z


def _rows(matrix: FloatArray) -> Matrix:
    return _vector(matrix[0]), _vector(matrix[1]), _vector(matrix[2])


#: Faces, edges and corners of a cube.
_DIRECTIONS: Final[FloatArray] = np.array(
    [
        np.array(each) / math.sqrt(sum(map(abs, each)))
        for each in product((-1.0, 0.0, 1.0), repeat=3)
        if any(each)
    ]
)
