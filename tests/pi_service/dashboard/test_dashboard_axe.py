"""No view keeps anybody out: axe-core finds nothing serious, in light and in dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support.axe import serious_violations
from support.live_count import LiveCount
from support.scripted import ScriptedStation, scripted_set

from pi_service.publish.broker import BrokerAddress

pytestmark = [pytest.mark.browser, pytest.mark.broker]


def check(page):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert serious_violations(page) == [], scheme


def test_axe_sees_what_is_wrong(page):
    page.set_content("<main><button></button><p style='color:#aaa;background:#bbb'>pale</p></main>")
    found = {each.partition(":")[0] for each in serious_violations(page)}
    assert {"button-name", "color-contrast"} <= found


def test_the_live_view_and_its_dialogs(mosquitto, dashboard, page):
    with LiveCount(BrokerAddress(mosquitto.host, mosquitto.port)):
        page.goto(dashboard.url)
        expect(page.locator("#rest")).to_be_visible()
        check(page)
        for button, dialog in (
            ("Exercise", "#choose-dialog"),
            ("More", "#more-dialog"),
            ("Correct set 1", "#correct-dialog"),
        ):
            page.get_by_role("button", name=button).click()
            expect(page.locator(dialog)).to_be_visible()
            check(page)
            page.keyboard.press("Escape")
            expect(page.locator(dialog)).to_be_hidden()


def test_the_live_view_on_a_phone_in_a_set(mosquitto, dashboard, page):
    page.set_viewport_size({"width": 390, "height": 844})
    with ScriptedStation(mosquitto) as station:
        station.tell([*scripted_set(1, 0.0, 4, withdrawn=(2,)), *scripted_set(2, 20.0, 3, finished=False)])
        page.goto(dashboard.url)
        expect(page.locator("#count-figure")).to_have_text("3")
        check(page)
    expect(page.locator("#status-text")).to_have_text("Station offline")
    check(page)


def test_the_wall(mosquitto, dashboard, page):
    with ScriptedStation(mosquitto) as one, ScriptedStation(mosquitto, "rack-2") as two:
        one.tell(scripted_set(1, 0.0, 4))
        two.tell(scripted_set(1, 0.0, 3, finished=False))
        page.goto(dashboard.url + "wall")
        expect(page.locator(".card")).to_have_count(2)
        check(page)
    expect(page.locator(".card[data-online=false]")).to_have_count(2)
    check(page)


@pytest.mark.parametrize("path", ["", "wall", "login"])
def test_pages_without_a_station(dashboard, page, path):
    page.goto(dashboard.url + path)
    page.wait_for_timeout(300)
    check(page)
