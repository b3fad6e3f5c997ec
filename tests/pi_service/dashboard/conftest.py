"""The page in a real Chromium, and its server: what the browser tests begin with."""

from __future__ import annotations

import pytest

from pi_service.dashboard.server import BackgroundDashboard
from pi_service.dashboard.settings import DashboardSettings
from pi_service.publish.broker import BrokerAddress


@pytest.fixture
def dashboard(mosquitto):
    with BackgroundDashboard(
        DashboardSettings(BrokerAddress(mosquitto.host, mosquitto.port), port=0)
    ) as page:
        yield page


@pytest.fixture
def page(browser):
    """A new page; the test fails when its console told of an error, such as a refused script or style.

    What the server refuses is an error to the console, too: the page has to tell of it, the test need not.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="UTC")
    opened = context.new_page()
    complaints = []
    opened.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    answered = (
        "ERR_CONNECTION_REFUSED",
        "ERR_CONNECTION_RESET",
        "ERR_SOCKET_NOT_CONNECTED",
        "the server responded with a status of",
    )
    assert [text for text in complaints if not any(each in text for each in answered)] == []
