"""`repclip plan`: workout plans, and whether they can be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.help_text import PlainCommand, PlainGroup

if TYPE_CHECKING:
    from pi_service.workout.plan import Plan

plan = typer.Typer(name="plan", cls=PlainGroup, help="Look at workout plans.", no_args_is_help=True)

#: The option of those who count.
PlanOption = Annotated[
    Path | None,
    typer.Option(
        "--plan", metavar="FILE", help="A workout plan: its exercises one after the other (docs/workout.md)."
    ),
]


@plan.command("check", cls=PlainCommand)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Plans of your own.")],
) -> None:
    """Say whether plans can be used, and what is wrong with one that cannot."""
    from pi_service.workout.plan_file import read_plan

    for path in files:
        found = read_plan(path)
        count = len(found.steps)
        what = f"{count} exercise{'' if count == 1 else 's'}"
        typer.echo(f"{path}: {found.name}, {what}, moves on {_how(found)}: it can be used.")


@plan.command("show", cls=PlainCommand)
def show(path: Annotated[Path, typer.Argument(metavar="FILE", help="A plan.")]) -> None:
    """Show what a plan asks for, step by step."""
    from pi_service.commands.asked_words import exercise_words
    from pi_service.workout.plan_file import read_plan

    found = read_plan(path)
    typer.echo(f"{found.name}: moves on {_how(found)}")
    for number, step in enumerate(found.steps, start=1):
        side = "" if step.side is None else f", worn on the {step.side.value} arm"
        typer.echo(f"  {number}. {step.exercise.id}: {exercise_words(step.exercise)}{side}")


def _how(found: Plan) -> str:
    return "by itself" if found.moves_on_by_itself else "on request"


def chosen_plan(path: Path | None, exercise: str | None) -> Plan | None:
    """Return the plan that an option names; an exercise and a plan do not go together.

    Raises
    ------
    UsageError
        Both are given.
    PlanError
        The plan cannot be used.
    """
    from pi_service.errors import UsageError
    from pi_service.workout.plan_file import read_plan

    if path is None:
        return None
    if exercise is not None:
        raise UsageError("--plan says which exercises are done: leave out --exercise.")
    return read_plan(path)
