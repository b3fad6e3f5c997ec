"""The whole way through, with the real commands: a recording, mosquitto, the page's process, Chromium."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.ports import free_port, listens, wait_until
from support.recordings import write_pull_ups
from support.subscriber import Subscriber

REPS = 7
REPCLIP = [sys.executable, "-m", "pi_service.cli"]


@pytest.fixture
def page_url(mosquitto: Mosquitto) -> Iterator[str]:
    """The page as its own process, as a user starts it."""
    port = free_port()
    command = [*REPCLIP, "dashboard", "--broker", mosquitto.address, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: listens(port), "the page", 20)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            assert process.wait(10) == 0


@pytest.mark.browser
@pytest.mark.broker
def test_the_count_rises_on_the_page_and_ends_as_on_mqtt(
    tmp_path: Path, mosquitto: Mosquitto, page_url: str, browser: object
) -> None:
    trace = tmp_path / "set.csv.gz"
    write_pull_ups(trace, reps=REPS, seed=5)
    replay = [*REPCLIP, "replay", str(trace), "--exercise", "vertical_pull", "--speed", "10"]
    replay += ["--broker", mosquitto.address, "--station", "rack1", "--expect-reps", str(REPS)]
    page = browser.new_page()
    page.goto(f"{page_url}/station/rack1")
    figure = page.locator("#count-figure")
    shown: list[str] = []
    with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
        with subprocess.Popen(replay, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:
                text = figure.inner_text()
                if not shown or shown[-1] != text:
                    shown.append(text)
                page.wait_for_timeout(50)
        assert process.returncode == 0
        subscriber.wait_for("repclip/rack1/set")
        final = subscriber.json("repclip/rack1/set")[-1]["final_reps"]
        reps = subscriber.json("repclip/rack1/rep")
    assert final == REPS == len(reps)
    page.wait_for_function(f"document.querySelector('#count-figure').innerText === '{final}'")
    counts = [int(text) for text in shown if text.isdigit()]
    assert counts == sorted(counts)
    assert len(set(counts)) > REPS / 2, f"the page only showed {shown}"
    page.close()
