"""What a person sees on a terminal: messages stand above the display, never in the middle of its line."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.scripted import scripted_set, stream_info

from pi_service.commands.count_view import CountView
from pi_service.commands.say import say

#: In virtual time, so that a set passes in two seconds.
_CODE = (
    "import sys; from support.virtual_bus import open_virtual_bus; from pi_service.commands import sensors;"
    " sensors.open_bus = open_virtual_bus; from pi_service.cli import run; sys.exit(run())"
)
COMMAND = [sys.executable, "-c", _CODE]
_TESTS = Path(__file__).parents[1]
_CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class OnATerminal:
    """A command whose stdin, stdout and stderr are a terminal."""

    def __init__(self, *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "200", "PYTHONPATH": str(_TESTS)}
        self._process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        os.close(theirs)

    def shown(self) -> bytes:
        """Wait for its end and return what came."""
        shown = b""
        while True:
            try:
                piece = os.read(self._ours, 4096)
            except OSError:  # Linux says EIO when the other side has gone
                break
            shown += piece
            if not piece:
                break
        os.close(self._ours)
        assert self._process.wait(20) == 0
        return shown


def test_messages_stand_on_lines_of_their_own(tmp_path: Path) -> None:
    bus = ["--bus", "sim:fault=nack@50+3", "--seconds", "65"]
    running = [OnATerminal("run", *bus), OnATerminal("record", str(tmp_path / "t.csv"), *bus)]
    for each in running:
        shown = each.shown()
        told = [found.start() for found in re.finditer(rb"repclip: (At|From) \d|Set 1: ", shown)]
        assert len(told) == 3 + (b"no set" not in shown and b"Counting" in shown), shown
        for at in told:
            same_line = re.split(rb"[\r\n]", shown[:at])[-1]
            assert _CONTROL.sub(b"", same_line) == b"", "the display's line is left first"
            assert b"\x1b[2K" in same_line or shown[:at].endswith(b"\n"), "and wiped"


class Proxy(io.StringIO):
    """What Rich puts in the place of stdout: what goes to the buffer behind it goes past the display."""

    encoding = "utf-8"

    def __init__(self) -> None:
        super().__init__()
        self.buffer = io.BytesIO()


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_nothing_is_said_past_the_display(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy()
    monkeypatch.setattr(sys, name, proxy)
    say("The cable.", err=name == "stderr")
    assert (proxy.getvalue(), proxy.buffer.getvalue()) == ("The cable.\n", b"")


def test_the_line_of_a_set_is_not_said_past_the_display(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy()
    monkeypatch.setattr(sys, "stdout", proxy)
    view = CountView()
    view.begin(stream_info())
    view.take(scripted_set(1, 0.0, 4))
    assert re.fullmatch(r"Set 1: 4 reps from .* s to .* s\n", proxy.getvalue())
    assert proxy.buffer.getvalue() == b""
