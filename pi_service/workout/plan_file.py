"""Reads a workout plan; says which key is wrong and what was expected there."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from calibration.placement_kind import Side
from calibration.toml_reading import NotTomlError, read_toml
from pi_service.exercises import Bound, ExerciseError, RuleTerms, find_exercise
from pi_service.exercises.model import Exercise, Prescription, asked_for
from pi_service.exercises.reading import PRESCRIPTION_KEYS, read_prescription
from pi_service.exercises.table import Table
from pi_service.workout.errors import PlanError
from pi_service.workout.plan import Plan, PlanStep

#: A longer plan is a mistake, or somebody else's.
MOST_STEPS = 100
#: A longer name fits no page and no message.
LONGEST_NAME = 200


class _MovesOn(StrEnum):
    BY_ITSELF = "by_itself"
    ON_REQUEST = "on_request"


class _Arm(StrEnum):
    LEFT = "left"
    RIGHT = "right"


def read_plan(path: Path) -> Plan:
    """Read a plan from its TOML file.

    Parameters
    ----------
    path
        The file; `pi_service.workout.plan` describes its keys.

    Raises
    ------
    PlanError
        The file cannot be read, one of its keys is missing, unknown or wrong, or an exercise cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PlanError(f"{path}: the plan cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise PlanError(f"{path}: the plan is not UTF-8 text.") from error
    return read_plan_text(text, path, path.parent)


def read_plan_text(text: str, name: Path | str, folder: Path | None = None) -> Plan:
    """Read a plan from TOML that came from somewhere.

    Parameters
    ----------
    text
        The TOML.
    name
        How it is called in complaints.
    folder
        What exercise files of one's own are relative to; without one they are refused.

    Raises
    ------
    PlanError
        As in `read_plan`.
    """
    try:
        values = read_toml(text)
    except NotTomlError as error:
        raise PlanError(f"{name}: not valid TOML: {error}.") from error
    top = Table(name, values, error=PlanError)
    top.refuse_unknown(("name", "moves_on", "step"))
    called = top.text("name")
    if len(called) > LONGEST_NAME:
        top.fail("name", f"at most {LONGEST_NAME} letters", f"{len(called)} of them")
    how = top.choice("moves_on", _MovesOn) if "moves_on" in values else _MovesOn.BY_ITSELF
    by_itself = how is _MovesOn.BY_ITSELF
    steps = values.get("step", [])
    expected = f"1 to {MOST_STEPS} tables, each headed [[step]]"
    if "step" not in values:
        top.fail_missing("step", expected)
    if not isinstance(steps, list) or not all(isinstance(each, dict) for each in steps):
        top.fail("step", expected, steps)
    if not 1 <= len(steps) <= MOST_STEPS:
        top.fail("step", expected, f"{len(steps)} of them")
    read = tuple(_step(name, each, place, folder, by_itself) for place, each in enumerate(steps, start=1))
    return Plan(called, read, by_itself)


def _step(
    name: Path | str, values: dict[str, Any], place: int, folder: Path | None, by_itself: bool
) -> PlanStep:
    prefix = f"step[{place}]."
    table = Table(name, values, prefix, PlanError)
    table.refuse_unknown(("exercise", "side", *PRESCRIPTION_KEYS))
    exercise = _exercise(table, folder)
    own = {key: value for key, value in values.items() if key in PRESCRIPTION_KEYS}
    asked = _replaced(
        exercise.prescription, read_prescription(Table(name, own, prefix, PlanError), exercise.kind)
    )
    if by_itself:
        if asked.sets is None:
            table.fail_missing(
                "sets", f"how many sets of {exercise.id} there are, since the plan moves on by itself"
            )
        asked = replace(asked, sets=(asked.sets[0], asked.sets[0]))
    side = Side(table.choice("side", _Arm).value) if "side" in values else None
    return PlanStep(_asking(exercise, asked), side)


def _exercise(table: Table, folder: Path | None) -> Exercise:
    wanted = table.text("exercise")
    if wanted.endswith(".toml"):
        if folder is None:
            table.fail("exercise", "the name of an exercise that repclip has, not a file", wanted)
        wanted = str(folder / wanted)
    try:
        return find_exercise(wanted)
    except ExerciseError as error:
        raise PlanError(f"{table.path}: `{table.prefix}exercise`: {error}") from error


def _asking(exercise: Exercise, asked: Prescription) -> Exercise:
    """Return an exercise with another prescription, and the rules whose bounds are the prescription's."""
    before, after = asked_for(exercise.prescription), asked_for(asked)
    rules = [_bounded(terms, before.get(terms.name), after.get(terms.name)) for terms in exercise.rules]
    return replace(exercise, prescription=asked, rules=tuple(rules))


def _bounded(terms: RuleTerms, old: Bound | None, new: Bound | None) -> RuleTerms:
    """Return a rule with a new bound in the place of the old one."""
    if old is None or new is None:
        return terms
    bound = new if terms.bound == old else terms.bound
    inferred = new if terms.inferred_bound == old else terms.inferred_bound
    return replace(terms, bound=bound, inferred_bound=inferred)


def _replaced(asked: Prescription, own: Prescription) -> Prescription:
    """Return a prescription with what a plan says in its place."""
    return Prescription(
        sets=own.sets or asked.sets,
        reps=own.reps or asked.reps,
        hold_s=own.hold_s or asked.hold_s,
        distance_m=own.distance_m or asked.distance_m,
        rest_s=own.rest_s or asked.rest_s,
    )
