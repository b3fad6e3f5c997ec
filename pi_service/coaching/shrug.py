"""Drawing up the shoulders, both alike: a torso that stands still rises a little where its sensor sits.

Nothing tilts then, but the skin between the shoulder blades goes up with them, by a share that nobody has
measured here. It takes a trunk that cannot rise or sink by itself: one that stands at a wall.
"""

from __future__ import annotations

from collections.abc import Sequence

from pi_service.coaching.facts import RepFacts
from pi_service.coaching.height import risen_m
from pi_service.coaching.rule import Rule
from pi_service.coaching.verdict import Basis, Reading


class ShrugRule(Rule):
    """The torso's sensor does not rise with the arms; its placement need not be known."""

    def measure(self, rep: RepFacts, before: Sequence[RepFacts]) -> Reading | str:
        """Return by how much it rises at most while lifting, in metres."""
        del before
        begin_s, end_s = rep.lifts_from_s, min(rep.lifts_until_s, rep.seen_until_s)
        height = risen_m(rep.torso, begin_s, end_s)
        return rep.no_torso if height is None else Reading(float(height.max()), Basis.MEASURED)
