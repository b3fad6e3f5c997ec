"""`repclip exercises`: what can be counted, and by which names."""

from __future__ import annotations

import typer

from pi_service.commands.help_text import PlainCommand, PlainGroup

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
