"""What the retained `state` says, as the events of a stream change it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pi_service.publish import held
from pi_service.publish.measured import side_keys
from pi_service.publish.payloads import stream_time_text
from pi_service.publish.phases import Phases
from pi_service.publish.set_payloads import SetPayload
from pi_service.workout.events import Phase, RepCounted, RepsCorrected, SetEnded, SetStarted
from pi_service.workout.sides import SideCount
from pi_service.workout.told import SetCorrected


@dataclass(slots=True)
class StationState:
    """What the state says, and when it was last said.

    Attributes
    ----------
    seq
        Number of the last event.
    athlete
        Who trains, as somebody said.
    phases, said_phase
        What the lifter does, and what was said of that.
    held, asked
        Keys of a hold or a carry, and of a prescription.
    last_set
        The last `set`, as `set/last` says it.
    now_s, said_at_s
        Time of the last event, and of the state that was said.
    """

    seq: int = 0
    exercise: str | None = None
    athlete: str | None = None
    active: bool = False
    set_number: int = 0
    reps: int = 0
    count: Literal["live", "final"] = "live"
    phases: Phases = field(default_factory=Phases)
    said_phase: Phase = Phase.STILL
    movement_deg: float = 0.0
    torso_deg: float | None = None
    sides: SideCount | None = None
    set_start_s: float | None = None
    last_set_reps: int | None = None
    sets_done: int = 0
    held: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)
    last_set: SetPayload | None = None
    now_s: float = 0.0
    said_at_s: float = 0.0

    def start_set(self, event: SetStarted) -> None:
        """Take note that a set has begun."""
        self.active, self.set_number, self.exercise = True, event.set_number, event.exercise
        self.reps, self.count, self.set_start_s = 0, "live", event.start_s
        self.sides, self.held, self.torso_deg = None, {}, None
        self.phases.start_set()

    def count_rep(self, event: RepCounted) -> None:
        """Take note of a repetition."""
        self.set_number, self.exercise, self.reps = event.set_number, event.exercise, event.count
        self.sides = event.sides
        if event.source == "live":
            self.phases.count(event.rep.range_deg)

    def review(self, event: RepsCorrected) -> None:
        """Take note of what a review says."""
        self.reps, self.sides = event.count, event.sides

    def end_set(self, event: SetEnded) -> None:
        """Take note that a set is over."""
        self.active, self.set_start_s, self.torso_deg = False, None, None
        self.phases.end_set()
        self.set_number, self.exercise = event.set_number, event.exercise
        self.reps, self.count, self.sides = event.final_count, "final", event.sides
        self.last_set_reps = event.final_count
        self.sets_done += 1
        self.held = held.last_keys(event)

    def correct(self, event: SetCorrected) -> None:
        """Take note of what a person says of a finished set; of an older one the state says nothing."""
        if not self.active and self.set_number == event.set_number:
            self.reps, self.sides = event.count, event.sides
            if event.reason == "discarded":
                self.asked = {key: value for key, value in self.asked.items() if key != "target"}

    def end(self) -> None:
        """Take note that nothing moves any more."""
        self.phases.change(Phase.STILL)
        self.phases.end_set()
        self.active = False

    def say(self, started_at: datetime) -> dict[str, Any]:
        """Return the keys of `pi_service.publish.payloads.StatePayload`, which are said now."""
        self.said_at_s = self.now_s
        phase = self.said_phase = self.phases.shown
        start_s = self.set_start_s
        return {
            "seq": self.seq,
            "exercise": self.exercise,
            "athlete": self.athlete,
            "active": self.active,
            "set": self.set_number,
            "reps": self.reps,
            "count": self.count,
            "phase": phase.value,
            "moving": phase is not Phase.STILL,
            "movement_deg": round(self.movement_deg, 1),
            "torso_deg": None if self.torso_deg is None else round(self.torso_deg, 1),
            "set_started_ts": None if start_s is None else stream_time_text(started_at, start_s),
            "last_set_reps": self.last_set_reps,
            "sets_done": self.sets_done,
            **side_keys(self.sides),
            **self.held,
            **self.asked,
        }
