"""The gyroscope's zero, learned anew at the next rest."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calibration.imu import FloatArray
from pi_service.motion.grid import GridBlock
from pi_service.motion.re_zero import ReZero, Zeroing

RATE_HZ = 50.0
ZERO_RADS = np.radians([2.0, -1.0, 0.5])


def cells(count: int, *, tilts_dps: float = 0.0, first: int = 0) -> GridBlock:
    """Cells of a sensor that rests or, slowly enough to pass for a rest, tilts."""
    rng = np.random.default_rng(5)
    angle = np.radians(tilts_dps) * np.arange(count) / RATE_HZ
    force = 9.81 * np.stack([np.sin(angle), np.zeros(count), np.cos(angle)], axis=1)
    rate: FloatArray = ZERO_RADS + rng.normal(0.0, math.radians(0.05), (count, 3))
    return GridBlock(first, force, rate, restart=first == 0)


def learned(stage: ReZero, block: GridBlock, still: np.ndarray, chunk: int) -> list[tuple[int, Zeroing]]:
    """Return what was learned, and after which cell."""
    found = []
    for begin in range(0, len(block), chunk):
        part = slice(begin, begin + chunk)
        for piece, rest, zeroing in stage.step(block[part], still[part]):
            assert len(piece) == len(rest)
            if zeroing is not None:
                found.append((piece.first_cell + len(piece), zeroing))
    return found


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_it_is_the_mean_of_two_seconds_of_rest_after_the_request(chunk: int) -> None:
    block, still = cells(1000), np.ones(1000, dtype=np.bool_)
    still[140:200] = False  # somebody touches it
    stage = ReZero()
    stage.ask(1.01)
    ((cell, zeroing),) = learned(stage, block, still, chunk)
    assert cell == 300, "two whole seconds, without those before it was touched"
    assert zeroing.end_s == 6.0
    assert zeroing.rads == pytest.approx(ZERO_RADS, abs=math.radians(0.03))
    assert stage.state.since_cell is None, "once for each time that somebody asks"


def test_nothing_is_cut_or_learned_while_nobody_asks() -> None:
    block, still = cells(300), np.ones(300, dtype=np.bool_)
    ((same, _, zeroing),) = ReZero().step(block, still)
    assert same is block
    assert zeroing is None


@pytest.mark.parametrize("chunk", [13, 4000])
def test_who_waits_for_half_a_minute_without_a_rest_is_told(chunk: int) -> None:
    block, still = cells(4000), np.zeros(4000, dtype=np.bool_)
    stage = ReZero()
    stage.ask(2.0)
    ((_, zeroing),) = learned(stage, block, still, chunk)
    assert zeroing.rads is None
    assert zeroing.end_s == pytest.approx(32.0, abs=0.05)


def test_a_slow_tilt_is_no_rest() -> None:
    stage = ReZero()
    stage.ask(0.0)
    assert not learned(stage, cells(1000, tilts_dps=2.0), np.ones(1000, dtype=np.bool_), 50)


def test_lost_samples_are_no_rest() -> None:
    stage = ReZero()
    stage.ask(0.0)
    still = np.ones(75, dtype=np.bool_)
    guess = cells(75, first=75)
    bridged = GridBlock(75, guess.specific_force_ms2, guess.angular_rate_rads, restart=False, bridged=True)
    assert not learned(stage, cells(75), still, 75)
    assert not learned(stage, bridged, still, 75)
    assert not learned(stage, cells(75, first=150), still, 75)
    assert learned(stage, cells(75, first=225), still, 75)
