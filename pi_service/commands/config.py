"""`repclip config`: whether a configuration can be used, what is in force and why, and one to begin with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from pi_service.commands.help_text import PlainCommand, PlainGroup
from pi_service.commands.settings_command import CONFIG_ENV, settings_command, settings_in

if TYPE_CHECKING:
    from pi_service.config.effective import Effective

config = typer.Typer(name="config", cls=PlainGroup, help="Look at configurations.", no_args_is_help=True)

#: Where a whole computer's configuration is.
SYSTEM_FILE: Final = Path("/etc/repclip/config.toml")

_FileArgument = Annotated[
    Path | None,
    typer.Argument(metavar="FILE", help=f"Otherwise ${CONFIG_ENV}, or {SYSTEM_FILE}."),
]


@config.command("check", cls=PlainCommand)
def check(file: _FileArgument = None) -> None:
    """Say whether a configuration can be used, and all that is wrong with one that cannot."""
    from pi_service.commands.wanted import Wanted
    from pi_service.config.effective import effective
    from pi_service.config.errors import ConfigError
    from pi_service.config.files import drop_ins

    path = _chosen(file)
    try:
        found = effective(path, {})
        Wanted.of(found)
    except ConfigError as error:
        *most, last = error.problems
        for each in most:
            typer.echo(f"repclip: {each}", err=True)
        raise ConfigError([last]) from error
    given = sum(origin != "default" for origin in found.origins.values())
    more = len(drop_ins(path))
    beside = "" if not more else f" with {more} drop-in{'' if more == 1 else 's'}"
    typer.echo(f"{path}{beside}: {given} setting{'' if given == 1 else 's'}; it can be used.")


@config.command(
    "show",
    cls=settings_command(
        "station",
        "sensors",
        "calibration",
        "broker",
        "outbox",
        "recordings",
        "home_assistant",
        "dashboard",
        "log",
    ),
)
def show(context: typer.Context, file: _FileArgument = None) -> None:
    """Show the settings in force and where each comes from, as TOML; options count as for the commands."""
    from pi_service.config.effective import effective

    found = settings_in(context)
    path = _chosen(file)
    # Without a file there are still the defaults and the environment to be seen.
    if file is not None or path.exists():
        found = effective(path, found.spoken)
    for line in _shown(found):
        typer.echo(line)


@config.command("init", cls=PlainCommand)
def init(file: _FileArgument = None) -> None:
    """Write a configuration with every setting, its default and its unit, commented out."""
    from pi_service.config.template import template
    from pi_service.errors import UsageError

    path = _chosen(file)
    try:
        # "x": a file that is there already may be somebody's work.
        with path.open("x", encoding="utf-8") as new:
            new.write(template())
    except FileExistsError:
        raise UsageError(f"{path} is there already: move it away, or name another file.") from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({(error.strerror or str(error)).lower()}): name another file."
        ) from error
    typer.echo(f"{path} is written: uncomment what you want to change, then repclip config check {path}")


def _chosen(file: Path | None) -> Path:
    if file is not None:
        return file
    named = os.environ.get(CONFIG_ENV)
    return Path(named) if named else SYSTEM_FILE


def _shown(found: Effective) -> list[str]:
    """Return the settings as lines of TOML; those that are not set are comments."""
    from pi_service.config.files import settings_by_key
    from pi_service.config.template import as_toml

    lines: list[str] = []
    table = ""
    for key, setting in settings_by_key().items():
        if setting.table != table:
            table = setting.table
            lines += [""] * bool(lines) + [f"[{table}]"]
        value = found.value(key)
        said = f"#{setting.name} =" if value is None else f"{setting.name} = {as_toml(value)}"
        lines.append(f"{said}  # {found.origins[key]}")
    return lines
