from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime

from support.loops import run
from support.scripted import curve, scripted_set, stream_info

from firmware.samples import SensorRole
from pi_service.dashboard import subscription as subscriptions
from pi_service.dashboard.feed import MAX_PAGES, Feed
from pi_service.dashboard.subscription import StationSubscription
from pi_service.publish.message import availability
from pi_service.publish.messages import MessageBuilder
from pi_service.publish.topics import StationTopics
from pi_service.workout.events import ZeroUnknown

NOW = datetime(2026, 3, 5, tzinfo=UTC)


class Page:
    """Reads a subscription as a browser would."""

    def __init__(self, feed, name=None):
        subscription = StationSubscription(feed, name)
        feed.add(subscription)
        self._events = subscription.events()

    async def read(self, count):
        read = []
        for _ in range(count):
            kind, data = (await asyncio.wait_for(anext(self._events), 2)).decode().split("\n")[:2]
            read.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
        return read


def take(feed, messages):
    for message in messages:
        feed.take(message.topic, message.payload, retained=False, now=NOW)


def test_a_page_opened_mid_set_gets_everything_first():
    async def scenario():
        feed = Feed("repclip")
        take(feed, MessageBuilder(stream_info()).build(scripted_set(1, 0.0, 4, finished=False)))
        page = Page(feed)
        (broker, stations, station, pieces) = await page.read(4)
        assert broker == ("broker", {"connected": False})
        assert [each["name"] for each in stations[1]] == ["bay07"]
        assert (station[1]["name"], station[1]["reps"]) == ("bay07", 4)
        assert pieces[0] == "curve"
        assert pieces[1][0]["reset"]
        # What is in the whole of the curve does not come a second time.
        feed.set_broker_connected(True)
        assert await page.read(1) == [("broker", {"connected": True})]

    run(scenario())


def test_a_notice_disturbs_nothing():
    async def scenario():
        feed = Feed("repclip")
        builder = MessageBuilder(stream_info())
        take(feed, builder.build(scripted_set(1, 0.0, 4, finished=False)))
        notice = ZeroUnknown(20.0, SensorRole.LIMB, 9.0, at_rest=False)
        take(feed, builder.build([notice]))
        (_, _, station, _) = await Page(feed).read(4)
        assert (station[1]["name"], station[1]["reps"]) == ("bay07", 4)

    run(scenario())


def test_a_page_without_a_station_follows_the_first_and_stays():
    async def scenario():
        feed = Feed("repclip")
        page = Page(feed)
        assert [kind for kind, _ in await page.read(3)] == ["broker", "stations", "station"]
        take(feed, MessageBuilder(stream_info("bay07")).start())
        # The list of stations may come a moment later.
        told = dict(await page.read(2))
        assert told["station"]["name"] == "bay07"
        assert [each["name"] for each in told["stations"]] == ["bay07"]
        take(feed, MessageBuilder(stream_info("aaa")).start())
        assert [kind for kind, _ in await page.read(1)] == ["stations"]

    run(scenario())


def kept(feed, station, *, online, active):
    """What a broker has kept of a station."""
    builder = MessageBuilder(stream_info(station))
    events = scripted_set(1, 0.0, 2, finished=not active)
    state = [m for m in builder.build(events) if m.topic.endswith("/state")][-1:]
    for message in [*state, availability(builder.topics, online=online)]:
        feed.take(message.topic, message.payload, retained=True, now=NOW)


def test_a_page_without_a_station_opens_the_one_with_an_open_set():
    async def scenario():
        feed = Feed("repclip")
        # Station by station, as they come from the broker, while a page looks on.
        page = Page(feed)
        await page.read(3)
        shown = []
        for name, online, active in [("aaa", False, False), ("bbb", True, False), ("ccc", True, True)]:
            kept(feed, name, online=online, active=active)
            events = dict(await page.read(2))
            shown.append(events["station"]["name"])
        assert shown == ["aaa", "bbb", "ccc"]
        assert feed.default_station() == "ccc"
        # One that an offline station left with an open set is no match for one that is there.
        kept(feed, "abc", online=False, active=True)
        assert feed.default_station() == "ccc"
        assert [kind for kind, _ in await page.read(1)] == ["stations"]

    run(scenario())


def test_a_page_without_a_station_leaves_one_that_goes_for_one_that_is_there():
    async def scenario():
        feed = Feed("repclip")
        for name in ("bay07", "bay08"):
            kept(feed, name, online=True, active=False)
            take(feed, MessageBuilder(stream_info(name)).start())
        page, asked = Page(feed), Page(feed, "bay07")
        for each in (page, asked):
            assert dict(await each.read(3))["station"]["name"] == "bay07"
        # Elsewhere a set begins: that is no reason to leave.
        other = MessageBuilder(stream_info("bay08"))
        take(feed, other.build(scripted_set(1, 0.0, 2, finished=False)))
        assert [kind for kind, _ in await page.read(1)] == ["stations"]
        take(feed, [availability(StationTopics("bay07"), online=False)])
        left = dict(await page.read(3))
        assert left["station"]["name"] == "bay08"
        assert left["curve"][0]["reset"]
        assert dict(await asked.read(2))["station"]["name"] == "bay07"

    run(scenario())


def test_a_slow_page_gets_the_newest_and_no_backlog():
    async def scenario():
        feed = Feed("repclip")
        page = Page(feed, "bay07")
        await page.read(3)
        builder = MessageBuilder(stream_info())
        for number in range(1, 40):
            take(feed, builder.build(scripted_set(number, number * 60.0, 5)))
        told = dict(await page.read(3))
        assert told["station"]["set"] == 39
        assert 0 < len(told["curve"]) <= 256

    run(scenario())


def test_the_curve_comes_piece_by_piece():
    async def scenario():
        feed = Feed("repclip")
        builder = MessageBuilder(stream_info())
        take(feed, builder.start())
        page = Page(feed, "bay07")
        await page.read(3)
        starts = []
        for piece in curve(0.0, 1.0, 50.0):
            take(feed, builder.messages(piece))
            ((kind, pieces),) = await page.read(1)
            assert kind == "curve"
            starts += [each["start_s"] for each in pieces]
        assert starts == [0.0, 0.2, 0.4, 0.6, 0.8]

    run(scenario())


def test_closing_ends_the_pages():
    async def scenario():
        feed = Feed("repclip")
        subscription = StationSubscription(feed, None)
        feed.add(subscription)
        events = subscription.events()
        reader = asyncio.create_task(_drain(events))
        await asyncio.sleep(0.05)
        feed.close()
        assert await asyncio.wait_for(reader, 1) == 3

    run(scenario())


async def _drain(events):
    return len([event async for event in events])


def test_the_page_does_without_the_counter():
    program = (
        "import sys, pi_service.dashboard.server\n"
        "packages = ('numpy', 'scipy', 'firmware', 'calibration')\n"
        "rooms = ('pi_service.workout', 'pi_service.sources', 'pi_service.service')\n"
        "print([n for n in sys.modules if n.split('.')[0] in packages or n.startswith(rooms)])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_so_many_pages_are_open_at_a_time():
    feed = Feed("repclip")
    pages = [StationSubscription(feed, None) for _ in range(MAX_PAGES)]
    for each in pages:
        assert not feed.full
        feed.add(each)
    assert feed.full
    feed.remove(pages[0])
    assert not feed.full


def test_a_page_hears_something_though_nothing_of_its_station_happens(monkeypatch):
    monkeypatch.setattr(subscriptions, "PING_S", 0.3)

    async def scenario():
        feed = Feed("repclip")
        take(
            feed, [*MessageBuilder(stream_info("bay07")).start(), *MessageBuilder(stream_info("aaa")).start()]
        )
        page = Page(feed, "bay07")
        await page.read(3)
        other = [m for m in MessageBuilder(stream_info("aaa")).start() if m.topic.endswith("/state")]

        async def chatter():
            while True:
                take(feed, other)
                await asyncio.sleep(0.02)

        talking = asyncio.create_task(chatter())
        assert await page.read(1) == [("ping", {})]
        talking.cancel()

    run(scenario())
