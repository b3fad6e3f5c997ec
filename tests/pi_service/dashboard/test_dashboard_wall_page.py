"""The wall: every station has a card, in its place, as large as the screen allows."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support.crowd import Crowd
from support.live_count import LiveCount
from support.scripted import ScriptedStation, scripted_set

from firmware.readings import Cause, Recovered, Trouble
from firmware.roles import SensorRole
from pi_service.publish.broker import BrokerAddress

pytestmark = [pytest.mark.browser, pytest.mark.broker]


def names(page):
    return page.locator(".card-name").all_text_contents()


def test_cards_come_by_themselves_stay_in_their_places_and_open_the_live_view(mosquitto, dashboard, page):
    page.goto(dashboard.url + "wall")
    expect(page.locator("#no-stations")).to_be_visible()
    with ScriptedStation(mosquitto, "rack-10") as ten, ScriptedStation(mosquitto, "rack-2"):
        expect(page.locator(".card")).to_have_count(2)
        expect(page.locator("#no-stations")).to_be_hidden()
        expect(page.locator("#status-text")).to_have_text("2 stations")
        # As people count, and not by who came or moved last.
        assert names(page) == ["rack-2", "rack-10"]
        ten.tell(scripted_set(1, 0.0, 4, finished=False))
        card = page.locator(".card").nth(1)
        expect(card.locator(".card-figure")).to_have_text("4\u200b repetitions")
        expect(card).to_have_attribute("data-active", "true")
        with ScriptedStation(mosquitto, "rack-1"):
            expect(page.locator(".card")).to_have_count(3)
            assert names(page) == ["rack-1", "rack-2", "rack-10"]
        first = page.locator(".card").first
        expect(first).to_have_attribute("data-online", "false")
        expect(first.locator(".card-line")).to_have_text("offline")
        assert names(page) == ["rack-1", "rack-2", "rack-10"]
        # One that was gone before the page was opened takes no room.
        page.reload()
        expect(page.locator(".card")).to_have_count(2)
        expect(page.locator("#absent")).to_have_text("1 station offline: rack-1")
        page.locator(".card").nth(1).click()
        expect(page).to_have_url(dashboard.url + "station/rack-10")
        expect(page.locator("#count-figure")).to_have_text("4")


def test_a_card_tells_the_set_the_rest_and_the_fault(mosquitto, dashboard, page):
    with LiveCount(BrokerAddress(mosquitto.host, mosquitto.port)) as count:
        page.goto(dashboard.url + "wall")
        card = page.locator(".card")
        expect(card.locator(".card-set")).to_have_text("Set 1 of 3")
        expect(card.locator(".card-what")).to_contain_text("Vertical pull")
        line = card.locator(".card-line")
        expect(line).to_contain_text("of 1:00")
        told = line.text_content()
        expect(line).not_to_have_text(told)
        advice = "The limb sensor gives nothing: look at its cable."
        count.hear(Trouble(SensorRole.LIMB, Cause.BUS, 0, advice))
        expect(line).to_have_text(advice)
        expect(card).to_have_attribute("data-ok", "false")
        page.goto(dashboard.url)
        expect(page.get_by_role("alert")).to_have_text(advice)
        expect(page.locator("#sensor summary")).to_have_text("Sensor: something is wrong")
        count.hear(Recovered(SensorRole.LIMB, 0, 1.5))
        expect(page.locator("#alarm")).to_be_hidden()


@pytest.mark.parametrize("stations", [1, 7, 50])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800), (3840, 2160)])
def test_any_number_of_cards_fits_any_screen(mosquitto, dashboard, page, stations, width, height):
    page.set_viewport_size({"width": width, "height": height})
    with Crowd(mosquitto, stations) as crowd:
        page.goto(dashboard.url + "wall")
        expect(page.locator(".card")).to_have_count(stations)
        for name in crowd.names:
            crowd.say(name, reps=128)
        expect(page.locator(".card").last.locator(".card-figure")).to_have_text("128\u200b repetitions")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if width > 1000:
            # Nobody scrolls a television.
            scrolls = "(main) => main.scrollHeight > main.clientHeight"
            assert not page.locator("main").evaluate(scrolls)
        cut = """() => [...document.querySelectorAll('.card-figure')].filter((one) => {
            const a = one.getBoundingClientRect(), b = one.closest('.card').getBoundingClientRect();
            return a.left < b.left || a.right > b.right || a.height < 20; }).length"""
        assert page.evaluate(cut) == 0
