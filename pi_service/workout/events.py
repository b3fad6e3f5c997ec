"""What the counter tells the world: the events that leave the pipeline, in the order they happened.

Every event carries ``at_s``: the time on the stream's clock at which it was known. Times of one
stream's events never run backwards, so that a replay gives the same events as the live run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from firmware.samples import SensorRole
from pi_service.coaching.judge import SetJudgement
from pi_service.coaching.verdict import Unjudged, Verdict
from pi_service.holding.found import Hold
from pi_service.reps.found import Measures, Velocity
from pi_service.workout.held import CarryTold, HoldTold, Round
from pi_service.workout.sides import SideCount
from pi_service.workout.told import Told
from pi_service.workout.zeros import ZeroLearned


class Phase(StrEnum):
    """What the lifter is doing now, as far as the clip can tell."""

    STILL = "still"
    """Nothing moves."""
    MOVING = "moving"
    """Something moves that is no repetition (yet)."""
    OUT = "out"
    """On the way from the start pose to the turning point of a repetition."""
    BACK = "back"
    """On the way back to the start pose."""


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition.

    Attributes
    ----------
    number
        Identity of the rep within its set, 1-based, in the order of publication; never used twice.
    start_s, turn_s, end_s
        When it began, when it turned, when it was back: half-open ``[start_s, end_s)`` on the stream's clock.
        It begins where the rep before it in the set ended, so that the pause between two belongs to the
        second: the four figures of a tempo sum up to the rep. The first rep begins as it leaves the start
        pose, and so does each where sides alternate: the other side moves between two of them.
    detected_at_s
        Time on the stream's clock at which it was counted.
    range_deg
        Largest angle between the sensor's pose and its pose at the start of the rep.
    range_m
        Vertical travel of the sensor, where the placement allows it; None otherwise.
    confidence
        0 to 1: how much it resembles the other reps of its set.
    measures
        Its moving times and pauses, its vertical velocity, and the uncertainties; None for a rep of which one
        way was not seen, and for a step.
    out_lifts
        Whether the way to the turning point is the one that lifts; None where the exercise does not say.
    """

    number: int
    start_s: float
    turn_s: float
    end_s: float
    detected_at_s: float
    range_deg: float
    range_m: float | None
    confidence: float
    measures: Measures | None = None
    out_lifts: bool | None = None

    @property
    def moved(self) -> tuple[float, float]:
        """When it left the start pose and when it was back, as well as that is known."""
        if self.measures is None:
            return self.start_s, self.end_s
        return self.measures.leaves_s, self.measures.arrives_s

    @property
    def lifting_s(self) -> float | None:
        """Moving time of the way that lifts."""
        return self._of_way(lifts=True)

    @property
    def lowering_s(self) -> float | None:
        """Moving time of the way that lowers."""
        return self._of_way(lifts=False)

    @property
    def lifted_pause_s(self) -> float | None:
        """Pause between lifting and lowering; before the rep where that begins by lowering."""
        return self._pause(at_turn=True)

    @property
    def lowered_pause_s(self) -> float | None:
        """Pause between lowering and lifting: in the stretch; before the rep where that begins by lifting."""
        return self._pause(at_turn=False)

    @property
    def lifting_velocity(self) -> Velocity | None:
        """Vertical velocity on the way that lifts."""
        if self.measures is None or self.out_lifts is None:
            return None
        return self.measures.out if self.out_lifts else self.measures.back

    def _of_way(self, *, lifts: bool) -> float | None:
        if self.measures is None or self.out_lifts is None:
            return None
        return self.measures.out_s if self.out_lifts is lifts else self.measures.back_s

    def _pause(self, *, at_turn: bool) -> float | None:
        if self.measures is None or self.out_lifts is None:
            return None
        at_turn = at_turn is self.out_lifts
        return self.measures.turn_pause_s if at_turn else self.measures.home_pause_s


@dataclass(frozen=True, slots=True)
class SetStarted:
    """A set has begun (published with its first rep)."""

    at_s: float
    set_number: int
    exercise: str
    start_s: float


@dataclass(frozen=True, slots=True)
class RepCounted:
    """A rep was counted: live as it ended, or added by the review at the end of its set."""

    at_s: float
    set_number: int
    exercise: str
    rep: Rep
    count: int
    """Reps of the set so far, this one included."""
    source: Literal["live", "review"]
    sides: SideCount | None = None
    """Both sides so far, where they alternate."""


@dataclass(frozen=True, slots=True)
class RepsCorrected:
    """The review at the end of a set added or withdrew reps that had been counted live."""

    at_s: float
    set_number: int
    exercise: str
    added: tuple[int, ...]
    withdrawn: tuple[int, ...]
    count: int
    """Reps of the set after the correction."""
    sides: SideCount | None = None


@dataclass(frozen=True, slots=True)
class SetEnded:
    """A set is over and reviewed; `final_count` is what the set is remembered by."""

    at_s: float
    set_number: int
    exercise: str
    start_s: float
    end_s: float
    live_count: int
    final_count: int
    reps: tuple[Rep, ...]
    """The reps of the final count in the order of time."""
    sides: SideCount | None = None
    """Both sides, where they alternate."""
    hold: Hold | None = None
    """What a hold came to; it has no reps."""
    carry: Round | None = None
    """What a round of a carry came to; it has no reps."""


@dataclass(frozen=True, slots=True)
class RepJudged:
    """A rep that was counted live was judged, within a second after that; or a hold or a carry that goes on.

    Attributes
    ----------
    number
        Its number within its set; None for a hold or a carry, of which only what became wrong is told while
        it goes on, and that it is right again.
    verdicts
        What the rules of the exercise say of it, in the order of its file.
    unjudged
        Rules that could not be applied to it.
    cue
        The verdict to speak of: something that was wrong in the rep before, too, of a rep that is like the
        others. One rep alone may have been cut wrongly, or be the rack.
    """

    at_s: float
    set_number: int
    exercise: str
    number: int | None
    verdicts: tuple[Verdict, ...]
    unjudged: tuple[Unjudged, ...]
    cue: Verdict | None = None


@dataclass(frozen=True, slots=True)
class SetJudged:
    """A set was judged, by the reps of its final count; told with its end.

    Attributes
    ----------
    numbers
        The numbers of these reps in the order of time.
    judgement
        What the rules of the exercise say of it.
    """

    at_s: float
    set_number: int
    exercise: str
    numbers: tuple[int, ...]
    judgement: SetJudgement


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The lifter does something else now."""

    at_s: float
    phase: Phase


@dataclass(frozen=True, slots=True)
class Movement:
    """A piece of the movement's curve, for people to look at.

    Attributes
    ----------
    at_s
        Time just after the last value.
    rate_hz
        Values a second; the first value belongs to ``at_s - len(values) / rate_hz``.
    values
        How far the sensor is from its start pose (deg), 0 or more.
    """

    at_s: float
    rate_hz: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TorsoTilted:
    """How far the torso is from its pose at the start of the running set, a moment ago.

    Attributes
    ----------
    tilt_deg
        As far as its sensor shows, 0 or more.
    """

    at_s: float
    tilt_deg: float


@dataclass(frozen=True, slots=True)
class SamplesLost:
    """Samples of a sensor are missing: nothing is known of ``[start_s, end_s)``."""

    at_s: float
    start_s: float
    end_s: float
    sensor: SensorRole


@dataclass(frozen=True, slots=True)
class PlacementChanged:
    """The sensor turned on the limb in the midst of a set: a clip that slipped, or was turned.

    Attributes
    ----------
    sensor
        Which sensor.
    angle_deg
        By how much; at least, where the movement tilts too little to show a turn about the vertical.
    start_s, end_s
        Between these times it turned.
    rotation
        Three rows: turn directions in the sensor frame from before into the frame from now on.
    """

    at_s: float
    sensor: SensorRole
    angle_deg: float
    start_s: float
    end_s: float
    rotation: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class ZeroUnknown:
    """The gyroscope's zero is not known, since the sensor has not been at rest yet, and it matters.

    Attributes
    ----------
    sensor
        Which sensor.
    rate_dps
        How far it is off: how fast gravity drifts with it, or what it reads at rest.
    at_rest
        It was at rest, but reads more than any sound chip does: it needs a calibration.
    """

    at_s: float
    sensor: SensorRole
    rate_dps: float
    at_rest: bool


Event = (
    SetStarted
    | RepCounted
    | RepsCorrected
    | SetEnded
    | RepJudged
    | SetJudged
    | PhaseChanged
    | Movement
    | TorsoTilted
    | SamplesLost
    | PlacementChanged
    | ZeroUnknown
    | ZeroLearned
    | HoldTold
    | CarryTold
    | Told
)
