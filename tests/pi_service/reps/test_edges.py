"""Where a set begins and ends: runs of swings that are written down, and what they are completed to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.levels import WAY_FRAMES, pattern_of, track_of

from pi_service.reps.edges import RunEdges
from pi_service.reps.members import Members, StreamEdges, member_runs
from pi_service.reps.pairs import rep_of
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import HEIGHT
from pi_service.reps.swings import cut_swings, turning_points

PARAMS = CounterParams()
INSIDE = StreamEdges(None, None)


def completed(
    levels: list[float],
    first: int,
    last: int,
    edges: StreamEdges = INSIDE,
    strange: dict[int, float] | None = None,
    frames: int = WAY_FRAMES,
    out_goes_up: bool | None = None,
) -> list[int | None]:
    """Complete the run of swings `first` to `last` (inclusive) of a track through levels.

    Where `out_goes_up` is given, the levels are heights as well.
    """
    track, pattern = track_of(levels, frames=frames), pattern_of(period_s=2.0 * frames / 25.0)
    if out_goes_up is not None:
        track.path.points[:, HEIGHT] = track.signal
    turns = turning_points(track.signal, PARAMS.turn_share * pattern.swing)
    swings = cut_swings(track.path.points, track.signal, turns)
    how_strange = np.ones(len(swings))
    for swing, value in (strange or {}).items():
        how_strange[swing] = value
    members = Members(swings, how_strange, np.abs(swings.change), np.ones(len(swings), dtype=np.bool_))
    run = list(range(first, last + 1))
    decide = RunEdges(track, pattern, members, edges, [run], replace(PARAMS, out_goes_up=out_goes_up))
    return decide.complete(run, first=True, last=True)


class TestComplete:
    def test_an_even_run_is_all_pairs(self) -> None:
        assert completed([0, 0, 1, 0, 1, 0, 0], 0, 3) == [0, 1, 2, 3]

    def test_a_movement_that_runs_on_at_both_ends_has_one_rep_more(self) -> None:
        # Taken up from elsewhere (-2), turned at 0 without a pause, laid down in the end.
        assert completed([3, 0, 1, 0, 1, 0, 3], 1, 4) == [None, 1, 2, 3, 4, None]

    def test_an_even_run_that_begins_with_a_turn_has_one_rep_more_however_it_ends(self) -> None:
        assert completed([3, 0, 1, 0, 1, 0, 0, 0], 1, 4) == [None, 1, 2, 3, 4, None]

    def test_nothing_runs_on_after_a_long_pause(self) -> None:
        assert completed([3, 0, 0, 0, 0, 1, 0, 1, 0, 0], 1, 4) == [1, 2, 3, 4]

    @pytest.mark.parametrize("paused_at_front", [True, False])
    def test_an_odd_run_is_completed_where_the_movement_runs_on(self, paused_at_front: bool) -> None:
        levels = [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.5]
        if paused_at_front:
            assert completed(levels, 0, 4) == [0, 1, 2, 3, 4, None]
        else:
            assert completed(levels[::-1], 1, 5) == [None, 1, 2, 3, 4, 5]

    def test_an_odd_run_between_pauses_loses_its_strangest_edge(self) -> None:
        # The swing before the first rep takes the weight into the pose in which the reps begin.
        levels = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]
        assert completed(levels, 0, 4, strange={0: 3.0}) == [1, 2, 3, 4]

    def test_an_odd_run_that_runs_on_at_one_end_has_its_other_half_there(self) -> None:
        # Up from a hang into the first rep at once; after the last swing, however strange, there is a pause.
        levels = [2.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]
        assert completed(levels, 1, 5, strange={5: 5.0}) == [None, 1, 2, 3, 4, 5]

    def test_a_movement_that_pauses_at_one_end_begins_there(self) -> None:
        # Sharp peaks at 1; the first way up came from elsewhere, and the last way down leads on to the rack.
        levels = [0.4, 1, 0, 0, 1, 0, 0, 1, 0, 0, -0.3]
        assert completed(levels, 1, 5) == [None, 1, 2, 3, 4, 5]

    def test_a_bar_that_is_lowered_first_and_rests_before_was_taken_down_to_the_start(self) -> None:
        levels = [1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]
        assert completed(levels, 0, 4, out_goes_up=True) == [1, 2, 3, 4]
        assert completed(levels, 0, 4, out_goes_up=False)[:2] == [0, 1]

    def test_a_set_that_is_known_to_go_up_first_is_not_to_bend_down_and_to_stand_up(self) -> None:
        levels = [1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]
        bent_down = {0: 4.0, 5: 3.0}
        assert completed(levels, 0, 5, strange=bent_down, out_goes_up=True) == [1, 2, 3, 4]
        assert completed(levels, 0, 5, strange=bent_down) == [0, 1, 2, 3, 4, 5]

    @pytest.mark.parametrize(("last", "counts"), [(1.0, True), (3.0, False)], ids=["like the others", "not"])
    def test_a_last_way_up_counts_where_the_recording_ends_before_its_way_down(
        self, last: float, counts: bool
    ) -> None:
        # Bent down to the bar, three lifts; the recording ends at the top of the last.
        levels = [1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0]
        strange, ends = {0: 4.0, 5: last}, StreamEdges(None, 8 * WAY_FRAMES)
        lifts = [1, 2, 3, 4]
        assert completed(levels, 0, 5, ends, strange, out_goes_up=True) == lifts + [5, None] * counts
        assert completed(levels, 0, 5, INSIDE, strange, out_goes_up=True) == lifts

    def test_a_set_that_begins_at_the_other_end_is_one(self) -> None:
        # A Romanian dead lift: down first, with rest before and after, and all swings alike.
        levels = [1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]
        assert completed(levels, 0, 5, out_goes_up=True) == [0, 1, 2, 3, 4, 5]

    def test_a_first_way_up_right_from_standing_is_found(self) -> None:
        levels = [-3.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, -3.0]
        assert completed(levels, 1, 6, out_goes_up=True) == [None, 1, 2, 3, 4, 5, 6, None]

    @pytest.mark.parametrize("edge", [0, 4])
    def test_a_strange_swing_at_an_edge_is_none_of_the_set(self, edge: int) -> None:
        whole = completed([0, 1, 0, 1, 0, 1], 0, 4, strange={edge: 5.0})
        assert whole == [i for i in range(5) if i != edge]

    def test_of_two_strange_edges_the_stranger_one_goes(self) -> None:
        assert completed([0, 1, 0, 1, 0, 1], 0, 4, strange={0: 5.0, 4: 7.0}) == [0, 1, 2, 3]

    def test_a_recording_that_is_cut_to_the_set_may_have_a_strange_edge(self) -> None:
        edges = StreamEdges(0, 5 * WAY_FRAMES)
        assert len(completed([0, 1, 0, 1, 0, 1], 0, 4, edges, strange={4: 5.0})) == 6

    def test_a_stream_that_cuts_both_ends_has_one_more(self) -> None:
        levels = [0.6, 0, 1, 0, 0.6]  # begins and ends in the middle of a movement
        edges = StreamEdges(0, 4 * WAY_FRAMES)
        assert completed(levels, 1, 2, edges) == [None, 1, 2, None]
        assert completed(levels, 1, 2) == [1, 2]

    def test_a_stream_that_cuts_one_end_does_not(self) -> None:
        assert completed([0.0, 0, 1, 0, 0.6], 0, 1, StreamEdges(0, 4 * WAY_FRAMES)) == [0, 1]


class TestRep:
    def test_its_times_and_its_range(self) -> None:
        track, pattern = track_of([0, 1, 0]), pattern_of()
        swings = cut_swings(track.path.points, track.signal, [0, 25, 50])
        members = Members(swings, np.ones(2), np.ones(2), np.ones(2, dtype=np.bool_))
        ((out, back),) = member_runs(members, track, PARAMS)
        rep = rep_of(track, pattern, out, back)
        assert 0.0 < rep.start_s < 0.4
        assert rep.turn_s == pytest.approx(1.02)
        assert 1.6 < rep.end_s <= 2.04
        assert rep.range_m is None
