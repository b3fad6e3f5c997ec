"""The books and the view: any blocks, and any interruption, give the same events."""

from __future__ import annotations

import pickle
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chunks import Recipe, block_sizes, cut, frames_of, part, recipes, run, run_restored

from pi_service.motion.frames import MotionBlock
from pi_service.reps.found import Finding, FoundRep, RepSeen, SetReviewed, SlipSeen
from pi_service.workout.events import (
    Event,
    Movement,
    PhaseChanged,
    PlacementChanged,
    RepCounted,
    RepsCorrected,
    SetEnded,
    SetStarted,
)
from pi_service.workout.sets import Sets
from pi_service.workout.view import View


def in_sets(frames: list[MotionBlock]) -> list[tuple[MotionBlock, bool]]:
    """Cut where a set begins or ends: the view is told once for a block whether a set runs."""
    out = []
    for block in frames:
        at_s = [(block.first_frame + i) / 25.0 for i in range(len(block))]
        begin = sum(t % 40_000 < 6.0 for t in at_s)
        end = sum(t % 40_000 < 17.0 for t in at_s)
        for first, last, in_set in ((0, begin, False), (begin, end, True), (end, len(block), False)):
            if first < last:
                out.append((part(block, first, last), in_set))
    return out


def see(view: View, told: tuple[MotionBlock, bool]) -> list[Event]:
    return view.step(*told)


@given(recipe=recipes(), sizes=block_sizes)
@settings(max_examples=15, deadline=None)
def test_any_blocks_and_any_interruption_give_the_same_view(recipe: Recipe, sizes: list[int]) -> None:
    told = in_sets(frames_of(recipe.trace()))
    whole = run(View, see, told)
    assert any(isinstance(event, Movement) for event in whole)
    assert any(isinstance(event, PhaseChanged) for event in whole)
    parcels = [(piece, in_set) for block, in_set in told for piece in cut([block], sizes)]
    assert run(View, see, parcels) == whole
    assert run_restored(View, see, parcels) == whole


@given(recipe=recipes(), sizes=block_sizes)
@settings(max_examples=8, deadline=None)
def test_a_view_that_was_told_of_a_slip_goes_on_the_same(recipe: Recipe, sizes: list[int]) -> None:
    def turn_and_see(view: View, told: tuple[MotionBlock, bool]) -> list[Event]:
        frames, in_set = told
        if frames.first_frame % 40 == 0:
            view.turn_poses(_TURN, (frames.first_frame - 10) / 25.0)
        return view.step(frames, in_set)

    told = in_sets(frames_of(recipe.trace()))
    singly = [(piece, in_set) for block, in_set in told for piece in cut([block], [1])]
    assert run_restored(View, turn_and_see, singly) == run(View, turn_and_see, singly)


@st.composite
def sessions(draw: st.DrawFn) -> list[Finding]:
    """Findings as a counter may give them: reps one after the other, reviews that may see others."""
    lengths_s = st.floats(0.3, 4.0)
    findings: list[Finding] = []
    now_s = 0.0
    for _ in range(draw(st.integers(1, 3))):
        begin_s = now_s
        for _ in range(draw(st.integers(0, 5))):
            now_s += draw(lengths_s)
            findings.append(RepSeen(now_s + 0.1, _rep(now_s - 0.3 * draw(st.floats(0.2, 1.0)), now_s)))
            if draw(st.integers(0, 9)) == 0:
                findings.append(SlipSeen(now_s + 0.1, now_s - 2.0, now_s - 1.5, 33.0, _TURN))
        reviewed, at_s = [], begin_s
        for _ in range(draw(st.integers(0, 6))):
            start_s = at_s + draw(st.floats(0.0, 2.0))
            at_s = start_s + draw(lengths_s)
            reviewed.append(_rep(start_s, at_s))
        now_s = max(now_s, at_s) + 10.0
        findings.append(SetReviewed(now_s, tuple(reviewed)))
    return findings


#: About the z axis by 90 degrees.
_TURN = ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))


def _rep(start_s: float, end_s: float) -> FoundRep:
    return FoundRep(start_s, (start_s + end_s) / 2, end_s, 40.0, None, 0.9)


def keep_books(sets: Sets, finding: Finding) -> list[Event]:
    return sets.step(finding)


@given(session=sessions(), at=st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_books_that_were_put_away_go_on_where_they_were(session: list[Finding], at: int) -> None:
    whole = run(lambda: Sets("any"), keep_books, session)
    assert run_restored(lambda: Sets("any"), keep_books, session) == whole
    # What is saved is a copy: going on with the first must not change the second.
    sets = Sets("any")
    before = run(lambda: sets, keep_books, session[:at])
    saved = pickle.dumps(sets.state)
    run(lambda: sets, keep_books, session[at:])
    other = Sets("any")
    other.state = pickle.loads(saved)  # noqa: S301 - our own bytes
    assert before + run(lambda: other, keep_books, session[at:]) == whole


@given(session=sessions())
@settings(max_examples=200, deadline=None)
def test_books_always_balance(session: list[Finding]) -> None:
    told = run(lambda: Sets("any"), keep_books, session)
    slips = [event for event in told if isinstance(event, PlacementChanged)]
    assert len(slips) == sum(isinstance(finding, SlipSeen) for finding in session)
    events = [event for event in told if not isinstance(event, PlacementChanged)]
    started = [event.set_number for event in events if isinstance(event, SetStarted)]
    assert started == list(range(1, len(started) + 1))
    assert [event.set_number for event in events if isinstance(event, SetEnded)] == started
    for number in started:
        of_set = [event for event in events if event.set_number == number]
        counted = [event for event in of_set if isinstance(event, RepCounted)]
        live = [event.rep for event in counted if event.source == "live"]
        corrections = [event for event in of_set if isinstance(event, RepsCorrected)]
        ended = of_set[-1]
        assert isinstance(of_set[0], SetStarted)
        assert isinstance(ended, SetEnded)
        assert len(corrections) <= 1
        added = set(corrections[0].added) if corrections else set()
        withdrawn = set(corrections[0].withdrawn) if corrections else set()
        numbers = [event.rep.number for event in counted]
        assert numbers == list(range(1, len(numbers) + 1)), "no number twice, none left out"
        assert added == {event.rep.number for event in counted if event.source == "review"}
        assert {rep.number for rep in live} - withdrawn | added == {rep.number for rep in ended.reps}
        assert withdrawn <= {rep.number for rep in live}
        assert ended.live_count == len(live)
        assert ended.final_count == len(ended.reps) == ended.live_count + len(added) - len(withdrawn)
        assert [event.count for event in counted if event.source == "live"] == [rep.number for rep in live]
        if corrections:
            assert corrections[0].count == ended.final_count
        if counted[-1].source == "review":
            assert counted[-1].count == ended.final_count
        starts_s = [rep.start_s for rep in ended.reps]
        assert starts_s == sorted(starts_s)
        assert max(Counter(rep.number for rep in ended.reps).values(), default=1) == 1


@pytest.mark.parametrize("session", [[], [SetReviewed(3.0, ())]])
def test_nothing_found_is_no_set(session: list[Finding]) -> None:
    assert run(lambda: Sets("any"), keep_books, session) == []
