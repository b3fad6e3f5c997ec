"""Shows a calibration as it goes on: a picture that changes on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from calibration.session import SURE_OF_TILT_DEG
from pi_service.commands.calibrate_scene import HOLD_S, PROMISED_S, Scene, so_far, to_do, trouble
from pi_service.commands.face_words import FACES, drawing, short

_BAR: Final = 24
_PICTURES_PER_S: Final = 10


class View(Protocol):
    """Where a calibration is shown; used as a context manager."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; what was shown for the moment is gone."""
        ...

    def show(self, scene: Scene) -> None:
        """Show how things are."""
        ...

    def tell(self, sentence: str) -> None:
        """Tell something that stays."""
        ...

    def wait(self, status: str) -> None:
        """Show that nothing is to be done for the moment."""
        ...


def view_for(console: Console) -> View:
    """Return the view that fits where the output goes."""
    return (
        TerminalView(console) if console.is_terminal and not console.is_dumb_terminal else PlainView(console)
    )


class TerminalView:
    """A picture that changes, with a bell for each pose that is taken: hands and eyes are on the sensor."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(
            console=console,
            refresh_per_second=_PICTURES_PER_S,
            transient=True,
            # What is told meanwhile stands above the picture, but only where it would stand anyway.
            redirect_stderr=sys.stderr.isatty(),
        )
        self._taken = 0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, scene: Scene) -> None:
        """Show how things are."""
        self._live.update(picture(scene, plain=self._console.options.ascii_only))
        if scene.taken > self._taken:
            self._console.bell()
        self._taken = scene.taken

    def tell(self, sentence: str) -> None:
        """Tell something that stays."""
        self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    def wait(self, status: str) -> None:
        """Show that nothing is to be done for the moment."""
        self._taken = 0
        self._live.update(Group("", Text(status, style="bold cyan")))


class PlainView:
    """A line for whatever is new: for a pipe, a log, or a reader of screens."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: str | None = None
        self._hint: str | None = None
        self._taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was shown for the moment only."""

    def show(self, scene: Scene) -> None:
        """Write what is new since the last time."""
        if scene.taken > self._taken:
            up = scene.progress.gravity_face
            self._line(f"{'' if up is None else f'{short(up)}: '}{so_far(scene)}.")
            self._told = None
        self._taken = scene.taken
        asked = to_do(scene)
        if asked != self._told:
            self._line(asked)
        self._told = asked
        hint = trouble(scene)
        if hint is not None and hint != self._hint:
            self._line(hint)
        self._hint = hint

    def tell(self, sentence: str) -> None:
        """Tell something that stays."""
        self._line(sentence)

    def wait(self, status: str) -> None:
        """Show nothing: a log has no place for what is only for the moment."""
        self._taken = 0
        del status

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def picture(scene: Scene, *, plain: bool = False) -> RenderableType:
    """Return everything as one picture.

    Parameters
    ----------
    scene
        What there is to show.
    plain
        Draw with ASCII alone.
    """
    return Group(
        "",
        _head(scene),
        "",
        _what_to_do(scene, plain=plain),
        "",
        _bars(scene, plain=plain),
        "",
        _faces(scene, plain=plain),
        "",
        Text("Ctrl-C ends it; nothing is changed before the end.", style="dim"),
    )


def _head(scene: Scene) -> Text:
    steps = ("at rest, for the gyroscope", "the six sides") + (
        () if scene.quick else ("the six sides, tilted",)
    )
    minutes, seconds = divmod(int(scene.elapsed_s), 60)
    time = f"{minutes}:{seconds:02} of about {int(PROMISED_S // 60)}:00"
    number = min(scene.step, len(steps))
    return Text.assemble(
        (f"Step {number} of {len(steps)}: {steps[number - 1]}", "bold"),
        f"   {f'{scene.taken} poses' if number == 3 else so_far(scene)}   ",
        (time, "dim"),
    )


def _what_to_do(scene: Scene, *, plain: bool) -> RenderableType:
    progress = scene.progress
    words = Text(to_do(scene), style="bold green" if scene.done else "bold cyan")
    if scene.step == 2:
        words.append("\nAny side without a tick will do as well.", style="not bold default dim")
    elif scene.step == 3 and not scene.done:
        words.append("\nAny pose that it has not been in will do as well.", style="not bold default dim")
    hint = trouble(scene)
    if hint is not None:
        words.append(f"\n{hint}", style="not bold yellow")
    elif progress.rested and not scene.done:
        words.append("\nThis one is taken: go on.", style="not bold green")
    if plain or scene.done:
        return words
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    shown = "+z" if scene.step == 1 or progress.next_face is None else progress.next_face
    table.add_row(Text("\n".join(drawing(shown)), style="cyan"), words)
    return table


def _bars(scene: Scene, *, plain: bool) -> RenderableType:
    progress = scene.progress
    still = progress.still_for_s > 0.0
    word, style = ("still", "green") if still else ("moving", "yellow")
    table = Table.grid(padding=(0, 2))
    table.add_row("stillness", bar(progress.stillness, style, plain=plain), Text(word, style=style))
    held = "taken" if progress.rested else f"{min(progress.still_for_s, HOLD_S):.1f} of {HOLD_S:.0f} s"
    table.add_row("held", bar(scene.held, "green", plain=plain), held)
    bound_deg = progress.tilt_bound_deg
    if scene.step < 3 or scene.quick or bound_deg is None:
        part, words = len(progress.seen) / len(FACES), f"{len(progress.seen)} of {len(FACES)}"
        table.add_row("sides", bar(part, "green", plain=plain), words)
    else:
        words = f"within {bound_deg:.1f} degrees; {SURE_OF_TILT_DEG} is enough"
        table.add_row("tilt", bar(SURE_OF_TILT_DEG / bound_deg, "green", plain=plain), words)
    return table


def bar(part: float, style: str, *, plain: bool) -> Text:
    """Return a bar that is filled to a part (0 to 1)."""
    full, empty = ("#", ".") if plain else ("█", "░")
    filled = round(min(max(part, 0.0), 1.0) * _BAR)
    return Text.assemble((full * filled, style), (empty * (_BAR - filled), "dim"))


def _faces(scene: Scene, *, plain: bool) -> RenderableType:
    progress = scene.progress
    done, wanted, open_ = ("x", ">", ".") if plain else ("✔", "▶", "·")
    cells = []
    for face in FACES:
        if face == progress.next_face and scene.step > 1:
            mark, style = wanted, "bold cyan"
        elif face in progress.seen:
            mark, style = done, "green"
        else:
            mark, style = open_, "dim"
        up = " (up now)" if face == progress.gravity_face else ""
        cells.append(Text(f"{mark} {short(face)}{up}".ljust(18), style=style))
    table = Table.grid(padding=(0, 2))
    for first in range(0, len(cells), 2):
        table.add_row(*cells[first : first + 2])
    return table
