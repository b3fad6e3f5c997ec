"""The command `repclip`: its subcommands, and how every error becomes one sentence.

Imports stay light here and in `pi_service.commands`: what a command needs is imported when it runs,
so that `repclip --version` answers at once.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated

import typer

from calibration.errors import CalibrationError
from firmware.errors import SensorError
from pi_service import __version__
from pi_service.commands.calibrate import calibrate
from pi_service.commands.calibration import calibration
from pi_service.commands.config import config
from pi_service.commands.dashboard import DashboardCommand, dashboard
from pi_service.commands.dashboard_password import dashboard_password
from pi_service.commands.demo import demo
from pi_service.commands.doctor import doctor
from pi_service.commands.evaluate import evaluate
from pi_service.commands.exercises import exercises
from pi_service.commands.help_text import PlainCommand, PlainGroup
from pi_service.commands.mqtt import mqtt
from pi_service.commands.plan import plan
from pi_service.commands.record import record
from pi_service.commands.replay import ReplayCommand, replay
from pi_service.commands.run import RunCommand
from pi_service.commands.run import run as run_command
from pi_service.commands.simulate import simulate
from pi_service.commands.watch import WatchCommand, watch
from pi_service.errors import RepclipError, UsageError

#: What a shell shows for a command that Ctrl-C ended.
_INTERRUPTED = 130

#: What an output says that takes nothing: a full disk, a quota, a terminal that is gone.
_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

app = typer.Typer(
    name="repclip",
    cls=PlainGroup,
    help="Count strength-training repetitions with a clip-on sensor and publish them to MQTT.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(cls=PlainCommand)(demo)
app.command(name="run", cls=RunCommand)(run_command)
app.command(cls=PlainCommand)(record)
app.command(cls=ReplayCommand)(replay)
app.command(cls=PlainCommand)(evaluate)
app.command(cls=PlainCommand)(simulate)
app.command(cls=DashboardCommand)(dashboard)
app.command(name="dashboard-password", cls=PlainCommand)(dashboard_password)
app.command(cls=WatchCommand)(watch)
app.command(cls=PlainCommand)(doctor)
app.command(cls=PlainCommand)(calibrate)
app.add_typer(calibration)
app.add_typer(config)
app.add_typer(exercises)
app.add_typer(mqtt)
app.add_typer(plan)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"repclip {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; errors are told on stderr in one sentence.

    Parameters
    ----------
    arguments
        What stands after the command's name; None takes the process's own.
    """
    try:
        result = app(arguments, prog_name="repclip", standalone_mode=False)
    except typer.TyperException as error:
        return _usage(error)
    except (RepclipError, CalibrationError, SensorError) as error:
        _tell(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        result = _INTERRUPTED
    except OSError as error:
        # The files of a command have errors of their own: this can only be what it says.
        if not _output_fails() and error.errno not in _UNWRITABLE:
            raise
        _tell(f"The output cannot be written: {error.strerror or error}; send it somewhere else.")
        return UsageError.exit_code
    # Typer makes Ctrl-C inside a command an exit code.
    if result == _INTERRUPTED:
        _tell("Interrupted.")
    return result if isinstance(result, int) else 0


def main() -> None:
    """Run the command that the process was started with."""
    # A command that is ended from outside puts the sensors to sleep and the terminal in order.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    code = run()
    if _output_fails() and code == 0:
        _tell("The output cannot be written to its end; send it somewhere else.")
        code = UsageError.exit_code
    sys.exit(code)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _output_fails() -> bool:
    """Whether stdout takes nothing any more; if so, Python shall not try it again at the end."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return True
    return False


def _usage(error: typer.TyperException) -> int:
    """Tell what is wrong with the arguments, and where the help is."""
    message = " ".join(error.format_message().replace("Value error, ", "").split()).rstrip(".")
    # Without a message the help has already been shown: there were no arguments at all.
    if message:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "repclip"
        _tell(f"{message} (see {command} --help).")
    return error.exit_code


def _tell(sentence: str) -> None:
    typer.echo(f"repclip: {sentence}", err=True)


if __name__ == "__main__":
    main()
