"""Which way of a repetition lifts."""

from __future__ import annotations

import pytest

from pi_service.exercises.model import Counting, OutWay, Phases, Way
from pi_service.reps.found import FoundRep, Measures, RepSeen, Velocity
from pi_service.workout.events import RepCounted
from pi_service.workout.sets import Sets
from pi_service.workout.ways import Ways

LIFTING, LOWERING, BY_HEIGHT = OutWay.LIFTING, OutWay.LOWERING, OutWay.BY_HEIGHT


def measures(out_mps: float, uncertainty_mps: float = 0.03) -> Measures:
    out = Velocity(out_mps, 2 * out_mps, uncertainty_mps, uncertainty_mps)
    back = Velocity(-out_mps / 2, -out_mps, uncertainty_mps, uncertainty_mps)
    return Measures(1.0, 2.0, 2.5, 4.5, True, 0.5, 0.01, out, back, 0.4)


@pytest.mark.parametrize(
    ("out", "out_goes", "out_mps", "lifts"),
    [
        (LIFTING, None, 0.5, True),
        (LIFTING, Way.UP, 0.5, True),
        (LIFTING, Way.DOWN, -0.5, True),  # a pulldown
        (LIFTING, Way.DOWN, 0.5, False),  # counted from the bottom
        (LOWERING, Way.DOWN, -0.5, False),  # a squat
        (LOWERING, Way.DOWN, 0.5, True),
        (BY_HEIGHT, Way.UP, 0.5, True),
        (BY_HEIGHT, Way.UP, -0.5, False),  # a Romanian dead lift begins at the top
        (None, Way.UP, -0.5, None),
    ],
)
def test_the_exercise_says_it_and_a_height_that_clearly_goes_the_other_way_turns_it_round(
    out: OutWay | None, out_goes: Way | None, out_mps: float, lifts: bool | None
) -> None:
    assert Ways(Phases(out), Counting(out_goes=out_goes)).out_lifts(measures(out_mps), 0.5) is lifts


def test_what_is_not_clear_or_too_short_turns_nothing_round() -> None:
    pulldown = Ways(Phases(LIFTING), Counting(out_goes=Way.DOWN, out_goes_from_m=0.2))
    assert pulldown.out_lifts(measures(0.5), 0.2) is False
    for measured, range_m in (
        (measures(0.5), 0.19),
        (measures(0.5), None),
        (measures(0.1, uncertainty_mps=0.05), 0.5),
        (None, 0.5),
    ):
        assert pulldown.out_lifts(measured, range_m) is True


def test_a_rep_is_told_with_its_own_phases_at_once() -> None:
    sets = Sets("vertical_pull", Phases(LIFTING), counting=Counting(out_goes=Way.DOWN))
    turned = FoundRep(1.0, 2.2, 4.5, 20.0, 0.5, 0.9, measures(0.5))
    (counted,) = [each for each in sets.step(RepSeen(4.6, turned)) if isinstance(each, RepCounted)]
    rep = counted.rep
    assert (rep.out_lifts, rep.lifting_s, rep.lowering_s) == (False, 2.0, 1.0)
