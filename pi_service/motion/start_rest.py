"""Did the sensor rest when it began? If not, nobody has seen the gyroscope's zero yet.

A rest of two seconds gives the zero at once. Without one it is found late, if at all, from how gravity
moves (`pi_service.motion.bias`), and tilt is off by 3 degrees for each degree per second until then.

A sensor that moves from the start is no trouble by itself: most are calibrated. So the rate is integrated as
it comes, and it is looked how fast gravity drifts in the frame that this gives; with the right zero it stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from calibration.imu import FloatArray, Vector
from pi_service.motion.grid import GridBlock, GridParams

Quaternion = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class StartRestParams:
    """When it is said that the zero is not known."""

    within_s: float = 20.0
    """So long somebody may take until the first rest: a multiple of `window_s`."""
    window_s: float = 5.0
    """The specific force is averaged over so long: no limb gains more than 1 m/s in it, which is 1 degree."""
    drifts_rads: float = math.radians(2.0)
    """Gravity that drifts faster than this, from window to window, tells of a gyroscope that is not zeroed.
    Less turns the tilt by a few degrees only."""
    stretch_s: float = 3.0
    quiet_rads: float = math.radians(2.0)
    quiet_ms2: float = 0.6
    """Rates and forces that keep within so much for a whole stretch are those of a sensor at rest ..."""
    largest_rads: float = math.radians(25.0)
    """... and this is more than a sound chip reads then (20 deg/s)."""


@dataclass(frozen=True, slots=True)
class ZeroMissing:
    """The gyroscope's zero is not known, and it matters.

    Attributes
    ----------
    at_s
        When that was certain.
    rate_rads
        How far off it is: how fast gravity drifts, or what it reads at rest.
    at_rest
        It was at rest, and reads more than a sound chip may.
    """

    at_s: float
    rate_rads: float
    at_rest: bool


@dataclass(slots=True)
class StartRestState:
    """What the look at the start remembers between blocks.

    Attributes
    ----------
    known_s
        From this time on the zero is known, or good enough; None before.
    said
        That it is not known has been said.
    cells
        Cells so far.
    orientation
        Rotation from the sensor frame into the integrated one, as a unit quaternion.
    force : (x, y, z)
        Specific force in the integrated frame, summed over the running window (m/s2).
    before
        The same of the window before, or None.
    drifts_rad
        How far gravity drifted from window to window.
    lowest, highest : float64 arrays, shape (6,), or None
        Extremes of force and rate in the running stretch.
    """

    known_s: float | None = None
    said: bool = False
    cells: int = 0
    orientation: Quaternion = (1.0, 0.0, 0.0, 0.0)
    force: Vector = (0.0, 0.0, 0.0)
    before: Vector | None = None
    drifts_rad: list[float] = field(default_factory=list)
    lowest: FloatArray | None = None
    highest: FloatArray | None = None


class StartRest:
    """Says once, if it matters, that the sensor did not rest when it began; and knows since when it has."""

    def __init__(self, params: StartRestParams | None = None, grid: GridParams | None = None) -> None:
        self.params = params or StartRestParams()
        rate_hz = (grid or GridParams()).rate_hz
        self._rate_hz = rate_hz
        self._within = round(self.params.within_s * rate_hz)
        self._window = round(self.params.window_s * rate_hz)
        self._stretch = round(self.params.stretch_s * rate_hz)
        self.state = StartRestState()

    def step(self, cells: GridBlock, still: npt.NDArray[np.bool_]) -> ZeroMissing | None:
        """Look at consecutive cells; `still` says for each whether the sensor is at rest."""
        if self.state.known_s is not None:
            return None
        if cells.angular_rate_rads is None:
            self.state.known_s = cells.first_cell / self._rate_hz  # none to be off
            return None
        if cells.restart and not self.state.said:
            self.state = StartRestState()  # who knows where it is now
        rests = np.flatnonzero(still)
        missing = self._look_until(int(rests[0]) if len(rests) else len(cells), cells)
        if len(rests) and self.state.known_s is None:
            self.state.known_s = (cells.first_cell + int(rests[0]) + 1) / self._rate_hz
        return missing

    def known(self, at_s: float) -> bool:
        """Whether the zero was known at a time."""
        return self.state.known_s is not None and self.state.known_s <= at_s

    def _look_until(self, last: int, cells: GridBlock) -> ZeroMissing | None:
        begin = 0
        while begin < last and not self.state.said and self.state.known_s is None:
            # Up to the next cell at which something is decided: the same ones for any blocks.
            known = self.state.cells
            end = begin + min(self._stretch - known % self._stretch, self._window - known % self._window)
            end = min(end, last)
            missing = self._look(cells, begin, end)
            if missing is not None:
                self.state.said = True
                return missing
            begin = end
        return None

    def _look(self, cells: GridBlock, begin: int, end: int) -> ZeroMissing | None:
        state, rate = self.state, cells.angular_rate_rads
        assert rate is not None  # noqa: S101 - asked before
        force_ms2, rate_rads = cells.specific_force_ms2[begin:end], rate[begin:end]
        self._integrate(force_ms2, rate_rads)
        values = np.hstack((force_ms2, rate_rads))
        low, high = values.min(axis=0), values.max(axis=0)
        state.lowest = low if state.lowest is None else np.minimum(state.lowest, low)
        state.highest = high if state.highest is None else np.maximum(state.highest, high)
        state.cells += end - begin
        at_s = (cells.first_cell + end) / self._rate_hz
        return self._end_stretch(at_s) or self._end_window(at_s)

    def _integrate(self, force_ms2: FloatArray, rate_rads: FloatArray) -> None:
        """Sum the force up, turned as the rate says; one cell after the other, whatever the blocks."""
        state, dt = self.state, 1.0 / self._rate_hz
        (w, x, y, z), (sum_x, sum_y, sum_z) = state.orientation, state.force
        for (fx, fy, fz), (rx, ry, rz) in zip(force_ms2.tolist(), rate_rads.tolist(), strict=True):
            half = 0.5 * dt * math.sqrt(rx * rx + ry * ry + rz * rz)
            c, s = math.cos(half), 0.5 * dt * (math.sin(half) / half if half > 1e-12 else 1.0)
            px, py, pz = s * rx, s * ry, s * rz
            w, x, y, z = (
                w * c - x * px - y * py - z * pz,
                w * px + x * c + y * pz - z * py,
                w * py - x * pz + y * c + z * px,
                w * pz + x * py - y * px + z * c,
            )
            # v + 2 w (q x v) + 2 q x (q x v)
            tx, ty, tz = 2 * (y * fz - z * fy), 2 * (z * fx - x * fz), 2 * (x * fy - y * fx)
            sum_x += fx + w * tx + y * tz - z * ty
            sum_y += fy + w * ty + z * tx - x * tz
            sum_z += fz + w * tz + x * ty - y * tx
        state.orientation, state.force = (w, x, y, z), (sum_x, sum_y, sum_z)

    def _end_stretch(self, at_s: float) -> ZeroMissing | None:
        state, p = self.state, self.params
        if state.cells % self._stretch or state.lowest is None or state.highest is None:
            return None
        middle, width = 0.5 * (state.highest + state.lowest)[3:], state.highest - state.lowest
        state.lowest = state.highest = None
        quiet = bool((width[:3] < p.quiet_ms2).all() and (width[3:] < p.quiet_rads).all())
        if quiet and float(np.abs(middle).max()) > p.largest_rads:
            return ZeroMissing(at_s, float(np.linalg.norm(middle)), at_rest=True)
        return None

    def _end_window(self, at_s: float) -> ZeroMissing | None:
        state, p = self.state, self.params
        if state.cells % self._window:
            return None
        if state.before is not None:
            state.drifts_rad.append(_angle_rad(state.before, state.force))
        state.before, state.force = state.force, (0.0, 0.0, 0.0)
        if state.cells < self._within:
            return None
        rate_rads = float(np.median(state.drifts_rad)) / p.window_s
        if rate_rads > p.drifts_rads:
            return ZeroMissing(at_s, rate_rads, at_rest=False)
        state.known_s = at_s
        return None


def _angle_rad(a: Vector, b: Vector) -> float:
    return math.atan2(float(np.linalg.norm(np.cross(a, b))), float(np.dot(a, b)))
