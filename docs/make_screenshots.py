"""Make the pictures of the documentation: ``python docs/make_screenshots.py``.

What they show is the demo: the synthetic athlete goes through the real pipeline, the message builder, the
demo's broker and the dashboard, and Chromium takes the picture in the middle of a set. Only the waiting
is left out, and the clock of the browser is that of the stream. Needs ``pip install -e '.[test]'`` and
Debian's chromium.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "tests"))

from playwright.sync_api import expect  # noqa: E402
from support.chromium import chromium  # noqa: E402

from pi_service.athlete.recording import Order  # noqa: E402
from pi_service.athlete.task import Task  # noqa: E402
from pi_service.dashboard.server import BackgroundDashboard  # noqa: E402
from pi_service.dashboard.settings import DashboardSettings  # noqa: E402
from pi_service.exercises import find_exercise  # noqa: E402
from pi_service.pipeline import Pipeline  # noqa: E402
from pi_service.publish.client import MqttPublisher  # noqa: E402
from pi_service.publish.embedded import EmbeddedBroker  # noqa: E402
from pi_service.publish.messages import MessageBuilder  # noqa: E402
from pi_service.sources.synthetic import SyntheticSource  # noqa: E402
from pi_service.workout.events import Event, RepCounted  # noqa: E402

WIDTH, HEIGHT = 1280, 800
STARTED_AT = datetime(2026, 3, 4, 17, 5, tzinfo=UTC)
#: The picture is taken during this set, after this rep, and this long after it was counted.
SET, REP, LATER_S = 4, 7, 2.6


def events_until_the_picture(source: SyntheticSource) -> Iterator[Event]:
    """Yield what the pipeline tells up to the moment of the picture."""
    pipeline = Pipeline(find_exercise("vertical_pull"))
    until_s = float("inf")
    for block in source.blocks():
        for event in pipeline.step(block):
            if event.at_s > until_s:
                return
            if isinstance(event, RepCounted) and (event.set_number, event.count) == (SET, REP):
                until_s = event.at_s + LATER_S
            yield event
    raise RuntimeError(f"the athlete has not done rep {REP} of set {SET}")


def main() -> None:
    """Write ``page.png`` beside this file."""
    order = Order(Task(reps=8, drink_chance=0.0), sets=SET)
    source = SyntheticSource(order, speed=None, started_at=STARTED_AT)
    events = list(events_until_the_picture(source))
    builder = MessageBuilder(source.info)
    with (
        EmbeddedBroker() as broker,
        BackgroundDashboard(DashboardSettings(broker.address, port=0)) as dashboard,
        MqttPublisher(broker.address, builder.topics) as publisher,
        chromium() as browser,
    ):
        publisher.publish([*builder.start(), *builder.build(events)])
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        page.clock.set_fixed_time(STARTED_AT + timedelta(seconds=events[-1].at_s))
        page.goto(dashboard.url)
        expect(page.locator("#count-figure")).to_have_text(str(REP))
        expect(page.locator("#sets li")).to_have_count(SET - 1)
        expect(page.locator("#simulated")).to_be_visible()
        expect(page.locator("#status-text")).to_have_text("Live")
        page.wait_for_timeout(500)
        page.screenshot(path=DOCS / "page.png")


if __name__ == "__main__":
    main()
