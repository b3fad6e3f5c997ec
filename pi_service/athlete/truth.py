"""What really happened in a simulated set.

All times are seconds on the recording's clock. A movement's start and end are those of its script: it
leaves rest and comes to rest. People who mark phases by a share of the peak speed see them a little shorter:
at 5 % of it, by 6 % of the movement's duration at each end.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self, TypeVar

from pi_service.athlete.faults import Fault

_Part = TypeVar("_Part", "Phase", "TrueRep", "TrueHold", "TrueCarry")
#: Number of the format of the truth's file; see docs/simulation.md.
TRUTH_FORMAT = 1


class PhaseKind(StrEnum):
    """A part of a repetition."""

    LIFTING = "lifting"
    TOP = "top"
    LOWERING = "lowering"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase, half-open [start, end).

    Attributes
    ----------
    kind
        Which; `BOTTOM` is the pause before the next repetition.
    start_s, end_s
        From when until when.
    """

    kind: PhaseKind
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One repetition as it was made.

    Attributes
    ----------
    start_s, turn_s, end_s
        Leaves its start pose, the middle of the pause at the top, is back.
    phases
        In their order.
    side
        Which arm did it; None where both did.
    seen
        Whether the arm with the wrist sensor did it.
    range_deg
        How far the forearm turned between start and top, the angle between its two directions.
    range_m
        How far what travels (hand, bar or body) rose or sank from start to top.
    lift_mean_ms, lift_peak_ms
        Mean and peak of its vertical speed while lifting.
    torso_deg
        How far the upper trunk tilted, peak to peak in degrees against the vertical.
    off_vertical_deg
        The furthest that the forearm was off the vertical, whichever end up.
    bar_tilt_deg
        The furthest that the bar was off level; 0 without a bar.
    turn_out_deg
        How far the forearm turned open at the end of the lifting; None where that is not asked for.
    """

    start_s: float
    turn_s: float
    end_s: float
    phases: tuple[Phase, ...]
    side: str | None
    seen: bool
    range_deg: float
    range_m: float
    lift_mean_ms: float
    lift_peak_ms: float
    torso_deg: float
    off_vertical_deg: float
    bar_tilt_deg: float
    turn_out_deg: float | None


@dataclass(frozen=True, slots=True)
class TrueHold:
    """A hold, or a part of one that was broken.

    Attributes
    ----------
    start_s, end_s
        Still in the pose, until it is left.
    enter_s, leave_s
        When it is entered from the start pose, and when it is back there.
    size_deg
        How far the upper trunk is tilted away from the start pose.
    """

    start_s: float
    end_s: float
    enter_s: float
    leave_s: float
    size_deg: float


@dataclass(frozen=True, slots=True)
class TrueCarry:
    """A walk with a weight overhead.

    Attributes
    ----------
    overhead_s, lowered_s
        The weight is up, and begins to come down.
    start_s, end_s
        From the first step to standing.
    steps_s
        When each step's foot lands.
    distance_m, step_m
        How far, and the length of a step.
    off_vertical_deg
        The furthest that the forearm was off the vertical on the way.
    """

    overhead_s: float
    lowered_s: float
    start_s: float
    end_s: float
    steps_s: tuple[float, ...]
    distance_m: float
    step_m: float
    off_vertical_deg: float


@dataclass(frozen=True, slots=True)
class Truth:
    """One set as it was made.

    Attributes
    ----------
    exercise, variant
        What was done.
    side
        Which arm wears the wrist sensor.
    start_s, end_s
        The set: from the first repetition, the hold, or the walk to its end.
    reps, holds, carries
        What it consisted of.
    faults
        What was done wrong on purpose.
    """

    exercise: str
    variant: str
    side: str
    start_s: float
    end_s: float
    reps: tuple[TrueRep, ...] = ()
    holds: tuple[TrueHold, ...] = ()
    carries: tuple[TrueCarry, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def seen_reps(self) -> int:
        """How many repetitions the arm with the sensor did."""
        return sum(rep.seen for rep in self.reps)

    def later(self, by_s: float) -> Self:
        """Return the same on a clock that began so much earlier."""
        return replace(
            self,
            start_s=self.start_s + by_s,
            end_s=self.end_s + by_s,
            reps=tuple(_later(rep, by_s) for rep in self.reps),
            holds=tuple(_later(hold, by_s) for hold in self.holds),
            carries=tuple(_later(carry, by_s) for carry in self.carries),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can write it; numbers rounded to a tenth of a millisecond, of a millimetre ..."""
        rounded: dict[str, Any] = _rounded(asdict(self))
        return rounded


def _later(what: _Part, by_s: float) -> _Part:
    """Move every time by so much: those are the fields in seconds."""
    moved: dict[str, Any] = {}
    for each in fields(what):
        value = getattr(what, each.name)
        if each.name.endswith("_s"):
            moved[each.name] = tuple(t + by_s for t in value) if isinstance(value, tuple) else value + by_s
        elif each.name == "phases":
            moved[each.name] = tuple(_later(phase, by_s) for phase in value)
    return replace(what, **moved)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value
