"""Sets of simulated people with what is around them: bending down, laying down, a first rep begun at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.athlete.movements import find_movement
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import RepCounted, SetEnded

RATE_HZ = 100.0


@dataclass(frozen=True, slots=True)
class Counted:
    made: tuple[tuple[float, float], ...]
    live: list[RepCounted]
    sets: list[SetEnded]


@cache
def counted(variant: str, seed: int, reps: int, placement: str = "wrist") -> Counted:
    movement = find_movement(variant)
    session = Session(seed, Task(movement, reps=reps))
    t_s = np.arange(round((session.begin_s(1) + 3.0) * RATE_HZ)) / RATE_HZ
    block = ImuBlock(SensorRole.LIMB, t_s, *session.worn(placement)(t_s), np.zeros(len(t_s), np.uint8))
    pipeline = Pipeline(find_exercise(movement.exercise))
    events = [*pipeline.step(block), *pipeline.finish()]
    return Counted(
        tuple((rep.start_s, rep.end_s) for rep in session.truth(0).reps),
        [event for event in events if isinstance(event, RepCounted) and event.source == "live"],
        [event for event in events if isinstance(event, SetEnded)],
    )


@pytest.mark.parametrize("seed", [42, 57, 80])
def test_to_bend_down_for_the_bar_and_to_lay_it_down_are_no_reps(seed: int) -> None:
    seen = counted("dead_lift", seed, 5)
    (ended,) = seen.sets
    assert len(ended.reps) == 5
    for rep, (start_s, end_s) in zip(ended.reps, seen.made, strict=True):
        assert min(rep.end_s, end_s) - max(rep.start_s, start_s) > 0.5 * (end_s - start_s)


@pytest.mark.parametrize("seed", [42, 43])
def test_what_hardly_travels_does_not_count_live(seed: int) -> None:
    assert len(counted("dead_lift", seed, 5).live) <= 5


@pytest.mark.parametrize(("variant", "seed"), [("face_pull", 43), ("cross_band", 40), ("lat_pulldown", 41)])
def test_a_first_rep_begun_in_a_longer_movement_is_told_while_the_set_runs(variant: str, seed: int) -> None:
    seen = counted(variant, seed, 8)
    assert len(seen.live) == len(seen.sets[0].reps)
    firsts = sorted(seen.live, key=lambda event: event.rep.turn_s)
    assert firsts[0].rep.end_s == pytest.approx(seen.sets[0].reps[0].end_s, abs=1.0)
    assert firsts[0].at_s < seen.sets[0].reps[-1].end_s
    # Who shows the newest message shows the rep that was done last.
    newest = {event.at_s: event for event in seen.live}
    assert [event.rep.turn_s for event in newest.values()] == sorted(
        event.rep.turn_s for event in newest.values()
    )


@pytest.mark.parametrize("seed", [43, 45, 69])
def test_a_pull_up_begun_right_from_gripping_the_bar_is_counted(seed: int) -> None:
    seen = counted("pull_up", seed, 11)
    assert [len(each.reps) for each in seen.sets] == [11]


@pytest.mark.parametrize(("seed", "reps"), [(164, 7), (175, 4)])
def test_a_last_lift_so_slow_that_it_hardly_differs_from_rest_is_counted(seed: int, reps: int) -> None:
    assert [len(each.reps) for each in counted("dead_lift", seed, reps, "bar").sets] == [reps]
