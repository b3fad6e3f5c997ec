"""What an exercise asks for, as plain values.

An exercise file is TOML with these keys::

    id = "vertical_pull"              # small letters, digits and underscores; the file has the same name
    name = "Vertical pull"            # for people
    aliases = ["pull up", "lat pulldown"]     # optional: other names that people use
    kind = "reps"                     # reps, hold, carry or steps
    placements = ["wrist", "bar"]     # where the counting sensor may sit, the best place first
    sides = "together"                # optional: "alternating" where one arm does a rep, then the other
    unseen = ["Where the elbows are."]  # optional: what matters and no sensor shows

    [prescription]                    # optional; a single number means exactly that many
    sets = 3
    reps = [10, 15]                   # kind "reps"
    hold_s = [30, 60]                 # kind "hold"; a single number means at least so long
    distance_m = 18.3                 # kind "carry"
    rest_s = [60, 120]                # between two sets, from the end of one to the start of the next

    [counting]                        # optional, kind "reps"; hints where the counter's defaults fail
    min_rep_s = 0.8                   # a quicker movement is no repetition
    max_rep_s = 12.0                  # a slower movement is no repetition; at most 30
    out_goes = "up"                   # the sensor goes "up" (or "down") from the start to the turning point
    out_goes_from_m = 0.08            # ... wherever it goes so far; nearer than that nothing is said

    [holding]                         # optional; for kind "hold"
    least_deg = 10                    # it counts while the pose is so far from the start pose ...
    most_deg = 45                     # ... and no farther: beyond it is another start pose

    [phases]                          # optional; without it nobody says which way lifts
    out = "lifting"                   # the way out of the start pose: "lifting" or "lowering"; or "by_height"
                                      # where the sensor rises with the weight, whichever way a set begins

    [rules.lowering]                  # optional: what a repetition, a hold or a round is judged by; see
    least = 1.5                       # `pi_service.exercises.rules` for the rules and their keys
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pi_service.exercises.rules import Bound, RuleName, RuleTerms

#: What the counter takes for a repetition unless an exercise says otherwise, and the slowest that it can see.
SHORTEST_REP_S, LONGEST_REP_S = 0.9, 30.0


class Kind(StrEnum):
    """What is counted."""

    REPS = "reps"
    """Movements out and back."""
    HOLD = "hold"
    """The time for which a pose is held."""
    CARRY = "carry"
    """A distance walked under a weight."""
    STEPS = "steps"
    """Every step is a repetition."""


class Placement(StrEnum):
    """Where the counting sensor sits."""

    WRIST = "wrist"
    """On the forearm, just above the hand."""
    BAR = "bar"
    """The middle of the bar, or the handle."""
    TORSO = "torso"
    """Upper back or breastbone."""


class Way(StrEnum):
    """Which way the sensor goes along the vertical."""

    UP = "up"
    DOWN = "down"


class Sides(StrEnum):
    """How the two sides of the body take part."""

    TOGETHER = "together"
    """Both at once, or one alone: each repetition is seen."""
    ALTERNATING = "alternating"
    """One side's repetition, then the other's: a sensor on one limb sees every second one."""


class OutWay(StrEnum):
    """What the way from the start pose to the turning point is."""

    LIFTING = "lifting"
    LOWERING = "lowering"
    BY_HEIGHT = "by_height"
    """Lifting where the sensor rises on it, lowering where it sinks."""


@dataclass(frozen=True, slots=True)
class Phases:
    """Which way of a repetition lifts; `out` is None where nobody says."""

    out: OutWay | None = None

    def out_lifts(self, rises: bool | None) -> bool | None:
        """Return whether the way out lifts; None where that is not known.

        Parameters
        ----------
        rises
            Whether the sensor rises on the way out; None where that cannot be told.
        """
        match self.out:
            case OutWay.LIFTING:
                return True
            case OutWay.LOWERING:
                return False
            case OutWay.BY_HEIGHT:
                return rises
            case None:
                return None


@dataclass(frozen=True, slots=True)
class Prescription:
    """How much is asked for; None where nothing is.

    Attributes
    ----------
    sets, reps
        Lowest and highest number, both included.
    hold_s
        Shortest and longest hold in seconds.
    distance_m
        Distance of one round in metres.
    rest_s
        Shortest and longest rest after a set in seconds.
    """

    sets: tuple[int, int] | None = None
    reps: tuple[int, int] | None = None
    hold_s: tuple[float, float] | None = None
    distance_m: float | None = None
    rest_s: tuple[float, float] | None = None


def asked_for(prescription: Prescription) -> Mapping[RuleName, Bound]:
    """Return the bounds that a prescription sets by itself."""
    bounds: dict[RuleName, Bound] = {}
    if prescription.hold_s is not None:
        least_s, most_s = prescription.hold_s
        bounds[RuleName.HOLD_TIME] = Bound(least_s, most_s if most_s > least_s else None)
    if prescription.distance_m is not None:
        bounds[RuleName.DISTANCE] = Bound(least=prescription.distance_m)
    return bounds


@dataclass(frozen=True, slots=True)
class Counting:
    """Hints for the counter; None leaves the counter its own default.

    Attributes
    ----------
    min_rep_s, max_rep_s
        A movement that is quicker, or slower, is no repetition of this exercise.
    out_goes
        Which way the sensor goes on the way out, from the start pose to the turning point: for an exercise
        that clearly rises or sinks, wherever the sensor sits.
    out_goes_from_m
        From which vertical travel on that holds. A pull-up hardly moves the wrist, a pulldown by an arm's
        length.
    """

    min_rep_s: float | None = None
    max_rep_s: float | None = None
    out_goes: Way | None = None
    out_goes_from_m: float | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """Which pose is the one that is held.

    Attributes
    ----------
    least_deg, most_deg
        How far its tilt is from that of the start pose.
    """

    least_deg: float = 10.0
    most_deg: float = 180.0


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise, as its file describes it.

    Attributes
    ----------
    id
        Its name in topics, payloads and file names.
    name
        Its name for people.
    kind
        What is counted.
    placements
        Where the counting sensor may sit, the best place first.
    aliases
        Other names that find it.
    prescription
        How much is asked for.
    counting
        Hints for the counter.
    sides
        How the two sides of the body take part.
    phases
        Which way of a repetition lifts.
    holding
        Which pose is held.
    rules
        What a repetition and a set are judged by, in the order of the file.
    unseen
        What matters and no sensor shows, a sentence each: for people who would wait for a word on it.
    text
        The text of the file, for one of somebody's own: a recording keeps it.
    """

    id: str
    name: str
    kind: Kind
    placements: tuple[Placement, ...]
    aliases: tuple[str, ...] = ()
    prescription: Prescription = Prescription()
    counting: Counting = Counting()
    sides: Sides = Sides.TOGETHER
    phases: Phases = Phases()
    holding: Holding = Holding()
    rules: tuple[RuleTerms, ...] = ()
    unseen: tuple[str, ...] = ()
    text: str | None = field(default=None, compare=False, repr=False)
