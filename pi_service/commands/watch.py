"""`repclip watch`: what the stations count, on a terminal, for those without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.settings_command import ConfigOption, settings_command, settings_in

if TYPE_CHECKING:
    import threading

    from pi_service.commands.watching import Watcher
    from pi_service.dashboard.settings import DashboardSettings


#: The class of the command: these settings are options.
WatchCommand = settings_command("broker")


def watch(
    context: typer.Context,
    station: Annotated[
        str | None,
        typer.Argument(metavar="[STATION]", help="The one to show; otherwise all, or the only one."),
    ] = None,
    config: ConfigOption = None,  # noqa: ARG001 - its settings are in the context
) -> None:
    """Show on this terminal what the stations count; Ctrl-C ends it. A pipe gets a line for each change."""
    import asyncio

    from rich.console import Console

    from pi_service.commands.wanted import broker_options
    from pi_service.commands.watching import Lines, Screen
    from pi_service.dashboard.settings import DashboardSettings
    from pi_service.process.signals import stop_on_signals
    from pi_service.publish.topics import check_station

    if station is not None:
        check_station(station)
    client = broker_options(settings_in(context).settings.broker).needed()
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
