"""`repclip dashboard`: the web page, in a process of its own."""

from __future__ import annotations

import os
import signal
import threading
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
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Serve the web page that shows what the stations count."""
    from pi_service.errors import MissingExtraError
    from pi_service.publish.broker import check_reachable

    try:
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
    settings = DashboardSettings(client, host, port, client.root)
    if not wait:
        check_reachable(client.address)
    if until_eof:
        threading.Thread(target=_end_with_stdin, name="until-eof", daemon=True).start()
    serve(settings, lambda url: typer.echo(f"The page is at {url}"))


def _end_with_stdin() -> None:
    """End this process when whoever holds the other end of its stdin is gone, however it went."""
    # Not sys.stdin: a thread that waits inside it would hinder the interpreter's own end.
    while os.read(_STDIN, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
