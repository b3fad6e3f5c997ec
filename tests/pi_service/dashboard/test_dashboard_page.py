"""The page as a person sees it: a real mosquitto, the server, a real Chromium."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from support.ports import free_port
from support.scripted import ScriptedStation, curve, make_rep, scripted_set, stream_info
from support.subscriber import Subscriber

from firmware.samples import SensorRole
from pi_service.dashboard.server import BackgroundDashboard
from pi_service.dashboard.settings import DashboardSettings
from pi_service.publish.broker import BrokerAddress
from pi_service.workout.events import Movement, PhaseChanged, RepCounted, SamplesLost, SetEnded, SetStarted

pytestmark = [pytest.mark.browser, pytest.mark.broker]

FIGURE = "#count-figure"


def test_the_count_rises_rep_by_rep_and_ends_as_the_final_count(mosquitto, dashboard, page):
    with (
        Subscriber(mosquitto.host, mosquitto.port, "repclip/bay07/#") as subscriber,
        ScriptedStation(mosquitto) as station,
    ):
        page.clock.set_fixed_time(stream_info().started_at)
        page.goto(dashboard.url)
        expect(page.locator("#exercise")).to_have_text("Vertical pull")
        expect(page.locator("#status-text")).to_have_text("Live")
        expect(page.locator(FIGURE)).to_have_text("0")
        expect(page.locator("#verdict")).to_have_text("ready for the first rep")
        events = scripted_set(1, 0.0, 6, withdrawn=(6,))
        counted = 0
        while events:
            end = (
                next((i for i, each in enumerate(events) if isinstance(each, RepCounted)), len(events) - 1)
                + 1
            )
            now, events = events[:end], events[end:]
            station.tell(now)
            if isinstance(now[-1], RepCounted):
                counted += 1
                expect(page.locator(FIGURE)).to_have_text(str(counted))
                expect(page.locator("#set")).to_have_text("Set 1")
                expect(page.locator("[data-phase][aria-current]")).to_have_text("Lowering")
        subscriber.wait_for("repclip/bay07/set")
        (finished,) = subscriber.json("repclip/bay07/set")
        assert (counted, finished["final_reps"]) == (6, 5)
        expect(page.locator(FIGURE)).to_have_text(str(finished["final_reps"]))
        expect(page.locator("#verdict")).to_have_text("final, 6 counted live")
        row = page.locator("#sets li")
        expect(row).to_have_count(1)
        expect(row.locator(".set-reps")).to_have_text("5 repetitions")
        expect(row.locator(".set-note")).to_have_text("Corrected: 6 live, 1 withdrawn")
        expect(row.locator(".set-what")).to_have_text("Vertical pull, 17:05, 14 s")
        expect(page).to_have_title("5 · Vertical pull · bay07")
    expect(page.locator("#status-text")).to_have_text("Station offline")
    expect(page.locator(FIGURE)).to_have_text("5")


def test_a_page_opened_mid_set_is_right_at_once(mosquitto, browser, dashboard, page):
    with ScriptedStation(mosquitto, simulated=True) as station:
        events = scripted_set(1, 0.0, 8)
        station.tell([*events, *scripted_set(2, events[-1].at_s, 3, finished=False)])
        assert station.publisher.flush(5)
        # One server that heard it all, and one that knows only what the broker retained.
        late = DashboardSettings(BrokerAddress(mosquitto.host, mosquitto.port), port=0)
        with BackgroundDashboard(late) as newcomer:
            for url in (dashboard.url, newcomer.url):
                page.goto(url)
                expect(page.locator(FIGURE)).to_have_text("3")
                expect(page.locator("#set")).to_have_text("Set 2")
                expect(page.locator("#verdict")).to_have_text("reps, counting live")
                expect(page.locator("#sets li .set-reps")).to_have_text("8 repetitions")
                expect(page.locator("#simulated")).to_be_visible()


def test_the_curve_is_drawn(mosquitto, dashboard, page):
    inked = """() => {
        const canvas = document.querySelector('#curve canvas');
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
        const rgb = [1, 3, 5].map((at) => parseInt(accent.slice(at, at + 2), 16));
        let count = 0;
        for (let i = 0; i < data.length; i += 4)
            if (rgb.every((value, k) => Math.abs(value - data[i + k]) < 4) && data[i + 3] > 250) count += 1;
        return count;
    }"""
    with ScriptedStation(mosquitto) as station:
        page.goto(dashboard.url)
        expect(page.locator("#status-text")).to_have_text("Live")
        page.locator("#curve canvas").wait_for()
        assert page.evaluate(inked) == 0
        station.tell(curve(0.0, 20.0, 80.0))
        page.wait_for_function(f"() => ({inked})() > 500")


INK = """(band) => {
    const canvas = document.querySelector('#curve canvas');
    const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
    const rgb = [1, 3, 5].map((at) => parseInt(accent.slice(at, at + 2), 16));
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const found = [];
    for (let i = 0; i < data.length; i += 4)
        if (rgb.every((value, k) => Math.abs(value - data[i + k]) < 4) && data[i + 3] > 250)
            found.push([((i / 4) % canvas.width) / canvas.width,
                        Math.floor(i / 4 / canvas.width) / canvas.height]);
    return found.filter(([x]) => x >= band[0] && x <= band[1]);
}"""


def drawn(page, left=0.0, right=1.0):
    """The points of the curve's line and dots, as shares of the drawing's width and height."""
    page.wait_for_timeout(300)
    return page.evaluate(INK, [left, right])


def small_reps(start_s, count, set_number=1):
    """Reps of 20 degrees."""
    events = [SetStarted(start_s, set_number, "vertical_pull", start_s)]
    for number in range(1, count + 1):
        begin_s = start_s + 2.4 * (number - 1)
        rep = make_rep(number, begin_s, 20.0)
        events += [*curve(begin_s, begin_s + 2.4, 20.0)]
        events.append(RepCounted(begin_s + 2.4, set_number, "vertical_pull", rep, number, "live"))
    return events


def test_an_arm_that_drops_does_not_flatten_the_reps(mosquitto, dashboard, page):
    with ScriptedStation(mosquitto) as station:
        page.goto(dashboard.url)
        # A reach for the bar, then reps, then the arm drops.
        station.tell([*curve(0.0, 2.4, 160.0), *small_reps(2.4, 5)])
        expect(page.locator(FIGURE)).to_have_text("5")
        # Now at 14.4 s: the last two reps are in the last quarter.
        rep_height = min(y for _, y in drawn(page, 0.8))
        assert rep_height < 0.45
        station.tell(curve(14.4, 16.8, 165.0))
        dropped = drawn(page, 0.9)
        assert min(y for _, y in dropped) < 0.1
        # The axis has not moved for it: the rep before is where it was, 2.4 s to the left.
        assert min(y for _, y in drawn(page, 0.65, 0.85)) == pytest.approx(rep_height, abs=0.02)


def test_an_arm_that_stays_away_is_shown_whole_until_the_next_rep(mosquitto, dashboard, page):
    """The set is over only ten seconds after its last rep: until then the curve must not be off the top."""
    with ScriptedStation(mosquitto) as station:
        page.goto(dashboard.url)
        station.tell(small_reps(0.0, 5))
        expect(page.locator(FIGURE)).to_have_text("5")
        assert min(y for _, y in drawn(page, 0.8)) < 0.45
        away = [Movement(12.0 + 0.2 * step, 25.0, (120.0,) * 5) for step in range(1, 16)]
        station.tell(away)
        highest = min(y for _, y in drawn(page, 0.9, 0.99))
        assert 0.04 < highest < 0.3
        # The reps give way: the last of them is low now.
        assert min(y for _, y in drawn(page, 0.5, 0.75)) > 0.6


def test_a_turn_where_the_curve_is_not_known_has_no_dot(mosquitto, dashboard, page):
    with ScriptedStation(mosquitto) as station:
        page.goto(dashboard.url)
        expect(page.locator("#status-text")).to_have_text("Live")
        reps = [event for event in small_reps(0.0, 5) if not isinstance(event, Movement)]
        station.tell([*reps, *curve(12.0, 16.0, 0.0)])
        expect(page.locator(FIGURE)).to_have_text("5")
        points = drawn(page)
        assert points
        # Only the line of the last 4 s; the reps turned before that.
        assert min(x for x, _ in points) > 0.7


def test_an_old_set_has_a_date(mosquitto, dashboard, page):
    started_at = stream_info().started_at
    with ScriptedStation(mosquitto, "old") as old:
        old.tell(scripted_set(1, 0.0, 3))
        old.publisher.flush(5)
        for now, what in [
            (started_at + timedelta(hours=2), "Vertical pull, 17:05, 7 s"),
            (started_at + timedelta(days=1), "Vertical pull, 4 Mar, 17:05, 7 s"),
            (started_at + timedelta(days=400), "Vertical pull, 4 Mar 2026, 17:05, 7 s"),
        ]:
            page.clock.set_fixed_time(now)
            page.goto(dashboard.url)
            expect(page.locator(".set-what")).to_have_text(what)


@pytest.mark.parametrize(("width", "height"), [(667, 375), (800, 360), (915, 412)])
def test_a_phone_on_its_side_shows_count_phase_and_curve_at_once(mosquitto, dashboard, page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    with ScriptedStation(mosquitto, simulated=True) as station:
        station.tell(scripted_set(1, 0.0, 9, finished=False))
        page.goto(dashboard.url)
        expect(page.locator(FIGURE)).to_have_text("9")
        for part in (
            "#exercise",
            "#set",
            "#simulated",
            ".figure",
            "#verdict",
            "#phases",
            ".curve",
            "#curve canvas",
        ):
            box = page.locator(part).bounding_box()
            assert box["x"] >= 0, part
            assert box["y"] >= 0, part
            assert box["x"] + box["width"] <= width, part
            assert box["y"] + box["height"] <= height, part
        assert page.locator(".figure").bounding_box()["height"] > 0.4 * height
        assert page.locator("#curve").bounding_box()["height"] > 0.4 * height


def test_numbers_change_and_nothing_moves(mosquitto, dashboard, page):
    boxes = (
        "() => ['.bar', '.figure', '#set', '#verdict', '#phases', '.curve', '.sets'].map((one) => { const b ="
    )
    boxes += " document.querySelector(one).getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })"
    with ScriptedStation(mosquitto) as station:
        page.goto(dashboard.url)
        rep = next(each for each in scripted_set(1, 0.0, 1) if isinstance(each, RepCounted))
        seen, sizes = [], []
        station.tell([SetStarted(1.0, 11, "vertical_pull", 1.0)])
        for count in (1, 9, 10, 88, 99, 100):
            station.tell([replace(rep, set_number=11, count=count, rep=replace(rep.rep, number=count))])
            expect(page.locator(FIGURE)).to_have_text(str(count))
            page.wait_for_timeout(50)
            seen.append(page.evaluate(boxes))
            sizes.append(
                page.evaluate("parseFloat(getComputedStyle(document.querySelector('#count')).fontSize)")
            )
        station.tell([SetEnded(90.0, 11, "vertical_pull", 1.0, 88.0, 100, 99, ())])
        expect(page.locator("#verdict")).to_have_text("final, 100 counted live")
        seen.append(page.evaluate(boxes))
        assert all(each == seen[0] for each in seen)
        assert len(set(sizes[:-1])) == 1
        height = page.evaluate("document.querySelector('.figure').clientHeight")
        assert sizes[0] > 0.9 * height
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize(
    ("width", "height"), [(320, 600), (390, 844), (800, 360), (844, 390), (1280, 800), (3840, 2160)]
)
def test_no_size_of_screen_scrolls_sideways_or_cuts_the_count(mosquitto, dashboard, page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    with ScriptedStation(mosquitto) as station:
        rep = next(each for each in scripted_set(1, 0.0, 1) if isinstance(each, RepCounted))
        station.tell(
            [*scripted_set(1, 0.0, 3, withdrawn=(1,)), replace(rep, at_s=60.0, set_number=2, count=28)]
        )
        page.goto(dashboard.url)
        expect(page.locator(FIGURE)).to_have_text("28")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        figure, count = (page.locator(each).bounding_box() for each in (".figure", FIGURE))
        assert count["x"] >= figure["x"]
        assert count["x"] + count["width"] <= figure["x"] + figure["width"]


def test_several_stations_are_chosen_from_a_list(mosquitto, dashboard, page):
    with ScriptedStation(mosquitto) as one, ScriptedStation(mosquitto, "rack-2", exercise="deadlift") as two:
        page.goto(dashboard.url)
        expect(page.locator("#stations a")).to_have_count(2)
        expect(page.locator("#stations a[aria-current]")).to_have_text("bay07")
        two.tell(scripted_set(1, 0.0, 4, exercise="deadlift", finished=False))
        expect(page.locator("#stations a").nth(1)).to_have_text("rack-2 · 4")
        expect(page.locator(FIGURE)).to_have_text("0")
        page.locator("#stations a").nth(1).click()
        expect(page).to_have_url(re.compile(r"/station/rack-2$"))
        expect(page.locator("#exercise")).to_have_text("Deadlift")
        expect(page.locator(FIGURE)).to_have_text("4")
        one.tell(scripted_set(1, 0.0, 2, finished=False))
        expect(page.locator("#stations a").first).to_have_text("bay07 · 2")
        expect(page.locator(FIGURE)).to_have_text("4")


def test_a_broker_that_goes_is_shown_and_the_page_recovers(mosquitto, dashboard, page):
    with ScriptedStation(mosquitto) as station:
        events = scripted_set(1, 0.0, 5, finished=False)
        third = [i for i, each in enumerate(events) if isinstance(each, RepCounted)][2] + 1
        station.tell(events[:third])
        page.goto(dashboard.url)
        expect(page.locator(FIGURE)).to_have_text("3")
        mosquitto.stop()
        expect(page.locator("#status-text")).to_have_text("Broker not reachable, trying again")
        expect(page.locator(FIGURE)).to_have_text("3")
        station.tell(events[third:])
        mosquitto.start()
        expect(page.locator(FIGURE)).to_have_text("5", timeout=15_000)
        expect(page.locator("#status-text")).to_have_text("Live", timeout=15_000)


def test_a_server_that_goes_is_shown_and_the_page_recovers(mosquitto, page):
    settings = DashboardSettings(BrokerAddress(mosquitto.host, mosquitto.port), port=free_port())
    with ScriptedStation(mosquitto) as station:
        station.tell(scripted_set(1, 0.0, 2, finished=False))
        with BackgroundDashboard(settings) as dashboard:
            page.goto(dashboard.url)
            expect(page.locator(FIGURE)).to_have_text("2")
        expect(page.locator("#status-text")).to_have_text("Server not reachable, trying again")
        with BackgroundDashboard(settings):
            expect(page.locator("#status-text")).to_have_text("Live", timeout=15_000)
            expect(page.locator(FIGURE)).to_have_text("2")


def test_lost_samples_and_a_waiting_page(mosquitto, dashboard, page):
    page.goto(dashboard.url + "station/bay07")
    expect(page.locator("#exercise")).to_have_text("Waiting for bay07")
    expect(page.locator("#status-text")).to_have_text("Waiting")
    with ScriptedStation(mosquitto) as station:
        expect(page.locator("#status-text")).to_have_text("Live")
        expect(page.locator("#gaps")).to_be_hidden()
        station.tell([SamplesLost(3.5, 3.0, 3.5, SensorRole.LIMB)])
        # A gap is an event: the state that follows it need not come for the page to tell.
        expect(page.locator("#gaps")).to_have_text("Samples were missing once, 0.5 s in all.")


def test_it_can_be_heard(mosquitto, dashboard, page):
    with ScriptedStation(mosquitto) as station:
        station.tell(
            [
                event
                for event in scripted_set(1, 0.0, 2, finished=False)
                if not isinstance(event, PhaseChanged)
            ]
        )
        page.goto(dashboard.url)
        count = page.locator("#count")
        expect(count).to_have_text("2 repetitions")
        expect(count).to_have_attribute("aria-live", "polite")
        for role in ("banner", "main"):
            expect(page.get_by_role(role)).to_have_count(1)
        expect(page.get_by_role("region", name="Sets so far")).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_text("Vertical pull")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Skip to the count")
