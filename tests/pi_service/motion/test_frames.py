"""Pairs of cells become frames."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.motion.frames import CELLS_PER_FRAME, FRAME_RATE_HZ, Frames
from pi_service.motion.grid import GridParams
from pi_service.motion.tilt import TiltBlock


def cells(first_cell: int, n: int, *, restart: bool = False) -> TiltBlock:
    """Cells whose values tell their index."""
    k = np.arange(first_cell, first_cell + n, dtype=float)
    return TiltBlock(
        first_cell, restart, np.stack([k, 2 * k, -k], axis=-1), k, k + 1, k + 2, k.astype(int) % 8 < 5
    )


def test_frames_and_cells_have_one_time_base() -> None:
    assert GridParams().rate_hz == FRAME_RATE_HZ * CELLS_PER_FRAME


def test_a_frame_is_the_mean_of_its_two_cells() -> None:
    frames = Frames().step(cells(0, 16, restart=True))
    assert frames is not None
    assert (frames.first_frame, frames.restart, len(frames)) == (0, True, 8)
    middle = np.arange(8) * 2 + 0.5
    np.testing.assert_array_equal(frames.up, np.stack([middle, 2 * middle, -middle], axis=-1))
    np.testing.assert_array_equal(frames.vertical_acceleration_ms2, middle)
    np.testing.assert_array_equal(frames.acceleration_ms2, middle + 1)
    np.testing.assert_array_equal(frames.turn_rate_rads, middle + 2)
    # Cells 0-4 and 8-12 are still: frames 2 and 6 only by half.
    assert frames.still.tolist() == [True, True, False, False, True, True, False, False]


def test_a_cell_waits_for_its_partner() -> None:
    frames = Frames()
    assert frames.step(cells(4, 1, restart=True)) is None
    second = frames.step(cells(5, 2))
    assert second is not None
    assert (second.first_frame, second.restart, len(second)) == (2, True, 1)
    third = frames.step(cells(7, 1))
    assert third is not None
    assert (third.first_frame, third.restart, third.vertical_acceleration_ms2.tolist()) == (3, False, [6.5])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_restart_in_the_middle_of_a_frame_begins_with_the_next(size: int) -> None:
    frames = Frames()
    frames.step(cells(0, 3, restart=True))  # cell 2 waits, and its partner never comes
    found = [frames.step(each) for each in (cells(101, size, restart=True), cells(101 + size, 5))]
    first = next(each for each in found if each is not None)
    assert first.restart
    assert first.first_frame == 51
    assert first.vertical_acceleration_ms2[0] == 102.5
    assert sum(each.restart for each in found if each is not None) == 1


def test_a_piece_keeps_its_place() -> None:
    frames = Frames().step(cells(0, 16, restart=True))
    assert frames is not None
    piece = frames[3:5]
    assert (piece.first_frame, piece.restart, len(piece)) == (3, False, 2)
    assert frames[:5].restart
    np.testing.assert_array_equal(piece.up, frames.up[3:5])
