"""`repclip dashboard`: the web page, in a process of its own."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pi_service.commands.settings_command import ConfigOption, settings_command, settings_in

_STDIN = 0

#: The class of the command: these settings are options.
DashboardCommand = settings_command("broker", "dashboard", "recordings.folder", "log")


def dashboard(
    context: typer.Context,
    config: ConfigOption = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for a broker that is not there yet; so does --config.")
    ] = False,
    temporary_history: Annotated[bool, typer.Option("--temporary-history", hidden=True)] = False,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Serve the web page that shows what the stations count, and counted before."""
    from pi_service.commands.wanted import broker_options
    from pi_service.errors import MissingExtraError, UsageError
    from pi_service.process.logs import ServiceLog
    from pi_service.process.notify import Notifier
    from pi_service.publish.broker import check_reachable
    from pi_service.publish.state_folder import state_folder

    try:
        from pi_service.dashboard.passwords import default_file, read_secrets
        from pi_service.dashboard.server import serve
        from pi_service.dashboard.settings import DashboardSettings
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("pi_service"):
            raise
        raise MissingExtraError("The page", "dashboard") from error

    given = settings_in(context)
    settings, told = given.settings, given.settings.dashboard
    client = broker_options(settings.broker).needed()
    asked_twice = temporary_history or given.origins["dashboard.history_folder"] == "--history"
    if not told.keep_history and asked_twice:
        raise UsageError("--no-history and --history contradict each other: leave one out.")
    page = DashboardSettings(
        client,
        told.host,
        told.port,
        client.root,
        secrets=read_secrets(told.password_file or default_file()),
        names=told.names,
        history=(told.history_folder or state_folder("history")) if told.keep_history else None,
        history_stays=not temporary_history,
        recordings=settings.recordings.folder or state_folder("recordings"),
        keep_days=told.keep_days,
        keep_curves_days=told.keep_curves_days,
    )
    if not wait and config is None:
        check_reachable(client.address)
    if until_eof:
        threading.Thread(target=_end_with_stdin, name="until-eof", daemon=True).start()
    notifier = Notifier.of_environment()

    def ready(url: str) -> None:
        typer.echo(f"The page is at {url}")
        notifier.status(f"The page is at {url}")
        notifier.ready()

    with ServiceLog(settings.log.level if config is not None else "warning"):
        # What somebody asked a station for, and what it said, is written down.
        logging.getLogger("pi_service.dashboard.asking").setLevel(logging.INFO)
        with tempfile.TemporaryDirectory(prefix="repclip-") as folder:
            serve(replace(page, history=Path(folder)) if temporary_history else page, ready)
    notifier.stopping()


def _end_with_stdin() -> None:
    """End this process when whoever holds the other end of its stdin is gone, however it went."""
    # Not sys.stdin: a thread that waits inside it would hinder the interpreter's own end.
    while os.read(_STDIN, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
