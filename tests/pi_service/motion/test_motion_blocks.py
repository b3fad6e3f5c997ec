"""Every stage of the motion room: any blocks, and any interruption, give the same output bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.chunks import (
    Recipe,
    bits,
    block_sizes,
    cut,
    frames_of,
    grid_of,
    recipes,
    run,
    run_restored,
    still_of,
    tilt_of,
)
from support.streams import Way, reps_block

from calibration.imu import FloatArray
from pi_service.motion.frames import Frames
from pi_service.motion.grid import Grid, GridBlock
from pi_service.motion.start_rest import StartRest, ZeroMissing
from pi_service.motion.stillness import Stillness
from pi_service.motion.tilt import TiltFilter


@dataclass(frozen=True, slots=True)
class Marked:
    """Cells with a mark for each: what the tilt filter takes in, and what stillness gives out."""

    first_cell: int
    restart: bool
    specific_force_ms2: FloatArray
    angular_rate_rads: FloatArray | None
    bridged: bool
    still: np.ndarray

    def __len__(self) -> int:
        return len(self.still)


def marked(cells: GridBlock, still: np.ndarray) -> Marked:
    force, rate = cells.specific_force_ms2, cells.angular_rate_rads
    return Marked(cells.first_cell, cells.restart, force, rate, cells.bridged, still)


def marked_of(trace: Any) -> list[Marked]:
    cells = grid_of(trace)
    return [marked(each, still) for each, still in zip(cells, still_of(cells), strict=True)]


def some(value: Any) -> list[Any]:
    return [] if value is None else [value]


STAGES = {
    "grid": (Grid, lambda stage, block: stage.step(block), lambda trace: [trace]),
    "stillness": (Stillness, lambda stage, cells: [marked(cells, stage.step(cells))], grid_of),
    "tilt": (TiltFilter, lambda stage, cells: [stage.step(cells, cells.still)], marked_of),
    "frames": (Frames, lambda stage, cells: some(stage.step(cells)), tilt_of),
}
EDGE_CASES = (
    Recipe(rate_hz=50.0, gaps=((4.0, 1.0), (9.0, 2.0))),
    Recipe(rate_hz=50.0, gaps=((7.0, 0.5), (9.1, 0.3), (11.3, 0.95))),
    Recipe(rate_hz=25.0, gyro=False, gaps=((4.0, 3.0),)),
    Recipe(rate_hz=100.0, gaps=((3.99, 1.5), (6.01, 1.5)), start_s=7),
    Recipe(rate_hz=12.0, jitter=0.45, way=Way.HEIGHT),
)


def edge_cases(test: Any) -> Any:
    for recipe in EDGE_CASES:
        for sizes in ([1], [7, 2, 64]):
            test = example(recipe=recipe, sizes=sizes)(test)
    return test


@pytest.mark.parametrize("name", STAGES)
@edge_cases
@given(recipe=recipes(), sizes=block_sizes)
@settings(max_examples=25, deadline=None)
def test_any_blocks_give_the_same_output(name: str, recipe: Recipe, sizes: list[int]) -> None:
    make, step, prepare = STAGES[name]
    blocks = prepare(recipe.trace())
    whole = bits(run(make, step, blocks))
    assert len(whole) >= 1
    assert bits(run(make, step, list(cut(blocks, sizes)))) == whole


@pytest.mark.parametrize("name", STAGES)
@edge_cases
@given(recipe=recipes(), sizes=block_sizes)
@settings(max_examples=15, deadline=None)
def test_a_saved_state_goes_on_as_if_nothing_had_happened(
    name: str, recipe: Recipe, sizes: list[int]
) -> None:
    make, step, prepare = STAGES[name]
    blocks = prepare(recipe.trace())
    assert bits(run_restored(make, step, list(cut(blocks, sizes)))) == bits(run(make, step, blocks))


def test_a_state_may_be_saved_between_any_two_samples() -> None:
    trace = Recipe(rate_hz=50.0, gaps=((1.0, 1.5),)).trace()[:120]
    whole = bits(run(Grid, STAGES["grid"][1], [trace]))
    for at in range(1, len(trace)):
        assert bits(run_restored(Grid, STAGES["grid"][1], [trace[:at], trace[at:]])) == whole


def test_the_rooms_in_a_row_agree_with_the_rooms_one_by_one() -> None:
    """The helpers of these tests and the stages in a row are the same thing."""
    trace = Recipe(gaps=((5.0, 2.0),)).trace()
    grid, stillness, tilt, frames = Grid(), Stillness(), TiltFilter(), Frames()
    found = []
    for block in cut([trace], [13]):
        for cells in grid.step(block):
            found += some(frames.step(tilt.step(cells, stillness.step(cells))))
    assert bits(found) == bits(frames_of(trace))


@given(sizes=block_sizes, off_rads=st.sampled_from([0.0, 0.2, 1.0]), seed=st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_the_rest_at_the_start_is_judged_the_same(sizes: list[int], off_rads: float, seed: int) -> None:
    trace, _ = reps_block(Way.TILT, 10, seed=seed, rest_s=0.0)
    assert trace.angular_rate_rads is not None
    trace.angular_rate_rads[:, 1] += off_rads
    blocks = marked_of(trace)

    def look(stage: StartRest, cells: Marked) -> list[ZeroMissing]:
        return some(stage.step(cells, cells.still))  # type: ignore[arg-type]

    whole = run(StartRest, look, blocks)
    assert len(whole) == (off_rads > 0.1)
    assert run(StartRest, look, list(cut(blocks, sizes))) == whole
    assert run_restored(StartRest, look, list(cut(blocks, sizes))) == whole
