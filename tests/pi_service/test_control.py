"""Requests of people in the midst of a stream."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import pytest
from support.asking import RATE_HZ, TEMPO, Session, joined, two_sets
from support.chunks import cut
from support.held import Turn, Walk, carrying, tilting
from support.streams import Way, reps_block, rest_block

from calibration.placement_kind import Side
from firmware.samples import SensorRole
from pi_service.control import Control
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event, RepCounted, SetEnded, SetStarted
from pi_service.workout.plan_file import read_plan_text
from pi_service.workout.told import ExerciseChanged, SetAsked, SetCorrected

PLAN = """\
name = "Two"
moves_on = "on_request"
[[step]]
exercise = "vertical_pull"
reps = [3, 4]
[[step]]
exercise = "any"
"""


def test_an_exercise_is_selected_between_two_sets() -> None:
    session = Session(two_sets())
    session.until(28.5)
    (changed,) = session.ask(lambda control: control.select(find_exercise("vertical_pull"), Side.LEFT))
    assert isinstance(changed, ExerciseChanged)
    assert (changed.exercise, changed.by, changed.step) == ("vertical_pull", "user", None)
    assert changed.at_s == pytest.approx(28.5, abs=0.2)
    session.end()
    # Numbers go on: they are the identity of a set within the session.
    assert session.sets() == [(1, "any", 6), (2, "vertical_pull", 5)]
    asked = [(e.set_number, e.place) for e in session.events if isinstance(e, SetAsked)]
    assert asked == [(2, 1)]


def test_selecting_in_the_midst_of_a_set_ends_it_first() -> None:
    session = Session(two_sets())
    session.until(13.0)
    told = session.ask(lambda control: control.select(find_exercise("vertical_pull")))
    kinds = [type(event) for event in told]
    assert kinds.index(SetEnded) < kinds.index(ExerciseChanged)
    session.end()
    first, *others = session.sets()
    assert first[:2] == (1, "any")
    assert 3 <= first[2] <= 5
    assert [name for _, name, _ in others] == ["vertical_pull"] * len(others)
    assert others[-1][2] == 5


def test_a_set_that_is_ended_is_not_counted_again() -> None:
    session = Session(two_sets())
    session.until(12.0)
    running = sum(isinstance(event, RepCounted) for event in session.events)
    assert running >= 3
    told = session.ask(lambda control: control.end_set())
    assert any(isinstance(event, SetEnded) for event in told)
    assert session.refused(lambda control: control.end_set()) == "No set is running: there is none to end."
    session.end()
    reps = [rep for event in session.events if isinstance(event, SetEnded) for rep in event.reps]
    assert all(a.end_s <= b.start_s + 0.3 for a, b in pairwise(reps))
    assert session.sets()[-1][2] == 5


def test_a_set_that_is_started_exists_before_its_first_rep() -> None:
    session = Session(two_sets())
    session.until(2.0)
    told = session.ask(lambda control: control.start_set())
    assert [type(event) for event in told] == [SetStarted]
    assert session.refused(lambda control: control.start_set()) == ("Set 1 is running already: end it first.")
    session.end()
    assert [event.set_number for event in session.events if isinstance(event, SetStarted)] == [1, 2]
    assert session.sets() == [(1, "any", 6), (2, "any", 5)]


@pytest.mark.parametrize("exercise", ["any", "walking", "thoracic_extension", "overhead_carry"])
def test_a_set_in_which_nothing_was_done_ends_with_nothing(exercise: str) -> None:
    trace = two_sets()[:150]
    if exercise == "thoracic_extension":
        trace = dataclasses.replace(trace, sensor=SensorRole.TORSO)
    session = Session(trace, exercise)
    session.until(1.0)
    session.ask(lambda control: control.start_set())
    session.until(2.0)
    (ended, *_) = session.ask(lambda control: control.end_set())
    assert isinstance(ended, SetEnded)
    assert (ended.set_number, ended.final_count, ended.reps, ended.hold, ended.carry) == (
        1,
        0,
        (),
        None,
        None,
    )
    assert ended.start_s < ended.end_s == ended.at_s
    session.ask(lambda control: control.start_set())
    session.end()
    assert session.sets() == [(1, exercise, 0), (2, exercise, 0)]


def test_a_plan_moves_on_when_it_is_asked_to() -> None:
    session = Session(two_sets(), plan=read_plan_text(PLAN, "plan"))
    session.until(28.5)
    told = session.ask(lambda control: control.next_exercise())
    (changed,) = [event for event in told if isinstance(event, ExerciseChanged)]
    assert changed.step is not None
    assert (changed.exercise, changed.by, changed.step.number) == ("any", "user", 2)
    assert "any is the last exercise of the plan 'Two'" in session.refused(
        lambda control: control.next_exercise()
    )
    session.end()
    assert session.sets() == [(1, "vertical_pull", 6), (2, "any", 5)]


def test_a_plan_that_would_move_by_itself_moves_once_when_it_is_asked_to() -> None:
    """Its last set is still running: ending it must not move the plan, too."""
    text = PLAN.replace("on_request", "by_itself").replace("reps = [3, 4]", "reps = [3, 4]\nsets = 1")
    text = text.replace('"any"', '"any"\nsets = 1') + '[[step]]\nexercise = "face_pull"\n'
    session = Session(two_sets(), plan=read_plan_text(text, "plan"))
    session.until(14.0)
    told = session.ask(lambda control: control.next_exercise())
    assert [event.exercise for event in told if isinstance(event, ExerciseChanged)] == ["any"]
    session.end()
    assert session.sets()[-1] == (len(session.sets()), "any", 5)


def test_a_plan_is_loaded_in_the_midst_of_a_stream() -> None:
    session = Session(two_sets())
    session.until(28.5)
    loaded = read_plan_text(PLAN, "plan")
    (changed,) = session.ask(lambda control: control.load(loaded))
    assert isinstance(changed, ExerciseChanged)
    assert changed.step is not None
    assert (changed.exercise, changed.step.number) == ("vertical_pull", 1)
    session.end()
    assert session.sets() == [(1, "any", 6), (2, "vertical_pull", 5)]
    assert sum(isinstance(event, ExerciseChanged) for event in session.events) == 1


def test_corrections_are_told_at_the_present_time() -> None:
    session = Session(two_sets(), "vertical_pull")
    session.until(12.0)
    assert "Set 1 is still running" in session.refused(lambda control: control.correct(1, 7))
    session.until(28.5)
    told = session.ask(lambda control: control.correct(1, 7))
    assert isinstance(told[0], SetCorrected)
    assert (told[0].count_before, told[0].count, told[0].by) == (6, 7, "user")
    assert told[0].at_s == session.pipeline.now_s
    assert "There is no set 2; finished sets are 1." in session.refused(lambda control: control.discard(2))
    told = session.ask(lambda control: control.discard(1))
    assert isinstance(told[0], SetCorrected)
    assert (told[0].count_before, told[0].count, told[0].reason) == (7, 0, "discarded")
    session.end()


def test_without_a_plan_there_is_nothing_next() -> None:
    session = Session(two_sets())
    session.until(5.0)
    assert session.refused(lambda control: control.next_exercise()) == (
        "There is no plan to go on in: load one, or select an exercise."
    )


def test_requests_before_the_first_sample_are_met() -> None:
    session = Session(two_sets())
    session.ask(lambda control: control.select(find_exercise("vertical_pull")))
    assert "No set is running" in session.refused(lambda control: control.end_set())
    session.end()
    assert session.sets() == [(1, "vertical_pull", 6), (2, "vertical_pull", 5)]


def test_a_hold_that_is_ended_stays_ended_while_the_pose_is_given_up() -> None:
    trace = tilting([Turn(2.0, 70.0), Turn(6.0, -18.0), Turn(20.0, 18.0)], 36.0, rate_hz=RATE_HZ)
    session = Session(dataclasses.replace(trace, sensor=SensorRole.TORSO), "thoracic_extension")
    session.until(18.0)
    (ended, *_) = session.ask(lambda control: control.end_set())
    assert isinstance(ended, SetEnded)
    assert ended.hold is not None
    assert ended.hold.held_s == pytest.approx(10.5, abs=0.7)
    session.end()
    assert len(session.sets()) == 1


def test_a_round_that_is_ended_begins_again_only_with_the_next_lift() -> None:
    trace = carrying([Walk(6.0, 16), Walk(26.0, 9)], [(2.0, 17.5), (22.5, 33.0)], 40.0)
    session = Session(trace, "overhead_carry")
    session.until(13.0)
    (ended, *_) = session.ask(lambda control: control.end_set())
    assert isinstance(ended, SetEnded)
    assert ended.carry is not None
    assert 8 <= len(ended.carry.carry.steps_s) <= 13
    session.end()
    rounds = [event for event in session.events if isinstance(event, SetEnded)]
    assert [event.set_number for event in rounds] == [1, 2]
    assert rounds[1].start_s > 20.0


def test_the_sensor_that_counts_changes_with_the_exercise() -> None:
    limb = two_sets()
    turns = [Turn(31.0, 70.0), Turn(36.0, -18.0), Turn(48.0, 18.0)]
    torso = dataclasses.replace(tilting(turns, 60.0, rate_hz=RATE_HZ), sensor=SensorRole.TORSO)
    pipeline, events = Pipeline(find_exercise("any")), list[Event]()
    control = Control(pipeline)
    blocks = sorted([*cut([limb], [10]), *cut([torso], [10])], key=lambda block: float(block.t_s[-1]))
    asked = False
    for block in blocks:
        if not asked and block.t_s[0] > 29.0:
            events += control.select(find_exercise("thoracic_extension"))
            asked = True
        events += pipeline.step(block)
    events += pipeline.finish()
    ended = [event for event in events if isinstance(event, SetEnded)]
    assert [(event.set_number, event.exercise) for event in ended] == [(1, "any"), (2, "thoracic_extension")]
    assert ended[1].hold is not None
    assert ended[1].hold.held_s == pytest.approx(10.5, abs=1.0)
    assert all(a.at_s <= b.at_s for a, b in pairwise(events))


@pytest.mark.parametrize("at_s", [2.0, 12.0, 20.0, 28.5])
def test_a_state_saved_after_a_request_goes_on(at_s: float) -> None:
    def asked(session: Session) -> Session:
        session.until(at_s)
        session.ask(lambda control: control.select(find_exercise("vertical_pull")))
        session.ask(lambda control: control.start_set())
        return session

    usual, other = asked(Session(two_sets())), asked(Session(two_sets()))
    saved = other.pipeline.save()
    other.pipeline = Pipeline(find_exercise("any"))
    other.pipeline.restore(saved)
    assert other.end() == usual.end()


def test_a_hold_that_is_ended_and_goes_on_is_no_second_set() -> None:
    turns = [Turn(2.0, 70.0), Turn(6.0, -18.0), Turn(24.0, 18.0), Turn(30.0, -18.0), Turn(44.0, 18.0)]
    trace = tilting(turns, 60.0, rate_hz=RATE_HZ)
    session = Session(dataclasses.replace(trace, sensor=SensorRole.TORSO), "thoracic_extension")
    session.until(14.0)
    session.ask(lambda control: control.end_set())
    session.until(29.0)
    assert len(session.sets()) == 1, "it was held on for ten seconds"
    session.end()
    assert [number for number, *_ in session.sets()] == [1, 2], "the next one counts again"
    last = [event for event in session.events if isinstance(event, SetEnded)][-1]
    assert last.hold is not None
    assert last.hold.held_s == pytest.approx(12.5, abs=0.7)


@pytest.mark.parametrize(
    ("exercise", "sensor"),
    [("any", SensorRole.LIMB), ("thoracic_extension", SensorRole.TORSO), ("overhead_carry", SensorRole.LIMB)],
)
def test_a_set_that_was_begun_and_in_which_nothing_comes_ends_by_itself(
    exercise: str, sensor: SensorRole
) -> None:
    session = Session(dataclasses.replace(rest_block(150.0, rate_hz=RATE_HZ), sensor=sensor), exercise)
    session.until(10.0)
    session.ask(lambda control: control.start_set())
    session.until(129.0)
    assert session.sets() == []
    session.until(132.0)
    assert session.sets() == [(1, exercise, 0)]
    assert not session.pipeline.work.running
    session.ask(lambda control: control.start_set())
    session.end()


def test_a_set_that_was_begun_waits_for_its_first_repetition_and_then_for_its_end() -> None:
    rest = rest_block(100.0, rate_hz=RATE_HZ)
    reps, _ = reps_block(Way.TILT, 12, seed=3, tempo=TEMPO, rate_hz=RATE_HZ)
    session = Session(joined(rest, dataclasses.replace(reps, t_s=reps.t_s + 100.0)))
    session.until(5.0)
    session.ask(lambda control: control.start_set())
    session.end()
    assert session.sets() == [(1, "any", 12)]
