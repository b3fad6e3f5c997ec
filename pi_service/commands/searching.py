"""Waiting for sensors: they are looked for until they deliver, and what is missing is told meanwhile."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from firmware.errors import SensorError, SettingsError
from pi_service.commands.missing import Missing, missing_of
from pi_service.commands.published import Outlet
from pi_service.commands.sensors import Opening, open_sensors
from pi_service.commands.wanted import Wanted
from pi_service.process.journal import fields
from pi_service.publish.live_station import LiveStation
from pi_service.sources.live import LiveSource

log = logging.getLogger(__name__)

#: Sensors that do not answer are looked for so often (s), and meanwhile all else is looked after so often.
_LOOK_S: Final = 1.0
_TICK_S: Final = 0.25
#: A start that gives neither samples nor an error for so long hangs.
_HANGS_S: Final = 20.0

#: Does what is due beside the search; is told what the station does and what it waits for.
LookAfter = Callable[[str, Missing | None], None]


class Search:
    """Looks for the sensors of a station; used once.

    Parameters
    ----------
    wanted
        Which sensors.
    outlet
        Where it is told what is missing; None for no broker.
    stop
        Ends the search.
    look_after
        Called several times a second, unless the start of the sensors hangs.
    """

    def __init__(
        self, wanted: Wanted, outlet: Outlet | None, stop: threading.Event, look_after: LookAfter
    ) -> None:
        self._wanted, self._outlet, self._stop = wanted, outlet, stop
        self._look_after = look_after
        self._missing: Missing | None = None
        self._waiting: LiveStation | None = None
        self._tried_s = 0.0

    def found(self, opening: Callable[[], Opening], on_tried: Callable[[], None]) -> LiveSource | None:
        """Return sensors that deliver, however long that takes; None when it is to stop before.

        Parameters
        ----------
        opening
            Says before each attempt how they are opened.
        on_tried
            Called when it is known for the first time that they do not answer.

        Raises
        ------
        SettingsError
            What is asked of them can never be.
        """
        try:
            while not self._stop.is_set():
                source = self._tried(opening)
                if source is not None:
                    self._tell_found(source)
                    return source
                on_tried()
                self._wait()
            return None
        finally:
            if self._waiting is not None:
                self._waiting.end()

    def starting(self) -> None:
        """Do what is due while the sensors are being started."""
        # A bus that hangs in the kernel gives no error: nothing is well then.
        if time.monotonic() - self._tried_s < _HANGS_S:
            self._do_what_is_due("the sensors are being started")

    def _tried(self, opening: Callable[[], Opening]) -> LiveSource | None:
        self._tried_s = time.monotonic()
        try:
            with suppress(KeyboardInterrupt):  # it was stopped meanwhile
                return open_sensors(self._wanted.sensors, opening())
        except SettingsError:
            raise
        except SensorError as error:
            missing = missing_of(error, self._wanted.sensors)
            if missing != self._missing:
                self._missing = missing
                self._tell_missing(missing)
        return None

    def _tell_missing(self, missing: Missing) -> None:
        """Say what is waited for: in the log, and as a fault of a station that has no sensor."""
        log.warning("%s", missing.text, extra=fields(event="fault", fault=missing.what))
        if self._outlet is None:
            return
        self._outlet.way.end()
        self._outlet.way.begin(missing.what, missing.text)
        if self._waiting is None:
            exercise = self._wanted.exercise
            self._waiting = self._outlet.waiting_station(None if exercise is None else exercise.id)
        self._waiting.tick()

    def _tell_found(self, source: LiveSource) -> None:
        if self._missing is None:
            return
        names = " and ".join(role.value for role in source.settings)
        log.warning("Found: the %s sensor. Counting begins.", names, extra=fields(event="found"))
        if self._outlet is not None and self._waiting is not None:
            self._outlet.way.end()
            self._waiting.tick()

    def _wait(self) -> None:
        """Let some time pass until the sensors are looked for again."""
        for _ in range(round(_LOOK_S / _TICK_S)):
            self._do_what_is_due("waiting for a sensor")
            if self._stop.wait(_TICK_S):
                return

    def _do_what_is_due(self, what: str) -> None:
        if self._waiting is not None:
            self._waiting.tick()
        self._look_after(what, self._missing)
