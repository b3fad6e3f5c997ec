"""Shows how a placement is learned: a picture that changes on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from calibration.placement_kind import PlacementKind
from calibration.placement_learner import HOLD_S, PlacingProgress
from pi_service.commands.calibrate_view import bar

#: What is to be done, pose by pose.
ASKED: Final = {
    PlacementKind.WRIST: (
        "Let the arm hang straight down at your side, and hold it still.",
        "Bend the elbow to a right angle at your side, palm up, and hold it still.",
        "Turn the palm down, elbow where it is, and hold it still.",
    ),
    PlacementKind.BAR: (
        "Hold the bar level in both hands, and keep it still.",
        "Roll it away from you by a quarter turn, keep it level, and hold it still.",
    ),
    PlacementKind.TORSO: (
        "Stand upright and still, and look ahead.",
        "Bow forwards from the hips by about 45 degrees, and hold it.",
    ),
}
_DONE: Final = "That is all."
_PICTURES_PER_S: Final = 10


class PlacingView:
    """Shows the progress through poses that are held; used as a context manager.

    Parameters
    ----------
    console
        Where to.
    asked
        What is to be done, step by step: for a placement `ASKED`.
    hold_s
        For how long each pose is held.
    """

    def __init__(self, console: Console, asked: Sequence[str], hold_s: float = HOLD_S) -> None:
        self._console, self._asked, self._hold_s = console, asked, hold_s
        self._live: Live | None = None
        if console.is_terminal and not console.is_dumb_terminal:
            self._live = Live(
                console=console,
                refresh_per_second=_PICTURES_PER_S,
                transient=True,
                redirect_stderr=sys.stderr.isatty(),
            )
        self._step, self._told, self._hint = 0, "", ""

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, progress: PlacingProgress) -> None:
        """Show how things are; hands are busy, so a bell rings for each pose that is taken."""
        if self._live is not None:
            self._live.update(
                picture(self._asked, progress, hold_s=self._hold_s, plain=self._console.options.ascii_only)
            )
            if progress.step > self._step:
                self._console.bell()
        else:
            asked = to_do(self._asked, progress)
            if asked != self._told:
                self._line(asked)
            if progress.hint and progress.hint != self._hint:
                self._line(progress.hint)
            self._told, self._hint = asked, progress.hint
        self._step = progress.step

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def to_do(asked: Sequence[str], progress: PlacingProgress) -> str:
    """Return what is to be done now, in a sentence."""
    return _DONE if progress.done else asked[progress.step]


def picture(
    asked: Sequence[str], progress: PlacingProgress, *, hold_s: float = HOLD_S, plain: bool = False
) -> RenderableType:
    """Return everything as one picture; `plain` draws with ASCII alone."""
    number = min(progress.step + 1, progress.steps)
    words = Text(to_do(asked, progress), style="bold green" if progress.done else "bold cyan")
    if progress.hint:
        words.append(f"\n{progress.hint}", style="not bold yellow")
    still = progress.still_for_s > 0.0
    held_s = min(progress.still_for_s, hold_s)
    table = Table.grid(padding=(0, 2))
    table.add_row(
        "held",
        bar(held_s / hold_s, "green" if still else "yellow", plain=plain),
        f"{held_s:.1f} of {hold_s:.0f} s" if still else "moving",
    )
    table.add_row("poses", bar(progress.step / progress.steps, "green", plain=plain), "")
    return Group(
        "",
        Text(f"Step {number} of {progress.steps}", style="bold"),
        "",
        words,
        "",
        table,
        "",
        Text("Ctrl-C ends it; nothing is changed before the end.", style="dim"),
    )
