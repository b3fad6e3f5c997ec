from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from support.scripted import curve, scripted_set, stream_info

from pi_service.commands.big_digits import big
from pi_service.commands.curve_text import curve_text
from pi_service.commands.watch_view import StationScreen, wall
from pi_service.commands.watch_words import rest_words, torso_words
from pi_service.commands.watching import Lines, chosen
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.now_views import FaultView, RestView, SteadinessView
from pi_service.dashboard.views import CurveView, StationView
from pi_service.publish import examples
from pi_service.publish.message import availability
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.topics import Kind, StationTopics

NOW = datetime(2026, 3, 5, tzinfo=UTC)
BLOCK = "\u2588"


def feed_of(*stations: str, events=(), online=True) -> Feed:
    feed = Feed("repclip")
    feed.set_broker_connected(True)
    for name in stations:
        builder = MessageBuilder(stream_info(name))
        messages = [*builder.start(), *builder.build(list(events))]
        for message in [availability(StationTopics(name), online=online), *messages]:
            feed.take(message.topic, message.payload, retained=False, now=NOW)
    return feed


def drawn(picture, width=100, height=40) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, color_system=None, legacy_windows=False)
    console.print(picture, height=height)
    return out.getvalue().rstrip("\n").split("\n")


def screen_of(feed: Feed, width=100, height=40) -> list[str]:
    station = feed.station("bay07")
    picture = StationScreen(station.view(), station.curve(), connected=feed.broker_connected, now=NOW)
    return drawn(picture, width, height)


@pytest.mark.parametrize("figure", ["0", "12", "123", "18.2", "-"])
@pytest.mark.parametrize(("width", "height"), [(6, 5), (20, 5), (80, 20), (200, 60)])
def test_a_figure_is_as_large_as_fits(figure, width, height):
    lines = big(figure, width, height).split("\n")
    assert len(lines) <= height or lines == [figure]
    assert max(map(len, lines)) <= max(width, len(figure))


def test_digits_differ():
    assert len({big(digit, 6, 5) for digit in "0123456789"}) == 10


def test_a_figure_grows_with_its_room():
    small, large = big("8", 20, 6), big("8", 20, 16)
    assert large.count(BLOCK) > 4 * small.count(BLOCK)


def test_the_newest_of_the_curve_is_at_the_right_and_the_oldest_leaves():
    pieces = [
        CurveView(reset=True, start_s=0.0, rate_hz=10.0, values=(80.0,) * 10),
        CurveView(reset=False, start_s=1.0, rate_hz=10.0, values=(0.0,) * 150),
        CurveView(reset=False, start_s=16.0, rate_hz=10.0, values=(40.0,) * 10),
    ]
    low = curve_text(pieces, 20, 2, 10.0).split("\n")
    assert low == [" " * 18 + BLOCK * 2] * 2, "what is older than ten seconds neither shows nor scales"
    assert curve_text(pieces, 20, 2, 17.0).split("\n")[0].startswith(BLOCK)


def test_a_small_movement_does_not_fill_the_curve():
    piece = CurveView(reset=True, start_s=0.0, rate_hz=10.0, values=(1.0,) * 10)
    assert curve_text([piece], 1, 1, 1.0) == "\u2581"


def test_a_station_shows_its_set():
    shown = screen_of(feed_of("bay07", events=scripted_set(1, 0.0, 6, finished=False)))
    text = "\n".join(shown)
    assert "bay07" in shown[0]
    assert "set 1" in shown[0]
    assert big("6", 96, 28).split("\n")[0].strip() in text
    assert "lowering" in text
    assert "lifting 1.0 s" in text


def test_a_finished_set_is_listed():
    text = "\n".join(screen_of(feed_of("bay07", events=scripted_set(1, 0.0, 6, withdrawn=(6,)))))
    assert "Set 1: 5 reps" in text
    assert "(6 counted live)" in text
    assert "final" in text


@pytest.mark.parametrize(("width", "height"), [(20, 8), (40, 12), (80, 24), (300, 90)])
def test_a_screen_fits_its_terminal(width, height):
    events = [*scripted_set(1, 0.0, 6), *scripted_set(2, 60.0, 12, finished=False), *curve(0.0, 20.0)]
    shown = screen_of(feed_of("bay07", events=events), width, height)
    assert len(shown) <= height
    assert max(map(len, shown)) <= width


def test_a_broker_that_is_away_is_told_where_the_set_was():
    feed = feed_of("bay07", events=scripted_set(1, 0.0, 6, finished=False))
    feed.set_broker_connected(False)
    assert "broker not reachable" in screen_of(feed)[0]


def test_nothing_heard_yet():
    assert "Waiting for the broker" in drawn(StationScreen(None, (), connected=False, now=NOW))[0]
    assert "Waiting for a station" in drawn(wall((), connected=True))[0]


def test_all_stations_have_a_row():
    feed = feed_of("bay07", "bay08", events=scripted_set(1, 0.0, 6, finished=False))
    feed.take("repclip/bay08/availability", b"offline", retained=False, now=NOW)
    text = drawn(wall([feed.card(name) for name in feed.names()], connected=True))
    rows = {name: next(line for line in text if name in line) for name in ("bay07", "bay08")}
    assert "6 reps" in rows["bay07"]
    assert "counting" in rows["bay07"]
    assert "station offline" in rows["bay08"]


def test_the_only_station_is_shown_by_itself():
    assert chosen(feed_of("bay07"), None) == "bay07"
    assert chosen(feed_of("bay07", "bay08"), None) is None
    assert chosen(feed_of("bay07", "bay08"), "bay08") == "bay08"


def test_lines_are_said_once(capsys):
    lines = Lines()
    feed = feed_of("bay07", events=scripted_set(1, 0.0, 3, finished=False))
    for _ in range(3):
        lines.show(feed, None)
    assert capsys.readouterr().out.splitlines() == ["bay07: station online", "bay07: set 1: 3 reps"]
    feed.set_broker_connected(False)
    lines.show(feed, None)
    assert capsys.readouterr().out == "Waiting for the broker.\n"
    feed.set_broker_connected(False, "No MQTT broker at nowhere:1883 yet: trying again.")
    for _ in range(2):
        lines.show(feed, None)
    assert capsys.readouterr().out == "No MQTT broker at nowhere:1883 yet: trying again.\n"


def test_lines_of_another_station_are_left_out(capsys):
    feed = feed_of("bay07", "bay08", events=scripted_set(1, 0.0, 3))
    Lines().show(feed, "bay08")
    said = capsys.readouterr().out.splitlines()
    assert said
    assert all(line.startswith("bay08: ") for line in said)


def view_with(**told) -> StationView:
    """A station in its second set, of which some more is told."""
    events = [*scripted_set(1, 0.0, 6), *scripted_set(2, 60.0, 4, finished=False)]
    return feed_of("bay07", events=events).station("bay07").view().model_copy(update=told)


def test_what_is_wrong_stands_on_the_screen() -> None:
    sentence = "The limb sensor: Nothing answers at 0x68: check the wires."
    fault = FaultView(what="limb_bus", text=sentence, sensor="limb")
    station = view_with()
    station = station.model_copy(update={"health": station.health.model_copy(update={"faults": (fault,)})})
    assert sentence in "\n".join(drawn(StationScreen(station, (), connected=True, now=NOW)))


def test_a_rest_goes_on_between_two_messages() -> None:
    since = NOW - timedelta(seconds=45)
    rest = RestView(running=True, s=30.0, least_s=60.0, most_s=90.0, since_ts=since.isoformat())
    assert rest_words(rest, NOW) == "rest 45 s of 60 s"
    assert rest_words(rest, since) == "rest 30 s of 60 s", "a clock that is behind takes nothing away"
    station = view_with(active=False, rest=rest)
    assert "rest 45 s of 60 s" in "\n".join(drawn(StationScreen(station, (), connected=True, now=NOW)))
    assert not rest_words(rest.model_copy(update={"running": False}), NOW)


def test_who_does_which_set_of_how_many() -> None:
    shown = drawn(
        StationScreen(
            view_with(athlete="Ana", set_place=2, sets_least=3, sets_most=3, target="reached"),
            (),
            connected=True,
            now=NOW,
        )
    )
    assert "Ana" in shown[0]
    assert "set 2 of 3" in shown[0]
    assert "target reached" in "\n".join(shown)
    beyond = view_with(set_place=5, sets_least=3, sets_most=3)
    assert "set 5, with 3 asked for" in drawn(StationScreen(beyond, (), connected=True, now=NOW))[0]


def test_the_torso_says_how_it_is_known() -> None:
    steady = SteadinessView(
        rule="torso", now_deg=4.25, last_deg=5.1, bound_deg=12.0, ok=True, basis="measured"
    )
    told = torso_words(view_with(steadiness=steady))
    assert told == "torso 4.2\u00b0 now, 5.1\u00b0 in the last rep, at most 12\u00b0, measured"
    inferred = steady.model_copy(update={"now_deg": None, "basis": "inferred"})
    assert torso_words(view_with(steadiness=inferred)).startswith("torso 5.1\u00b0 in the last rep")


HOSTILE = "[/bold] \x1b[2J\x07 [red]you[/red]"


def hostile_feed() -> Feed:
    feed = feed_of("bay07", events=[])
    session = feed.station("bay07").view().session
    state = examples.STATE.model_copy(
        update={"session": session, "exercise": HOSTILE, "athlete": "[/bold] [red]Eve", "active": True}
    )
    verdict = examples.VERDICT.model_copy(
        update={"session": session, "set": state.set, "cue": HOSTILE, "seq": 99}
    )
    for kind, payload in ((Kind.STATE, state), (Kind.VERDICT, verdict)):
        topic = StationTopics("bay07").of(kind)
        feed.take(topic, payload.to_bytes(), retained=False, now=NOW)
    assert feed.refused == 0
    return feed


def test_no_name_commands_the_terminal(capsys) -> None:
    feed = hostile_feed()
    Lines().show(feed, None)
    cards = [feed.card(name) for name in feed.names()]
    wide = drawn(wall(cards, connected=True), width=200)
    for text in ("\n".join(wide), "\n".join(screen_of(feed, width=200)), capsys.readouterr().out):
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "[red]" in text
