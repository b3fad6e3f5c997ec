"""A review that finds a single way among the swings of what was taken for a set."""

from __future__ import annotations

import pytest
from support.chunks import frames_of
from support.streams import Way, reps_block

from pi_service.reps import review
from pi_service.reps.counter import RepCounter
from pi_service.reps.follow import Swing
from pi_service.reps.found import SetReviewed


def test_one_way_alone_is_no_set(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = review.member_runs

    def first_only(*known: object) -> list[list[Swing]]:
        return [run[:1] for run in usual(*known)[:1]]  # type: ignore[arg-type]

    monkeypatch.setattr(review, "member_runs", first_only)
    trace, _ = reps_block(Way.TILT, 6)
    counter = RepCounter()
    found = [each for frames in frames_of(trace) for each in counter.step(frames)] + counter.finish()
    assert [each.reps for each in found if isinstance(each, SetReviewed)] == [()]
