"""The live count of long sets: what a rep costs does not grow with the set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from support.chunks import cut, frames_of
from support.streams import Tempo, Way, reps_block

import pi_service.reps.live as live_count
import pi_service.reps.stunted as stunted
from pi_service.motion.frames import FRAME_RATE_HZ
from pi_service.reps.counter import RepCounter
from pi_service.reps.found import Finding, RepSeen, SetReviewed
from pi_service.reps.pairing import look_at
from pi_service.reps.params import CounterParams
from pi_service.reps.recount import LookBack

QUICK = Tempo(0.5, 0.05, 0.55, 0.1)
REP_S = 1.2


def test_a_long_set_is_counted_without_looking_at_all_of_it_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames, pairs = list[int](), list[int]()

    def looked_at(history: Any, pattern: Any, begin: int, end: int, params: Any) -> Any:
        frames.append(end - begin)
        return look_at(history, pattern, begin, end, params)

    def measured(*given: Any) -> Any:
        pairs.append(1)
        return stunted_measure(*given)

    stunted_measure = stunted.measure  # type: ignore[attr-defined]
    monkeypatch.setattr(live_count, "look_at", looked_at)
    monkeypatch.setattr(stunted, "measure", measured)
    block, lifts = reps_block(Way.HEIGHT, 100, rate_hz=50.0, tempo=QUICK)
    counter, found = RepCounter(), list[Finding]()
    for each in frames_of(block):
        found += counter.step(each)
    found += counter.finish()
    (review,) = [each for each in found if isinstance(each, SetReviewed)]
    assert len(review.reps) == len(lifts)
    assert abs(sum(isinstance(each, RepSeen) for each in found) - len(lifts)) <= 1
    assert max(frames) < 45 * REP_S * FRAME_RATE_HZ, "the last 30 reps, and what was before a short set"
    assert len(pairs) <= 60


def test_what_nothing_is_compared_with_is_not_foreign() -> None:
    block, _ = reps_block(Way.TILT, 6, rate_hz=50.0)
    counter, frames = RepCounter(), cut(frames_of(block), [5])
    while (current := counter.current) is None or len(current.told) < 4:
        counter.step(next(frames))
    history = counter.state.history
    look = look_at(history, current.pattern, 0, history.end, CounterParams())
    assert look is not None
    seen = LookBack(look, 0, CounterParams())
    halves = look.runs[0][0], look.runs[0][1]
    assert not seen.is_foreign(halves)
    strange = seen._members.strange
    strange[:] = 100.0
    assert seen.is_foreign(halves)
    strange[:] = np.inf
    assert not seen.is_foreign(halves)
