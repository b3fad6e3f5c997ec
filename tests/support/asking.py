"""A stream that stops at any second, so that somebody can ask for something."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from support.chunks import cut
from support.streams import Tempo, Way, reps_block

from calibration.imu import ImuBlock
from pi_service.control import Control
from pi_service.errors import UsageError
from pi_service.exercises import find_exercise
from pi_service.pipeline import Pipeline
from pi_service.workout.events import Event, SetEnded
from pi_service.workout.plan import Plan

TEMPO = Tempo(0.8, 0.1, 0.9, 0.2)
RATE_HZ = 50.0


class Session:
    """A stream that can be stopped at any second to ask for something."""

    def __init__(self, trace: ImuBlock, exercise: str = "any", plan: Plan | None = None) -> None:
        first = find_exercise(exercise) if plan is None else plan.steps[0].exercise
        self.pipeline = Pipeline(first, plan=plan)
        self.control = Control(self.pipeline)
        self.events: list[Event] = []
        self._blocks = list(cut([trace], [7]))

    def until(self, at_s: float) -> None:
        while self._blocks and self._blocks[0].t_s[-1] < at_s:
            self.events += self.pipeline.step(self._blocks.pop(0))

    def ask(self, what: Callable[[Control], list[Event]]) -> list[Event]:
        told = what(self.control)
        self.events += told
        return told

    def refused(self, what: Callable[[Control], list[Event]]) -> str:
        before = self.pipeline.save()
        with pytest.raises(UsageError) as caught:
            what(self.control)
        assert self.pipeline.save() == before, "what is refused changes nothing"
        return str(caught.value)

    def end(self) -> list[Event]:
        self.until(1e9)
        self.events += self.pipeline.finish()
        assert all(a.at_s <= b.at_s for a, b in pairwise(self.events))
        return self.events

    def sets(self) -> list[tuple[int, str, int]]:
        return [(e.set_number, e.exercise, e.final_count) for e in self.events if isinstance(e, SetEnded)]


def two_sets() -> ImuBlock:
    first, _ = reps_block(Way.TILT, 6, seed=1, tempo=TEMPO, rate_hz=RATE_HZ)
    second, _ = reps_block(Way.TILT, 5, seed=2, tempo=TEMPO, rate_hz=RATE_HZ)
    second = dataclasses.replace(second, t_s=second.t_s + first.t_s[-1] + 0.02)
    assert first.angular_rate_rads is not None
    return joined(first, second)


def joined(a: ImuBlock, b: ImuBlock) -> ImuBlock:
    assert a.angular_rate_rads is not None
    assert b.angular_rate_rads is not None
    return ImuBlock(
        a.sensor,
        np.concatenate((a.t_s, b.t_s)),
        np.concatenate((a.specific_force_ms2, b.specific_force_ms2)),
        np.concatenate((a.angular_rate_rads, b.angular_rate_rads)),
        np.concatenate((a.flags, b.flags)),
    )
