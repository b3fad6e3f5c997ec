"""Days and weeks as people have them: in a time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from pi_service.errors import UsageError
from pi_service.publish.payloads import utc_text

#: The first and the last day that can be asked for: those beside them exist in every time zone.
FIRST_DAY: Final = date(1970, 1, 2)
LAST_DAY: Final = date(9998, 12, 30)


def zone(name: str | None) -> tzinfo | None:
    """Return a time zone by its IANA name; None, for no name, stands for that of this computer.

    Raises
    ------
    UsageError
        If there is none of this name.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    # A name can be that of a folder, too, or nothing that a file can be called.
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(f"There is no time zone {name[:60]!r}: give one such as Europe/Berlin.") from error


def day_of(ts: str, where: tzinfo | None) -> date:
    """Return the day of a moment."""
    moment = datetime.fromisoformat(ts)
    try:
        return moment.astimezone(where).date()
    except (OverflowError, OSError):
        return moment.astimezone(UTC).date()


def start_of(day: date, where: tzinfo | None) -> str:
    """Return when a day begins, as times are kept."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=where)
    return utc_text(midnight.astimezone(UTC))


def end_of(day: date, where: tzinfo | None) -> str:
    """Return when a day ends: when the next one begins."""
    return start_of(day + timedelta(days=1), where)


def monday_of(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())
