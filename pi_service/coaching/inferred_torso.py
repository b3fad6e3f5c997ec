"""What the limb shows of a torso that nobody watches: motion off the repetition's own plane.

An arm that works alone turns in one plane; a torso that goes along takes it out of that plane a little. How
little depends on the exercise, which is why the bound for what is inferred is one of its own, and why only
exercises in which it shows have one.
"""

from __future__ import annotations

from pi_service.coaching.directions import smooth, spread_deg
from pi_service.coaching.facts import RepFacts

#: Fewer frames show no plane.
_FEWEST_FRAMES = 8


def inferred_torso_deg(rep: RepFacts) -> float | None:
    """Return how far the limb goes across its own plane, peak to peak in degrees; None if unseen."""
    up = rep.limb.up_between(rep.leaves_s, rep.arrives_s)
    return spread_deg(smooth(up))[1] if len(up) >= _FEWEST_FRAMES else None
