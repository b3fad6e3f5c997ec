"""The tilt filter beside the one whose idea it follows; `python -m benchmarks.tilt_beside_vqf` does it on
recordings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.chunks import grid_of, still_of
from support.streams import SMALL_BIAS_RADS, Way, felt, make_lifts, motion_of, out_and_back, regular

from benchmarks.tilt_beside_vqf import BOUND_DEG, Apart, apart, between_deg, our_up, rms_deg, vqf_up
from calibration.imu import FloatArray, ImuBlock
from pi_service.athlete.forearm import WristMotion
from pi_service.athlete.movements.base import WRIST
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task

pytest.importorskip("vqf", reason="vqf has no wheel for this machine")
#: About what a calibration leaves. The pull-ups begin without a rest, in which a larger one would show.
BIAS_RADS = (SMALL_BIAS_RADS[0] / 10, SMALL_BIAS_RADS[1] / 10, SMALL_BIAS_RADS[2] / 10)


def pull_ups(seed: int, mount: Rotation) -> tuple[ImuBlock, FloatArray]:
    """What a chip reads that was clipped on anyhow, and the true direction of up."""
    rng = np.random.default_rng(seed)
    bout = Session(seed, Task(reps=10, drink_chance=0.0), clip=False).bout(0)
    t_s = regular(bout.duration_s + 5.0, 100.0)
    return read(t_s, bout.felt(WRIST, t_s), rng, mount)


def lifts(way: Way, seed: int, mount: Rotation) -> tuple[ImuBlock, FloatArray]:
    rng = np.random.default_rng(seed)
    reps = make_lifts(10, rng)
    t_s = regular(reps[-1].end_s + 5.0, 100.0)
    return read(t_s, motion_of(t_s, way, out_and_back(t_s, reps)), rng, mount)


def read(
    t_s: FloatArray, motion: WristMotion, rng: np.random.Generator, mount: Rotation
) -> tuple[ImuBlock, FloatArray]:
    block = felt(t_s, motion, rng, mount=mount, bias_rads=BIAS_RADS)
    return block, np.einsum("ij,nj->ni", mount.as_matrix(), motion.rotation[:, 2, :])


def recording(kind: str, seed: int) -> tuple[ImuBlock, FloatArray]:
    mount = Rotation.random(random_state=np.random.default_rng(seed))
    return pull_ups(seed, mount) if kind == "pull-ups" else lifts(Way(kind), seed, mount)


KINDS = ("pull-ups", *Way)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_like_beside_like_the_two_are_within_a_tenth_of_a_degree(kind: str, seed: int) -> None:
    block, _ = recording(kind, seed)
    (cells,) = grid_of(block)
    (still,) = still_of([cells])
    ours = our_up(cells, still, BIAS_RADS)
    assert rms_deg(ours, vqf_up(cells, BIAS_RADS, our_low_pass=True)) < BOUND_DEG
    # With its own low pass the package differs by a fast arm's acceleration, and not by much.
    assert rms_deg(ours, vqf_up(cells, BIAS_RADS)) < 3 * BOUND_DEG
    # The check can fail: with a bias that is off by 1 deg/s it does.
    wrong = (BIAS_RADS[0] + np.radians(1.0), *BIAS_RADS[1:])
    assert rms_deg(ours, vqf_up(cells, wrong, our_low_pass=True)) > 3 * BOUND_DEG


@pytest.mark.parametrize("kind", KINDS)
def test_as_they_are_ours_is_about_as_near_to_the_truth(kind: str) -> None:
    """Each with its own bias tracking and its own low pass, against what is known."""
    errors = []
    for seed in range(4):
        block, truth = recording(kind, seed)
        (cells,) = grid_of(block)
        (still,) = still_of([cells])
        middles_s = (cells.first_cell + np.arange(len(cells)) + 0.5) * 0.02
        true = np.stack([np.interp(middles_s, block.t_s, column) for column in truth.T], axis=1)
        errors.append([rms_deg(up, true) for up in (our_up(cells, still), vqf_up(cells))])
    ours, theirs = np.mean(errors, axis=0)
    # Whoever stands very still at the start is taken for a rest by ours (seed 0: off by 1.7 degrees).
    bound_deg, more_deg = (0.9, 0.5) if kind == "pull-ups" else (0.6, 0.15)
    assert ours < bound_deg
    assert ours < theirs + more_deg


def test_a_recording_is_compared_on_its_longest_stretch() -> None:
    block, _ = recording("tilt", 1)
    cut = block[(block.t_s < 3.0).nonzero()[0][-1] + 200 :]
    early = block[: (block.t_s < 3.0).nonzero()[0][-1]]
    found = apart("two.csv", [early, cut])
    assert isinstance(found, Apart)
    assert found.same_filter_deg < BOUND_DEG
    assert apart("short.csv", [early]) is None


def test_small_angles_are_exact() -> None:
    a = np.array([[0.0, 0.0, 1.0]])
    b = np.array([[np.sin(1e-9), 0.0, np.cos(1e-9)]])
    assert between_deg(a, b)[0] == pytest.approx(np.degrees(1e-9), rel=1e-6)
