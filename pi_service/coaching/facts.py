"""What is known of a repetition when it is judged, and of how the sensors sit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.imu import FloatArray
from calibration.placement import Placement
from calibration.placement_kind import PlacementKind
from pi_service.coaching.recent import Seen


@dataclass(frozen=True, slots=True)
class Worn:
    """How the sensors sit, as far as anybody knows.

    Attributes
    ----------
    limb_on
        What the counting sensor sits on.
    limb, torso
        Stored placements of the two sensors; None where there is none.
    """

    limb_on: PlacementKind = PlacementKind.WRIST
    limb: Placement | None = None
    torso: Placement | None = None

    def limb_axis(self, number: int) -> FloatArray | None:
        """Return an axis of what the counting sensor sits on (0 for x), in the sensor frame."""
        if self.limb is None or self.limb.kind is not self.limb_on:
            return None
        return np.array(self.limb.rotation[number])

    @property
    def torso_counts(self) -> bool:
        """Whether the counting sensor itself sits on the torso."""
        return self.limb_on is PlacementKind.TORSO

    def torso_axis(self, number: int) -> FloatArray | None:
        """Return an axis of the torso, in its sensor's frame."""
        if self.torso is not None:
            return np.array(self.torso.rotation[number])
        return self.limb_axis(number) if self.torso_counts else None


@dataclass(frozen=True, slots=True, eq=False)
class RepFacts:
    """One repetition.

    Attributes
    ----------
    leaves_s, reaches_s, returns_s, arrives_s
        Moves out, and back, between these.
    out_lifts
        Whether the way out is the one that lifts; None where nobody says.
    lifting_s, lowering_s, top_pause_s, stretch_pause_s
        The four figures of its tempo; None where they are not known.
    range_deg, range_m
        How far it went; None where it was not measured.
    lifting_mps
        Mean vertical speed of the lifting; None where it is not known.
    limb, torso
        What the sensors saw from shortly before it until it ended.
    seen_until_s
        When it ended, or the moment up to which the torso's samples had to be there.
    limb_slipped
        The counting sensor turned on the limb before: its placement is no longer known.
    """

    leaves_s: float
    reaches_s: float
    returns_s: float
    arrives_s: float
    out_lifts: bool | None
    lifting_s: float | None
    lowering_s: float | None
    top_pause_s: float | None
    stretch_pause_s: float | None
    range_deg: float | None
    range_m: float | None
    lifting_mps: float | None
    limb: Seen
    torso: Seen
    seen_until_s: float
    limb_slipped: bool = False

    @property
    def lifts_from_s(self) -> float:
        """When the lifting begins, for an exercise of which that is known; when it leaves otherwise."""
        return self.returns_s if self.out_lifts is False else self.leaves_s

    @property
    def no_torso(self) -> str:
        """Why the torso's sensor does not show it."""
        if np.isnan(self.torso.rows[:, 0]).all():
            return "it needs a torso sensor"
        return "samples of the torso sensor are missing"

    @property
    def lifts_until_s(self) -> float:
        """When the lifting ends."""
        return self.arrives_s if self.out_lifts is False else self.reaches_s
