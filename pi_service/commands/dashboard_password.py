"""`repclip dashboard-password`: who may change something on the page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pi_service.dashboard.passwords import Secrets


def dashboard_password(
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="REPCLIP_DASHBOARD_PASSWORD_FILE",
            help="Where it is kept; otherwise where `repclip dashboard` looks for it.",
        ),
    ] = None,
    token: Annotated[
        str | None, typer.Option(metavar="NAME", help="Make a token for a program, and show it once.")
    ] = None,
    forget: Annotated[str | None, typer.Option(metavar="NAME", help="Forget the token of this name.")] = None,
    show: Annotated[bool, typer.Option("--list", help="Say what there is, without secrets.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the password; tokens stay.")] = False,
) -> None:
    """Set the page's password (asked for, or the first line of stdin), or tokens for programs."""
    from dataclasses import replace

    from pi_service.errors import MissingExtraError, UsageError

    try:
        from pi_service.dashboard.passwords import default_file, read_secrets, write_secrets
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("pi_service"):
            raise
        raise MissingExtraError("The page's password", "dashboard") from error

    if sum((token is not None, forget is not None, show, remove)) > 1:
        raise UsageError("--token, --forget, --list and --remove are done one at a time: give one of them.")
    place = file or default_file()
    said = read_secrets(place)
    if show:
        _list(said, place)
        return
    if token is not None:
        said, made = said.with_token(token)
        write_secrets(place, said)
        typer.echo(made)
        typer.echo("It is not shown again. Start the page anew for it to be known.", err=True)
        return
    if forget is not None:
        write_secrets(place, said.without(forget))
    elif remove:
        write_secrets(place, replace(said, password=None))
    else:
        write_secrets(place, said.with_password(_asked()))
    typer.echo(f"Written to {place}. Start the page anew for it to be known.")


def _list(said: Secrets, place: Path) -> None:
    typer.echo(f"{place}: {'a password' if said.password else 'no password'}")
    for name in sorted(said.tokens):
        typer.echo(f"token {name}")


def _asked() -> str:
    """Return the password: never from the command line, where every user of the computer could read it."""
    if sys.stdin.isatty():
        answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more")
        return answer
    from pi_service.errors import UsageError

    try:
        line = sys.stdin.readline().rstrip("\r\n")
        line.encode()  # where the locale says little of itself, Python lets anything pass until here
    except UnicodeError as error:
        raise UsageError(
            "The password on stdin is no UTF-8: type it at the prompt, or convert it."
        ) from error
    return line
