"""How smooth the wall is and how soon a figure changes: roughly; the figures come with `make smooth`."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.crowd import Crowd
from support.ports import free_port

pytestmark = [pytest.mark.browser, pytest.mark.broker]

FRAMES = """(seconds) => new Promise((done) => {
    const times = [];
    const end = performance.now() + 1000 * seconds;
    const next = (now) => { times.push(now); if (now < end) requestAnimationFrame(next); else done(times); };
    requestAnimationFrame(next);
})"""
WATCH = """() => {
    const figure = document.getElementById('count-figure');
    const now = () => performance.timeOrigin + performance.now();
    const change = () => window.changes.push([figure.textContent, now()]);
    window.changes = [];
    new MutationObserver(change).observe(figure, { childList: true, characterData: true, subtree: true });
}"""
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@pytest.fixture
def served(mosquitto):
    """The page's own process: its pid and address."""
    command = [sys.executable, "-m", "pi_service.cli", "dashboard", "--broker", mosquitto.address]
    with subprocess.Popen(
        [*command, "--port", str(free_port())], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            url = re.search(r"http://\S+", process.stdout.readline()).group()
            yield process.pid, url
        finally:
            process.terminate()


def frame_times_ms(page, seconds):
    """Milliseconds between the pictures of a while, sorted."""
    times = page.evaluate(FRAMES, seconds)
    return sorted(after - before for before, after in itertools.pairwise(times))


def latencies_ms(page, url, crowd, count):
    """From the moment that a message is handed to MQTT to the changed figure, sorted."""
    name = crowd.names[0]
    page.goto(f"{url}station/{name}")
    expect(page.locator("#count-figure")).to_have_text("0")
    page.evaluate(WATCH)
    sent_ms = {}
    for reps in range(1, count + 1):
        sent_ms[str(reps)] = 1000 * time.time()
        crowd.say(name, reps=reps)
        expect(page.locator("#count-figure")).to_have_text(str(reps))
        page.wait_for_timeout(60)
    return sorted(at_ms - sent_ms[text] for text, at_ms in page.evaluate("window.changes"))


def share(values, part):
    return values[min(len(values) - 1, round(part * (len(values) - 1)))]


def told_ms(values):
    return f"median {share(values, 0.5):.0f} ms, p95 {share(values, 0.95):.0f} ms, worst {values[-1]:.0f} ms"


def used(pid):
    """CPU seconds and megabytes of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    memory = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1)
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S, int(memory) / 1024


def test_fifty_stations_move_and_the_page_stays_alive(mosquitto, dashboard, page):
    with Crowd(mosquitto, 50) as crowd:
        page.goto(dashboard.url + "wall")
        expect(page.locator(".card")).to_have_count(50)
        talk = crowd.busy(4.0, 5.0)
        frames = frame_times_ms(page, 3.0)
        talk.join()
        # Bounds for a machine that does other things meanwhile.
        assert len(frames) > 15
        assert share(frames, 0.95) < 250
        last = page.locator(".card").last.locator(".card-figure")
        expect(last).to_have_text("19\u200b repetitions")


def test_a_rep_is_on_the_page_soon(mosquitto, dashboard, page):
    with Crowd(mosquitto, 1) as crowd:
        found = latencies_ms(page, dashboard.url, crowd, 10)
        assert len(found) == 10
        assert share(found, 0.5) < 500


def test_all_pages_together_are_small_and_nothing_comes_from_elsewhere(dashboard, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("", "wall", "history", "history/bay07/session/1", "login"):
        page.goto(dashboard.url + path)
        page.wait_for_timeout(200)
    assert all(url.startswith(dashboard.url) for url in asked)
    files = {url for url in asked if "/api/" not in url}
    assert len(files) > 30
    assert sum(len(page.request.get(url).body()) for url in files) < 300_000
    paint_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert paint_ms < 3_000, "a second, where nothing else runs"


@pytest.mark.smooth
def test_smoothness_in_figures(mosquitto, served, page, capsys):
    """Fifty stations, five messages a second each, for half a minute; the server in a process of its own."""
    pid, url = served
    with Crowd(mosquitto, 50) as crowd:
        found = latencies_ms(page, url, crowd, 40)
        page.goto(url + "wall")
        expect(page.locator(".card")).to_have_count(50)
        talk = crowd.busy(32.0, 5.0)
        page.wait_for_timeout(1_000)
        cpu_s, before_mb = used(pid)
        frames = frame_times_ms(page, 30.0)
        after_s, after_mb = used(pid)
        talk.join()
        cpu_percent = 100 * (after_s - cpu_s) / 30.0
    with capsys.disabled():
        print(f"\nframe time        {told_ms(frames)}")
        print(f"message to figure {told_ms(found)}")
        print(f"server            {cpu_percent:.0f} % of a core, {before_mb:.1f} MB, later {after_mb:.1f} MB")
    assert share(frames, 0.95) < 50
    assert share(found, 0.95) < 150
    assert cpu_percent < 30
    assert after_mb < 1.05 * before_mb + 2
