"""What is kept of a message: facts about a set, each the newest of its kind.

A fact has a place (`station`, `session`, `set`, `what`, `rep`) and a number (`seq`). Of two facts in the same
place the one with the higher number stays, so that any order and any repetition of a session's messages leave
the same facts. What a set was is worked out from its facts (`pi_service.history.summary`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pi_service.publish.held_payloads import CarryPayload, HoldPayload
from pi_service.publish.payloads import EventPayload
from pi_service.publish.set_payloads import CorrectionPayload, RepPayload, SetPayload
from pi_service.publish.verdict_payloads import SetVerdictPayload, VerdictPayload
from pi_service.publish.workout_payloads import WorkoutPayload


class What(StrEnum):
    """Kinds of facts."""

    REP = "rep"
    """A repetition as it was counted."""
    VERDICT = "verdict"
    """The verdict on a repetition; with `rep` 0 on a hold or a round that goes on."""
    HELD = "held"
    """What a hold, or a round of a carry, has come to so far."""
    HELD_FIRST = "held_first"
    """The first that was told of it."""
    SET = "set"
    """The finished set as the review left it."""
    SET_AS_SAID = "set_as_said"
    """The set with what a person said of it: of `set/last`, for who has missed the rest."""
    REVIEW = "review"
    """What the review added and withdrew."""
    SAID = "said"
    """What a person said that the set was."""
    SET_VERDICT = "set_verdict"
    """The verdict on the set."""
    ASKED = "asked"
    """What was asked for of it, or what it came to."""


class SetId(NamedTuple):
    """Which set: three keys that no two sets share."""

    station: str
    session: str
    set: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact.

    Attributes
    ----------
    set_id
        Of which set.
    what, rep
        Of which kind, and of which repetition; 0 for the whole set.
    seq
        Number of the message.
    said
        The message without what all of a session share; JSON.
    """

    set_id: SetId
    what: What
    rep: int
    seq: int
    said: str


#: Keys that the place of a fact says already, or that every message has.
_LEFT_OUT: Final = {"schema_version", "station", "session", "set", "seq"}
#: Messages of a workout that speak of a finished or an open set.
_OF_A_SET: Final = ("set_asked", "set_compared")
#: The first messages of a hold and of a round.
_FIRST: Final = ("entered", "started")


def facts_of(message: EventPayload) -> list[Fact]:
    """Return what is kept of a message; nothing of most."""
    match message:
        case RepPayload():
            return [_fact(message, message.set, What.REP, message.rep)]
        case SetVerdictPayload():
            return [_fact(message, message.set, What.SET_VERDICT)]
        case VerdictPayload():
            return [_fact(message, message.set, What.VERDICT, message.rep or 0)]
        case HoldPayload() | CarryPayload():
            first = [What.HELD_FIRST] if message.what in _FIRST else []
            return [_fact(message, message.set, what) for what in (What.HELD, *first)]
        case SetPayload():
            return _of_set(message)
        case CorrectionPayload(by="user"):
            return [_said(message, message.reps, message.reason)]
        case CorrectionPayload():
            return [_fact(message, message.set, What.REVIEW)]
        case WorkoutPayload() if message.set is not None and message.what in _OF_A_SET:
            return [_fact(message, message.set, What.ASKED)]
    return []


def _of_set(message: SetPayload) -> list[Fact]:
    if message.corrected is None:
        return [_fact(message, message.set, What.SET)]
    said = _said(message, message.final_reps, message.corrected)
    return [said, _fact(message, message.set, What.SET_AS_SAID)]


def _said(message: SetPayload | CorrectionPayload, reps: int, reason: str | None) -> Fact:
    """Return what a person said of a set: the same, whether `correction` or `set/last` tells it."""
    keys = {"exercise": message.exercise, "simulated": message.simulated, "reps": reps, "reason": reason}
    place = SetId(message.station, message.session, message.set)
    return Fact(place, What.SAID, 0, message.seq, _json(keys))


def _fact(message: EventPayload, number: int, what: What, rep: int = 0) -> Fact:
    keys = message.model_dump(mode="json", exclude=_LEFT_OUT, exclude_none=True)
    place = SetId(message.station, message.session, number)
    return Fact(place, what, rep, message.seq, _json(keys))


def _json(keys: dict[str, Any]) -> str:
    return json.dumps(keys, separators=(",", ":"), ensure_ascii=False)
