"""From poses that were held and the movement between them to how a sensor sits.

The movements, and why these
    ``wrist``  The arm hangs; the elbow is bent to a right angle, palm up; the forearm is turned to palm down.
               The turn gives the forearm's axis, wherever the elbow and the shoulder are; that the hand was
               below the elbow at first gives its direction; its sense gives the side: a right hand goes from
               palm up to palm down by a negative turn about the axis towards the hand. The vertical at both
               ends of the turn, the difference of which is square to the axis, gives the back of the hand.
    ``bar``    It is held level, then rolled away from the body by about a quarter turn. The axis of the roll
               is the bar's; a wheel that rolls away turns about what points to the left. (Lifting one end
               would give it as well, but by an angle that is too small to tell it from a roll by chance.)
    ``torso``  Upright, then a bow forwards. Upright is up the spine; a bow forwards is a positive turn about
               what points to the left.

All axes of movements come from the gyroscope, as the direction in which most of the rotation goes: it does
not see how level a pose is. A gyroscope whose scale is that of the data sheet (3 %, and 2 % across the axes)
bends such an axis by about a degree; a wrist or a back is not held more exactly than to a few.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from calibration.errors import PlacementError
from calibration.imu import FloatArray, Vector
from calibration.placement import Placement, PlacementKind, PlacementQuality, Side

#: The smallest movements that are used. A forearm turns by 150 degrees, a careful one by 120.
SMALLEST_FOREARM_TURN_DEG: Final = 100.0
SMALLEST_ROLL_DEG: Final = 45.0
LARGEST_ROLL_DEG: Final = 200.0
SMALLEST_BOW_DEG: Final = 20.0
LARGEST_BOW_DEG: Final = 120.0
#: Part of the rotation that must be about one axis.
LEAST_ONE_AXIS: Final = 0.75
#: How far hanging and level may be from the vertical and the horizontal.
LARGEST_POSE_MISFIT_DEG: Final = 40.0
LARGEST_TILT_OF_HINGE_DEG: Final = 25.0
#: Gravity at the end of the movement and what the movement says of it may differ by so much.
LARGEST_GRAVITY_MISFIT_DEG: Final = 30.0

#: How many poses are held.
POSES: Final = {PlacementKind.WRIST: 3, PlacementKind.BAR: 2, PlacementKind.TORSO: 2}


@dataclass(frozen=True, slots=True)
class Held:
    """A pose that was held.

    Attributes
    ----------
    first_cell, end_cell
        Half-open, by the numbering of whoever found it.
    specific_force_ms2, angular_rate_rads
        Mean, sensor frame.
    """

    first_cell: int
    end_cell: int
    specific_force_ms2: Vector
    angular_rate_rads: Vector

    @property
    def up(self) -> FloatArray:
        """Unit vector upwards, sensor frame."""
        return _unit(np.array(self.specific_force_ms2))


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """What was felt between two poses.

    Attributes
    ----------
    angular_rate_rads : float64 array, shape (n, 3)
        Means over equal pieces of time, sensor frame.
    piece_s
        Length of each.
    clipped
        Whether an axis was at the end of its range.
    """

    angular_rate_rads: FloatArray
    piece_s: float
    clipped: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """A movement as a turn about one axis; the axis is such that the turn is positive."""

    axis: FloatArray
    angle_rad: float
    one_axis: float
    gravity_misfit_deg: float

    @property
    def angle_deg(self) -> float:
        return math.degrees(self.angle_rad)


def learn(kind: PlacementKind, poses: Sequence[Held], movement: Movement) -> Placement:
    """Return the placement that a guided movement shows, without a date.

    Parameters
    ----------
    kind
        What the sensor sits on.
    poses
        As many as `POSES` says, in their order.
    movement
        Between the last two of them.

    Raises
    ------
    PlacementError
        The movement does not show it; the sentence says why and what to do.
    """
    if movement.clipped:
        raise PlacementError(
            "The gyroscope was at the end of its range during the movement: make it again, more slowly."
        )
    fit: Callable[[Sequence[Held], _Turn], Placement] = {
        PlacementKind.WRIST: _wrist,
        PlacementKind.BAR: _bar,
        PlacementKind.TORSO: _torso,
    }[kind]
    return fit(poses, _turn(poses[-2], poses[-1], movement))


def bent(hanging: Held, level: Held) -> bool:
    """Return whether a forearm went from hanging to level between two poses."""
    return abs(_between_deg(hanging.up, level.up) - 90.0) <= LARGEST_POSE_MISFIT_DEG


def same_pose(one: Held, other: Held, within_deg: float) -> bool:
    """Return whether gravity is the same in two poses."""
    return _between_deg(one.up, other.up) <= within_deg


def offset_of(one: Held, other: Held) -> FloatArray:
    """Return what the gyroscope reads at rest, by the two poses (rad/s)."""
    mean: FloatArray = (np.array(one.angular_rate_rads) + np.array(other.angular_rate_rads)) / 2.0
    return mean


def _turn(before: Held, after: Held, movement: Movement) -> _Turn:
    rate = movement.angular_rate_rads - offset_of(before, after)
    if not len(rate):
        raise PlacementError("There was no movement between the poses: move as you are asked to.")
    sizes, axes = np.linalg.eigh(rate.T @ rate)
    axis, angle_rad = axes[:, 2], float((rate @ axes[:, 2]).sum()) * movement.piece_s
    if angle_rad < 0.0:
        axis, angle_rad = -axis, -angle_rad
    total = float(sizes.sum())
    return _Turn(
        axis,
        angle_rad,
        float(sizes[2]) / total if total > 0.0 else 0.0,
        # What stands still in the room turns the other way in the sensor's frame.
        _between_deg(_rotated(before.up, axis, -angle_rad), after.up),
    )


def _wrist(poses: Sequence[Held], turn: _Turn) -> Placement:
    hanging, palm_up, palm_down = poses
    if not bent(hanging, palm_up):
        raise PlacementError(
            "The forearm did not go from hanging to level: let the arm hang straight down, then bend the"
            " elbow to a right angle with the palm up."
        )
    what = "the forearm itself, from palm up to palm down, with the elbow at your side"
    _require_size(turn, SMALLEST_FOREARM_TURN_DEG, 300.0, "The forearm was turned", f"turn {what}")
    towards_hand = -1.0 if turn.axis @ hanging.up > 0.0 else 1.0
    x = turn.axis * towards_hand
    hang_deg = _between_deg(x, -hanging.up)
    level_deg = abs(90.0 - _between_deg(x, palm_up.up))
    _require_one_axis(turn, f"turn {what}")
    if max(hang_deg, level_deg) > LARGEST_POSE_MISFIT_DEG:
        raise PlacementError(
            f"The movement was not about the forearm's own axis (it is {max(hang_deg, level_deg):.0f} degrees"
            f" off): turn {what}."
        )
    z = _unit(_square_to(palm_down.up - palm_up.up, x))
    side = Side.LEFT if towards_hand > 0.0 else Side.RIGHT
    return _placement(PlacementKind.WRIST, x, z, side, turn, max(hang_deg, level_deg), 140.0)


def _bar(poses: Sequence[Held], turn: _Turn) -> Placement:
    what = "roll the bar away from you by a quarter turn, and keep it level"
    _require_size(turn, SMALLEST_ROLL_DEG, LARGEST_ROLL_DEG, "The bar was rolled", what)
    _require_one_axis(turn, what)
    x = -turn.axis
    tilt_deg = abs(90.0 - _between_deg(x, poses[0].up))
    _require_level(tilt_deg, what)
    z = _unit(_square_to(poses[0].up, x))
    return _placement(PlacementKind.BAR, x, z, Side.UNKNOWN, turn, tilt_deg, 75.0)


def _torso(poses: Sequence[Held], turn: _Turn) -> Placement:
    what = "bow forwards from the hips by about 45 degrees, without turning"
    _require_size(turn, SMALLEST_BOW_DEG, LARGEST_BOW_DEG, "The bow was", what)
    _require_one_axis(turn, what)
    x = poses[0].up
    tilt_deg = abs(90.0 - _between_deg(turn.axis, x))
    _require_level(tilt_deg, what)
    y = _unit(_square_to(turn.axis, x))
    return _placement(PlacementKind.TORSO, x, np.cross(x, y), Side.UNKNOWN, turn, tilt_deg, 40.0)


def _require_size(turn: _Turn, least_deg: float, most_deg: float, begin: str, what: str) -> None:
    if turn.angle_deg < least_deg:
        raise PlacementError(
            f"{begin} by only {turn.angle_deg:.0f} degrees, which is too little to tell its axis: {what}."
        )
    if turn.angle_deg > most_deg:
        raise PlacementError(f"{begin} by {turn.angle_deg:.0f} degrees, which is too far: {what}.")


def _require_one_axis(turn: _Turn, what: str) -> None:
    if turn.one_axis < LEAST_ONE_AXIS or turn.gravity_misfit_deg > LARGEST_GRAVITY_MISFIT_DEG:
        raise PlacementError(
            f"The movement was about more than one axis ({100 * turn.one_axis:.0f} % about the main one):"
            f" {what}, and nothing else."
        )


def _require_level(tilt_deg: float, what: str) -> None:
    if tilt_deg > LARGEST_TILT_OF_HINGE_DEG:
        raise PlacementError(
            f"The movement was about the wrong axis ({tilt_deg:.0f} degrees off the horizontal): {what}."
        )


def _placement(
    kind: PlacementKind,
    x: FloatArray,
    z: FloatArray,
    side: Side,
    turn: _Turn,
    pose_misfit_deg: float,
    ample_deg: float,
) -> Placement:
    """Return a placement; the movement is as large as it should be from `ample_deg` on."""
    x, z = _unit(x), _unit(z)
    y = np.cross(z, x)
    confidence = (
        (turn.one_axis - LEAST_ONE_AXIS) / (1.0 - LEAST_ONE_AXIS)
        * (1.0 - turn.gravity_misfit_deg / LARGEST_GRAVITY_MISFIT_DEG)
        * (1.0 - 0.5 * pose_misfit_deg / LARGEST_POSE_MISFIT_DEG)
        * min(1.0, turn.angle_deg / ample_deg)
    )  # fmt: skip
    return Placement(
        rotation=(_vector(x), _vector(y), _vector(z)),
        kind=kind,
        side=side,
        confidence=min(1.0, max(0.0, confidence)),
        quality=PlacementQuality(
            turn.angle_deg, min(1.0, turn.one_axis), turn.gravity_misfit_deg, pose_misfit_deg
        ),
    )


def _rotated(vector: FloatArray, axis: FloatArray, angle_rad: float) -> FloatArray:
    """Return a vector turned about a unit axis (Rodrigues)."""
    turned: FloatArray = (
        vector * math.cos(angle_rad)
        + np.cross(axis, vector) * math.sin(angle_rad)
        + axis * float(axis @ vector) * (1.0 - math.cos(angle_rad))
    )
    return turned


def _square_to(vector: FloatArray, axis: FloatArray) -> FloatArray:
    out: FloatArray = vector - axis * float(vector @ axis)
    return out


def _unit(vector: FloatArray) -> FloatArray:
    length = float(np.linalg.norm(vector))
    if not length > 0.0:
        raise PlacementError("Nothing was felt at all: the sensor is broken; run repclip doctor.")
    out: FloatArray = vector / length
    return out


def _between_deg(one: FloatArray, other: FloatArray) -> float:
    return math.degrees(math.acos(min(1.0, max(-1.0, float(one @ other)))))


def _vector(values: FloatArray) -> Vector:
    x, y, z = values.tolist()
    return x, y, z
