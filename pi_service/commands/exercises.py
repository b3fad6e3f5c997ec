"""`repclip exercises`: what can be counted, by which names, and what each is judged by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.help_text import PlainCommand, PlainGroup

if TYPE_CHECKING:
    from pi_service.exercises import Exercise

#: Columns of a table that goes to a file or a pipe.
_WIDTH_OF_A_LOG = 110

exercises = typer.Typer(
    name="exercises", cls=PlainGroup, help="Show the exercises that repclip knows; plain: list them."
)


@exercises.callback(invoke_without_command=True)
def _plain(context: typer.Context) -> None:
    """Show the exercises that repclip knows; plain: list them."""
    if context.invoked_subcommand is None:
        list_exercises()


@exercises.command("list", cls=PlainCommand)
def list_exercises() -> None:
    """List every exercise by id, with the other names that find it."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pi_service.exercises import load_exercises

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("name", overflow="fold")
    table.add_column("kind", no_wrap=True)
    table.add_column("aliases", overflow="fold")
    for each in load_exercises().values():
        table.add_row(Text(each.id), Text(each.name), Text(each.kind), Text(", ".join(each.aliases)))
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_LOG
    console.print(table)
    console.print(
        "Any of these names will do for --exercise, also in the plural; case, spaces, - and _ do not matter.",
        highlight=False,
    )


@exercises.command("show", cls=PlainCommand)
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="An exercise, or a file of your own.")],
) -> None:
    """Show what an exercise asks for, what it is judged by, and why."""
    from pi_service.exercises import find_exercise

    for line in _described(find_exercise(name)):
        typer.echo(line)


@exercises.command("check", cls=PlainCommand)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Exercise files of your own.")],
) -> None:
    """Say whether exercise files can be used, and what is wrong with one that cannot."""
    from pi_service.exercises import read_exercise

    for path in files:
        exercise = read_exercise(path)
        rules = f"{len(exercise.rules)} rule{'' if len(exercise.rules) == 1 else 's'}"
        typer.echo(f"{path}: {exercise.id} ({exercise.name}), kind {exercise.kind}, {rules}: it can be used.")


def _described(exercise: Exercise) -> list[str]:
    from pi_service.coaching.words import bound_words

    asked = exercise.prescription
    spans = (
        (asked.sets, "sets"),
        (asked.reps, "reps"),
        (asked.hold_s, "s held"),
        (None if asked.distance_m is None else (asked.distance_m, asked.distance_m), "m"),
    )
    told = [f"{_span(span)} {what}" for span, what in spans if span is not None]
    lines = [
        f"{exercise.id}: {exercise.name}, kind {exercise.kind}",
        f"  worn on: {', '.join(exercise.placements)}",
        f"  asked for: {', '.join(told) or 'nothing'}",
    ]
    for each in exercise.rules:
        inferred = each.inferred_bound
        also = "" if inferred is None else f"; where it is inferred, {bound_words(inferred, each.unit)}"
        bound = bound_words(each.bound, each.unit)
        lines += [
            f"  {each.name.replace('_', ' ')}: {bound} ({each.bound_from}){also}",
            f"    {' / '.join(cue for cue in (each.cue, each.cue_above) if cue)}",
            f"    why: {each.why}",
        ]
    return lines


def _span(span: tuple[float, float]) -> str:
    low, high = span
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
