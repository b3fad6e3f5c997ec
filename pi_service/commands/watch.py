"""`repclip watch`: what the stations count, on a terminal, for those without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    import threading

    from pi_service.commands.watching import Watcher
    from pi_service.dashboard.settings import DashboardSettings


def watch(
    broker: Annotated[
        str, typer.Option(metavar="HOST:PORT", envvar="REPCLIP_BROKER", help="Where the MQTT broker is.")
    ],
    station: Annotated[
        str | None,
        typer.Argument(metavar="[STATION]", help="The one to show; otherwise all, or the only one."),
    ] = None,
    broker_user: UserOption = None,
    broker_password_file: PasswordFileOption = None,
    broker_tls: TlsOption = False,
    broker_ca: CaOption = None,
    broker_cert: CertificateOption = None,
    broker_key: KeyOption = None,
    broker_mqtt: MqttOption = MqttVersion.V311,
    topic_root: RootOption = None,
) -> None:
    """Show on this terminal what the stations count; Ctrl-C ends it. A pipe gets a line for each change."""
    import asyncio

    from rich.console import Console

    from pi_service.commands.watching import Lines, Screen
    from pi_service.dashboard.settings import DashboardSettings
    from pi_service.process.signals import stop_on_signals
    from pi_service.publish.topics import check_station

    if station is not None:
        check_station(station)
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
    settings = DashboardSettings(client, root=client.root)
    console = Console()
    watcher: Watcher = Screen(console) if console.is_terminal else Lines()
    with stop_on_signals() as stop:
        asyncio.run(_listen(settings, station, watcher, stop))


async def _listen(
    settings: DashboardSettings, station: str | None, watcher: Watcher, stop: threading.Event
) -> None:
    """Show what comes until it is enough."""
    import asyncio

    from pi_service.commands.watching import LOOK_EVERY_S
    from pi_service.dashboard.feed import Feed
    from pi_service.dashboard.listener import Listener

    feed = Feed(settings.root)
    listener = Listener(settings, feed, asyncio.get_running_loop())
    listener.start()
    try:
        with watcher:
            while not stop.is_set():
                watcher.show(feed, station)
                await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await asyncio.to_thread(listener.stop)
