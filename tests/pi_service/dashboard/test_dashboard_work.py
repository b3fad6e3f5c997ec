"""The page with work that is not just reps: a hold, a carry, alternating sides, and what the rules say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from support.scripted import stream_info

from pi_service.dashboard.exercise_facts import facts_of
from pi_service.dashboard.feed import Feed
from pi_service.dashboard.server import BackgroundDashboard
from pi_service.dashboard.settings import DashboardSettings
from pi_service.dashboard.subscription import StationSubscription
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.message import Message
from pi_service.publish.messages import MessageBuilder

TS = "2026-03-04T17:05:06.123Z"
BOXES = """() => [
    '.bar', '.figure', '#set', '#cue', '#verdict', '#phases', '.curve', '#rep-verdict', '.sets'].map(
    (one) => { const b = document.querySelector(one).getBoundingClientRect();
               return [b.x, b.y, b.width, b.height]; })"""


class Told:
    """Messages as a station of the documented contract says them."""

    def __init__(self, exercise: str) -> None:
        self.builder = MessageBuilder(replace(stream_info(), exercise=exercise))
        (self.first,) = [each for each in self.builder.start() if each.topic.endswith("/state")]
        self.exercise, self.seq = exercise, 0

    def message(self, kind: str, *, retain: bool = False, **keys) -> Message:
        said = json.loads(self.first.payload)
        base = {key: said[key] for key in ("schema", "station", "session", "simulated")}
        payload = {**base, "ts": TS, "exercise": self.exercise, **keys}
        return replace(
            self.first, topic=f"repclip/bay07/{kind}", payload=json.dumps(payload).encode(), retain=retain
        )

    def event(self, kind: str, **keys) -> Message:
        self.seq += 1
        return self.message(kind, seq=self.seq, **keys)

    def state(self, **keys) -> Message:
        usual = {
            "seq": self.seq,
            "active": True,
            "set": 1,
            "reps": 0,
            "count": "live",
            "phase": "still",
            "moving": False,
            "movement_deg": 0.0,
            "set_started_ts": None,
            "last_set_reps": None,
            "sets_done": 0,
        }
        return self.message("state", retain=True, **{**usual, **keys})

    def over(self, **keys) -> list[Message]:
        usual = {
            "set": 1,
            "final_reps": 0,
            "live_reps": 0,
            "rep_ids": [],
            "start_ts": TS,
            "end_ts": TS,
            "start_s": 4.0,
            "end_s": 44.0,
            "duration_s": 40.0,
        }
        return [self.event("set", **{**usual, **keys})]

    def hold(self, held_s: float, what: str = "going", breaks: int = 0) -> list[Message]:
        keys = {"held_s": held_s, "hold_breaks": breaks}
        return [self.event("hold", set=1, what=what, start_s=4.0, **keys), self.state(**keys)]

    def verdict(self, kind: str = "verdict", *, cue: str | None = None, **keys) -> Message:
        usual = {
            "set": 1,
            "rep": 3,
            "ok": cue is None,
            "cue": cue,
            "rules": ["torso", "lowering"],
            "rule_ok": [True, cue is None],
            "rule_measured": [4.2, 1.1],
            "rule_unit": ["deg", "s"],
            "rule_basis": ["inferred", "measured"],
            "rule_least": [None, 1.5],
            "rule_most": [12.0, None],
            "rule_cue": [None, cue],
        }
        return self.event(kind, **{**usual, **keys})

    def rep(self, number: int, **keys) -> list[Message]:
        usual = {
            "set": 1,
            "rep": number,
            "reps": number,
            "source": "live",
            "start_s": 3.0 * number,
            "turn_s": 3.0 * number + 1.0,
            "end_s": 3.0 * number + 2.5,
            "detected_at_s": 3.0 * number + 2.6,
            "duration_s": 2.5,
            "out_s": 1.1,
            "back_s": 1.4,
            "range_deg": 80.0,
            "range_m": 0.52,
            "confidence": 0.9,
            "out_is": "lifting",
            "lifting_s": 1.1,
            "lowering_s": 1.9,
            "lifted_pause_s": 0.2,
            "lowered_pause_s": 0.4,
        }
        return [self.event("rep", **{**usual, **keys}), self.state(reps=number, phase="back", moving=True)]


@pytest.fixture
def show(mosquitto, browser):
    """Publishes messages and returns the page that shows them."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    address = BrokerAddress(mosquitto.host, mosquitto.port)
    page.clock.set_fixed_time(stream_info().started_at)
    with (
        BackgroundDashboard(DashboardSettings(address, port=0)) as dashboard,
        MqttPublisher(address, MessageBuilder(stream_info()).topics) as publisher,
    ):
        page.goto(dashboard.url)

        def tell(messages):
            publisher.publish(messages)
            return page

        yield tell
    context.close()
    assert complaints == []


def text(page, name, words):
    expect(page.locator(name)).to_have_text(words)


@pytest.mark.browser
@pytest.mark.broker
def test_a_hold_shows_its_seconds_and_never_reps(show):
    told = Told("thoracic_extension")
    page = show([told.state(active=False, set=0)])
    text(page, "#exercise", "Thoracic extension")
    text(page, "#verdict", "ready: settle in the pose, of 30\u201360 s")
    expect(page.locator("#tempo")).to_be_hidden()
    page = show(told.hold(5.2, "entered"))
    text(page, "#count-figure", "5")
    text(page, "#verdict", "holding, of 30\u201360 s")
    page.wait_for_timeout(300)
    boxes = page.evaluate(BOXES)
    for held_s, spoken in ((9.9, ""), (10.0, "10 seconds held"), (38.7, "30 seconds held")):
        page = show(told.hold(held_s))
        text(page, "#count-figure", str(int(held_s)))
        text(page, "#spoken", spoken)
        assert page.evaluate(BOXES) == boxes
    # It would speak every second.
    expect(page.locator("#count")).to_have_attribute("aria-live", "off")
    page = show(told.hold(38.7, "left", 1))
    text(page, "#verdict", "pose left, of 30\u201360 s, broken once")
    done = {"held_s": 38.7, "hold_breaks": 1}
    page = show([*told.over(**done), told.state(active=False, count="final", sets_done=1, **done)])
    text(page, "#verdict", "final, of 30\u201360 s, broken once")
    text(page, "#count-figure", "38")
    text(page, "#sets li .set-reps", "38 s held")
    text(page, "#sets li .set-what", "Thoracic extension, 17:05, broken once")
    text(page, "#sets-total", "38 s held in all")
    expect(page).to_have_title("38 s · Thoracic extension · bay07")
    assert "rep" not in page.locator("main").inner_text().replace("repclip", "")
    assert page.evaluate(BOXES) == boxes


@pytest.mark.browser
@pytest.mark.broker
@pytest.mark.parametrize("size", [(1280, 800), (390, 844), (320, 600), (667, 375)])
def test_a_carry_shows_its_metres_with_the_uncertainty(show, size):
    told = Told("overhead_carry")
    page = show([told.state(active=False, set=0)])
    page.set_viewport_size({"width": size[0], "height": size[1]})
    text(page, "#verdict", "ready: lift it and walk, of 18.3 m")
    so_far = {"steps": 11, "distance_m": 6.4, "distance_uncertainty_m": 0.8}
    page = show([told.state(phase="moving", moving=True, **so_far)])
    text(page, "#count-figure", "6.4")
    text(page, "#verdict", "of 18.3 m, ±0.8 m, 11 steps")
    expect(page.locator("#phases [aria-current]")).to_have_text("Moving")
    page.wait_for_timeout(300)
    boxes = page.evaluate(BOXES)
    done = {"steps": 30, "distance_m": 18.2, "distance_uncertainty_m": 2.1}
    page = show([told.state(phase="moving", moving=True, **done)])
    text(page, "#count-figure", "18.2")
    assert page.evaluate(BOXES) == boxes
    page = show([*told.over(**done), told.state(active=False, count="final", sets_done=1, **done)])
    text(page, "#verdict", "final, of 18.3 m, ±2.1 m, 30 steps")
    text(page, "#sets li .set-reps", "18.2 m in 30 steps")
    text(page, "#sets-total", "18.2 m in all")
    text(page, "#spoken", "18.2 metres carried, final")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    figure, count = (page.locator(each).bounding_box() for each in (".figure", "#count"))
    assert count["x"] >= figure["x"]
    assert count["x"] + count["width"] <= figure["x"] + figure["width"]
    words = page.locator("#verdict span").bounding_box()
    box = page.locator("#verdict").bounding_box()
    assert words["width"] <= box["width"]


@pytest.mark.browser
@pytest.mark.broker
def test_where_sides_alternate_the_total_is_shown(show):
    told = Told("cross_band")
    sides = {"worn_side": "left", "worn_side_reps": 4, "other_side_reps": 4, "other_side_uncertain": 1}
    page = show([told.state(reps=4, **sides, total_reps=8)])
    text(page, "#count-figure", "8")
    text(page, "#verdict", "4 left, 4 ±1 right, live")
    page = show(
        [
            *told.over(final_reps=4, live_reps=4, rep_ids=[1, 2, 3, 4], **sides, total_reps=8),
            told.state(active=False, reps=4, count="final", **sides, total_reps=8),
        ]
    )
    text(page, "#verdict", "final, 4 left, 4 ±1 right")
    text(page, "#sets li .set-reps", "8 repetitions")
    text(page, "#sets-total", "8 reps in all")


@pytest.mark.browser
@pytest.mark.broker
def test_the_cue_the_verdict_and_the_tempo_of_the_last_rep(show):
    told, cue = Told("vertical_pull"), "Control the way down."
    page = show([told.state(), *told.rep(1), *told.rep(2)])
    text(page, "#count-figure", "2")
    page.wait_for_timeout(300)
    boxes = page.evaluate(BOXES)
    page = show([*told.rep(3), told.verdict(cue=cue)])
    text(page, "#cue", f"Rep 3: {cue}")
    expect(page.locator("#cue")).to_have_attribute("data-now", "true")
    text(page, "#rep-verdict", "Rep 3: lowering 1.1 s, at least 1.5 s, measured")
    cells = page.locator("#tempo div")
    assert [" ".join(each.split()) for each in cells.all_text_contents()] == [
        "lowering1.9 s",
        "pause0.4 s",
        "lifting1.1 s",
        "pause0.2 s",
        "range52 cm",
        "speed\u2013",
    ]
    assert page.locator("#phases li").all_text_contents() == ["Still", "Moving", "Lifting", "Lowering"]
    expect(page.locator("#phases [aria-current]")).to_have_text("Lowering")
    lowering = page.locator("#tempo div").first
    assert (lowering.get_attribute("data-asked"), lowering.get_attribute("data-ok")) == ("true", "true")
    # The last cue stays, quietly, while the next rep is right.
    page = show([*told.rep(4), told.verdict(rep=4)])
    text(page, "#rep-verdict", "Rep 4: right by all 2 rules")
    text(page, "#cue", f"Rep 3: {cue}")
    expect(page.locator("#cue")).to_have_attribute("data-now", "false")
    assert page.evaluate(BOXES) == boxes
    whole = {
        "rep": None,
        "rep_ids": [1, 2, 3, 4],
        "rule_reps_ok": [4, 3],
        "rule_reps_judged": [4, 4],
        "rule_of_reps": [[4.0] * 4, [1.9, 1.9, 1.1, 1.9]],
        "tempo": "1.9-0.4-1.1-0.2",
        "lowering_s": 1.9,
        "lowered_pause_s": 0.4,
        "lifting_s": 1.1,
        "lifted_pause_s": 0.2,
        "quality_percent": 91.7,
        "quality_rules": ["torso", "lowering"],
        "quality_share": [1.0, 0.75],
        "quality_weight": [0.5, 1.0],
        "unjudged": ["bar_level"],
        "unjudged_why": ["the sensor is not on the bar"],
    }
    page = show(
        [
            *told.over(final_reps=4, live_reps=4, rep_ids=[1, 2, 3, 4]),
            told.verdict("set/verdict", cue="Slower.", **whole),
            told.state(active=False, reps=4, count="final"),
        ]
    )
    text(page, "#cue", "Slower.")
    more = page.locator("#sets li .set-more").all_text_contents()
    assert more == [
        "Tempo 1.9-0.4-1.1-0.2; Nearly all right (92 %) of what could be judged",
        "Slower.",
    ]
    text(page, "#unjudged summary", "Not judged: 1 rule")
    text(page, "#unjudged li", "Bar level: the sensor is not on the bar")
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(BOXES) == boxes


def test_the_target_the_tempo_and_the_torso_are_told_against_what_is_asked(show):
    told = Told("vertical_pull")
    asked = {"set_place": 2, "sets_least": 3, "sets_most": 3, "asked_least": 3, "asked_most": 4}
    asked |= {"asked_unit": "reps", "target": "short"}
    page = show([told.state(**asked), *told.rep(1), told.verdict(rep=1), told.state(reps=1, **asked)])
    text(page, "#count-figure", "1")
    text(page, "#set", "Set 2 of 3")
    towards = page.locator("#towards")
    expect(towards).to_have_attribute("data-target", "short")
    text(page, "#steadiness-text", "Torso 4.2\u00b0 in the last rep, at most 12\u00b0, inferred")
    expect(page.locator("#steadiness-reps i")).to_have_count(1)
    # A rep that is lowered too quickly, with a torso that rocks.
    hurried = told.rep(2, lowering_s=1.1)
    rocking = told.verdict(rep=2, rule_ok=[False, False], rule_measured=[14.0, 1.1], ok=False)
    page = show([*hurried, rocking, told.state(reps=2, **asked)])
    text(page, "#count-figure", "2")
    expect(page.locator("#tempo div").first).to_have_attribute("data-ok", "false")
    expect(page.locator("#steadiness")).to_have_attribute("data-ok", "false")
    expect(page.locator("#steadiness-reps i[data-ok=false]")).to_have_count(1)
    for reps, target in ((3, "reached"), (5, "over")):
        page = show([told.state(reps=reps, **{**asked, "target": target})])
        expect(towards).to_have_attribute("data-target", target)
    # The way that is under way is timed, and what is measured replaces it.
    show([told.state(reps=5, phase="out", moving=True, **asked)])
    running = page.locator("#tempo div[data-now=true]")
    expect(running).to_have_count(1)
    expect(running.locator("dt")).to_have_text("lifting")
    show([*told.rep(6), told.state(reps=6, **asked)])
    expect(running).to_have_count(0)
    expect(page.locator("#tempo div").nth(2)).to_contain_text("1.1 s")


def test_verdicts_that_come_twice_or_late_change_nothing() -> None:
    told, feed = Told("vertical_pull"), Feed("repclip")
    first = told.verdict(cue="Slower.")
    second = told.verdict(rep=4)
    once = [told.state(), first, second]

    def take(messages):
        for each in messages:
            feed.take(each.topic, each.payload, retained=False, now=datetime(2026, 3, 4, tzinfo=UTC))
        return feed.station("bay07").view()

    before = take(once)
    assert (before.verdict.rep, before.cue.rep) == (4, 3)
    assert take([first, second, first]) == before
    ragged = told.verdict(rule_ok=[True])
    assert take([ragged]) == before
    assert feed.refused == 1


def test_a_station_that_is_offline_gives_way_to_one_that_is_there() -> None:
    feed, now = Feed("repclip"), datetime(2026, 3, 4, tzinfo=UTC)
    subscription = StationSubscription(feed, None)
    feed.add(subscription)
    shown = []
    for name, said in (("a", b"offline"), ("b", b"offline"), ("c", b"online"), ("a", b"offline")):
        feed.take(f"repclip/{name}/availability", said, retained=True, now=now)
        events = [event for event in subscription.pending() if event.startswith(b"event: station\n")]
        shown += [json.loads(event.split(b"data: ")[1])["name"] for event in events]
    assert shown == ["a", "c"]


def test_names_are_as_people_write_them() -> None:
    assert facts_of("bent_over_row").name == "Bent-over row"
    assert facts_of("my_own-press").name == "My own press"
    assert facts_of("thoracic_extension").kind == "hold"
    assert facts_of(None).name == "Any exercise"
