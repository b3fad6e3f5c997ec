"""What other programs get: CSV and FIT, read back by readers that are not ours."""

from __future__ import annotations

import csv
import io
import weakref
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import fitdecode
import pytest
from support.told_sets import keep, session_messages, verdicts

from pi_service.errors import UsageError
from pi_service.exercises.catalogue import load_exercises
from pi_service.history.calendar import day_of, end_of, start_of, zone
from pi_service.history.fit import EXERCISES, workout_fit
from pi_service.history.reading import Reader, Wanted
from pi_service.history.rows import SetSummary
from pi_service.history.tables import REP_COLUMNS, SET_COLUMNS, reps_csv, sets_csv
from pi_service.history.totals import bests, days, weeks


def told(tmp_path, messages=None):
    messages = session_messages() if messages is None else messages
    with Reader(keep(tmp_path, [*messages, *verdicts(messages)])) as reader:
        return [
            (each.summary, reader.reps(each.set_id).reps) for each in reader.sets(Wanted(), oldest_first=True)
        ]


def summary(tmp_path, **keys) -> SetSummary:
    return told(tmp_path)[0][0].model_copy(update=keys)


def named(exercise: str) -> str:
    return exercise.replace("_", " ").capitalize()


def read(lines):
    return list(csv.DictReader(io.StringIO("".join(lines))))


def test_a_table_of_sets_comes_back(tmp_path):
    sets = [each for each, _ in told(tmp_path)]
    rows = read(sets_csv(sets, named))
    assert tuple(rows[0]) == SET_COLUMNS
    assert [(row["set"], row["reps"], row["live_reps"], row["corrected"]) for row in rows] == [
        ("1", "5", "3", "corrected"),
        ("2", "3", "4", "review"),
        ("3", "2", "2", ""),
    ]
    assert [float(row["range_m"]) for row in rows] == [each.range_m for each in sets]
    assert rows[0]["exercise_name"] == "Vertical pull"
    assert rows[0]["tempo"] == "2.1-0.3-1.0-0.2"


def test_a_table_of_reps_begins_as_openbarbell_had_it(tmp_path):
    rows = read(reps_csv(told(tmp_path), named))
    assert tuple(rows[0]) == REP_COLUMNS
    assert [(row["Set"], row["Rep"]) for row in rows] == [
        *(("1", str(rep)) for rep in (1, 2, 3)),
        *(("2", str(rep)) for rep in (1, 2, 3)),  # the fourth was withdrawn
        *(("3", str(rep)) for rep in (1, 2)),
    ]
    first = rows[0]
    assert (first["Avg Velocity (m/s)"], first["Range of Motion (mm)"]) == ("0.433", "520")
    assert (first["Peak Velocity (m/s)"], first["Duration of rep (sec)"]) == ("0.81", "2.4")
    assert (first["Rest Time"], float(rows[3]["Rest Time"]) > 0) == ("", True)
    assert {row["Workout Start Time"] for row in rows} == {first["set_start_ts"]}
    assert first["cue"] == "Lower more slowly."


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_name_becomes_a_formula(tmp_path, evil):
    sets = [summary(tmp_path, athlete=evil, exercise=evil, cues=(evil,))]
    (row,) = read(sets_csv(sets, lambda name: name))
    for column in ("athlete", "exercise", "exercise_name", "cues"):
        assert row[column] == f"'{evil}"


def test_no_name_becomes_a_formula_where_a_semicolon_begins_a_cell(tmp_path):
    evil = "Eve;=cmd|' /C calc'!A0; +1;x"
    line = list(sets_csv([summary(tmp_path, athlete=evil)], named))[1]
    assert not [cell for cell in line.split(";") if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert "Eve;'=cmd" in line


def test_what_was_discarded_has_no_reps(tmp_path):
    (each, reps), *_ = told(tmp_path)
    gone = each.model_copy(update={"corrected": "discarded", "reps": 0})
    assert read(reps_csv([(gone, reps)], named)) == []


def decoded(content: bytes) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    with fitdecode.FitReader(io.BytesIO(content), check_crc=fitdecode.CrcCheck.RAISE) as reader:
        for frame in reader:
            if isinstance(frame, fitdecode.FitDataMessage):
                found.setdefault(frame.name, []).append({each.name: each.value for each in frame.fields})
    return found


def test_a_workout_comes_back_from_a_fit_file(tmp_path):
    sets = [each for each, _ in told(tmp_path)]
    found = decoded(workout_fit(sets))
    assert [each["set_type"] for each in found["set"]] == ["active", "rest", "active", "rest", "active"]
    active = [each for each in found["set"] if each["set_type"] == "active"]
    assert [each["repetitions"] for each in active] == [5, 3, 2]
    assert [each["duration"] for each in active] == [each.duration_s for each in sets]
    for each, one in zip(active, sets, strict=True):
        begun = datetime.fromisoformat(one.start_ts)
        assert (
            abs((each["start_time"].replace(tzinfo=UTC) - begun).total_seconds()) < 1
        )  # FIT has whole seconds
    assert {each["category"] for each in active} == {"pull_up"}
    (session,) = found["session"]
    assert (session["sport"], session["sub_sport"]) == ("training", "strength_training")
    assert found["file_id"][0]["type"] == "activity"
    assert found["activity"][0]["num_sessions"] == 1


def test_a_hold_has_its_time_and_no_reps(tmp_path):
    hold = summary(tmp_path, exercise="thoracic_extension", kind="hold", held_s=30.0, reps=0)
    (told_set,) = decoded(workout_fit([hold]))["set"]
    assert told_set.get("repetitions") is None
    assert told_set["duration"] == hold.duration_s


def test_every_exercise_has_a_place_in_fit():
    counted = {each.id for each in load_exercises().values() if each.kind.value != "steps"} - {"any"}
    assert counted == set(EXERCISES)


def test_fit_does_not_know_every_day(tmp_path):
    with pytest.raises(UsageError, match="knows the days from 1990"):
        workout_fit([summary(tmp_path, start_ts="1970-01-01T00:00:00.000Z")])


def test_days_are_those_of_the_time_zone(tmp_path):
    late = summary(tmp_path, start_ts="2026-03-04T23:30:00.000Z")
    early = late.model_copy(update={"start_ts": "2026-03-04T10:00:00.000Z", "set": 2})
    assert [each.day for each in days([late, early], UTC, named)] == ["2026-03-04"]
    berlin = ZoneInfo("Europe/Berlin")
    assert [each.day for each in days([late, early], berlin, named)] == ["2026-03-05", "2026-03-04"]


def test_days_in_which_the_clock_is_changed():
    berlin = zone("Europe/Berlin")
    day = date(2026, 3, 29)  # has 23 hours
    assert (start_of(day, berlin), end_of(day, berlin)) == (
        "2026-03-28T23:00:00.000Z",
        "2026-03-29T22:00:00.000Z",
    )
    assert day_of("2026-03-29T21:59:59.999Z", berlin) == day
    assert day_of("9998-12-31T23:59:59.999Z", zone("Pacific/Kiritimati")).year >= 9998


@pytest.mark.parametrize("name", ["Nowhere/Town", "", "America", "../../etc/passwd", "a\0b"])
def test_a_time_zone_that_is_none_is_one_sentence(name):
    with pytest.raises(UsageError, match="There is no time zone"):
        zone(name)


def test_weeks_and_bests(tmp_path):
    base = summary(tmp_path, corrected=None, reps=5)
    sets = [
        base.model_copy(update={"start_ts": "2026-03-02T10:00:00.000Z", "set": 1}),
        base.model_copy(update={"start_ts": "2026-03-08T22:00:00.000Z", "set": 2, "reps": 9}),
        base.model_copy(update={"start_ts": "2026-03-16T10:00:00.000Z", "set": 3, "reps": 9}),
        base.model_copy(
            update={"start_ts": "2026-03-16T11:00:00.000Z", "set": 4, "corrected": "discarded", "reps": 40}
        ),
    ]
    told_weeks = weeks(sets, UTC, date(2026, 3, 17), 3)
    assert [(each.monday, each.sets, each.reps) for each in told_weeks] == [
        ("2026-03-02", 2, 14),
        ("2026-03-09", 0, 0),
        ("2026-03-16", 1, 9),
    ]
    assert (told_weeks[0].lifting_s, told_weeks[1].lifting_s) == (1.0, None)
    most = {each.what: each for each in bests(sets, UTC, named)}
    assert (most["reps"].value, most["reps"].set) == (9, 2)  # the first of equals
    assert (most["velocity"].value, most["velocity"].unit) == (0.433, "m/s")
    assert "held" not in most


def test_both_sides_are_done_unless_somebody_said_otherwise(tmp_path):
    both = summary(tmp_path, corrected=None, reps=8, total_reps=16)
    assert both.done == 16
    assert both.model_copy(update={"corrected": "corrected", "reps": 7}).done == 7


@pytest.mark.parametrize(
    "use", [lambda sets: weeks(sets, UTC, date(2026, 3, 4), 3), lambda sets: bests(sets, UTC, named)]
)
def test_the_sets_of_a_gym_are_not_held_in_memory_at_once(tmp_path, use):
    """The page's service may take 300 MB: a hundred thousand sets would be more."""
    one = summary(tmp_path)
    made, most = [], 0

    def many():
        nonlocal most
        for number in range(1, 501):
            each = one.model_copy(update={"set": number})
            made.append(weakref.ref(each))
            yield each
            most = max(most, sum(ref() is not None for ref in made[-50:]))

    assert use(many())
    assert most < 10
