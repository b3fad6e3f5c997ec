"""`repclip run` as a service: a configuration, a way to the broker, a service manager that is told."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from pi_service.commands.published import Outlet, opened_outlet
from pi_service.commands.wanted import Recorded, Wanted
from pi_service.config.effective import Effective
from pi_service.process.logs import ServiceLog
from pi_service.process.notify import Notifier
from pi_service.process.signals import stop_on_signals
from pi_service.publish.errors import BrokerError

log = logging.getLogger(__name__)

#: A broker that is there has so long to take our `online` (s).
_GREETING_S: Final = 0.5
_LOOK_S: Final = 0.01


def serve(config: Effective, recorded: Recorded, seconds: float | None = None) -> None:
    """Count as a service until a signal ends it, with sensors or without.

    Parameters
    ----------
    config
        The settings in force.
    recorded
        What the command line says of a recording.
    seconds
        A count ends by itself after this time.

    Raises
    ------
    RepclipError, SensorError
        The configuration cannot be used.
    """
    reload = threading.Event()
    # Without a configuration there is nothing to read again, and SIGHUP ends the count.
    with stop_on_signals(None if config.file is None else reload) as stop:
        serve_until(stop, reload, Notifier.of_environment(), config, recorded, seconds)


def serve_until(
    stop: threading.Event,
    reload: threading.Event,
    notifier: Notifier,
    config: Effective,
    recorded: Recorded,
    seconds: float | None = None,
) -> None:
    """Do the same for whoever has events instead of signals, and a notifier."""
    wanted = Wanted.of(config, recorded, seconds)
    with ServiceLog(config.settings.log.level, station=wanted.station) as service_log:
        try:
            with opened_outlet(wanted) as outlet:
                # The station is online before what counts is loaded: that takes seconds on a small computer.
                _greet(outlet, stop)
                from pi_service.commands.reloading import Reloading
                from pi_service.commands.serving import Serving

                reloading = Reloading(config, wanted, reload, notifier, service_log, outlet)
                Serving(reloading, stop, notifier, service_log, outlet).run()
        except BrokerError as error:
            # Told when the way to the broker is closed: what was not taken does not make the stop a failure.
            log.error("%s", error)  # noqa: TRY400


def _greet(outlet: Outlet | None, stop: threading.Event) -> None:
    """Wait a moment for the broker: while modules are loaded, nothing else gets far."""
    until_s = time.monotonic() + _GREETING_S
    while outlet is not None and not outlet.publisher.connected and time.monotonic() < until_s:
        if stop.wait(_LOOK_S):
            return
