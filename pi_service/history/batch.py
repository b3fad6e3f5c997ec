"""Messages on their way to the file: read, and put together until they are written."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from pydantic import ValidationError

from pi_service.history.curves import Curve, CurveMemory
from pi_service.history.facts import Fact, SetId, What, facts_of
from pi_service.publish.device_payloads import RecordingPayload
from pi_service.publish.held_payloads import CarryPayload, HoldPayload
from pi_service.publish.payloads import CurvePayload, EventPayload, GapPayload, Payload
from pi_service.publish.set_payloads import CorrectionPayload, RepPayload, SetPayload
from pi_service.publish.topics import Kind, parse_topic
from pi_service.publish.verdict_payloads import SetVerdictPayload, VerdictPayload
from pi_service.publish.workout_payloads import WorkoutPayload

log = logging.getLogger(__name__)

#: Longest message that is read; a set of 100,000 steps names them in 700 KB.
MAX_PAYLOAD_BYTES: Final = 1024 * 1024
#: Times that a calendar in any time zone has.
_FIRST_YEAR, _LAST_YEAR = 1970, 9998
#: SQLite's largest whole number: what a message may say is larger.
_LARGEST: Final = 2**63 - 1

_P = TypeVar("_P", bound=Payload)

_EVENTS: Final[dict[Kind, type[EventPayload]]] = {
    Kind.REP: RepPayload,
    Kind.SET: SetPayload,
    Kind.SET_LAST: SetPayload,
    Kind.VERDICT: VerdictPayload,
    Kind.SET_VERDICT: SetVerdictPayload,
    Kind.CORRECTION: CorrectionPayload,
    Kind.HOLD: HoldPayload,
    Kind.CARRY: CarryPayload,
    Kind.WORKOUT: WorkoutPayload,
}


@dataclass(slots=True)
class Batch:
    """What is to be written in one transaction.

    Attributes
    ----------
    facts, curves, gaps, recordings
        Of the messages that were taken.
    messages, refused
        How many of them there were, and how many could not be read.
    """

    facts: list[Fact] = field(default_factory=list)
    curves: list[tuple[SetId, Curve]] = field(default_factory=list)
    gaps: list[GapPayload] = field(default_factory=list)
    recordings: list[RecordingPayload] = field(default_factory=list)
    messages: int = 0
    refused: int = 0

    def take(self, topic: str, payload: bytes, root: str, curves: CurveMemory) -> None:
        """Take a message; what is not understood is counted and left out.

        Parameters
        ----------
        topic, payload
            As MQTT has them.
        root
            What our topics begin with.
        curves
            Remembers pieces of curves, and gives out those of finished sets.
        """
        self.messages += 1
        parsed = parse_topic(topic, root)
        try:
            if parsed is None or len(payload) > MAX_PAYLOAD_BYTES:
                raise ValueError("not one of ours")  # noqa: TRY301 - one way out for all that is refused
            self._take(*parsed, payload, curves)
        except (ValidationError, ValueError, OverflowError) as error:
            self.refused += 1
            log.debug("A message on %r is not kept: %s", topic[:200], error)

    @property
    def ends_a_set(self) -> bool:
        """True when a set was finished: that is worth waiting for the disk."""
        goes_on = (What.HELD, What.HELD_FIRST)
        return bool(self.curves) or any(fact.rep == 0 and fact.what not in goes_on for fact in self.facts)

    def _take(self, station: str, kind: Kind, payload: bytes, curves: CurveMemory) -> None:
        if kind is Kind.CURVE:
            curves.take(_read(CurvePayload, station, payload))
        elif kind is Kind.GAP:
            self.gaps.append(_read(GapPayload, station, payload))
        elif kind is Kind.RECORDING:
            self.recordings.append(_read(RecordingPayload, station, payload))
        elif kind in _EVENTS:
            message = _read(_EVENTS[kind], station, payload)
            self.facts += facts_of(message)
            if isinstance(message, SetPayload):
                self._cut(message, curves)

    def _cut(self, message: SetPayload, curves: CurveMemory) -> None:
        curve = curves.cut(message.station, message.session, message.start_s, message.end_s)
        if curve is not None:
            self.curves.append((SetId(message.station, message.session, message.set), curve))


def _read(model: type[_P], station: str, payload: bytes) -> _P:
    message = model.from_bytes(payload)
    if message.station != station:
        raise ValueError("the station in the message is not the one in the topic")
    _check_times(getattr(message, key, None) for key in ("ts", "start_ts", "end_ts"))
    if any((getattr(message, key, None) or 0) > _LARGEST for key in ("seq", "set", "rep")):
        raise ValueError("a number is too large to be kept")
    return message


def _check_times(times: Iterable[str | None]) -> None:
    for text in times:
        if text is not None and not _FIRST_YEAR <= datetime.fromisoformat(text).year <= _LAST_YEAR:
            raise ValueError("a time is in no calendar")
