"""`repclip demo` as a person starts it: a process with a broker and a page, ended with Ctrl-C.

What ends by itself runs in the test's own process: most of the time goes into starting another.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.ports import free_port, listens, wait_until
from support.recordings import write_pull_ups
from support.subscriber import Subscriber

from pi_service.cli import run
from pi_service.commands.errors import DemoError
from pi_service.commands.page_process import is_free, next_free_port

COMMAND = [sys.executable, "-m", "pi_service.cli", "demo"]


class Demo:
    """The demo's process, its output line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def line_with(self, text: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text in line:
                return line
        raise AssertionError(f"the demo ended without saying {text!r}: {self.process.communicate()[1]}")

    def children(self) -> list[int]:
        listing = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(
            encoding="ascii"
        )
        return [int(pid) for pid in listing.split()]

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(number)
        _, complaints = self.process.communicate(timeout=20)
        return self.process.returncode, complaints


@pytest.fixture
def demos() -> Iterator[list[Demo]]:
    started: list[Demo] = []
    yield started
    for demo in started:
        if demo.process.poll() is None:
            demo.process.kill()
        demo.process.communicate()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_page_is_up_and_the_end_leaves_no_process(demos: list[Demo], number: int) -> None:
    port = free_port()
    began_s = time.monotonic()
    demo = Demo("--port", str(port))
    demos.append(demo)
    url = demo.line_with("Page:").split()[1]
    assert time.monotonic() - began_s < 20.0
    assert url == f"http://127.0.0.1:{port}/"
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own page
        assert b"<html" in answer.read().lower()
    (page,) = demo.children()
    assert b"dashboard" in Path(f"/proc/{page}/cmdline").read_bytes()
    assert demo.end(number) == (0, "")
    assert not is_running(page)
    assert not listens(port)


def test_once_ends_by_itself_and_tells_the_count(demos: list[Demo]) -> None:
    demo = Demo("--once", "--speed", "max", "--port", str(free_port()))
    demos.append(demo)
    demo.line_with("synthetic athlete (no person moves)")
    assert "8 reps" in demo.line_with("Set 1:")
    demo.line_with("The demo has ended.")
    assert demo.process.wait(10) == 0


def test_the_athlete_does_another_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--exercise", "row", "--once", "--speed", "max"]
    assert run(["demo", *options, "--port", str(free_port())]) == 0
    lines = capsys.readouterr().out.splitlines()
    (of_set,) = [line for line in lines if line.startswith("Set 1:")]
    assert " reps" in of_set
    assert lines[-1] == "The demo has ended."
    assert any("synthetic athlete (no person moves)" in line for line in lines)


@pytest.mark.broker
def test_a_recording_and_a_broker_of_the_users_own(
    mosquitto: Mosquitto, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "set.csv"
    write_pull_ups(recording, reps=3)
    with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
        options = ["--trace", str(recording), "--broker", mosquitto.address, "--once", "--speed", "max"]
        assert run(["demo", *options, "--port", str(free_port())]) == 0
        assert re.search(r"^Set 1: 3 reps", capsys.readouterr().out, re.MULTILINE)
        subscriber.wait_for("repclip/demo/rep", 3)
        subscriber.wait_for("repclip/demo/set")


def test_a_recording_is_summed_up_as_by_replay_with_its_warnings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, cut = tmp_path / "whole.csv.gz", tmp_path / "cut.csv.gz"
    write_pull_ups(whole, reps=4, sets=2)
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) * 6 // 10])
    options = ["--once", "--speed", "max", "--port", str(free_port())]
    assert run(["demo", "--trace", str(cut), *options]) == 0
    demo = capsys.readouterr()
    assert run(["replay", str(cut)]) == 0
    replay = capsys.readouterr()
    assert f"{cut}: 4 reps in 1 set, counted as vertical_pull" in replay.out
    assert replay.out in demo.out
    assert "cut off" in demo.err
    assert demo.err == replay.err
    assert "Counting a recording of a synthetic athlete (no person moves) ..." in demo.out


def test_a_recording_that_breaks_off_in_the_middle_opens_no_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.csv"
    write_pull_ups(path, reps=3)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[-100] = "no,numbers"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert run(["demo", "--trace", str(path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"bad.csv, line {len(lines) - 99}" in shown.err


def test_the_page_can_be_seen_from_elsewhere(demos: list[Demo]) -> None:
    port = free_port()
    demo = Demo("--host", "0.0.0.0", "--port", str(port))  # noqa: S104 - that is the question
    demos.append(demo)
    assert demo.line_with("Page:").split()[1] == f"http://{socket.gethostname()}:{port}/"
    # An address of this machine that a page for this machine alone does not listen on.
    with socket.create_connection(("127.0.0.2", port), timeout=5):
        pass
    assert demo.end() == (0, "")


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_that_is_not_ours_is_said(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--host", host]) == 2
    assert capsys.readouterr().err == (
        f"repclip: {host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for the network.\n"
    )


def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for option in ("--port", "--broker-port"):
            assert run(["demo", option, port]) == 2
            complaint = capsys.readouterr().err
            assert complaint.startswith("repclip: ")
            assert port in complaint
            assert "choose another port" in complaint
            assert complaint.count("\n") == 1


def test_a_page_that_dies_is_said(demos: list[Demo]) -> None:
    demo = Demo("--port", str(free_port()))
    demos.append(demo)
    demo.line_with("Counting")
    (page,) = demo.children()
    os.kill(page, signal.SIGKILL)
    _, complaint = demo.process.communicate(timeout=20)
    assert demo.process.returncode == 2
    assert complaint == "repclip: The page's process has ended: try again.\n"


def test_a_demo_that_is_killed_takes_the_page_with_it(demos: list[Demo]) -> None:
    demo = Demo("--port", str(free_port()))
    demos.append(demo)
    demo.line_with("Page:")
    (page,) = demo.children()
    demo.end(signal.SIGKILL)
    wait_until(lambda: not is_running(page), "the page to end")


def test_the_next_free_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        found = next_free_port(port)
        assert found > port
        assert is_free(found)


def test_no_free_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pi_service.commands.page_process.is_free", lambda *_: False)
    with pytest.raises(DemoError, match="8080 to 8130 are all taken"):
        next_free_port(8080)
