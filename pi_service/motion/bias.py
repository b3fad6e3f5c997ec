"""What the gyroscope reads at rest, followed while it changes: at rest and in motion.

Source: the bias estimation of the VQF filter (D. Laidig and T. Seel, 2023; see `pi_service.motion.tilt`).
In the frame that is integrated from the angular rate, gravity would stand still; what is left of the bias
turns that frame, and gravity's direction in it moves. At rest the gyroscope reads its bias itself.

Points of deviation, and why:

* The source corrects at every sample; here a Kalman filter of three numbers is corrected once in
  `BiasParams.window_s`. The bias changes in minutes, and a Pi Zero has better things to do.
* A person who stands is not at rest as a sensor on a table is: what is read at rest counts for little
  more than what is seen in motion, once the bias is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from calibration.imu import FloatArray, Vector
from pi_service.motion.first_bias import FirstBias, FirstBiasState

Quaternion = tuple[float, float, float, float]
#: Columns of the turned frame's matrix and the turned bias: what is low-passed together.
_CHANNELS = 12


@dataclass(frozen=True, slots=True)
class BiasParams:
    """How the bias is followed."""

    sigma_first_rads: float = math.radians(0.5)
    """Before anything is known, of a sensor that is calibrated (the source's value)."""
    sigma_unknown_rads: float = math.radians(20.0)
    """Of one that is not: the data sheet's zero-rate output. Taken at the first rest, and when gravity turns
    away again and again."""
    surprises: int = 4
    """So many windows in a row must surprise before nothing is known any more."""
    sigma_grows_rads: float = math.radians(0.1)
    forgetting_s: float = 100.0
    """A bias that was known is uncertain by `sigma_grows_rads` after this time (the source's values)."""
    window_s: float = 5.0
    """Gravity's direction is compared over so long."""
    every_cells: int = 10
    """The turned frame is looked at every so many cells: 5 times a second."""
    sigma_direction_rad: float = math.radians(4.0)
    """How far the low-passed specific force is from the vertical at either end of a window, while somebody
    moves."""
    sigma_rest_rads: float = math.radians(0.5)
    """The rate of somebody who stands as still as a person can, in the mean over a second."""
    sigma_lost_rads: float = math.radians(20.0)
    """How far the rate that was put in for lost samples is off, in the mean over the gap."""


@dataclass(slots=True)
class BiasState:
    """What is known of the bias.

    Attributes
    ----------
    rads
        The bias, sensor frame.
    covariance : float64 array, shape (3, 3)
        How uncertain it is, (rad/s)^2.
    looks, settled
        Looks in the running window, and looks since the windows began anew.
    once, twice, total : lists of 12 floats
        The turned frame (row by row) and the turned bias: after each low pass, and summed over the window.
    begin
        Direction of gravity at the beginning of the window, or None.
    rested
        Whether it has been seen at rest.
    surprises
        Windows in a row in which gravity moved in a way that the bias should not let it.
    rest_sum, rest_cells
        Angular rate at rest, summed since it was last used.
    lost_rad2
        Variance of the turn in the gaps of the running window.
    first
        What is remembered of the first seconds, until a rest.
    """

    rads: Vector = (0.0, 0.0, 0.0)
    covariance: FloatArray | None = None
    looks: int = 0
    settled: int = 0
    once: list[float] = field(default_factory=lambda: [0.0] * _CHANNELS)
    twice: list[float] = field(default_factory=lambda: [0.0] * _CHANNELS)
    total: list[float] = field(default_factory=lambda: [0.0] * _CHANNELS)
    begin: Vector | None = None
    rested: bool = False
    surprises: int = 0
    rest_sum: Vector = (0.0, 0.0, 0.0)
    rest_cells: int = 0
    lost_rad2: float = 0.0
    first: FirstBiasState = field(default_factory=FirstBiasState)


class BiasTracker:
    """Follows the bias of a gyroscope; the tilt filter asks and tells.

    Parameters
    ----------
    cell_s
        Length of a cell.
    time_constant_s
        That of the tilt filter's two low passes: the turned frame is low-passed in the same way.
    """

    def __init__(self, cell_s: float, time_constant_s: float, params: BiasParams | None = None) -> None:
        self.params = p = params or BiasParams()
        self._cell_s = cell_s
        self._look_s = p.every_cells * cell_s
        self._gain = 1.0 - math.exp(-2.0 * self._look_s / time_constant_s)
        self._looks = round(p.window_s / self._look_s)
        self._settling = round(2.0 * time_constant_s / self._look_s)
        self._first = FirstBias(self._look_s)
        self._state = BiasState(covariance=np.eye(3) * p.sigma_first_rads**2, first=self._first.state)

    @property
    def state(self) -> BiasState:
        """What is known of the bias."""
        return self._state

    @state.setter
    def state(self, state: BiasState) -> None:
        self._state, self._first.state = state, state.first

    def restart(self) -> None:
        """Forget the movement; the bias is the same chip's."""
        state = self.state
        first = FirstBiasState(done=state.rested or state.first.done)
        self.state = BiasState(state.rads, state.covariance, rested=state.rested, first=first)

    def begin_anew(self) -> None:
        """Begin with the windows anew: what is known of gravity was found with another bias."""
        state = self.state
        state.looks = state.settled = state.surprises = 0
        state.begin, state.total, state.lost_rad2 = None, [0.0] * _CHANNELS, 0.0

    def take_zero(self, rads: Vector, rested_s: float) -> None:
        """Believe what was read at a rest of some seconds, and forget what was thought before."""
        state = self.state
        state.rads, state.rested = rads, True
        state.covariance = np.eye(3) * (self.params.sigma_rest_rads**2 / rested_s)
        state.rest_sum, state.rest_cells = (0.0, 0.0, 0.0), 0
        self.begin_anew()

    def lose(self, gap_s: float) -> None:
        """Take note of a gap: the frame was turned by what a guess said."""
        self.state.lost_rad2 += (self.params.sigma_lost_rads * gap_s) ** 2
        self._first.lose()

    def look_first(self, orientation: Quaternion, force: Vector) -> Vector | None:
        """Look for a zero that is far off; return the way up in the integrated frame if one was found.

        Parameters
        ----------
        orientation
            As for `look`, which is called afterwards.
        force
            Specific force in the integrated frame, summed since the last look.
        """
        state = self.state
        if state.first.done:
            return None
        if state.rested:
            state.first.done = True
            return None
        found = self._first.look(np.array(_turned(orientation, (0.0, 0.0, 0.0))[:9]).reshape(3, 3), force)
        if state.first.believed:
            self.begin_anew()
        if found is None:
            return None
        x, y, z = np.add(state.rads, found.more_rads)
        state.rads, state.covariance = (float(x), float(y), float(z)), found.covariance
        return found.up

    def look(self, orientation: Quaternion, gravity: Vector) -> Vector:
        """Take note of the integrated frame and of gravity in it; return the bias as it is known now.

        Called every `BiasParams.every_cells` cells.
        """
        state, gain = self.state, self._gain
        for i, value in enumerate(_turned(orientation, state.rads)):
            state.once[i] += gain * (value - state.once[i])
            state.twice[i] += gain * (state.once[i] - state.twice[i])
            state.total[i] += state.twice[i] * self._look_s
        state.settled += 1
        state.looks += 1
        if state.rest_cells * self._cell_s >= 0.5:
            self._correct_at_rest()
        if state.looks >= self._looks:
            self._end_window(gravity)
        return state.rads

    def _end_window(self, gravity: Vector) -> None:
        state, p = self.state, self.params
        assert state.covariance is not None  # noqa: S101 - set from the beginning
        state.covariance = state.covariance + np.eye(3) * (
            p.sigma_grows_rads**2 * p.window_s / p.forgetting_s
        )
        up = _unit(gravity)
        if state.begin is not None:
            turned, known = np.array(state.total[:9]).reshape(3, 3), np.array(state.total[9:])
            middle = np.add(up, state.begin) / 2.0
            # Gravity moves by (what is left of the bias, turned) x up over the window.
            cross = np.array(
                [[0.0, middle[2], -middle[1]], [-middle[2], 0.0, middle[0]], [middle[1], -middle[0], 0.0]]
            )
            moved = np.subtract(up, state.begin)
            variance = 2.0 * p.sigma_direction_rad**2 + state.lost_rad2
            far = self._correct(cross @ turned, moved + cross @ known, variance)
            state.surprises = state.surprises + 1 if far > _FAR else 0
            if state.surprises == p.surprises:
                state.surprises, state.covariance = 0, np.eye(3) * p.sigma_unknown_rads**2
        state.begin = up if state.settled >= self._settling else None
        state.looks, state.total, state.lost_rad2 = 0, [0.0] * _CHANNELS, 0.0

    def _correct_at_rest(self) -> None:
        state, p = self.state, self.params
        if not state.rested:
            state.rested, state.covariance = True, np.eye(3) * p.sigma_unknown_rads**2
        seconds = state.rest_cells * self._cell_s
        mean = np.array(state.rest_sum) / state.rest_cells
        self._correct(np.eye(3), mean, p.sigma_rest_rads**2 / seconds)
        state.rest_sum, state.rest_cells = (0.0, 0.0, 0.0), 0

    def _correct(self, seen_by: FloatArray, seen: FloatArray, variance: float) -> float:
        """Correct the bias: `seen` is ``seen_by @ bias`` and noise; return how far off it was (sigmas)."""
        state = self.state
        before, covariance = np.array(state.rads), state.covariance
        assert covariance is not None  # noqa: S101
        surprise = seen - seen_by @ before
        spread = seen_by @ covariance @ seen_by.T + np.eye(3) * variance
        far = math.sqrt(float(surprise @ np.linalg.solve(spread, surprise)))
        if far > _FAR:  # somebody began to walk, or stumbled
            spread = spread * (far / _FAR)
        gain = covariance @ seen_by.T @ np.linalg.inv(spread)
        after = before + gain @ surprise
        state.covariance = covariance - gain @ seen_by @ covariance
        state.covariance = 0.5 * (state.covariance + state.covariance.T)
        state.rads = (float(after[0]), float(after[1]), float(after[2]))
        return far


#: Surprises beyond so many standard deviations count for less.
_FAR = 3.0


def _turned(orientation: Quaternion, bias: Vector) -> list[float]:
    """Return the matrix of a rotation, row by row, and the bias turned by it."""
    w, x, y, z = orientation
    m = [
        1 - 2 * (y * y + z * z),
        2 * (x * y - w * z),
        2 * (x * z + w * y),
        2 * (x * y + w * z),
        1 - 2 * (x * x + z * z),
        2 * (y * z - w * x),
        2 * (x * z - w * y),
        2 * (y * z + w * x),
        1 - 2 * (x * x + y * y),
    ]
    bx, by, bz = bias
    return [*m, *(m[i] * bx + m[i + 1] * by + m[i + 2] * bz for i in (0, 3, 6))]


def _unit(vector: Vector) -> Vector:
    x, y, z = vector
    length = max(math.sqrt(x * x + y * y + z * z), 1e-9)
    return x / length, y / length, z / length
