"""What a person asks for on the page reaches the station that counts, and what it says comes back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support.live_count import LiveCount
from support.subscriber import Subscriber

from pi_service.publish.broker import BrokerAddress

pytestmark = [pytest.mark.browser, pytest.mark.broker]

PLAN = """\
name = "Back"
[[step]]
exercise = "face_pull"
sets = 2
reps = [8, 10]
rest_s = [60, 90]
[[step]]
exercise = "overhead carry"
"""


@pytest.fixture
def resting(mosquitto, dashboard, page):
    """The page of a station that rests after its first set, of six."""
    with LiveCount(BrokerAddress(mosquitto.host, mosquitto.port)):
        page.goto(dashboard.url)
        expect(page.locator("#verdict")).to_contain_text("final")
        expect(page.locator("#count-figure")).to_have_text("6")
        yield page


def answer(page, text):
    expect(page.locator("#answer")).to_have_text(text)


def test_the_exercise_is_chosen_by_keyboard_and_the_station_says_so(mosquitto, resting):
    page = resting
    with Subscriber(mosquitto.host, mosquitto.port, "repclip/bay07/request/#") as asked:
        page.locator("#choose").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#choose-search")).to_be_focused()
        expect(page.locator("#choose-list [aria-selected=true]")).to_have_text("Vertical pullnow")
        page.keyboard.type("zz")
        expect(page.locator("#choose-none")).to_be_visible()
        page.locator("#choose-search").fill("pull")
        expect(page.locator("#choose-list [role=option]")).to_have_count(2)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        expect(page.locator("#exercise")).to_have_text("Face pull")
        answer(page, "Face pull is counted from now on.")
        expect(page.locator("#choose-dialog")).to_be_hidden()
        expect(page.locator("#choose")).to_be_focused()
        (request,) = asked.json("repclip/bay07/request/select_exercise")
        assert request["exercise"] == "face_pull"


def test_a_count_is_corrected_and_a_set_discarded_after_it_was_asked_twice(resting):
    page = resting
    row = page.locator("#sets li")
    row.get_by_role("button", name="Correct set 1").click()
    expect(page.locator("#correct-title")).to_have_text("Set 1: 6 reps")
    expect(page.locator("#correct-reps")).to_be_focused()
    page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="One less").click()
    page.get_by_role("button", name="OK").click()
    answer(page, "Set 1 has 7 reps now.")
    expect(row.locator(".set-reps")).to_have_text("7 repetitions")
    expect(row.locator(".set-note")).to_have_text("Corrected by hand, 6 counted live")
    row.get_by_role("button", name="Correct set 1").click()
    page.get_by_role("button", name="Discard the set").click()
    # What destroys is not where the pointer or the Enter key already is.
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#correct-reps")).to_be_focused()
    expect(row.locator(".set-reps")).to_have_text("7 repetitions")
    page.get_by_role("button", name="Discard the set").click()
    page.get_by_role("button", name="Discard it").click()
    answer(page, "Set 1 is discarded.")
    expect(row.locator(".set-note")).to_have_text("Discarded")
    expect(page.locator("#sets-total")).to_have_text("0 reps in all")


def test_a_set_is_started_and_ended_the_athlete_named_and_what_is_refused_is_told(resting):
    page = resting
    page.get_by_role("button", name="Start set").click()
    answer(page, "The set has begun.")
    expect(page.locator("#start-set")).to_have_text("End set")
    page.get_by_role("button", name="End set").click()
    answer(page, "The set has ended.")
    expect(page.locator("#start-set")).to_have_text("Start set")
    page.get_by_role("button", name="More").click()
    page.locator("#athlete-name").fill("Ana")
    page.keyboard.press("Enter")
    answer(page, "The athlete is Ana now.")
    expect(page.locator("#athlete")).to_have_text("Ana")
    page.get_by_role("button", name="More").click()
    expect(page.locator("#athlete-name")).to_have_value("Ana")
    # This station has nowhere to record to.
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#more-answer")).to_contain_text("record")
    expect(page.locator("#more-answer")).to_have_attribute("data-ok", "false")
    expect(page.locator("#more-dialog")).to_be_visible()


def test_a_plan_is_read_by_the_browser_and_followed(resting):
    page = resting
    page.get_by_role("button", name="More").click()
    page.locator("#plan-text").fill('name = "Half a plan')
    page.get_by_role("button", name="Load").click()
    expect(page.locator("#more-answer")).to_have_attribute("data-ok", "false")
    expect(page.locator("#more-answer")).to_contain_text("plan")
    page.locator("#plan-file").set_input_files(
        {"name": "back.toml", "mimeType": "text/plain", "buffer": PLAN.encode()}
    )
    expect(page.locator("#plan-text")).to_have_value(PLAN)
    page.get_by_role("button", name="Load").click()
    answer(page, "The plan is followed from now on.")
    expect(page.locator("#plan")).to_have_text("Plan Back, 1 of 2; next: Overhead carry")
    expect(page.locator("#exercise")).to_have_text("Face pull")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#exercise")).to_have_text("Overhead carry")


def test_the_rest_is_told_large_and_goes_on(resting):
    page = resting
    expect(page.locator("#rest")).to_be_visible()
    expect(page.locator("#rest-asked")).to_have_text("of 1:00\u20132:00")
    first = page.locator("#rest-clock").text_content()
    expect(page.locator("#rest-clock")).not_to_have_text(first)
    expect(page.locator("#towards")).to_have_attribute("data-of", "rest")
    expect(page.locator("#set")).to_have_text("Set 1 of 3")
    expect(page.locator("#phases")).to_be_hidden()


def test_a_station_that_does_not_answer_and_a_broker_that_is_away_are_told(mosquitto, dashboard, page):
    with LiveCount(BrokerAddress(mosquitto.host, mosquitto.port)) as count:
        page.goto(dashboard.url)
        start = page.locator("#start-set")
        expect(start).to_be_visible()
        count.deaf.set()
        start.click()
        expect(page.locator("#answer")).to_have_text("Asking the station \u2026")
        expect(start).to_have_attribute("aria-disabled", "true")
        expect(page.locator("#answer")).to_contain_text("answer", timeout=15_000)
        expect(page.locator("#answer")).to_have_attribute("data-ok", "false")
        count.deaf.clear()
        mosquitto.stop()
        expect(page.locator("#status-text")).to_have_text("Broker not reachable, trying again")
        mosquitto.start()
        expect(page.locator("#status-text")).to_have_text("Live", timeout=15_000)
        start.click()
        answer(page, "The set has begun.")
