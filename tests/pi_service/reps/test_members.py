"""Which swings belong to a set: those that go the set's own way, however long they take."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from support.levels import WAY_FRAMES, pattern_of, track_of

from pi_service.reps.follow import Track
from pi_service.reps.members import StreamEdges, find_members, member_runs, strangeness, ways_of
from pi_service.reps.params import CounterParams
from pi_service.reps.pose import HEIGHT, TURN, PosePath

PARAMS = CounterParams()
INSIDE = StreamEdges(None, None)
#: Five reps out of the pose 0 into the pose 1.
FIVE = [0.0, 1.0] * 5 + [0.0]


def members_of(
    levels: list[float],
    aside: list[float] | None = None,
    edges: StreamEdges = INSIDE,
    unlike: tuple[int, ...] = (),
):
    """Tell the members among the swings of a track; `unlike` ones were not taken for them before."""
    track = track_of(levels, aside)
    first = np.delete(np.arange(len(levels) - 1), unlike) * WAY_FRAMES
    return track, find_members(track, pattern_of(), first, edges, PARAMS)


class TestFindMembers:
    def test_all_swings_of_an_even_set_belong(self) -> None:
        _, members = members_of(FIVE)
        assert members.belongs.all()
        assert len(members.swings) == 10
        assert (members.strange < 1.0).all()
        assert members.size == pytest.approx(np.ones(10), abs=0.02)

    def test_a_swing_of_the_same_size_and_time_in_another_pose_does_not(self) -> None:
        _, members = members_of([*FIVE, 1.0, 0.0], aside=[0.0] * 11 + [0.8, 0.8])
        assert members.belongs.tolist() == [True] * 10 + [False] * 2

    def test_a_swing_that_is_twice_as_far_does_not(self) -> None:
        _, members = members_of([*FIVE, 2.0])
        assert members.belongs.tolist() == [True] * 10 + [False]

    def test_a_coordinate_that_wanders_in_the_set_itself_does_not_count(self) -> None:
        aside = np.random.default_rng(1).normal(0.0, 0.5, 11).tolist()
        _, members = members_of(FIVE, aside)
        assert members.belongs.sum() >= 9

    def test_a_swing_that_is_much_quicker_is_another_movement(self) -> None:
        # Of the same way, as an arm may swing that walks away.
        slow, quick = track_of(FIVE, frames=60), track_of([0.0, 1.0, 0.0], frames=12)
        signal = np.concatenate((slow.signal[:-1], quick.signal))
        points = np.zeros((len(signal), 5))
        points[:, 0] = signal
        track = Track(PosePath(0, points, 0.12, np.zeros((len(signal), 7))), signal, [])
        first = np.arange(10) * 60
        assert find_members(track, pattern_of(), first, INSIDE, PARAMS).belongs.tolist() == [
            *[True] * 10,
            *[False] * 2,
        ]

    def test_a_grip_that_changes_little_by_little_stays_in_the_set(self) -> None:
        _, members = members_of([0.0, 1.0] * 15 + [0.0], aside=np.linspace(0.0, 0.6, 31).tolist())
        assert members.belongs.all()

    def test_a_rep_amid_the_set_that_lost_samples_spoilt_belongs(self) -> None:
        aside = [0.0] * 5 + [0.8] + [0.0] * 5
        _, members = members_of(FIVE, aside)
        assert members.strange[4:6].min() > PARAMS.strange_tilt
        assert members.belongs.all()

    @pytest.mark.parametrize("cut", [False, True])
    def test_only_the_streams_edge_excuses_a_swing_that_is_a_little_strange(self, cut: bool) -> None:
        aside = [0.45, *[0.0] * 10]
        _, members = members_of(FIVE, aside, StreamEdges(0, None) if cut else INSIDE)
        assert members.belongs.tolist() == [cut, *[True] * 9]

    def test_a_height_that_is_bent_at_the_edge_of_a_set_followed_by_its_tilt_is_excused(self) -> None:
        track = track_of(FIVE)
        track.path.points[:, HEIGHT] = track_of(FIVE, aside=[0.45, *[0.0] * 10]).path.points[:, 1]
        first = np.arange(10) * WAY_FRAMES
        assert find_members(track, pattern_of(), first, INSIDE, PARAMS).belongs.all()
        by_turn = replace(pattern_of(), weights=np.eye(5)[TURN])
        assert not find_members(track, by_turn, first, INSIDE, PARAMS).belongs[0]

    def test_runs_end_at_a_foreign_swing(self) -> None:
        levels, aside = [*FIVE, 1.0, 0.0, *FIVE[1:]], [0.0] * 11 + [0.8, 0.8] + [0.0] * 10
        track, members = members_of(levels, aside, unlike=(10, 11))
        runs = member_runs(members, track, PARAMS)
        assert len(runs) == 2
        assert all(a.end == b.begin for run in runs for a, b in itertools.pairwise(run))
        assert all(swing.alike > 0.9 for swing in runs[0][1:-1])


def way_of(track: Track) -> np.ndarray:
    """The way of a track that is one swing."""
    return ways_of(track.path.points, track.signal, [(0, len(track.signal) - 1)])


class TestWays:
    def test_time_does_not_matter(self) -> None:
        slow, fast = track_of([0.0, 1.0], frames=100), track_of([0.0, 1.0], frames=20)
        ways = [
            ways_of(track.path.points, track.signal, [(0, len(track.signal) - 1)]) for track in (slow, fast)
        ]
        assert ways[0] == pytest.approx(ways[1], abs=0.01)

    def test_a_rest_half_way_does_not_matter(self) -> None:
        halting, plain = track_of([0.0, 0.5, 0.5, 1.0]), track_of([0.0, 1.0])
        assert way_of(halting) == pytest.approx(way_of(plain), abs=0.02)

    def test_of_turn_and_height_only_the_change_counts(self) -> None:
        track = track_of([0.0, 1.0])
        far = track.path.points.copy()
        far[:, 3:] += 7.0
        ends = [(0, len(track.signal) - 1)]
        assert ways_of(far, track.signal, ends) == pytest.approx(
            ways_of(track.path.points, track.signal, ends)
        )

    def test_without_members_everything_is_strange(self) -> None:
        ways = np.zeros((3, 12, 5))
        assert np.isinf(strangeness(ways, np.array([True, False, True]), np.array([], dtype=np.intp))).all()

    def test_a_member_alone_in_its_direction_cannot_be_told(self) -> None:
        ways = np.random.default_rng(0).normal(size=(3, 12, 5))
        strange = strangeness(ways, np.array([True, False, True]), np.array([0, 1, 2]))
        assert np.isinf(strange[1])
        assert np.isfinite(strange[[0, 2]]).all()
