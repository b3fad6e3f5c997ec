"""`repclip dashboard`: the web page, in a process of its own."""

from __future__ import annotations

import os
import signal
import threading
from typing import Annotated

import typer

_STDIN = 0


def dashboard(
    broker: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the MQTT broker is.")],
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to serve the page; 0.0.0.0 shows it to the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, metavar="PORT", help="Port of the page.")] = 8080,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for a broker that is not there yet.")] = False,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Serve the web page that shows what the stations count."""
    from pi_service.errors import MissingExtraError
    from pi_service.publish.broker import check_reachable, parse_broker

    try:
        from pi_service.dashboard.server import serve
        from pi_service.dashboard.settings import DashboardSettings
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("pi_service"):
            raise
        raise MissingExtraError("The page", "dashboard") from error

    address = parse_broker(broker)
    settings = DashboardSettings(address, host, port)
    if not wait:
        check_reachable(address)
    if until_eof:
        threading.Thread(target=_end_with_stdin, name="until-eof", daemon=True).start()
    serve(settings, lambda url: typer.echo(f"The page is at {url}"))


def _end_with_stdin() -> None:
    """End this process when whoever holds the other end of its stdin is gone, however it went."""
    # Not sys.stdin: a thread that waits inside it would hinder the interpreter's own end.
    while os.read(_STDIN, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
