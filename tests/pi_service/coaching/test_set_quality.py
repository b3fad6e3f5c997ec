"""The quality of a set is a sum that anybody can do again."""

from __future__ import annotations

import pytest

from pi_service.coaching.facts import Worn
from pi_service.coaching.judge import Judge
from pi_service.coaching.quality import quality_of
from pi_service.coaching.verdict import Basis, SetVerdict, Verdict
from pi_service.coaching.words import bound_words, first_cue, judgement_lines, verdict_words
from pi_service.exercises import Bound, RuleName, find_exercise


def verdict(rule: RuleName = RuleName.TORSO, *, ok: bool = False, basis: Basis = Basis.MEASURED) -> Verdict:
    cue = None if ok else f"Mind the {rule.value}."
    return Verdict(rule, 12.34, Bound(most=10.0), "deg", basis, ok, cue)


def test_it_is_the_weighted_mean_of_its_parts() -> None:
    found = quality_of(
        [
            SetVerdict(verdict(RuleName.LOWERING, ok=True), 9, 10, ()),
            SetVerdict(verdict(basis=Basis.INFERRED), 3, 10, ()),
        ]
    )
    assert found is not None
    assert found.percent == pytest.approx(100 * (0.9 + 0.5 * 0.3) / 1.5)
    assert [(part.rule, part.share, part.weight) for part in found.parts] == [
        (RuleName.LOWERING, 0.9, 1.0),
        (RuleName.TORSO, 0.3, 0.5),
    ]
    assert str(found) == "70 % right (lowering 90 %, torso 30 %)"


def test_nothing_judged_is_no_quality() -> None:
    assert quality_of([]) is None


def test_one_cue_at_a_time_and_what_was_measured_first() -> None:
    inferred, measured = verdict(basis=Basis.INFERRED), verdict(RuleName.LOWERING)
    assert first_cue([verdict(ok=True), inferred, measured]) is measured
    assert first_cue([verdict(ok=True)]) is None


def test_a_cue_says_what_it_goes_by() -> None:
    told = verdict_words(verdict(basis=Basis.INFERRED))
    assert told == "Mind the torso. (torso 12 deg, at most 10 deg; inferred)"
    assert bound_words(Bound(0.8, 1.25), "share") == "at least 80 % and at most 125 %"


@pytest.mark.parametrize(
    ("value", "bound", "unit", "told"),
    [
        (0.016, Bound(most=0.011), "m", "torso 0.02 m, at most 0.011 m"),
        (9.97, Bound(least=10.0), "deg", "torso 9.97 deg, at least 10 deg"),
        (0.7996, Bound(least=0.8), "share", "torso 79.96 %, at least 80 %"),
        (1.4, Bound(least=1.5), "s", "torso 1.4 s, at least 1.5 s"),
    ],
)
def test_a_value_that_misses_its_bound_is_told_with_the_digits_that_show_it(
    value: float, bound: Bound, unit: str, told: str
) -> None:
    missed = Verdict(RuleName.TORSO, value, bound, unit, Basis.MEASURED, ok=False, cue=None)
    assert verdict_words(missed) == f"({told}; measured)"


def test_of_a_set_without_reps_nothing_is_said() -> None:
    judgement = Judge(find_exercise("dead_lift"), Worn()).set_of([])
    assert {each.reason for each in judgement.unjudged} == {"there are no reps"}
    assert judgement_lines(judgement) == []
