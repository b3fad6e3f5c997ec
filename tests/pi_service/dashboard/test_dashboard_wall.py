"""The wall: cards of all stations, those that have changed, not more often than a person sees."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from support.scripted import scripted_set, stream_info
from support.told_sets import said

from pi_service.dashboard import subscription as subscriptions
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.subscription import WallSubscription
from pi_service.publish import examples
from pi_service.publish.message import availability
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.topics import Kind, StationTopics

NOW = datetime(2026, 3, 5, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(subscriptions.time, "monotonic", lambda: now[0])
    return now


def take(feed, messages):
    for message in messages:
        feed.take(message.topic, message.payload, retained=False, now=NOW)


def opened(feed):
    wall = WallSubscription(feed)
    feed.add(wall)
    return wall


def cards(wall):
    events = [event.decode().split("\n") for event in wall.pending()]
    found = [json.loads(lines[1].removeprefix("data: ")) for lines in events if lines[0] == "event: wall"]
    return found[0] if found else None


def test_all_cards_come_first_then_those_that_have_changed(clock):
    feed = Feed("repclip")
    builders = {name: MessageBuilder(stream_info(name)) for name in ("bay07", "rack-2")}
    for builder in builders.values():
        take(feed, [*builder.start(), availability(builder.topics, online=True)])
    wall = opened(feed)
    assert [each["name"] for each in cards(wall)] == ["bay07", "rack-2"]
    assert cards(wall) is None
    take(feed, builders["rack-2"].build(scripted_set(1, 0.0, 3, finished=False)))
    (card,) = cards(wall)
    assert (card["name"], card["reps"], card["active"], card["phase"]) == ("rack-2", 3, True, "back")
    take(feed, [availability(StationTopics("bay07"), online=False)])
    assert [(each["name"], each["online"]) for each in cards(wall)] == [("bay07", False)]


def test_an_empty_wall_says_so_once(clock):
    wall = opened(Feed("repclip"))
    assert cards(wall) == []
    assert cards(wall) is None


def test_the_time_alone_is_news_only_now_and_then(clock):
    feed = Feed("repclip")
    take(feed, [said(Kind.STATE, examples.STATE)])
    wall = opened(feed)
    assert len(cards(wall)) == 1
    moved = examples.STATE.model_copy(update={"movement_deg": 50.0})
    feed.take(*_of(moved), retained=False, now=NOW.replace(minute=1))
    assert cards(wall) is None
    clock[0] += 6
    feed.take(*_of(moved), retained=False, now=NOW.replace(minute=2))
    assert len(cards(wall)) == 1


def _of(state):
    message = said(Kind.STATE, state)
    return message.topic, message.payload


def test_what_a_card_says():
    feed = Feed("repclip")
    more = {
        "athlete": "Ann",
        "set_place": 2,
        "sets_most": 3,
        "asked_least": 10.0,
        "asked_unit": "reps",
        "rest_s": 4.0,
    }
    state = examples.STATE.model_copy(update={**more, "set": 1})
    verdict = examples.VERDICT.model_copy(update={"set": 1})
    take(feed, [said(Kind.STATE, state), said(Kind.VERDICT, verdict), said(Kind.FAULT, examples.FAULT)])
    card = feed.card("bay07")
    assert (card.athlete, card.set_place, card.sets_most, card.asked_least) == ("Ann", 2, 3, 10.0)
    assert (card.cue, card.rest_s, card.faults, card.ok) == ("Lower more slowly.", 4.0, 1, False)


def test_faults_come_and_go_and_repetitions_change_nothing():
    feed = Feed("repclip")
    take(feed, [said(Kind.FAULT, examples.FAULT), said(Kind.HEALTH, examples.HEALTH)])
    health = feed.station("bay07").view().health
    assert health.ok  # the newer message names no fault
    named = examples.HEALTH.model_copy(update={"faults": ("limb_bus", "outbox_full")})
    over = examples.FAULT.model_copy(update={"fault": 2, "active": False})
    take(feed, [said(Kind.HEALTH, named)])
    told = feed.station("bay07").view().health
    assert [(each.what, each.sensor) for each in told.faults] == [("limb_bus", "limb"), ("outbox_full", None)]
    assert [(each.sensor, each.ok) for each in told.sensors] == [("limb", False)]
    take(feed, [said(Kind.FAULT, over), said(Kind.FAULT, examples.FAULT)])
    assert [each.what for each in feed.station("bay07").view().health.faults] == ["outbox_full"]


def test_a_silent_sensor_is_not_well():
    feed = Feed("repclip")
    take(feed, [said(Kind.HEALTH, examples.HEALTH.model_copy(update={"limb_silent_s": 12.0}))])
    health = feed.station("bay07").view().health
    assert (health.ok, health.sensors[0].silent_s) == (False, 12.0)


def test_what_the_station_can_do_and_whether_it_records():
    feed = Feed("repclip")
    take(feed, [said(Kind.INFO, examples.INFO), said(Kind.RECORDING, examples.RECORDING)])
    take(feed, [said(Kind.NOTICE, examples.NOTICE)] * 2)
    view = feed.station("bay07").view()
    assert [(each.id, each.kind) for each in view.exercises] == [
        ("any", "reps"),
        ("face_pull", "reps"),
        ("vertical_pull", "reps"),
    ]
    assert view.requests == examples.INFO.requests
    assert (view.recording.on, view.recording.file) == (examples.RECORDING.recording, examples.RECORDING.file)
    assert [each.text for each in view.notices] == [examples.NOTICE.text]


def test_rest_plan_tempo_and_velocity():
    feed = Feed("repclip")
    take(feed, MessageBuilder(stream_info()).build(scripted_set(1, 0.0, 3, finished=False)))
    state = feed.station("bay07")._state
    more = {
        "rest_s": 30.0,
        "rest_least_s": 60.0,
        "plan": "Monday",
        "plan_step": 1,
        "next_exercise": "face_pull",
    }
    feed.take(*_of(state.model_copy(update=more)), retained=False, now=NOW)
    view = feed.station("bay07").view()
    assert (view.rest.running, view.rest.s, view.rest.least_s, view.rest.since_ts[-1]) == (
        True,
        30.0,
        60.0,
        "Z",
    )
    assert (view.plan.name, view.plan.next_exercise_name) == ("Monday", "Face pull")
    assert view.asked_tempo.lowering.least == 1.5
    assert view.asked_tempo.lifting is None
    assert (view.velocity_mps, view.velocity_loss_percent) == (0.433, 0.0)
    assert view.steadiness is None


def test_steadiness_is_that_of_the_torso_rule():
    feed = Feed("repclip")
    verdict = examples.VERDICT.model_copy(
        update={
            "set": 1,
            "rules": ("lowering", "torso"),
            "rule_measured": (0.9, 14.0),
            "rule_unit": ("s", "deg"),
            "rule_basis": ("measured", "inferred"),
            "rule_least": (2.0, None),
            "rule_most": (None, 12.0),
        }
    )
    take(feed, [said(Kind.STATE, examples.STATE), said(Kind.VERDICT, verdict)])
    told = feed.station("bay07").view().steadiness
    assert (told.rule, told.last_deg, told.bound_deg, told.basis) == ("torso", 14.0, 12.0, "inferred")
