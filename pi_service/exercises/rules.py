"""What a rule of an exercise file may be, and what it says.

Each rule is a table of its own in an exercise file::

    [rules.lowering]
    least = 1.5                       # the bound: least, most or both, in the rule's unit
    inferred_most = 18.0              # optional: another one for what is inferred, not measured
    bound_from = "own default"        # or "asked for": by whoever teaches the exercise
    cue = "Let it down slower."       # what is said when it is missed; with two bounds: below the least
    cue_above = "..."                 # only with two bounds: above the most
    why = "Lowering under control is half of the work."

Of `hold_time` and `distance` the bound may be left out: it is then that of the prescription.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class RuleName(StrEnum):
    """What is judged of a repetition or of a set of them, of a hold, or of a round of a carry."""

    LOWERING = "lowering"
    """Moving time of the way that lowers."""
    LIFTING = "lifting"
    """Moving time of the way that lifts."""
    TOP_PAUSE = "top_pause"
    """Pause between lifting and lowering."""
    STRETCH_PAUSE = "stretch_pause"
    """Pause between lowering and lifting."""
    LOWERING_RATIO = "lowering_ratio"
    """Lowering time over lifting time."""
    RANGE_KEPT = "range_kept"
    """Range as a share of that of the first repetitions of the set."""
    SPEED_KEPT = "speed_kept"
    """Mean lifting velocity as a share of that of the first repetitions of the set."""
    FOREARM = "forearm"
    """The furthest that the forearm is off the vertical."""
    TURN_OUT = "turn_out"
    """How far the forearm turns until the end of the lifting."""
    TORSO = "torso"
    """How far the torso tilts in a repetition, peak to peak."""
    SIDE_BEND = "side_bend"
    """How far the torso bends sideways in a repetition, peak to peak."""
    SHRUG = "shrug"
    """How far the torso's sensor rises while lifting: shoulders that are drawn up."""
    SIDEWAYS = "sideways"
    """How far the sensor goes sideways, and not up or down, while lifting."""
    LEAN_BACK = "lean_back"
    """How far the torso leans back past the vertical when the weight is up."""
    HIPS_FIRST = "hips_first"
    """How far the torso is behind when the weight has come a third of its way."""
    BAR_LEVEL = "bar_level"
    """How far the bar tips out of the pose that it had at the start of the repetition."""
    OVERSHOOT = "overshoot"
    """Range as a share of the set's own usual one."""
    HOLD_TIME = "hold_time"
    """Seconds that a pose was held."""
    BREAKS = "breaks"
    """How often a hold was given up and resumed."""
    DISTANCE = "distance"
    """How far a weight was carried."""
    CADENCE = "cadence"
    """Steps a second."""
    SWAY = "sway"
    """Root mean square of the tilt of a hold or a carry about its mean."""
    SWAY_RANGE = "sway_range"
    """From one end of the tilt to the other."""
    SHAKE = "shake"
    """Root mean square of the jerk along the vertical."""


class BoundFrom(StrEnum):
    """Who says where the bound is."""

    ASKED_FOR = "asked for"
    """Whoever teaches the exercise."""
    OWN_DEFAULT = "own default"
    """This project; change it as you like."""


#: What each is given in.
UNITS: Final = {
    RuleName.LOWERING: "s",
    RuleName.LIFTING: "s",
    RuleName.TOP_PAUSE: "s",
    RuleName.STRETCH_PAUSE: "s",
    RuleName.LOWERING_RATIO: "times",
    RuleName.RANGE_KEPT: "share",
    RuleName.SPEED_KEPT: "share",
    RuleName.FOREARM: "deg",
    RuleName.TURN_OUT: "deg",
    RuleName.TORSO: "deg",
    RuleName.SIDE_BEND: "deg",
    RuleName.SHRUG: "m",
    RuleName.SIDEWAYS: "m",
    RuleName.LEAN_BACK: "deg",
    RuleName.HIPS_FIRST: "deg",
    RuleName.BAR_LEVEL: "deg",
    RuleName.OVERSHOOT: "share",
    RuleName.HOLD_TIME: "s",
    RuleName.BREAKS: "breaks",
    RuleName.DISTANCE: "m",
    RuleName.CADENCE: "steps/s",
    RuleName.SWAY: "deg",
    RuleName.SWAY_RANGE: "deg",
    RuleName.SHAKE: "m/s3",
}
#: Rules that can be inferred where the sensor that measures is missing: only these may say `inferred_...`.
INFERRED: Final = frozenset({RuleName.FOREARM, RuleName.TORSO, RuleName.DISTANCE})
_STEADY: Final = frozenset({RuleName.SWAY, RuleName.SWAY_RANGE, RuleName.SHAKE})
#: Rules of each kind of exercise, by the kind's name.
RULES_OF: Final[Mapping[str, frozenset[RuleName]]] = {
    "hold": frozenset({RuleName.HOLD_TIME, RuleName.BREAKS}) | _STEADY,
    "carry": frozenset({RuleName.DISTANCE, RuleName.CADENCE, RuleName.FOREARM}) | _STEADY,
    "reps": frozenset(RuleName)
    - {RuleName.HOLD_TIME, RuleName.BREAKS, RuleName.DISTANCE, RuleName.CADENCE}
    - _STEADY,
    "steps": frozenset(),
}
#: Rules whose bound may be none: that is not so much as once.
MAY_BE_NONE: Final = frozenset({RuleName.BREAKS})
#: Rules whose value has a sign: their bounds may be 0 or below.
SIGNED: Final = frozenset({RuleName.LEAN_BACK, RuleName.HIPS_FIRST})


@dataclass(frozen=True, slots=True)
class Bound:
    """Between which values something is right; None where there is no such end."""

    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        """Return whether a value is right; the ends themselves are."""
        return not self.is_below(value) and (self.most is None or value <= self.most)

    def is_below(self, value: float) -> bool:
        """Return whether a value is too small."""
        return self.least is not None and value < self.least


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """What an exercise file says of one rule.

    Attributes
    ----------
    name
        Which.
    bound
        For what is measured.
    inferred_bound
        For what is only inferred; None where an inferred value is not judged.
    bound_from
        Who says so.
    cue, cue_above
        What is said when it is missed; `cue_above` where two ends have two cues.
    why
        Why it matters, in one sentence.
    """

    name: RuleName
    bound: Bound
    inferred_bound: Bound | None
    bound_from: BoundFrom
    cue: str
    why: str
    cue_above: str | None = None

    @property
    def unit(self) -> str:
        """Unit of the bounds."""
        return UNITS[self.name]

    def cue_for(self, value: float, bound: Bound) -> str:
        """Return what to say of a value that is not right."""
        return self.cue if self.cue_above is None or bound.is_below(value) else self.cue_above
