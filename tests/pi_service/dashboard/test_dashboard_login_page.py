"""Signing in on the page: who may only look sees no controls, and who has the password gets them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from support.axe import serious_violations
from support.live_count import LiveCount

from pi_service.dashboard.passwords import Secrets
from pi_service.dashboard.server import BackgroundDashboard
from pi_service.dashboard.settings import DashboardSettings
from pi_service.publish.broker import BrokerAddress

pytestmark = [pytest.mark.browser, pytest.mark.broker]

PASSWORD = "nine lives of a barbell"  # noqa: S105 - of this test


def test_signing_in_gives_the_controls_and_signing_out_takes_them(mosquitto, page):
    broker = BrokerAddress(mosquitto.host, mosquitto.port)
    settings = DashboardSettings(broker, port=0, secrets=Secrets().with_password(PASSWORD))
    with BackgroundDashboard(settings) as dashboard, LiveCount(broker):
        page.goto(dashboard.url + "station/bay07")
        expect(page.locator("#verdict")).to_contain_text("final")
        expect(page.locator("#controls")).to_be_hidden()
        expect(page.locator(".correct")).to_be_hidden()
        page.get_by_role("link", name="Sign in").click()
        expect(page.locator("#password")).to_be_focused()
        page.keyboard.type("something else")
        page.keyboard.press("Enter")
        expect(page.locator("#login-answer")).to_have_text("That is not the password.")
        assert serious_violations(page) == []
        page.locator("#password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(dashboard.url + "station/bay07")
        expect(page.locator("#start-set")).to_be_visible()
        expect(page.locator(".correct")).to_be_visible()
        page.get_by_role("button", name="Start set").click()
        expect(page.locator("#answer")).to_have_text("The set has begun.")
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("#controls")).to_be_hidden()
        expect(page.get_by_role("link", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "http://["]
)
def test_nobody_is_led_elsewhere_after_signing_in(mosquitto, page, target):
    settings = DashboardSettings(
        BrokerAddress(mosquitto.host, mosquitto.port), port=0, secrets=Secrets().with_password(PASSWORD)
    )
    with BackgroundDashboard(settings) as dashboard:
        page.goto(dashboard.url + "login?next=" + target)
        page.locator("#password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(dashboard.url)


def test_a_path_that_looks_like_a_server_stays_here(mosquitto, page):
    settings = DashboardSettings(
        BrokerAddress(mosquitto.host, mosquitto.port), port=0, secrets=Secrets().with_password(PASSWORD)
    )
    with BackgroundDashboard(settings) as dashboard:
        page.goto(dashboard.url + "login?next=/.//elsewhere.example/")
        page.locator("#password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(dashboard.url + "/elsewhere.example/")


def test_where_no_password_is_needed_none_is_asked_for(dashboard, page):
    page.goto(dashboard.url + "login")
    expect(page.locator("#no-login")).to_have_text("No password is needed here.")
    expect(page.locator("#login")).to_be_hidden()
