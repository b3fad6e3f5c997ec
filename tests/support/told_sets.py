"""Messages of sets as a station tells them, for those who keep them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from support.scripted import scripted_set, stream_info

from pi_service.history.batch import Batch
from pi_service.history.curves import CurveMemory
from pi_service.history.store import FILE, Store
from pi_service.publish import examples
from pi_service.publish.message import Message
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.payloads import Payload
from pi_service.publish.topics import ROOT, Kind, StationTopics
from pi_service.workout.told import SetCorrected

#: What the history hears.
KEPT = {
    "rep",
    "set",
    "set/last",
    "verdict",
    "set/verdict",
    "correction",
    "hold",
    "carry",
    "workout",
    "gap",
    "recording",
    "curve",
}


def said(kind: Kind, payload: Payload) -> Message:
    """Return the message of a payload."""
    return Message(StationTopics(payload.station).of(kind), payload.to_bytes(), 1, kind is Kind.SET_LAST)


def session_messages(
    reps: Sequence[int] = (3, 4, 2), *, station: str = "bay07", exercise: str = "vertical_pull"
) -> list[Message]:
    """Return a session of sets: the second has a rep withdrawn, the first is corrected by a person."""
    builder = MessageBuilder(stream_info(station, exercise))
    messages, at_s = list(builder.start()), 0.0
    for number, count in enumerate(reps, start=1):
        withdrawn = (count,) if number == 2 else ()
        events = scripted_set(number, at_s, count, exercise=exercise, withdrawn=withdrawn)
        at_s = events[-1].at_s
        messages += builder.build(events)
        if number == 1:
            messages += builder.build([SetCorrected(at_s, 1, exercise, count, count + 2, "corrected")])
    return [each for each in messages if each.topic.split("/", 2)[2] in KEPT]


def verdicts(messages: Iterable[Message], start_seq: int = 1000) -> list[Message]:
    """Return a verdict on each repetition of messages, and one on each set."""
    told = []
    for each in messages:
        seq = start_seq + len(told)
        if each.topic.endswith("/rep"):
            rep = type(examples.REP).from_bytes(each.payload)
            keys = {
                "station": rep.station,
                "session": rep.session,
                "set": rep.set,
                "rep": rep.rep,
                "seq": seq,
            }
            told.append(said(Kind.VERDICT, examples.VERDICT.model_copy(update=keys)))
        elif each.topic.endswith("/set"):
            done = type(examples.SET).from_bytes(each.payload)
            keys = done.model_dump(include={"station", "session", "set"}) | {"seq": seq}
            told.append(said(Kind.SET_VERDICT, examples.SET_VERDICT.model_copy(update=keys)))
    return told


def keep(folder: Path, messages: Iterable[Message]) -> Path:
    """Keep messages in a folder's history, as the recorder does; return its file."""
    store, curves, batch = Store(folder / FILE), CurveMemory(), Batch()
    for each in messages:
        batch.take(each.topic, each.payload, ROOT, curves)
    store.take(batch.facts, curves=batch.curves, gaps=batch.gaps, recordings=batch.recordings)
    store.close()
    assert batch.refused == 0
    return folder / FILE


def retold(message: Message, **keys: object) -> Message:
    """Return a message with other keys."""
    models = {"rep": examples.REP, "set": examples.SET, "set/last": examples.SET}
    model = models[message.topic.split("/", 2)[2]]
    payload = type(model).from_bytes(message.payload).model_copy(update=keys)
    topic = f"{ROOT}/{payload.station}/{message.topic.split('/', 2)[2]}"
    return replace(message, topic=topic, payload=payload.to_bytes())
