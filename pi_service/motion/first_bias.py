"""The gyroscope's zero in the first seconds of somebody who does not rest.

Most sensors are calibrated, and then nothing happens here. One that is not turns the integrated frame by up
to 20 degrees a second, and gravity's direction in it runs away far quicker than any movement could move it.
So two hypotheses are followed side by side, the zero is known and the zero may be anything that the data
sheet allows, each as a Kalman filter of gravity's direction and of the bias; the second is believed when it
is much more likely. That takes a few seconds; windows that wait for low passes to settle take half a minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from calibration.imu import FloatArray, Vector


@dataclass(frozen=True, slots=True)
class FirstBiasParams:
    """When the zero is believed to be another."""

    sigma_known_rads: float = math.radians(0.5)
    sigma_unknown_rads: float = math.radians(12.0)
    """Of a sensor that is calibrated, and of one that is not: evenly within 20 deg/s."""
    looks: int = 5
    """The specific force is averaged over so many looks: 1 s."""
    sigma_direction_rad: float = math.radians(6.0)
    """How far that average is from the vertical while somebody lifts: an arm that gains 1 m/s."""
    more_likely: float = 7.0
    """Logarithm of how much more likely the unknown zero must be: a thousand times."""
    news_rads: float = math.radians(1.0)
    """The frame is integrated anew with a bias that is this much better."""
    within_s: float = 30.0
    """After so long without a rest the slower look at gravity is as good."""


@dataclass(slots=True)
class Hypothesis:
    """Gravity's direction at the beginning (3), what is left of the bias (3, rad/s), and their covariance."""

    state: FloatArray
    covariance: FloatArray
    likelihood: float = 0.0

    @classmethod
    def of(cls, bias: FloatArray) -> Hypothesis:
        """Begin with a covariance of the bias; the direction may be any."""
        covariance = np.zeros((6, 6))
        covariance[:3, :3], covariance[3:, 3:] = np.eye(3), bias
        return cls(np.zeros(6), covariance)

    def see(self, up: FloatArray, turned: FloatArray, sigma_rad: float) -> None:
        """Take in a direction, `turned` being the integral of the rotation up to then."""
        x, y, z = up
        cross = np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])
        seen_by = np.hstack((np.eye(3), cross @ turned))
        spread = seen_by @ self.covariance @ seen_by.T + np.eye(3) * sigma_rad**2
        surprise = up - seen_by @ self.state
        inverse = np.linalg.inv(spread)
        self.likelihood -= 0.5 * float(surprise @ inverse @ surprise + np.linalg.slogdet(spread)[1])
        gain = self.covariance @ seen_by.T @ inverse
        self.state = self.state + gain @ surprise
        self.covariance = self.covariance - gain @ seen_by @ self.covariance
        self.covariance = 0.5 * (self.covariance + self.covariance.T)


@dataclass(slots=True)
class FirstBiasState:
    """What is remembered between looks.

    Attributes
    ----------
    looks
        Since the beginning.
    done
        Nothing is looked for any more.
    believed
        The zero is not the known one.
    known, unknown
        The two hypotheses; None before the first look.
    turned : float64 array, shape (3, 3)
        Integral of the rotation into the integrated frame since the hypotheses began (s).
    middle : float64 array, shape (3, 3)
        The same, summed over the looks of the running window.
    force : float64 array, shape (3,)
        Specific force in the integrated frame, summed over the running window.
    """

    looks: int = 0
    done: bool = False
    believed: bool = False
    known: Hypothesis | None = None
    unknown: Hypothesis | None = None
    turned: FloatArray = field(default_factory=lambda: np.zeros((3, 3)))
    middle: FloatArray = field(default_factory=lambda: np.zeros((3, 3)))
    force: FloatArray = field(default_factory=lambda: np.zeros(3))
    window: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FirstFound:
    """The bias is another than had been thought.

    Attributes
    ----------
    more_rads : float64 array, shape (3,)
        What is to be added to the bias.
    covariance : float64 array, shape (3, 3)
        How uncertain it is then, (rad/s)^2.
    up : (x, y, z)
        Where gravity's opposite points in the integrated frame now.
    """

    more_rads: FloatArray
    covariance: FloatArray
    up: Vector


class FirstBias:
    """Looks for a zero that is far off, from the first seconds on."""

    def __init__(self, look_s: float, params: FirstBiasParams | None = None) -> None:
        self.params = params or FirstBiasParams()
        self._look_s = look_s
        self._longest = round(self.params.within_s / look_s)
        self.state = FirstBiasState()

    def lose(self) -> None:
        """Begin anew with what is known of the bias: in a gap the frame was turned by a guess."""
        if not self.state.done and self.state.unknown is not None:
            self._begin(self.state.unknown.covariance[3:, 3:])

    def look(self, matrix: FloatArray, force: Vector) -> FirstFound | None:
        """Take in the rotation into the integrated frame, and the force there, summed since the last look."""
        state, p = self.state, self.params
        if state.unknown is None:
            self._begin(np.eye(3) * p.sigma_unknown_rads**2)
        state.looks += 1
        state.turned = state.turned + matrix * self._look_s
        state.middle = state.middle + state.turned - 0.5 * self._look_s * matrix
        state.force = state.force + force
        state.window += 1
        found = self._end_window() if state.window == p.looks else None
        state.done = state.done or state.looks >= self._longest
        return found

    def _begin(self, bias: FloatArray) -> None:
        state, p = self.state, self.params
        state.known = Hypothesis.of(np.eye(3) * p.sigma_known_rads**2)
        state.unknown = Hypothesis.of(bias)
        state.turned, state.middle, state.force, state.window = (
            np.zeros((3, 3)),
            np.zeros((3, 3)),
            np.zeros(3),
            0,
        )

    def _end_window(self) -> FirstFound | None:
        state, p = self.state, self.params
        known, unknown = state.known, state.unknown
        assert known is not None  # noqa: S101 - both begin together
        assert unknown is not None  # noqa: S101
        up = state.force / max(float(np.linalg.norm(state.force)), 1e-9)
        middle = state.middle / state.window
        for each in (known, unknown):
            each.see(up, middle, p.sigma_direction_rad)
        state.middle, state.force, state.window = np.zeros((3, 3)), np.zeros(3), 0
        if not state.believed:
            state.believed = unknown.likelihood - known.likelihood > p.more_likely
        more = unknown.state[3:].copy()
        if not state.believed or float(np.linalg.norm(more)) < p.news_rads:
            return None
        covariance = unknown.covariance[3:, 3:].copy()
        now = up + np.cross((state.turned - middle) @ more, up)
        now /= np.linalg.norm(now)
        self._begin(covariance + np.eye(3) * p.sigma_known_rads**2)
        return FirstFound(more, covariance, (float(now[0]), float(now[1]), float(now[2])))
