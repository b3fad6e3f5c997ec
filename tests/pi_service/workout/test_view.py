"""The curve and the phases that people watch."""

from __future__ import annotations

import numpy as np
import pytest
from support.chunks import frames_of
from support.streams import Lift, Tempo, Way, make_lifts, out_and_back, reps_block

from pi_service.motion.frames import FRAME_RATE_HZ, MotionBlock
from pi_service.workout.events import Event, Movement, Phase, PhaseChanged
from pi_service.workout.view import View


def frames_at(
    tilt_rad: np.ndarray, first_frame: int = 0, *, still: bool = False, restart: bool = True
) -> MotionBlock:
    """Frames of a sensor that is tilted by so much about one axis."""
    n, zero = len(tilt_rad), np.zeros(len(tilt_rad))
    up = np.stack([np.sin(tilt_rad), zero, np.cos(tilt_rad)], axis=-1)
    return MotionBlock(first_frame, restart, up, zero, zero, zero, np.full(n, still))


def pieces(events: list[Event]) -> list[Movement]:
    return [event for event in events if isinstance(event, Movement)]


def phases(events: list[Event]) -> list[Phase]:
    return [event.phase for event in events if isinstance(event, PhaseChanged)]


class TestCurve:
    def test_pieces_are_a_fifth_of_a_second_on_fixed_frames(self) -> None:
        found = pieces(View().step(frames_at(np.zeros(52), 10), False))
        assert [round(piece.at_s / 0.2, 6) for piece in found] == list(range(3, 13))
        assert all(len(piece.values) == 5 and piece.rate_hz == FRAME_RATE_HZ for piece in found)

    def test_a_stream_that_begins_between_gives_a_short_first_piece(self) -> None:
        first, second = pieces(View().step(frames_at(np.zeros(8), 1007), False))
        assert (first.at_s, len(first.values)) == (40.4, 3)
        assert (second.at_s, len(second.values)) == (40.6, 5)

    def test_nothing_of_a_piece_survives_a_restart(self) -> None:
        view = View()
        view.step(frames_at(np.zeros(3)), False)
        (piece,) = pieces(view.step(frames_at(np.zeros(4), 101), False))
        assert (piece.at_s, len(piece.values)) == (4.2, 4)

    def test_values_are_the_angle_from_the_start_pose(self) -> None:
        view, tilt = View(), np.radians(np.concatenate((np.linspace(0, 90, 50), np.linspace(90, 0, 50))))
        view.step(frames_at(np.zeros(25), still=True), False)
        found = pieces(view.step(frames_at(tilt, 25, restart=False), True))
        values = [value for piece in found for value in piece.values]
        np.testing.assert_allclose(values, np.degrees(tilt), atol=0.06)

    def test_the_side_does_not_matter(self) -> None:
        values = []
        for sign in (1, -1):
            view = View()
            view.step(frames_at(np.zeros(25), still=True), False)
            values.append(pieces(view.step(frames_at(sign * np.linspace(0, 2, 50), 25, restart=False), True)))
        assert values[0] == values[1]

    def test_the_start_pose_is_the_last_rest(self) -> None:
        view = View()
        view.step(frames_at(np.zeros(25), still=True), False)
        view.step(frames_at(np.full(25, 1.0), 25, still=True, restart=False), False)
        (piece,) = pieces(view.step(frames_at(np.full(5, 1.0), 50, restart=False), True))
        assert max(piece.values) == 0.0

    def test_outside_a_set_the_pose_follows_slowly_and_in_a_set_it_stays(self) -> None:
        tilt = np.concatenate((np.zeros(5), np.full(495, 0.7)))
        following = pieces(View().step(frames_at(tilt), False))[-1].values[-1]
        staying = pieces(View().step(frames_at(tilt), True))[-1].values[-1]
        assert following < 2.0
        assert staying == pytest.approx(np.degrees(0.7), abs=0.1)


class TestPhases:
    def lifted(self, lifts: list[Lift]) -> np.ndarray:
        t_s = np.arange(round((lifts[-1].end_s + 1.0) * FRAME_RATE_HZ)) / FRAME_RATE_HZ
        return 0.8 * out_and_back(t_s, lifts).value

    def test_go_out_and_back_with_every_rep(self) -> None:
        lifts = make_lifts(5, np.random.default_rng(0), Tempo(1.0, 0.0, 1.0, 0.2), first_s=1.0)
        view = View()
        view.step(frames_at(np.zeros(25), still=True), False)
        events = view.step(frames_at(self.lifted(lifts), 25, restart=False), True)
        assert phases(events) == [Phase.OUT, Phase.BACK] * 5
        turned_s = [
            event.at_s - 1.0
            for event in events
            if isinstance(event, PhaseChanged) and event.phase is Phase.BACK
        ]
        for at_s, lift in zip(turned_s, lifts, strict=True):
            assert 0.0 < at_s - (lift.start_s + lift.out_s) < 0.6

    def test_a_tremor_is_no_change_of_direction(self) -> None:
        lifts = make_lifts(3, np.random.default_rng(0), Tempo(1.5, 0.5, 1.5, 0.2), first_s=1.0)
        tilt = self.lifted(lifts)
        tilt = tilt + np.radians(1.5) * np.sin(2 * np.pi * 5.0 * np.arange(len(tilt)) / FRAME_RATE_HZ)
        view = View()
        view.step(frames_at(np.zeros(25), still=True), False)
        assert phases(view.step(frames_at(tilt, 25, restart=False), True)).count(Phase.BACK) == 3

    def test_without_a_set_it_only_moves(self) -> None:
        lifts = make_lifts(3, np.random.default_rng(0), first_s=1.0)
        told = phases(View().step(frames_at(self.lifted(lifts)), False))
        assert told[0] is Phase.MOVING
        assert set(told) <= {Phase.MOVING, Phase.STILL}

    def test_a_rest_is_still_and_a_change_is_told_once(self) -> None:
        view = View()
        events = view.step(frames_at(np.zeros(50), still=True), False)
        assert phases(events) == []  # it starts out still
        events = view.step(frames_at(np.linspace(0.0, 0.5, 50), 50, restart=False), False)
        events += view.step(frames_at(np.full(50, 0.5), 100, still=True, restart=False), True)
        assert phases(events) == [Phase.MOVING, Phase.STILL]

    def test_a_phase_is_told_with_its_piece(self) -> None:
        events = View().step(frames_at(np.zeros(50)), False)
        change, piece = events[:2]
        assert isinstance(change, PhaseChanged)
        assert isinstance(piece, Movement)
        assert change.at_s == piece.at_s == 0.2


def test_a_turn_about_the_vertical_does_not_show() -> None:
    """The curve is one of tilt."""
    block, _ = reps_block(Way.TURN, 4)
    view = View()
    events = [event for frames in frames_of(block) for event in view.step(frames, True)]
    assert max(max(piece.values) for piece in pieces(events)) < 3.0


def test_an_arm_that_trembles_is_still_outside_a_set_only() -> None:
    tremor = np.radians(0.3) * np.sin(2 * np.pi * 8.0 * np.arange(100) / FRAME_RATE_HZ)
    assert phases(View().step(frames_at(tremor), False)) == [Phase.MOVING, Phase.STILL]
    assert Phase.STILL not in phases(View().step(frames_at(tremor), True))


class TestSlip:
    #: What was up along z before points along x from now on.
    TURN = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0))

    def slipped(self, *, told: bool) -> list[float]:
        """A rest and a set, in which the sensor turns by 90 degrees after 3 s; the curve after it."""
        view, quarter = View(), np.full(50, np.pi / 2)
        view.step(frames_at(np.zeros(25), still=True), False)
        view.start_set(0.4)
        view.step(frames_at(np.zeros(50), 25, restart=False), True)
        view.step(frames_at(quarter[:25], 75, restart=False), True)
        if told:
            view.turn_poses(self.TURN, 3.0)
        return [
            v
            for piece in pieces(view.step(frames_at(quarter, 100, restart=False), True))
            for v in piece.values
        ]

    def test_the_start_pose_turns_with_the_sensor(self) -> None:
        assert max(self.slipped(told=True)) == 0.0
        assert min(self.slipped(told=False)) == 90.0

    def test_a_set_that_is_told_of_after_the_slip_begins_in_the_turned_pose(self) -> None:
        view = View()
        view.step(frames_at(np.zeros(75)), False)
        view.step(frames_at(np.full(25, np.pi / 2), 75, restart=False), False)
        view.turn_poses(self.TURN, 3.0)
        view.start_set(1.0)
        (piece,) = pieces(view.step(frames_at(np.full(5, np.pi / 2), 100, restart=False), True))
        assert max(piece.values) == 0.0

    def test_a_pose_from_after_the_slip_stays(self) -> None:
        view = View()
        view.step(frames_at(np.zeros(75)), False)
        view.step(frames_at(np.full(25, np.pi / 2), 75, restart=False), False)
        view.start_set(3.6)
        view.turn_poses(self.TURN, 3.0)
        (piece,) = pieces(view.step(frames_at(np.full(5, np.pi / 2), 100, restart=False), True))
        assert max(piece.values) == 0.0
