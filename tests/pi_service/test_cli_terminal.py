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
from rich.console import Console
from support.scripted import scripted_set, stream_info

from pi_service.coaching.judge import SetJudgement
from pi_service.coaching.quality import Part, Quality
from pi_service.coaching.verdict import Basis, Unjudged, Verdict
from pi_service.coaching.words import judgement_lines
from pi_service.commands.count_view import CountView
from pi_service.commands.say import say
from pi_service.exercises import Bound, RuleName
from pi_service.workout.events import RepJudged

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
    worn, still = (
        ["--bus", f"sim:{motion}fault=nack@50+3", "--seconds", "65"] for motion in ("", "motion=still,")
    )
    running = [OnATerminal("run", *worn), OnATerminal("record", str(tmp_path / "t.csv"), *still)]
    for each in running:
        shown = each.shown()
        told = [found.start() for found in re.finditer(rb"repclip: (At|From) \d|Set 1: ", shown)]
        assert len(told) == 3 + (b"no set" not in shown and b"Counting" in shown), shown
        for at in told:
            same_line = re.split(rb"[\r\n]", shown[:at])[-1]
            assert _CONTROL.sub(b"", same_line) == b"", "the display's line is left first"
            assert b"\x1b[2K" in same_line or shown[:at].endswith(b"\n"), "and wiped"


def test_the_count_takes_the_whole_terminal_if_asked_to() -> None:
    shown = OnATerminal("run", "--watch", "--bus", "sim:exercise=vertical_pull", "--seconds", "60").shown()
    assert shown.count(b"\x1b[?1049h") == shown.count(b"\x1b[?1049l") == 1, "and gives it back"
    drawn, after = shown.split(b"\x1b[?1049l")
    assert "\u2588\u2588".encode() in drawn
    assert b"simulated" in drawn
    assert re.search(rb"\d+ reps in 1 set in 60 s", after), after


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


def judged_rep(number: int, *, wrong: bool) -> RepJudged:
    """A verdict on a rep that is wrong by a hair."""
    bound, cue = (
        Bound(least=1.5),
        "Control the way down: take a second and a half or more." if wrong else None,
    )
    verdict = Verdict(RuleName.LOWERING, 1.46, bound, "s", Basis.MEASURED, not wrong, cue)
    return RepJudged(10.0, 1, "vertical_pull", number, (verdict,), (), verdict if wrong else None)


def test_in_a_pipe_each_cue_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    view = CountView()
    view.begin(stream_info())
    view.take(
        [*scripted_set(1, 0.0, 2, finished=False), judged_rep(2, wrong=True), judged_rep(3, wrong=False)]
    )
    (line,) = capsys.readouterr().out.splitlines()
    words = "Control the way down: take a second and a half or more."
    assert line == f"  Rep 2: {words} (lowering 1.46 s, at least 1.5 s; measured)"


def test_on_a_terminal_the_whole_cue_stands_below_the_count() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, height=24)
    view = CountView(console)
    with view:
        view.begin(stream_info())
        view.take([*scripted_set(1, 0.0, 2, finished=False), judged_rep(2, wrong=True)])
        view.show_time(12.0)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())
    rows = [row.strip() for row in re.split(r"[\r\n]+", shown)]
    assert all(len(row) <= 80 for row in rows)
    assert any("12 s  set 1: 2 reps" in row for row in rows)
    cue = next(at for at, row in enumerate(rows) if row.startswith("Rep 2: Control the way down"))
    assert " ".join(rows[cue : cue + 2]).endswith("(lowering 1.46 s, at least 1.5 s; measured)")


def test_what_was_not_judged_is_said_once_a_set_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    reason = "the sensor is not on the bar"
    unjudged = (Unjudged(RuleName.BAR_LEVEL, reason), Unjudged(RuleName.FOREARM, reason))
    quality = Quality(100.0, (Part(RuleName.LOWERING, 1.0, 1.0),))
    told = SetJudgement(tempo=None, verdicts=(), unjudged=unjudged, quality=quality)
    assert judgement_lines(told) == [
        "100 % right of what could be judged (lowering 100 %)",
        f"not judged: bar level, forearm: {reason}",
    ]
