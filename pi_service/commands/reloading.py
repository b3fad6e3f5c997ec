"""Reading the configuration again while a station counts: what may change, changes; nothing else does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from calibration.placement_kind import Side
from firmware.errors import SensorError
from pi_service.commands.wanted import Wanted
from pi_service.config.effective import Effective
from pi_service.config.files import settings_by_key
from pi_service.errors import RepclipError
from pi_service.exercises import find_exercise
from pi_service.process.journal import fields
from pi_service.workout.events import Event

if TYPE_CHECKING:
    from pi_service.commands.counting import Counting
    from pi_service.commands.published import Outlet
    from pi_service.process.logs import ServiceLog
    from pi_service.process.notify import Notifier

log = logging.getLogger(__name__)

#: What changes what is counted.
_WORK = ("station.exercise", "station.plan", "station.side")


class Reloading:
    """What is wanted of a station, as its configuration says now.

    Everything is called by the thread that counts.

    Parameters
    ----------
    config, wanted
        What holds at the start.
    asked
        Set when the configuration is to be read again.
    notifier, service_log, outlet
        Who has to know.

    Attributes
    ----------
    wanted
        What holds now: what takes a restart is what it was at the start.
    """

    def __init__(
        self,
        config: Effective,
        wanted: Wanted,
        asked: threading.Event,
        notifier: Notifier,
        service_log: ServiceLog,
        outlet: Outlet | None,
    ) -> None:
        self.wanted = wanted
        self._config = config
        self._asked = asked
        self._notifier, self._log, self._outlet = notifier, service_log, outlet
        self._counting: Counting | None = None
        self._deliver: Callable[[Sequence[Event]], None] | None = None
        self._work_waits = False

    def count_with(self, counting: Counting, deliver: Callable[[Sequence[Event]], None]) -> None:
        """Take note of what counts now, and of what gives events to the sinks."""
        self._counting, self._deliver = counting, deliver

    def count_ended(self) -> None:
        """Take note that nothing counts now; what waited for the end of a set holds from the next one."""
        self._counting = self._deliver = None
        self._work_waits = False

    def look(self) -> None:
        """Read the configuration again if that was asked for, and do what waited for the end of a set."""
        if self._asked.is_set():
            self._asked.clear()
            self._notifier.reloading()
            try:
                self._reload()
            finally:
                self._notifier.ready()
        if self._work_waits:
            self._change_work()

    def _reload(self) -> None:
        try:
            new = self._config.read_again()
            wanted = Wanted.of(new, seconds=self.wanted.seconds)
        except (RepclipError, SensorError) as error:
            log.error("The settings stay as they are: %s", error, extra=fields(event="reload_failed"))  # noqa: TRY400
            return
        changed = self._changed(new, wanted)
        live = [key for key in changed if settings_by_key()[key].told.live]
        if not changed:
            log.info("The configuration was read again: nothing has changed.", extra=fields(event="reload"))
            return
        if live:
            log.info("Changed: %s.", ", ".join(live), extra=fields(event="reload"))
        rest = [key for key in changed if key not in live]
        if rest:
            words = "takes" if len(rest) == 1 else "take"
            log.warning("%s %s a restart.", ", ".join(rest), words, extra=fields(event="reload"))
        self._config = self._config.with_values_of(new, live)
        self.wanted = replace(
            self.wanted,
            exercise=wanted.exercise,
            plan=wanted.plan,
            side=wanted.side,
            home_assistant=wanted.home_assistant,
        )
        self._log.set_level(new.settings.log.level)
        if self._outlet is not None:
            self._outlet.announcer.announce(announces=wanted.home_assistant)
        if any(key in _WORK for key in live):
            self._change_work()

    def _changed(self, new: Effective, wanted: Wanted) -> list[str]:
        """Return the settings that are not as they were, or that name a file which is not."""
        differ = {key for key in settings_by_key() if new.value(key) != self._config.value(key)}
        if wanted.plan != self.wanted.plan:
            differ.add("station.plan")
        elif wanted.exercise != self.wanted.exercise:
            differ.add("station.exercise")
        return [key for key in settings_by_key() if key in differ]

    def _change_work(self) -> None:
        """Count what is wanted now, unless a set is running: that is counted to its end first."""
        if self._counting is None or self._deliver is None:
            return
        if self._counting.pipeline.work.running:
            if not self._work_waits:
                log.info("A set is running: what is counted changes after it.", extra=fields(event="reload"))
            self._work_waits = True
            return
        self._work_waits = False
        wanted, control = self.wanted, self._counting.control
        if wanted.plan is not None:
            events = control.load(wanted.plan)
        else:
            side = None if wanted.side is None else Side(wanted.side.value)
            events = control.select(wanted.exercise or find_exercise("any"), side)
        self._deliver(events)
