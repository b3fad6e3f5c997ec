from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.scripted import curve, make_rep, scripted_set, scripted_workout, stream_info

from firmware.samples import SensorRole
from pi_service.dashboard.feed import MAX_PAYLOAD_BYTES, MAX_STATIONS, Feed
from pi_service.dashboard.gaps import GAPS_KNOWN
from pi_service.dashboard.station import CURVE_KEPT_S, REPS_KEPT, SETS_KEPT
from pi_service.publish.message import availability
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.topics import StationTopics
from pi_service.workout.events import RepCounted, SamplesLost, SetEnded, SetStarted
from pi_service.workout.told import ExerciseChanged

NOW = datetime(2026, 3, 5, tzinfo=UTC)


def feed_with(messages, feed=None, times=1, retained=False):
    feed = feed or Feed("repclip")
    for message in messages:
        for _ in range(times):
            feed.take(message.topic, message.payload, retained=retained, now=NOW)
    return feed


def messages_of(events, station="bay07"):
    builder = MessageBuilder(stream_info(station))
    return [*builder.start(), *builder.build(list(events))]


def view(feed, name="bay07"):
    return feed.station(name).view()


def test_a_set_in_progress():
    shown = view(feed_with(messages_of(scripted_set(1, 0.0, 6, finished=False))))
    assert (shown.exercise, shown.set, shown.reps, shown.count, shown.active) == (
        "vertical_pull",
        1,
        6,
        "live",
        True,
    )
    assert shown.phase == "back"
    assert [rep.rep for rep in shown.rep_list] == [1, 2, 3, 4, 5, 6]
    assert shown.sets == ()


def test_another_exercise_that_is_chosen_has_nothing_done_yet():
    events = scripted_set(1, 0.0, 5)
    chosen = ExerciseChanged(
        events[-1].at_s + 5.0, "face_pull", "Face pull", "reps", "user", None, None, None, None
    )
    feed = feed_with(messages_of([*events, chosen]))
    shown = view(feed)
    assert (shown.exercise, shown.set, shown.reps, shown.count) == ("face_pull", 0, 0, "live")
    assert (shown.cue, shown.verdict, shown.rep_list) == (None, None, ())
    assert [done.reps for done in shown.sets] == [5]
    card = feed.card("bay07")
    assert (card.exercise, card.set, card.reps) == ("face_pull", 0, 0)


def test_finished_sets_with_a_correction():
    events = scripted_set(1, 0.0, 5)
    events += scripted_set(2, events[-1].at_s, 6, withdrawn=(6,))
    shown = view(feed_with(messages_of(events)))
    assert (shown.reps, shown.count, shown.active) == (5, "final", False)
    first, second = shown.sets
    assert (first.reps, first.live_reps, first.corrected) == (5, 5, False)
    assert (second.reps, second.live_reps, second.corrected, second.withdrawn, second.added) == (
        5,
        6,
        True,
        1,
        0,
    )
    assert [rep.rep for rep in shown.rep_list] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("times", [2, 3])
def test_a_message_that_comes_twice_changes_nothing(times):
    events = [*scripted_workout([4, 5]), SamplesLost(80.0, 79.5, 80.0, SensorRole.LIMB)]
    events[-3:-3] = scripted_set(3, 70.0, 3, withdrawn=(2,))
    messages = messages_of(events)
    once, again = feed_with(messages), feed_with(messages, times=times)
    assert view(again) == view(once)
    assert again.station("bay07").curve() == once.station("bay07").curve()


def test_the_whole_stream_delivered_again_changes_nothing():
    messages = messages_of(scripted_workout([4, 5]))
    feed = feed_with(messages)
    before = view(feed)
    assert view(feed_with(messages, feed)) == before


def test_a_late_rep_of_a_finished_set_is_not_the_next_sets():
    messages = messages_of(scripted_workout([4, 3]))
    late = next(m for m in messages if m.topic.endswith("/rep"))
    feed = feed_with(messages)
    before = view(feed)
    assert view(feed_with([late], feed)) == before


def test_what_is_retained_is_enough_to_show_the_count():
    messages = messages_of([*scripted_set(1, 0.0, 5), *scripted_set(2, 40.0, 3, finished=False)])
    retained = {m.topic: m for m in messages if m.retain}
    feed = feed_with([*retained.values(), availability(StationTopics("bay07"), online=True)], retained=True)
    shown = view(feed)
    assert (shown.set, shown.reps, shown.active, shown.online) == (2, 3, True, True)
    assert [each.reps for each in shown.sets] == [5]
    assert shown.heard_ts is None


def test_online_and_offline():
    topics = StationTopics("bay07")
    feed = feed_with([availability(topics, online=True)])
    assert view(feed).online
    feed_with([availability(topics, online=False)], feed)
    assert not view(feed).online


def test_the_newest_reps_of_a_long_set_are_shown():
    reps = [
        RepCounted(at_s, 1, "any", make_rep(number, at_s), number, "live")
        for number, at_s in enumerate(range(REPS_KEPT + 50), start=1)
    ]
    messages = messages_of([SetStarted(0.0, 1, "any", 0.0), *reps])
    late = next(m for m in messages if m.topic.endswith("/rep"))
    shown = view(feed_with([*messages, late]))
    assert [rep.rep for rep in shown.rep_list] == list(range(51, REPS_KEPT + 51))


def test_a_set_of_very_many_steps_is_taken():
    reps = tuple(make_rep(number, float(number)) for number in range(1, 30_001))
    feed = feed_with(messages_of([SetEnded(9e4, 1, "walking", 0.0, 8e4, 30_000, 30_000, reps)]))
    (shown,) = view(feed).sets
    assert (shown.reps, feed.refused) == (30_000, 0)


def test_the_sums_of_gaps_go_on():
    gaps = [
        SamplesLost(2.0 * n + 0.5, 2.0 * n, 2.0 * n + 0.5, SensorRole.LIMB) for n in range(GAPS_KNOWN + 200)
    ]
    messages = messages_of(gaps)
    shown = view(feed_with(messages, feed_with(messages, times=2)))
    assert (shown.gaps, shown.lost_s) == (GAPS_KNOWN + 200, 0.5 * (GAPS_KNOWN + 200))


def test_gaps_are_summed():
    events = [SamplesLost(5.0, 4.5, 5.0, SensorRole.LIMB), SamplesLost(9.0, 8.75, 9.0, SensorRole.LIMB)]
    shown = view(feed_with(messages_of(events)))
    assert (shown.gaps, shown.lost_s) == (2, 0.75)


def test_the_curve_is_bounded_and_whole():
    station = feed_with(messages_of(curve(0.0, 120.0, 40.0))).station("bay07")
    pieces = station.curve()
    assert pieces[0].reset
    assert not any(piece.reset for piece in pieces[1:])
    span_s = pieces[-1].start_s - pieces[0].start_s
    assert CURVE_KEPT_S - 0.5 < span_s <= CURVE_KEPT_S


def test_a_stream_from_its_start_again_resets_the_curve():
    feed = feed_with(messages_of(curve(0.0, 10.0)))
    feed_with(messages_of(curve(0.0, 1.0)), feed)  # the clock goes back by more than one piece
    assert feed.station("bay07").curve()[0].start_s == 0.0


def test_the_sets_are_bounded():
    events = [
        event for number in range(1, SETS_KEPT + 6) for event in scripted_set(number, number * 100.0, 1)
    ]
    sets = view(feed_with(messages_of(events))).sets
    assert [each.set for each in sets] == list(range(6, SETS_KEPT + 6))


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("repclip/bay07/state", b""),
        ("repclip/bay07/state", b"{}"),
        ("repclip/bay07/state", b"\xff\xfe"),
        ("repclip/bay07/rep", b"[1,2]"),
        ("repclip/bay07/availability", b"maybe"),
        ("repclip/BAY/availability", b"online"),
        ("repclip/bay07/unknown", b"{}"),
        ("other", b"x"),
        ("repclip/bay07/curve", b" " * (MAX_PAYLOAD_BYTES + 1)),
    ],
)
def test_nonsense_is_counted_and_left_out(topic, payload):
    feed = Feed("repclip")
    feed.take(topic, payload, retained=False, now=NOW)
    assert feed.refused == 1
    assert feed.summaries() == []


def test_a_message_for_another_station_is_left_out():
    feed = Feed("repclip")
    (state,) = MessageBuilder(stream_info("bay08")).start()
    feed.take("repclip/bay07/state", state.payload, retained=False, now=NOW)
    assert feed.refused == 1


def test_the_number_of_stations_is_bounded():
    feed = Feed("repclip")
    for number in range(MAX_STATIONS + 3):
        feed.take(f"repclip/s{number}/availability", b"online", retained=False, now=NOW)
    assert len(feed.summaries()) == MAX_STATIONS
    assert feed.refused == 3


def test_the_first_station_that_is_there_is_shown():
    feed = Feed("repclip")
    assert feed.default_station() is None
    feed.take("repclip/a/availability", b"offline", retained=True, now=NOW)
    assert feed.default_station() == "a"
    feed.take("repclip/b/availability", b"online", retained=True, now=NOW)
    assert feed.default_station() == "b"
