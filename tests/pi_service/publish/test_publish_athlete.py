"""Who trains: said by a request, carried by what is counted."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from support.scripted import stream_info

from pi_service.dashboard.feed import Feed
from pi_service.dashboard.metrics import metrics_text
from pi_service.publish.errors import RequestError
from pi_service.publish.held_payloads import CarryPayload
from pi_service.publish.home_assistant import discovery
from pi_service.publish.message import Message
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.requests import SetAthlete, parse
from pi_service.workout.asked import Asked
from pi_service.workout.events import Event, Rep, RepCounted, SetEnded, SetStarted
from pi_service.workout.held import HoldChange, HoldTold
from pi_service.workout.told import SetAsked, SetCorrected

REP = Rep(1, 1.0, 2.0, 3.0, 3.1, 80.0, None, 0.9)
EVENTS: list[Event] = [
    SetStarted(3.1, 1, "any", 1.0),
    SetAsked(3.1, 1, "any", 1, (1, 2), Asked(1.0, 2.0, "reps")),
    RepCounted(3.1, 1, "any", REP, 1, "live"),
    SetEnded(13.0, 1, "any", 1.0, 3.0, 1, 1, (REP,)),
    HoldTold(20.0, 2, "any", HoldChange.ENTERED, 14.0, 5.0, 0),
]


def said(messages: list[Message]) -> list[tuple[str, str | None]]:
    found = [(each.topic.removeprefix("repclip/bay07/"), json.loads(each.payload)) for each in messages]
    return [(kind, payload.get("athlete")) for kind, payload in found]


def test_what_is_counted_says_who_did_it_from_then_on() -> None:
    builder = MessageBuilder(stream_info())
    before = builder.start()
    assert said(before) == [("state", None)]
    assert b"athlete" not in before[0].payload, "left out, not null"
    assert said(builder.set_athlete("Ann")) == [("state", "Ann")]
    told = said(builder.build(EVENTS))
    assert {kind for kind, _ in told} == {"state", "workout", "rep", "set", "set/last", "hold"}
    assert {athlete for _, athlete in told} == {"Ann"}
    assert said(builder.set_athlete(None)) == [("state", None)]
    # A set stays that of whoever did it.
    corrected = said(builder.build([SetCorrected(30.0, 1, "any", 1, 2, "corrected")]))
    assert corrected == [("correction", None), ("set/last", "Ann"), ("state", None)]


def test_nobody_is_named_where_nobody_was_said() -> None:
    messages = [*(builder := MessageBuilder(stream_info())).start(), *builder.build(EVENTS)]
    assert not [each for each in messages if b"athlete" in each.payload]
    assert CarryPayload.model_fields["athlete"].default is None


@pytest.mark.parametrize("name", ["Ann", "Ann Ó Briain", "x" * 40, "安娜", "null", "</script>"])
def test_a_name_is_1_to_40_printable_characters(name: str) -> None:
    request = parse("set_athlete", json.dumps({"athlete": name}).encode())
    assert request == SetAthlete(athlete=name)


def test_nobody_in_particular_is_null() -> None:
    assert parse("set_athlete", b'{"athlete":null}') == SetAthlete(athlete=None)


@pytest.mark.parametrize(
    "name", ["", "x" * 41, " Ann", "Ann ", "A\nnn", "A\x00", "A\x7f", "A\u202enn", "A\u2028", "\ud800", 5]
)
def test_what_is_no_name_is_refused_in_one_sentence(name: object) -> None:
    with pytest.raises(RequestError, match="set_athlete cannot be read") as caught:
        parse("set_athlete", json.dumps({"athlete": name}).encode())
    assert "\n" not in str(caught.value)


def test_it_has_to_be_said_whom() -> None:
    with pytest.raises(RequestError, match="athlete"):
        parse("set_athlete", b"{}")


def test_no_metric_and_no_identity_in_home_assistant_says_who_trains() -> None:
    builder, feed = MessageBuilder(stream_info()), Feed("repclip")
    for message in [*builder.set_athlete("Ann"), *builder.build(EVENTS)]:
        feed.take(message.topic, message.payload, retained=False, now=datetime(2026, 3, 4, tzinfo=UTC))
    assert feed.refused == 0
    assert "repclip_reps" in metrics_text(feed)
    assert "Ann" not in metrics_text(feed)
    assert b"Ann" not in discovery(builder.topics, ("any",)).payload
