"""Make the pictures of the documentation: ``python docs/make_screenshots.py``.

The page is the real one: scripted sets go through the message builder, the demo's broker and the
dashboard, and Chromium takes the picture. Needs ``pip install -e '.[test]'`` and Debian's chromium.
"""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "tests"))

from playwright.sync_api import expect  # noqa: E402
from support.chromium import chromium  # noqa: E402
from support.scripted import scripted_set, stream_info  # noqa: E402

from pi_service.dashboard.server import BackgroundDashboard  # noqa: E402
from pi_service.dashboard.settings import DashboardSettings  # noqa: E402
from pi_service.publish.client import MqttPublisher  # noqa: E402
from pi_service.publish.embedded import EmbeddedBroker  # noqa: E402
from pi_service.publish.messages import MessageBuilder  # noqa: E402
from pi_service.workout.events import Event  # noqa: E402

WIDTH, HEIGHT = 1280, 800


def sets_until_now() -> list[Event]:
    """Three finished sets, one of them corrected, and the ninth rep of the fourth."""
    events: list[Event] = []
    for number, (reps, withdrawn) in enumerate([(12, ()), (12, (12,)), (10, ())], start=1):
        events += scripted_set(number, events[-1].at_s if events else 0.0, reps, withdrawn=withdrawn)
    # The tenth rep is under way: its last pieces and its count are still to come.
    return [*events, *scripted_set(4, events[-1].at_s, 10, finished=False)[:-6]]


def main() -> None:
    """Write ``page.png`` beside this file."""
    builder = MessageBuilder(stream_info())
    with (
        EmbeddedBroker() as broker,
        BackgroundDashboard(DashboardSettings(broker.address, port=0)) as dashboard,
        MqttPublisher(broker.address, builder.topics) as publisher,
        chromium() as browser,
    ):
        publisher.publish([*builder.start(), *builder.build(sets_until_now())])
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        page.goto(dashboard.url)
        expect(page.locator("#count-figure")).to_have_text("9")
        expect(page.locator("#status-text")).to_have_text("Live")
        page.wait_for_timeout(500)
        page.screenshot(path=DOCS / "page.png")


if __name__ == "__main__":
    main()
