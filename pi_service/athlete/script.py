"""The joints of a person by name, and what each of them does over time.

Angles are those of the segments, as a trainer would see them from the side: of the trunk against the
vertical, of upper arm and forearm against the horizon. Names end in the unit.

``hip_x_m, hip_y_m, hip_z_m``
    Middle of the hips: ahead, to the left, above the floor.
``heading_deg``
    Which way the person faces, anticlockwise from above.
``swing_deg``
    The whole person about the hips, or about the hands while hanging; forward above is positive.
``trunk_deg, trunk_side_deg, trunk_turn_deg``
    The trunk: forward, to the right, and about the vertical, anticlockwise.
``thorax_deg``
    The upper trunk against the lower: rounded is positive, extended is negative.
``girdle_m``
    How far the shoulders are drawn up.
``upper_deg, upper_out_deg``
    Upper arm: above the horizon (-90 hangs; beyond -90 points backward), and outward from ahead.
``fore_deg, fore_out_deg, fore_lean_deg, fore_side_deg``
    Forearm: the same, then leaned ahead and outward as a whole.
``twist_deg``
    Forearm about itself: 0 palm down with the arm ahead, 90 palm inward.
``slide_m``
    How far the wrist has come nearer to the middle of the grip, which happens on a bar that is hung from.
``hung``
    1: the hand is at `hand_x_m`, `hand_z_m` and the body follows; 0: the hips are where they are and
    the hand follows.
``hand_x_m, hand_z_m``
    See `hung`.
``held``
    1: the bar goes with the hands; 0: it rests.
``bar_z_m, bar_tilt_deg, bar_spin_deg``
    The bar: above where it would be, right end down, and about itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from calibration.imu import FloatArray
from pi_service.athlete.jets import Jet
from pi_service.athlete.tracks import Term, Track

#: Where the joints are, by name; those that are not named are where they were.
Pose = Mapping[str, float]

CHANNELS: Final = (
    *("hip_x_m", "hip_y_m", "hip_z_m", "heading_deg", "swing_deg"),
    *("trunk_deg", "trunk_side_deg", "trunk_turn_deg", "thorax_deg", "girdle_m"),
    *("upper_deg", "upper_out_deg", "fore_deg", "fore_out_deg", "fore_lean_deg", "fore_side_deg"),
    *(
        "twist_deg",
        "slide_m",
        "hung",
        "hand_x_m",
        "hand_z_m",
        "held",
        "bar_z_m",
        "bar_tilt_deg",
        "bar_spin_deg",
    ),
)


class Script:
    """What every joint does.

    Parameters
    ----------
    pose
        Where everything is at first; what is not named is at 0.
    """

    def __init__(self, pose: Pose) -> None:
        self._tracks = {name: Track(pose.get(name, 0.0)) for name in CHANNELS}
        self._terms: dict[str, list[Term]] = {}

    def now(self, name: str) -> float:
        """Return where a joint rests after what was written so far."""
        return self._tracks[name].value

    def go(self, start_s: float, duration_s: float, pose: Pose, *, skew: float = 0.0) -> float:
        """Move the named joints to a pose, all at once; return when they are there."""
        for name, to in pose.items():
            if to != self._tracks[name].value:
                self._tracks[name].move(start_s, duration_s, to, skew)
        return start_s + duration_s

    def add(self, name: str, term: Term) -> None:
        """Let a joint do something besides."""
        if name not in self._tracks:
            raise ValueError(f"no joint is called {name}")
        self._terms.setdefault(name, []).append(term)

    def at(self, name: str, t_s: FloatArray) -> Jet:
        """Return a joint over time; angles in rad."""
        jet = self._tracks[name](t_s)
        for term in self._terms.get(name, ()):
            jet = jet + term(t_s)
        return jet * (math.pi / 180.0) if name.endswith("_deg") else jet

    def moves(self, name: str) -> bool:
        """Return whether a joint ever is anywhere but at 0."""
        track = self._tracks[name]
        return name in self._terms or track.end_s > -math.inf or track.value != 0.0
