"""`repclip exercises`: what can be counted, by which names, and what each is judged by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.help_text import PlainCommand, PlainGroup
from pi_service.exercises.model import Kind

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
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Exercise files of your own, or folders of them.")
    ],
) -> None:
    """Say whether exercise files can be used, and what is wrong with those that cannot."""
    from pi_service.commands.exercise_check import Checker, files_in
    from pi_service.exercises import ExerciseError

    checker, paths = Checker(), files_in(files)
    for path in paths:
        exercise, told = checker.read(path)
        if exercise is None:
            typer.echo(f"repclip: {told}", err=True)
            continue
        typer.echo(told)
        for hint in checker.hints(path, exercise):
            typer.echo(f"  note: {hint}")
    if checker.bad:
        if len(paths) == 1:
            raise typer.Exit(ExerciseError.exit_code)
        raise ExerciseError(f"{checker.bad} of {len(paths)} files cannot be used: see above.")


@exercises.command("template", cls=PlainCommand)
def template(
    kind: Annotated[Kind, typer.Option(help="What is counted.")] = Kind.REPS,
) -> None:
    """Write a complete exercise file to begin with: `repclip exercises template > my_press.toml`."""
    from pi_service.commands.exercise_template import TEMPLATES

    typer.echo(TEMPLATES[kind], nl=False)


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
    return lines + [f"  not seen: {each}" for each in exercise.unseen]


def _span(span: tuple[float, float]) -> str:
    low, high = span
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
