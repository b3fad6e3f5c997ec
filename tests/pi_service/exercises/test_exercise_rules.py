"""The rules of exercise files: what they ask for, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from pi_service.exercises import (
    SIGNED,
    Bound,
    BoundFrom,
    ExerciseError,
    Kind,
    RuleName,
    RuleTerms,
    find_exercise,
    load_exercises,
    read_exercise,
)

HEAD = 'id = "mine"\nname = "Mine"\nkind = "{kind}"\nplacements = ["wrist"]\n'
RULE = """
[rules.{name}]
{bound}
bound_from = "own default"
cue = "Slower."
why = "It matters."
"""


def written(folder: Path, *rules: str, kind: str = "reps") -> Path:
    path = folder / "mine.toml"
    path.write_text(HEAD.format(kind=kind) + "".join(rules), encoding="utf-8")
    return path


def rule(name: str = "lowering", bound: str = "least = 1.5") -> str:
    return RULE.format(name=name, bound=bound)


def test_a_rule_is_read_in_full(tmp_path: Path) -> None:
    two = rule("torso", 'least = 1\nmost = 10.0\ninferred_most = 3.0\ncue_above = "Less."')
    exercise = read_exercise(written(tmp_path, rule(), two))
    assert exercise.rules == (
        RuleTerms(RuleName.LOWERING, Bound(least=1.5), None, BoundFrom.OWN_DEFAULT, "Slower.", "It matters."),
        RuleTerms(
            RuleName.TORSO,
            Bound(1.0, 10.0),
            Bound(most=3.0),
            BoundFrom.OWN_DEFAULT,
            "Slower.",
            "It matters.",
            "Less.",
        ),
    )
    torso = exercise.rules[1]
    assert (torso.unit, exercise.rules[0].unit) == ("deg", "s")
    assert [torso.cue_for(value, torso.bound) for value in (0.5, 11.0)] == ["Slower.", "Less."]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (rule("lowring"), r"`rules.lowring`: unknown key; did you mean `lowering`\?"),
        (rule(bound="leest = 2"), r"`rules.lowering.leest`: unknown key; did you mean `least`\?"),
        (rule(bound=""), "`rules.lowering.least`: expected a bound: least, most or both"),
        (rule(bound="least = -1"), "`rules.lowering.least`: expected a number above 0"),
        (rule(bound="least = 2\nmost = 1"), "`rules.lowering.most`: expected no less than least, which is 2"),
        (rule(bound="least = 1\nmost = 2"), "`rules.lowering.cue_above`: expected what is said above"),
        (rule(bound='least = 1\ncue_above = "x"'), "no such key without both least and most"),
        (rule(bound="least = 1\ninferred_least = 1"), "`rules.lowering.inferred_least`: unknown key"),
        (rule().replace("own default", "my aunt"), "expected one of asked for, own default, found 'my aunt'"),
        (rule().replace('cue = "Slower."', ""), "`rules.lowering.cue` is missing"),
        (
            rule().replace("[rules.lowering]", "[[rules.lowering]]"),
            r"`rules.lowering`: expected a table, \[rules.lowering\]",
        ),
        (rule("lean_back", "most = inf"), "`rules.lean_back.most`: expected a number, like -1.5 or 4"),
        ("rules = 3\n", r"`rules`: expected a table, \[rules\]"),
    ],
)
def test_what_is_wrong_is_said_precisely(tmp_path: Path, text: str, complaint: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ExerciseError, match=complaint) as caught:
        read_exercise(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", sorted(SIGNED))
def test_what_has_a_sign_may_be_bounded_at_zero_or_below(tmp_path: Path, name: RuleName) -> None:
    (terms,) = read_exercise(written(tmp_path, rule(name, "most = 0"))).rules
    assert terms.bound == Bound(most=0.0)
    (terms,) = read_exercise(written(tmp_path, rule(name, "least = -2.5"))).rules
    assert terms.bound == Bound(least=-2.5)


def test_each_kind_has_its_own_rules(tmp_path: Path) -> None:
    with pytest.raises(ExerciseError, match=r'no such rule for kind "hold" \(only for "reps"\)'):
        read_exercise(written(tmp_path, rule(), kind="hold"))
    with pytest.raises(ExerciseError, match=r'no such rule for kind "hold" \(only for "carry" and "reps"\)'):
        read_exercise(written(tmp_path, rule("forearm"), kind="hold"))
    with pytest.raises(ExerciseError, match=r'no such rule for kind "reps" \(only for "hold"\)'):
        read_exercise(written(tmp_path, rule("breaks", "most = 0")))


def test_the_prescription_is_the_bound_where_none_is_given(tmp_path: Path) -> None:
    asked = "[prescription]\nhold_s = {}\n"
    two = rule("hold_time", "").replace("why", 'cue_above = "Enough."\nwhy')
    exercise = read_exercise(written(tmp_path, asked.format("[20, 40]"), two, kind="hold"))
    assert exercise.rules[0].bound == Bound(20.0, 40.0)
    exercise = read_exercise(written(tmp_path, asked.format("30"), rule("hold_time", ""), kind="hold"))
    assert exercise.rules[0].bound == Bound(least=30.0)
    own = read_exercise(written(tmp_path, asked.format("30"), rule("hold_time", "least = 5"), kind="hold"))
    assert own.rules[0].bound == Bound(least=5.0)
    with pytest.raises(ExerciseError, match="expected a bound"):
        read_exercise(written(tmp_path, rule("hold_time", ""), kind="hold"))


def test_not_so_much_as_once_is_a_bound_of_breaks_alone(tmp_path: Path) -> None:
    exercise = read_exercise(written(tmp_path, rule("breaks", "most = 0"), kind="hold"))
    assert exercise.rules[0].bound == Bound(most=0.0)
    with pytest.raises(ExerciseError, match="expected a number above 0"):
        read_exercise(written(tmp_path, rule("sway", "most = 0"), kind="hold"))


def test_a_file_of_ones_own_can_be_named_instead_of_an_exercise(tmp_path: Path) -> None:
    exercise = find_exercise(str(written(tmp_path, rule())))
    assert (exercise.id, len(exercise.rules)) == ("mine", 1)
    with pytest.raises(ExerciseError, match="cannot be read"):
        find_exercise(str(tmp_path / "other.toml"))


@pytest.mark.parametrize(
    ("exercise", "name", "bound"),
    [
        ("cross_band", RuleName.TORSO, Bound(most=5.0)),
        ("wall_retraction", RuleName.FOREARM, Bound(most=15.0)),
        ("wall_retraction", RuleName.TORSO, Bound(most=5.0)),
        ("bent_over_row", RuleName.TORSO, Bound(most=10.0)),
        ("vertical_pull", RuleName.LOWERING, Bound(least=1.5)),
        ("vertical_pull", RuleName.LOWERING_RATIO, Bound(least=1.0)),
        ("vertical_pull", RuleName.FOREARM, Bound(most=20.0)),
        ("face_pull", RuleName.TURN_OUT, Bound(least=40.0)),
        ("face_pull", RuleName.TOP_PAUSE, Bound(least=0.5)),
        ("face_pull", RuleName.TORSO, Bound(most=8.0)),
        ("thoracic_extension", RuleName.HOLD_TIME, Bound(30.0, 60.0)),
        ("overhead_carry", RuleName.DISTANCE, Bound(least=18.3)),
        ("overhead_carry", RuleName.FOREARM, Bound(most=15.0)),
    ],
)
def test_the_bounds_are_those_of_the_specification(exercise: str, name: RuleName, bound: Bound) -> None:
    rules = {each.name: each for each in load_exercises()[exercise].rules}
    assert rules[name].bound == bound


def test_every_exercise_with_reps_to_coach_asks_for_tempo_and_range() -> None:
    coached = [each for each in load_exercises().values() if each.rules and each.kind is Kind.REPS]
    assert len(coached) == 6
    for each in coached:
        assert {RuleName.LOWERING, RuleName.RANGE_KEPT} <= {terms.name for terms in each.rules}
