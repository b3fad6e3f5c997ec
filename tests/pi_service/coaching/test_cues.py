"""Which verdict is spoken of while a set goes on."""

from __future__ import annotations

from pi_service.coaching.cues import CueState, cue_of
from pi_service.coaching.verdict import Basis, Verdict
from pi_service.exercises import Bound, RuleName

LOWERING, RANGE, TORSO = RuleName.LOWERING, RuleName.RANGE_KEPT, RuleName.TORSO


def verdict(rule: RuleName, measured: float, *, ok: bool = False, basis: Basis = Basis.MEASURED) -> Verdict:
    return Verdict(rule, measured, Bound(least=0.8), "share", basis, ok, None if ok else "Mind it.")


def told(*reps: tuple[RuleName, float] | None, sure: bool = True) -> list[RuleName | None]:
    """Return the rule that is spoken of in each rep; None stands for a rep that is right."""
    state, rules = CueState(), list[RuleName | None]()
    for each in reps:
        verdicts = [verdict(TORSO, 1.0, ok=True)] if each is None else [verdict(*each)]
        cue = cue_of(state, verdicts, sure=sure)
        rules.append(None if cue is None else cue.rule)
    return rules


def test_it_takes_two_in_a_row_and_a_rep_like_the_others() -> None:
    wrong = (LOWERING, 0.5)
    assert told(wrong, None, wrong, wrong, wrong) == [None, None, None, LOWERING, LOWERING]
    assert told(wrong, wrong, sure=False) == [None, None]


def test_short_reps_are_unlike_the_others_so_it_takes_three_that_are_alike() -> None:
    half = [(RANGE, 0.6), (RANGE, 0.55), (RANGE, 0.62)]
    assert told(*half, sure=False) == [None, None, RANGE]
    assert told(*half[:2], sure=True) == [None, None]
    # Parts of repetitions that were cut in two differ, and the rack is smaller still.
    assert told((RANGE, 0.6), (RANGE, 0.4), (RANGE, 0.7)) == [None] * 3
    assert told(*[(RANGE, 0.2)] * 3) == [None] * 3
    assert told(*[(RANGE, 0.35)] * 3) == [None, None, RANGE]
    assert told((RANGE, 0.35), (RANGE, 0.29), (RANGE, 0.35)) == [None] * 3


def test_of_the_torso_three_in_a_row_are_enough() -> None:
    assert told(*[(TORSO, 14.0)] * 4, sure=False) == [None, None, TORSO, TORSO]


def test_an_overshoot_now_and_then_is_told() -> None:
    over = (RuleName.OVERSHOOT, 1.3)
    assert told(over, None, over, None, None, over) == [None, None, RuleName.OVERSHOOT, None, None, None]


def test_of_several_that_which_was_spoken_of_least_and_what_was_measured_first() -> None:
    state = CueState()
    inferred = verdict(RuleName.FOREARM, 20.0, basis=Basis.INFERRED)
    some = [inferred, verdict(LOWERING, 0.5), verdict(TORSO, 14.0)]
    cues = [cue_of(state, some, sure=True) for _ in range(5)]
    assert [each.rule for each in cues if each is not None] == [LOWERING, TORSO, RuleName.FOREARM, LOWERING]
