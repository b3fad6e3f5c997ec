"""What a service writes into its log, and the line by which the service manager shows how it is."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from pi_service.process.journal import fields
from pi_service.workout.events import Event, PlacementChanged, ZeroUnknown
from pi_service.workout.zeros import ZeroLearned

if TYPE_CHECKING:
    from pi_service.commands.missing import Missing
    from pi_service.commands.published import Outlet
    from pi_service.sources.live import LiveSource

log = logging.getLogger(__name__)

#: A sensor that has been silent for longer is told (s).
_SILENT_S = 1.0


def log_event(line: str, event: Event) -> None:
    """Log a line of the count, with what it is about."""
    level = (
        logging.WARNING if isinstance(event, PlacementChanged | ZeroUnknown | ZeroLearned) else logging.INFO
    )
    sensor = getattr(event, "sensor", None)
    extra = fields(
        event=_name(event),
        set=getattr(event, "set_number", None),
        reps=getattr(event, "final_count", None),
        sensor=None if sensor is None else sensor.value,
    )
    log.log(level, "%s", line.strip(), extra=extra)


def log_sentence(sentence: str, **more: str) -> None:
    """Log what a person should know or do."""
    log.warning("%s", sentence, extra=fields(**more))


def status_line(
    counted: str, missing: Missing | None, source: LiveSource | None, outlet: Outlet | None
) -> str:
    """Return how a station is, in a line.

    Parameters
    ----------
    counted
        What it does.
    missing
        What it waits for.
    source
        Its sensors.
    outlet
        Its way to the broker.
    """
    parts = [counted]
    if missing is not None:
        parts.append(missing.what.replace("_", " "))
    if source is not None:
        parts += [_sensor(role.value, each.read.silent_s) for role, each in source.stats().sensors.items()]
    if outlet is None:
        parts.append("no broker")
    else:
        parts.append("broker connected" if outlet.publisher.connected else "broker away")
        waiting = outlet.publisher.waiting()
        if waiting and not outlet.publisher.connected:
            parts.append(f"{waiting} messages wait")
        parts += [each.what.replace("_", " ") for each in outlet.publisher.troubles()]
    return "; ".join(parts)


def _sensor(name: str, silent_s: float) -> str:
    # To the second: the line is only sent when it changes.
    return f"{name} sensor silent" if silent_s > _SILENT_S else f"{name} sensor delivers"


def _name(event: Event) -> str:
    """Return the name of an event as a field has it: ``set_ended``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
