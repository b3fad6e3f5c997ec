"""A workout as a FIT file: strength sets with the rests between them, as Garmin's programs read them.

FIT (Flexible and Interoperable Data Transfer) knows exercises by two numbers, a category and a name in it, of
Garmin's public profile. Where it has no name for one of ours, the nearest category stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fit_tool.fit_file_builder import FitFileBuilder
from fit_tool.profile.messages.activity_message import ActivityMessage
from fit_tool.profile.messages.file_id_message import FileIdMessage
from fit_tool.profile.messages.session_message import SessionMessage
from fit_tool.profile.messages.set_message import SetMessage
from fit_tool.profile.profile_type import FileType

from pi_service.errors import UsageError
from pi_service.history.rows import SetSummary

#: Category and name in it of each exercise, in the public profile; None for no name.
EXERCISES: Final[dict[str, tuple[int, int | None]]] = {
    # Hyperextension: spine extension.
    "thoracic_extension": (13, 25),
    # Shoulder stability: Garmin's service knows categories up to 32, and banded exercises are 37.
    "cross_band": (25, None),
    "wall_retraction": (25, None),
    # Deadlift: barbell deadlift.
    "dead_lift": (8, 0),
    # Row: barbell row; face pull.
    "bent_over_row": (23, 46),
    "face_pull": (23, 5),
    # Pull-up: either a pull-up or a lat pulldown, which we do not tell apart.
    "vertical_pull": (21, None),
    # Carry: overhead carry.
    "overhead_carry": (3, 4),
}
#: What FIT writes for "unknown".
_UNKNOWN: Final = 65534
_NO_NAME: Final = 65535
_REST, _ACTIVE = 0, 1
#: Sport and sub-sport: training, strength training.
_TRAINING, _STRENGTH = 10, 20
#: Manufacturer "development": for whoever has no number of their own.
_DEVELOPMENT: Final = 255
_FIRST_TS, _LAST_TS = "1990-01-01", "2100-01-01"
#: What a set's fields can hold.
_LONGEST_S: Final = 4_000_000
_MOST_REPS: Final = 65_534


@dataclass(frozen=True, slots=True)
class _Times:
    """Moments as fit-tool wants them: milliseconds since 1970 in UTC, whole seconds as FIT keeps them."""

    start_ms: int
    end_ms: int

    @property
    def s(self) -> float:
        return min((self.end_ms - self.start_ms) / 1000.0, _LONGEST_S)


def workout_fit(sets: Sequence[SetSummary]) -> bytes:
    """Return a workout as a FIT file.

    Parameters
    ----------
    sets
        At least one, the oldest first; those that a person discarded are left out by the caller.

    Raises
    ------
    UsageError
        If it was at a time that FIT does not know: before 1990, or after 2100.
    """
    whole = _Times(_ms(sets[0].start_ts), max(_ms(each.end_ts) for each in sets))
    builder = FitFileBuilder(auto_define=True)
    builder.add(_file_id(whole))
    messages = _set_messages(sets)
    for message in messages:
        builder.add(message)
    for message in (_session(whole), _activity(whole)):
        builder.add(message)
    return bytes(builder.build().to_bytes())


def _set_messages(sets: Sequence[SetSummary]) -> list[Any]:
    """Return the sets and the rests between them."""
    messages: list[Any] = []
    ended_ms: int | None = None
    for each in sets:
        times = _Times(_ms(each.start_ts), max(_ms(each.end_ts), _ms(each.start_ts)))
        if ended_ms is not None and times.start_ms > ended_ms:
            messages.append(_set_message(len(messages), _Times(ended_ms, times.start_ms), _REST))
        active = _set_message(len(messages), times, _ACTIVE)
        category, name = EXERCISES.get(each.exercise, (_UNKNOWN, None))
        active.category = [category]
        active.category_subtype = [_NO_NAME if name is None else name]
        if each.kind == "reps":
            active.repetitions = min(each.done, _MOST_REPS)
        messages.append(active)
        ended_ms = max(ended_ms or 0, times.end_ms)
    return messages


def _set_message(index: int, times: _Times, set_type: int) -> Any:
    message = SetMessage()
    message.message_index = index
    message.timestamp = times.end_ms
    message.start_time = times.start_ms
    message.duration = times.s
    message.set_type = set_type
    return message


def _file_id(whole: _Times) -> Any:
    message = FileIdMessage()
    message.type = FileType.ACTIVITY.value
    message.manufacturer = _DEVELOPMENT
    message.product = 0
    message.time_created = whole.start_ms
    return message


def _session(whole: _Times) -> Any:
    message = SessionMessage()
    message.message_index = 0
    message.timestamp = whole.end_ms
    message.start_time = whole.start_ms
    message.total_elapsed_time = whole.s
    message.total_timer_time = whole.s
    message.sport = _TRAINING
    message.sub_sport = _STRENGTH
    return message


def _activity(whole: _Times) -> Any:
    message = ActivityMessage()
    message.timestamp = whole.end_ms
    message.total_timer_time = whole.s
    message.num_sessions = 1
    message.type = 0  # manual
    message.event = 26  # activity
    message.event_type = 1  # stop
    return message


def _ms(ts: str) -> int:
    if not _FIRST_TS <= ts < _LAST_TS:
        raise UsageError(f"A FIT file cannot tell of {ts[:10]}: it knows the days from 1990 to 2099.")
    return round(datetime.fromisoformat(ts).timestamp() * 1000)
