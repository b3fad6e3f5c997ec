"""The history as a person sees it: a station that counts, its sets kept, looked at and corrected."""

from __future__ import annotations

import csv
import re

import pytest
from playwright.sync_api import expect
from support.axe import serious_violations
from support.live_count import LiveCount
from support.told_sets import keep, session_messages

from pi_service.dashboard.server import BackgroundDashboard
from pi_service.dashboard.settings import DashboardSettings
from pi_service.publish.broker import BrokerAddress

pytestmark = [pytest.mark.browser, pytest.mark.broker]


@pytest.fixture
def remembering(mosquitto, tmp_path):
    """A server that keeps a history."""
    settings = DashboardSettings(
        BrokerAddress(mosquitto.host, mosquitto.port), port=0, history=tmp_path / "kept"
    )
    with BackgroundDashboard(settings) as served:
        yield served


def check(page):
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert serious_violations(page) == [], scheme


def drawn(page, figure):
    """How many pixels of a chart are not empty."""
    return page.locator(f"#{figure} canvas").evaluate(
        """(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
            .data.filter((value, at) => at % 4 === 3 && value > 0).length"""
    )


def test_a_workout_is_found_looked_at_and_corrected(mosquitto, remembering, page):
    with LiveCount(BrokerAddress(mosquitto.host, mosquitto.port), sets=2):
        page.goto(remembering.url + "history")
        day = page.locator(".day")
        expect(day).to_have_count(1)
        expect(day.locator(".set-row")).to_have_count(2)
        expect(day.locator(".day-totals")).to_have_text("2 sets, 12 reps")
        expect(page.locator("#volume canvas")).to_be_visible()
        assert drawn(page, "volume") > 200
        expect(page.locator("#bests")).to_contain_text("Vertical pull, most repetitions6 reps")
        check(page)

        day.locator(".set-row").first.click()
        expect(page.locator("#title")).to_have_text("Set 1 \u00b7 Vertical pull")
        expect(page.locator("#figure")).to_have_text("6 repetitions")
        expect(page.locator("#reps tbody tr")).to_have_count(6)
        expect(page.locator("#rules tbody tr").first).to_be_visible()
        for figure in ("tempo", "range", "curve"):
            expect(page.locator(f"#{figure}-figure")).to_be_visible()
            assert drawn(page, figure) > 200, figure
        expect(page.locator("#facts")).to_contain_text("10\u201315, short")
        check(page)

        page.get_by_role("button", name="Correct").click()
        page.locator("#correct-reps").fill("7")
        page.keyboard.press("Enter")
        expect(page.locator("#answer")).to_have_text("Set 1 has 7 reps now.")
        expect(page.locator("#figure")).to_have_text("7 repetitions")
        expect(page.locator("#note")).to_have_text("Corrected by hand: 6 reps had been counted live.")
        page.get_by_role("button", name="Correct").click()
        page.get_by_role("button", name="Discard the set").click()
        page.get_by_role("button", name="Discard it").click()
        expect(page.locator("#note")).to_have_text("Discarded: 6 reps had been counted.")
        page.get_by_role("link", name="The day").click()
        expect(page).to_have_url(re.compile(r"/history\?from=(\d{4}-\d\d-\d\d)&to=\1$"))
        expect(page.locator(".day-totals")).to_have_text("1 set, 6 reps")
        expect(page.locator(".set-row").first.locator(".row-how")).to_have_text("discarded")
    # The station is gone: what was can be looked at, and no more be changed.
    page.locator(".set-row").nth(1).click()
    expect(page.locator("#title")).to_have_text("Set 2 \u00b7 Vertical pull")
    expect(page.locator("#correct")).to_be_hidden()


def test_filters_are_in_the_address_and_the_exports_follow_them(mosquitto, remembering, page):
    with LiveCount(BrokerAddress(mosquitto.host, mosquitto.port)):
        page.goto(remembering.url + "history?station=bay07")
        expect(page.locator("#station")).to_have_value("bay07")
        expect(page.locator(".set-row")).to_have_count(1)
        page.locator("#exercise").select_option("Vertical pull")
        expect(page).to_have_url(re.compile(r"/history\?exercise=vertical_pull&station=bay07$"))
        expect(page.locator(".set-row")).to_have_count(1)
        with page.expect_download() as saved:
            page.locator("#sets-csv").click()
        (line,) = csv.DictReader(saved.value.path().read_text().splitlines())
        assert (line["exercise"], line["station"]) == ("vertical_pull", "bay07")
        page.locator("#to").fill("2020-01-01")
        page.locator("#to").blur()
        expect(page.locator("#no-days")).to_contain_text("No set fits these filters")
        check(page)
        page.go_back()
        expect(page.locator(".set-row")).to_have_count(1)
        expect(page.locator("#to")).to_have_value("")


def test_all_sets_of_a_busy_day_can_be_reached(mosquitto, tmp_path, page):
    folder = tmp_path / "kept"
    keep(folder, [*session_messages((1,) * 203, station="bay01"), *session_messages((1, 1), station="bay02")])
    broker = BrokerAddress(mosquitto.host, mosquitto.port)
    with BackgroundDashboard(DashboardSettings(broker, port=0, history=folder)) as served:
        page.goto(served.url + "history")
        expect(page.locator(".day-totals")).to_contain_text("205 sets")
        expect(page.locator(".set-row")).to_have_count(200)
        page.get_by_role("button", name="Earlier sets").click()
        expect(page.locator(".set-row")).to_have_count(205)
        expect(page.locator(".day-earlier")).to_be_hidden()
        times = page.locator(".row-time").all_text_contents()
        assert times == sorted(times)
        expect(page.locator(".day-exports button")).to_have_text(["FIT of bay01", "FIT of bay02"])
        page.wait_for_load_state("networkidle")


def test_what_is_not_there_is_told(dashboard, remembering, page):
    page.goto(remembering.url + "history")
    expect(page.locator("#no-days")).to_contain_text("There is no finished set yet.")
    expect(page.locator("#trends")).to_be_hidden()
    check(page)
    page.goto(remembering.url + "history/bay07/nothing/1")
    expect(page.get_by_role("alert")).not_to_be_empty()
    check(page)
    # This server keeps no history.
    page.goto(dashboard.url + "history")
    expect(page.get_by_role("alert")).to_contain_text("No history is kept here")
    check(page)
