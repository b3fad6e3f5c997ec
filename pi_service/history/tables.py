"""The history as CSV: a line a set, or a line a repetition.

The repetitions begin with the columns that the OpenBarbell app exported, in its order and under its names,
so that what reads those reads these; repclip knows no weight, no effort and no place of the peak, and leaves
them empty.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from pi_service.history.rows import RepRow, SetSummary

#: Columns of a set: keys of `SetSummary`, with units in their names.
SET_COLUMNS: Final = (
    "start_ts",
    "end_ts",
    "duration_s",
    "station",
    "session",
    "set",
    "exercise",
    "exercise_name",
    "kind",
    "athlete",
    "reps",
    "live_reps",
    "corrected",
    "worn_side",
    "other_side_reps",
    "total_reps",
    "held_s",
    "hold_breaks",
    "steps",
    "distance_m",
    "distance_uncertainty_m",
    "set_place",
    "asked_least",
    "asked_most",
    "asked_unit",
    "target",
    "tempo",
    "lifting_s",
    "lifted_pause_s",
    "lowering_s",
    "lowered_pause_s",
    "range_m",
    "range_deg",
    "best_velocity_mps",
    "velocity_loss_percent",
    "quality_percent",
    "cues",
    "finished",
    "simulated",
)
_OPENBARBELL: Final = (
    "Exercise",
    "Set",
    "Rep",
    "Weight",
    "Metric",
    "Set RPE",
    "Tags",
    "Workout Start Time",
    "Rest Time",
    "Avg Velocity (m/s)",
    "Range of Motion (mm)",
    "Peak Velocity (m/s)",
    "Peak Velocity Location (%)",
    "Duration of rep (sec)",
)
_OF_SET: Final = ("station", "session", "athlete", "start_ts", "reps", "corrected", "simulated")
_OF_REP: Final = (
    "rep",
    "source",
    "start_s",
    "turn_s",
    "end_s",
    "lifting_s",
    "lifted_pause_s",
    "lowering_s",
    "lowered_pause_s",
    "out_moving_s",
    "turn_pause_s",
    "back_moving_s",
    "home_pause_s",
    "range_m",
    "range_m_uncertainty",
    "range_deg",
    "range_deg_uncertainty",
    "velocity_mps",
    "velocity_uncertainty_mps",
    "out_mean_mps",
    "out_peak_mps",
    "back_mean_mps",
    "back_peak_mps",
    "confidence",
    "cue",
)
#: Columns of a repetition.
REP_COLUMNS: Final = (*_OPENBARBELL, *(f"set_{key}" for key in _OF_SET), *_OF_REP)

#: What a spreadsheet takes for the beginning of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
#: The same within a text: where decimals have a comma, spreadsheets begin a cell at each semicolon.
_FORMULA_WITHIN: Final = re.compile(r";(\s*[=+\-@])")

_NameOf = Callable[[str], str]


def sets_csv(sets: Iterable[SetSummary], name_of: _NameOf) -> Iterator[str]:
    """Yield a table of sets, its heading first.

    Parameters
    ----------
    sets
        The oldest first.
    name_of
        Says an exercise's name.
    """
    yield _line(SET_COLUMNS)
    for each in sets:
        keys = {**each.model_dump(), "exercise_name": name_of(each.exercise), "cues": " | ".join(each.cues)}
        yield _line(keys[column] for column in SET_COLUMNS)


def reps_csv(sets: Iterable[tuple[SetSummary, Iterable[RepRow]]], name_of: _NameOf) -> Iterator[str]:
    """Yield a table of the repetitions that count, its heading first.

    Parameters
    ----------
    sets
        With their repetitions, the oldest first.
    name_of
        Says an exercise's name.
    """
    yield _line(REP_COLUMNS)
    begun: dict[tuple[str, str], str] = {}
    last_end: dict[tuple[str, str], str] = {}
    for each, reps in sets:
        session = (each.station, each.session)
        workout_ts = begun.setdefault(session, each.start_ts)
        rest_s = _between_s(last_end.get(session), each.start_ts)
        last_end[session] = each.end_ts
        for rep in reps:
            if not rep.withdrawn and each.corrected != "discarded":
                yield _rep_line(each, rep, name_of(each.exercise), workout_ts, rest_s)


def _rep_line(each: SetSummary, rep: RepRow, name: str, workout_ts: str, rest_s: float | None) -> str:
    first = (
        name,
        each.set,
        rep.rep,
        None,
        None,
        None,
        "simulated" if each.simulated else None,
        workout_ts,
        rest_s,
        rep.velocity_mps,
        None if rep.range_m is None else round(rep.range_m * 1000.0),
        _peak_mps(rep),
        None,
        rep.duration_s,
    )
    return _line((*first, *(getattr(each, key) for key in _OF_SET), *(getattr(rep, key) for key in _OF_REP)))


def _peak_mps(rep: RepRow) -> float | None:
    """Return the peak velocity of the way that lifts."""
    peak = rep.back_peak_mps if rep.out_is == "lowering" else rep.out_peak_mps
    return None if peak is None else abs(peak)


def _between_s(before_ts: str | None, ts: str) -> float | None:
    if before_ts is None:
        return None
    return round((datetime.fromisoformat(ts) - datetime.fromisoformat(before_ts)).total_seconds(), 1)


def _line(values: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(_cell(value) for value in values)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return a value as a cell that no spreadsheet runs: names come from the network."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    text = _FORMULA_WITHIN.sub(r";'\1", value)
    return f"'{text}" if text.startswith(_FORMULA) else text
