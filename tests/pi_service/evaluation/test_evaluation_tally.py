"""Events become reps and sets."""

from __future__ import annotations

from dataclasses import replace

from pi_service.evaluation.tally import Tally
from pi_service.workout.events import Rep, RepCounted, RepsCorrected, SetEnded, SetStarted


def rep(number: int, turn_s: float) -> Rep:
    return Rep(number, turn_s - 1, turn_s, turn_s + 1, turn_s + 1.5, 90.0, None, 1.0)


def test_live_final_withdrawn_and_added_reps_are_told_apart() -> None:
    kept, withdrawn, added = rep(1, 5.0), rep(2, 8.0), rep(3, 2.0)
    tally = Tally()
    tally.add([SetStarted(6.5, 1, "row", 4.0), RepCounted(6.5, 1, "row", kept, 1, "live")])
    tally.add([RepCounted(9.5, 1, "row", withdrawn, 2, "live")])
    tally.add(
        [
            RepCounted(20.0, 1, "row", added, 3, "review"),
            RepsCorrected(20.0, 1, "row", (3,), (2,), 2),
            SetEnded(20.0, 1, "row", 1.0, 9.0, 2, 2, (added, kept)),
        ]
    )
    counts = tally.counts()
    assert [(each.number, each.live, each.final) for each in counts.reps] == [
        (3, False, True),
        (1, True, True),
        (2, True, False),
    ]
    assert counts.reps[0].detected_at_s == 20.0
    assert counts.reps[1].delay_s == 0.5
    assert (counts.live_count, counts.final_count) == (2, 2)
    (only,) = counts.sets
    assert (only.set_number, only.start_s, only.end_s, only.live_count, only.final_count) == (
        1,
        1.0,
        9.0,
        2,
        2,
    )


def test_the_same_number_in_two_sets_is_two_reps() -> None:
    tally = Tally()
    tally.add([RepCounted(6.5, number, "row", rep(1, 5.0), 1, "live") for number in (1, 2)])
    assert [each.set_number for each in tally.counts().reps] == [1, 2]


def test_a_set_that_has_not_ended_has_no_final_reps() -> None:
    tally = Tally()
    tally.add([RepCounted(6.5, 1, "row", rep(1, 5.0), 1, "live")])
    counts = tally.counts()
    assert (counts.live_count, counts.final_count, counts.sets) == (1, 0, ())


def test_the_delay_is_that_of_what_was_published_however_the_review_moves_the_end() -> None:
    live, reviewed = rep(1, 5.0), replace(rep(1, 5.0), end_s=7.0)
    tally = Tally()
    tally.add([RepCounted(6.5, 1, "row", live, 1, "live")])
    tally.add([SetEnded(20.0, 1, "row", 4.0, 7.0, 1, 1, (reviewed,))])
    (counted,) = tally.counts().reps
    assert (counted.end_s, counted.detected_at_s) == (7.0, 6.5)
    assert counted.published_end_s == 6.0
    assert counted.delay_s == 0.5
