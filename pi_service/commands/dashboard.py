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

from pi_service.commands.broker_options import (
    BrokerOptions,
    CaOption,
    CertificateOption,
    KeyOption,
    MqttOption,
    MqttVersion,
    PasswordFileOption,
    RootOption,
    TlsOption,
    UserOption,
)

_STDIN = 0


def dashboard(
    broker: Annotated[
        str, typer.Option(metavar="HOST:PORT", envvar="REPCLIP_BROKER", help="Where the MQTT broker is.")
    ],
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to serve the page; 0.0.0.0 shows it to the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, metavar="PORT", help="Port of the page.")] = 8080,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for a broker that is not there yet.")] = False,
    broker_user: UserOption = None,
    broker_password_file: PasswordFileOption = None,
    broker_tls: TlsOption = False,
    broker_ca: CaOption = None,
    broker_cert: CertificateOption = None,
    broker_key: KeyOption = None,
    broker_mqtt: MqttOption = MqttVersion.V311,
    topic_root: RootOption = None,
    history: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="REPCLIP_HISTORY_FOLDER",
            help="Where the history is kept; otherwise below /var/lib/repclip or the user's folder.",
        ),
    ] = None,
    no_history: Annotated[bool, typer.Option("--no-history", help="Keep no history.")] = False,
    keep_days: Annotated[
        int, typer.Option(min=1, max=36500, metavar="DAYS", help="How long sets are kept.")
    ] = 1095,
    keep_curves_days: Annotated[
        int, typer.Option(min=1, max=36500, metavar="DAYS", help="How long the curves of sets are kept.")
    ] = 90,
    recordings: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="REPCLIP_RECORDINGS_FOLDER",
            help="Where a station of this computer records to; otherwise as `repclip run` has it.",
        ),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="REPCLIP_DASHBOARD_PASSWORD_FILE",
            help="Written by `repclip dashboard-password`; otherwise systemd's credential of that name.",
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name that a proxy asks for this page by; may be repeated."),
    ] = None,
    temporary_history: Annotated[bool, typer.Option("--temporary-history", hidden=True)] = False,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Serve the web page that shows what the stations count, and counted before."""
    from pi_service.errors import MissingExtraError, UsageError
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

    client = BrokerOptions(
        broker,
        broker_user,
        broker_password_file,
        broker_tls,
        broker_ca,
        broker_cert,
        broker_key,
        broker_mqtt,
        topic_root,
    ).needed()
    if no_history and (history is not None or temporary_history):
        raise UsageError("--no-history and --history contradict each other: leave one out.")
    settings = DashboardSettings(
        client,
        host,
        port,
        client.root,
        secrets=read_secrets(password_file or default_file()),
        names=tuple(name or ()),
        history=None if no_history else history or state_folder("history"),
        history_stays=not temporary_history,
        recordings=recordings or state_folder("recordings"),
        keep_days=keep_days,
        keep_curves_days=keep_curves_days,
    )
    # What somebody asked a station for, and what it said, is written down.
    logging.basicConfig(format="%(message)s")
    logging.getLogger("pi_service.dashboard.asking").setLevel(logging.INFO)
    if not wait:
        check_reachable(client.address)
    if until_eof:
        threading.Thread(target=_end_with_stdin, name="until-eof", daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="repclip-") as folder:
        if temporary_history:
            settings = replace(settings, history=Path(folder))
        serve(settings, lambda url: typer.echo(f"The page is at {url}"))


def _end_with_stdin() -> None:
    """End this process when whoever holds the other end of its stdin is gone, however it went."""
    # Not sys.stdin: a thread that waits inside it would hinder the interpreter's own end.
    while os.read(_STDIN, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
