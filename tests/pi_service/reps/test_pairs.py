"""Repetitions of which the set's swings show one way alone."""

from __future__ import annotations

import pytest
from support.levels import pattern_of, track_of

from pi_service.reps.follow import Swing
from pi_service.reps.pairs import rep_of

OUT = Swing(50, 75, 55, 70, True, 1.0, 0.9)
BACK = Swing(75, 100, 80, 95, False, 1.0, 0.9)


@pytest.mark.parametrize("halves", [(OUT, None), (None, BACK)], ids=["no way back", "no way out"])
def test_a_way_that_the_run_does_not_have_is_measured_if_it_shows(
    halves: tuple[Swing | None, Swing | None],
) -> None:
    # The limb is brought to where the set begins, rests, goes out and back, rests, and is put down.
    track, pattern = track_of([3, 0, 0, 1, 0, 0, 3]), pattern_of()
    known, rep = rep_of(track, pattern, OUT, BACK), rep_of(track, pattern, *halves)
    assert known.measures is not None
    assert rep.measures is not None
    assert (rep.confidence, rep.range_deg) == (known.confidence, known.range_deg)
    assert rep.start_s == pytest.approx(known.start_s, abs=0.08)
    assert rep.end_s == pytest.approx(known.end_s, abs=0.08)
    assert rep.measures.out_s == pytest.approx(known.measures.out_s, abs=0.1)
    assert rep.measures.back_s == pytest.approx(known.measures.back_s, abs=0.1)


def test_a_way_that_the_stream_cut_takes_no_time() -> None:
    rep = rep_of(track_of([0.5, 1, 0, 0]), pattern_of(), None, Swing(25, 50, 30, 45, False, 1.0, 0.9))
    assert (rep.start_s, rep.turn_s) == (1.0, pytest.approx(1.02))
    assert rep.measures is None
