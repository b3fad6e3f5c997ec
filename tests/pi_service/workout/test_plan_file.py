"""Workout plans: what they say, and what a wrong one is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calibration.placement_kind import Side
from pi_service.exercises import Bound, Prescription, RuleName, find_exercise
from pi_service.workout.errors import PlanError
from pi_service.workout.plan_file import LONGEST_NAME, MOST_STEPS, read_plan, read_plan_text

GOOD = """\
name = "Back"
moves_on = "by_itself"

[[step]]
exercise = "Deadlifts"
reps = [6, 8]

[[step]]
exercise = "own_row.toml"
sets = 4
side = "left"

[[step]]
exercise = "overhead carry"
sets = [1, 2]
distance_m = 25
rest_s = 30
"""
OWN = """\
id = "own_row"
name = "Own row"
kind = "reps"
placements = ["wrist"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own_row.toml").write_text(OWN, encoding="utf-8")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_plan_is_read_in_full(folder: Path) -> None:
    plan = read_plan(written(folder, GOOD))
    assert (plan.name, plan.moves_on_by_itself) == ("Back", True)
    lift, row, carry = plan.steps
    usual = find_exercise("dead_lift")
    # A plan that moves on by itself knows how many sets: the fewest that are asked for.
    assert lift.exercise.prescription == Prescription((3, 3), (6, 8), rest_s=usual.prescription.rest_s)
    assert lift.exercise.rules == usual.rules
    assert (row.exercise.id, row.exercise.prescription, row.side) == (
        "own_row",
        Prescription((4, 4)),
        Side.LEFT,
    )
    assert carry.exercise.prescription == Prescription((1, 1), distance_m=25.0, rest_s=(30.0, 30.0))
    assert (lift.side, carry.side) == (None, None)
    assert [plan.place(i).next_exercise for i in range(3)] == ["own_row", "overhead_carry", None]


def test_a_plan_on_request_keeps_spans_and_needs_no_sets(folder: Path) -> None:
    text = GOOD.replace("by_itself", "on_request").replace("sets = 4\n", "")
    plan = read_plan(written(folder, text))
    assert not plan.moves_on_by_itself
    assert [step.exercise.prescription.sets for step in plan.steps] == [(3, 5), None, (1, 2)]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "Back"\n', "", "`name` is missing: expected text in quotes."),
        ("name =", "nane =", "`nane`: unknown key; did you mean `name`?"),
        ('"by_itself"', '"at_once"', "`moves_on`: expected one of by_itself, on_request, found 'at_once'."),
        ('"Deadlifts"', '"dead lfit"', "`step[1].exercise`: There is no exercise 'dead lfit'; did you mean"),
        ('exercise = "Deadlifts"\n', "", "`step[1].exercise` is missing"),
        ("reps = [6, 8]", "reps = [8, 6]", "`step[1].reps`: expected a whole number of at least 1"),
        ("reps = [6, 8]", "rep = 8", "`step[1].rep`: unknown key; did you mean `reps`?"),
        ("reps = [6, 8]", "hold_s = 8", '`step[1].hold_s`: expected no such key for kind "reps"'),
        ('"own_row.toml"', '"other.toml"', "`step[2].exercise`: "),
        ("sets = 4\n", "", "`step[2].sets` is missing: expected how many sets of own_row there are"),
        ('"left"', '"up"', "`step[2].side`: expected one of left, right, found 'up'."),
        ("rest_s = 30", "rest_s = inf", "`step[3].rest_s`: expected seconds above 0"),
        ("rest_s = 30", "rest_s = nan", "`step[3].rest_s`: expected seconds above 0"),
        ("distance_m = 25", "distance_m = 0", "`step[3].distance_m`: expected metres above 0"),
        ("[[step]]", "[[steps]]", "`steps`: unknown key; did you mean `step`?"),
        (GOOD[GOOD.index("[[step]]") :], "", "`step` is missing: expected 1 to 100 tables"),
        (GOOD[GOOD.index("[[step]]") :], "step = []", "`step`: expected 1 to 100 tables"),
        (GOOD[GOOD.index("[[step]]") :], "step = 3", "`step`: expected 1 to 100 tables"),
        ("[[step]]", "[[step", "not valid TOML: "),
    ],
)
def test_a_wrong_plan_is_told_where_and_what_is_expected(
    folder: Path, old: str, new: str, complaint: str
) -> None:
    assert old in GOOD
    path = written(folder, GOOD.replace(old, new, 1))
    with pytest.raises(PlanError) as caught:
        read_plan(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_plan_that_is_not_there_or_no_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"none.toml: the plan cannot be read \(No such file"):
        read_plan(tmp_path / "none.toml")
    (tmp_path / "plan.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PlanError, match="not UTF-8 text"):
        read_plan(tmp_path / "plan.toml")


def test_a_plan_from_elsewhere_names_no_files() -> None:
    with pytest.raises(PlanError, match=re.escape("the plan: `step[2].exercise`: expected the name of")):
        read_plan_text(GOOD, "the plan")


def test_a_plan_has_an_end() -> None:
    text = 'name = "Long"\n' + '[[step]]\nexercise = "face_pull"\n' * (MOST_STEPS + 1)
    with pytest.raises(PlanError, match="found '101 of them'"):
        read_plan_text(text, "plan")


def test_a_plan_has_a_name_that_fits_a_message() -> None:
    step = '[[step]]\nexercise = "face_pull"\nsets = 1\n'
    assert read_plan_text(f'name = "{"n" * LONGEST_NAME}"\n{step}', "plan").name == "n" * LONGEST_NAME
    with pytest.raises(PlanError, match="`name`: expected at most 200 letters, found '201 of them'"):
        read_plan_text(f'name = "{"n" * (LONGEST_NAME + 1)}"\n{step}', "plan")


def test_rules_that_go_by_the_prescription_go_by_that_of_the_plan() -> None:
    text = (
        'name = "Held"\n[[step]]\nexercise = "thoracic_extension"\nhold_s = [20, 40]\n'
        '[[step]]\nexercise = "overhead_carry"\ndistance_m = 10\n'
    )
    hold, carry = read_plan_text(text, "plan").steps
    bounds = {terms.name: terms.bound for terms in (*hold.exercise.rules, *carry.exercise.rules)}
    assert bounds[RuleName.HOLD_TIME] == Bound(20.0, 40.0)
    assert bounds[RuleName.DISTANCE] == Bound(least=10.0)
    usual = {terms.name: terms.bound for terms in find_exercise("overhead_carry").rules}
    assert bounds[RuleName.FOREARM] == usual[RuleName.FOREARM]
