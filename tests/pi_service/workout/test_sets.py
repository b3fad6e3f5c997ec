"""The books: numbers, added and withdrawn reps, sets that were none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.samples import SensorRole
from pi_service.exercises.model import OutWay, Phases, Sides
from pi_service.reps.found import (
    Finding,
    FoundRep,
    Measures,
    RepSeen,
    SetReviewed,
    SlipSeen,
    Velocity,
)
from pi_service.workout.events import (
    Event,
    PlacementChanged,
    Rep,
    RepCounted,
    RepsCorrected,
    SetEnded,
    SetStarted,
)
from pi_service.workout.sets import Sets


def found(start_s: float, confidence: float = 0.9) -> FoundRep:
    """A rep of 2 s."""
    return FoundRep(start_s, start_s + 0.9, start_s + 2.0, 60.0, 0.4, confidence)


def seen(start_s: float) -> RepSeen:
    return RepSeen(start_s + 2.2, found(start_s))


def numbered(rep: FoundRep, number: int, detected_at_s: float, before_s: float | None = None) -> Rep:
    """The rep as it is told; it begins where the one before it ended, at `before_s`."""
    start_s = rep.start_s if before_s is None else before_s
    return Rep(
        number, start_s, rep.turn_s, rep.end_s, detected_at_s, rep.range_deg, rep.range_m, rep.confidence
    )


def events_of(*findings: Finding) -> list[Event]:
    sets = Sets("vertical_pull")
    return [event for finding in findings for event in sets.step(finding)]


def test_a_set_begins_with_its_first_rep_and_ends_with_its_review() -> None:
    one, two = found(10.0), found(13.0)
    events = events_of(seen(10.0), seen(13.0), SetReviewed(25.0, (one, two)))
    reps = (numbered(one, 1, 12.2), numbered(two, 2, 15.2, before_s=12.0))
    assert events == [
        SetStarted(12.2, 1, "vertical_pull", 10.0),
        RepCounted(12.2, 1, "vertical_pull", reps[0], 1, "live"),
        RepCounted(15.2, 1, "vertical_pull", reps[1], 2, "live"),
        SetEnded(25.0, 1, "vertical_pull", 10.0, 15.0, 2, 2, reps),
    ]


def test_whether_a_set_runs() -> None:
    sets = Sets("any")
    assert not sets.running
    sets.step(seen(10.0))
    assert sets.running
    sets.step(SetReviewed(25.0, (found(10.0),)))
    assert not sets.running


def test_a_rep_that_the_review_measures_anew_keeps_its_number_and_its_detection() -> None:
    better = FoundRep(9.7, 10.8, 12.1, 63.0, None, 0.97)
    events = events_of(seen(10.0), seen(13.0), SetReviewed(25.0, (better, found(13.0))))
    ended = events[-1]
    assert isinstance(ended, SetEnded)
    assert ended.reps[0] == numbered(better, 1, 12.2)
    assert ended.start_s == 9.7
    assert not any(isinstance(event, RepsCorrected) for event in events)


def test_an_added_rep_gets_the_next_number_wherever_it_lies() -> None:
    events = events_of(seen(10.0), seen(16.0), SetReviewed(30.0, (found(10.0), found(13.0), found(16.0))))
    added, corrected, ended = events[-3:]
    assert added == RepCounted(
        30.0, 1, "vertical_pull", numbered(found(13.0), 3, 30.0, before_s=12.0), 3, "review"
    )
    assert corrected == RepsCorrected(30.0, 1, "vertical_pull", (3,), (), 3)
    assert isinstance(ended, SetEnded)
    assert [rep.number for rep in ended.reps] == [1, 3, 2]
    assert (ended.live_count, ended.final_count) == (2, 3)


def test_a_withdrawn_rep_takes_its_number_with_it() -> None:
    events = events_of(seen(10.0), seen(13.0), seen(16.0), SetReviewed(30.0, (found(10.0), found(16.0))))
    corrected, ended = events[-2:]
    assert corrected == RepsCorrected(30.0, 1, "vertical_pull", (), (2,), 2)
    assert isinstance(ended, SetEnded)
    assert [rep.number for rep in ended.reps] == [1, 3]
    assert (ended.live_count, ended.final_count) == (3, 2)


def test_added_and_withdrawn_at_once() -> None:
    events = events_of(seen(10.0), seen(13.0), SetReviewed(30.0, (found(10.0), found(20.0))))
    added, corrected, ended = events[-3:]
    assert isinstance(added, RepCounted)
    assert (added.rep.number, added.count) == (3, 2)
    assert corrected == RepsCorrected(30.0, 1, "vertical_pull", (3,), (2,), 2)
    assert isinstance(ended, SetEnded)
    assert (ended.live_count, ended.final_count) == (2, 2)


def test_two_live_reps_that_were_one_keep_the_better_number() -> None:
    long = FoundRep(10.5, 13.0, 15.0, 60.0, None, 0.9)
    events = events_of(seen(10.0), seen(13.0), SetReviewed(30.0, (long,)))
    corrected, ended = events[-2:]
    assert corrected == RepsCorrected(30.0, 1, "vertical_pull", (), (1,), 1)
    assert isinstance(ended, SetEnded)
    assert [rep.number for rep in ended.reps] == [2]


def test_one_live_rep_that_was_two() -> None:
    halves = (FoundRep(10.0, 10.5, 10.9, 60.0, None, 0.9), FoundRep(10.9, 11.5, 12.0, 60.0, None, 0.9))
    ended = events_of(seen(10.0), SetReviewed(30.0, halves))[-1]
    assert isinstance(ended, SetEnded)
    assert sorted(rep.number for rep in ended.reps) == [1, 2]
    assert (ended.live_count, ended.final_count) == (1, 2)


def test_reps_that_touch_are_not_the_same() -> None:
    events = events_of(seen(10.0), SetReviewed(30.0, (found(12.0),)))
    assert RepsCorrected(30.0, 1, "vertical_pull", (2,), (1,), 1) in events


def test_a_set_that_was_none_is_withdrawn_whole() -> None:
    events = events_of(seen(10.0), seen(13.0), SetReviewed(30.0, ()))
    assert events[-2:] == [
        RepsCorrected(30.0, 1, "vertical_pull", (), (1, 2), 0),
        SetEnded(30.0, 1, "vertical_pull", 10.0, 15.0, 2, 0, ()),
    ]


def test_a_set_that_only_the_review_saw() -> None:
    events = events_of(SetReviewed(30.0, (found(10.0), found(13.0))))
    assert events[0] == SetStarted(30.0, 1, "vertical_pull", 10.0)
    assert [event.count for event in events if isinstance(event, RepCounted)] == [1, 2]
    assert events[-2] == RepsCorrected(30.0, 1, "vertical_pull", (1, 2), (), 2)
    ended = events[-1]
    assert isinstance(ended, SetEnded)
    assert (ended.live_count, ended.final_count) == (0, 2)


def test_two_sets_in_one_session_each_count_from_one() -> None:
    events = events_of(
        seen(10.0),
        SetReviewed(30.0, (found(10.0),)),
        seen(60.0),
        seen(63.0),
        SetReviewed(80.0, (found(60.0), found(63.0))),
    )
    counted = [event for event in events if isinstance(event, RepCounted)]
    assert [(event.set_number, event.rep.number, event.count) for event in counted] == [
        (1, 1, 1),
        (2, 1, 1),
        (2, 2, 2),
    ]
    assert [event.set_number for event in events if isinstance(event, SetEnded)] == [1, 2]


def test_a_set_that_was_withdrawn_keeps_its_number() -> None:
    events = events_of(seen(10.0), SetReviewed(30.0, ()), seen(60.0))
    assert [event.set_number for event in events if isinstance(event, SetStarted)] == [1, 2]


def test_a_review_of_nothing_after_nothing_is_silent() -> None:
    assert events_of(SetReviewed(30.0, ())) == []


def test_a_slip_is_told_of_the_limb_sensor_and_changes_no_book() -> None:
    turn = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))
    slip = SlipSeen(14.0, 11.0, 11.5, 90.0, turn)
    reps = (found(10.0), found(13.0))
    events = events_of(seen(10.0), slip, seen(13.0), SetReviewed(25.0, reps))
    assert events[2] == PlacementChanged(14.0, SensorRole.LIMB, 90.0, 11.0, 11.5, turn)
    assert [*events[:2], *events[3:]] == events_of(seen(10.0), seen(13.0), SetReviewed(25.0, reps))


def measured(start_s: float, *, rises: bool | None = True) -> FoundRep:
    """A rep that leaves 0.2 s before its start, pauses for 0.3 s and arrives 0.1 s after its end."""
    velocity = None if rises is None else Velocity(0.4 if rises else -0.4, 0.8, 0.02, 0.02)
    return replace(
        found(start_s),
        measures=Measures(
            start_s - 0.2, start_s + 0.8, start_s + 1.1, start_s + 2.1, True, 0.8, 0.02, velocity, velocity
        ),
    )


def reps_of(phases: Phases, *found: FoundRep) -> list[Rep]:
    sets = Sets("vertical_pull", phases)
    (ended,) = (each for each in sets.step(SetReviewed(60.0, found)) if isinstance(each, SetEnded))
    return list(ended.reps)


def test_the_pause_at_home_is_the_time_since_the_rep_before() -> None:
    first, second, third = reps_of(Phases(), measured(10.0), measured(13.0), found(16.0))
    assert first.measures is not None
    assert second.measures is not None
    assert first.measures.home_pause_s is None
    assert second.measures.home_pause_s == pytest.approx(12.8 - 12.1)
    assert third.measures is None
    assert third.moved == (second.end_s, 18.0)


def test_a_rep_lasts_as_long_as_its_four_parts() -> None:
    first, second = reps_of(Phases(), measured(10.0), measured(13.0))
    assert second.measures is not None
    parts = second.measures
    assert parts.home_pause_s is not None
    whole_s = parts.home_pause_s + parts.out_s + parts.turn_pause_s + parts.back_s
    assert second.start_s == first.end_s
    assert second.end_s - second.start_s == pytest.approx(whole_s)


def test_where_sides_alternate_the_other_sides_rep_is_not_a_part_of_one() -> None:
    sets = Sets("cross_band", sides=Sides.ALTERNATING)
    (ended,) = (
        each
        for each in sets.step(SetReviewed(60.0, (measured(10.0), measured(15.0))))
        if isinstance(each, SetEnded)
    )
    assert [rep.start_s for rep in ended.reps] == [9.8, 14.8]


def test_reps_that_go_over_into_each_other_have_no_pause() -> None:
    _, second = reps_of(Phases(), measured(10.0), measured(12.1))
    assert second.measures is not None
    assert second.measures.home_pause_s == 0.0


def test_live_reps_are_measured_too() -> None:
    sets = Sets("any")
    events = [event for at in (10.0, 13.0) for event in sets.step(RepSeen(at + 2.2, measured(at)))]
    reps = [event.rep for event in events if isinstance(event, RepCounted)]
    assert [rep.measures and rep.measures.home_pause_s for rep in reps] == [None, pytest.approx(0.7)]


@pytest.mark.parametrize(
    ("out", "rises", "lifts"),
    [
        (OutWay.LIFTING, False, True),
        (OutWay.LOWERING, True, False),
        (OutWay.BY_HEIGHT, True, True),
        (OutWay.BY_HEIGHT, False, False),
        (OutWay.BY_HEIGHT, None, None),
        (None, True, None),
    ],
)
def test_the_exercise_says_which_way_lifts(
    out: OutWay | None, rises: bool | None, lifts: bool | None
) -> None:
    _, rep = reps_of(Phases(out), measured(10.0, rises=rises), measured(13.0, rises=rises))
    assert rep.out_lifts is lifts
    times = (rep.lifting_s, rep.lifted_pause_s, rep.lowering_s, rep.lowered_pause_s)
    if lifts is None:
        assert times == (None,) * 4
    elif lifts:
        assert times == pytest.approx((1.0, 0.3, 1.0, 0.7))
    else:
        assert times == pytest.approx((1.0, 0.7, 1.0, 0.3))
    assert (rep.lifting_velocity is None) is (lifts is None or rises is None)


def test_nothing_is_said_of_the_phases_of_a_rep_that_was_not_measured() -> None:
    (rep,) = reps_of(Phases(OutWay.LIFTING), found(10.0))
    assert (rep.lifting_s, rep.lifted_pause_s, rep.lowering_s, rep.lowered_pause_s) == (None,) * 4
    assert rep.lifting_velocity is None


def test_a_first_rep_that_is_found_late_gets_the_next_number_and_its_place_in_time() -> None:
    late = RepSeen(18.2, found(7.0))
    reviewed = SetReviewed(30.0, tuple(found(start_s) for start_s in (7.0, 10.0, 13.0)))
    events = events_of(seen(10.0), seen(13.0), late, reviewed)
    counted = [event for event in events if isinstance(event, RepCounted)]
    assert [(event.rep.number, event.rep.start_s, event.count) for event in counted] == [
        (1, 10.0, 1),
        (2, 12.0, 2),
        (3, 7.0, 3),
    ]
    (ended,) = [event for event in events if isinstance(event, SetEnded)]
    assert [rep.number for rep in ended.reps] == [3, 1, 2]
    assert (ended.live_count, ended.final_count, ended.start_s) == (3, 3, 7.0)
    assert not any(isinstance(event, RepsCorrected) for event in events)
