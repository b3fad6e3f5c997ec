"""Sets as nobody should do them: whatever is told of them makes sense, and does not depend on the blocks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support.chunks import cut, frames_of

from calibration.imu import ImuBlock
from firmware.samples import SensorRole
from pi_service.motion.frames import MotionBlock
from pi_service.reps.counter import RepCounter
from pi_service.reps.found import Finding, FoundRep, RepSeen, SetReviewed

_RATE_HZ = 25.0


def untidy(seed: int) -> list[MotionBlock]:
    """Swings of any time and size about one axis, sometimes a pause, noise; cut wherever it is.

    In some the sensor turns on the limb, in others it freezes.
    """
    rng = np.random.default_rng(seed)
    n = round(60.0 * _RATE_HZ)
    period_s, uneven = rng.uniform(0.8, 4.0), rng.choice([0.05, 0.3, 0.6])
    course: list[float] = []
    while len(course) < n:
        half = max(3, round(0.5 * _RATE_HZ * period_s * rng.uniform(1.0 - uneven, 1.3)))
        way = 0.5 - 0.5 * np.cos(np.pi * np.arange(half) / half)
        course += (rng.choice([1.0, 1.0, rng.uniform(0.3, 2.0)]) * np.concatenate((way, way[::-1]))).tolist()
        course += [0.0] * round(rng.choice([0.0, 0.0, 0.0, rng.uniform(0.0, 9.0)]) * _RATE_HZ)
    axis = rng.normal(size=3)
    angles = np.outer(course[:n], rng.choice([0.4, 1.0]) * axis / np.linalg.norm(axis))
    angles += rng.normal(0.0, rng.choice([0.0, 0.01]), (n, 3))
    if seed % 3 == 0:
        angles[rng.integers(n) :] += rng.normal(0.0, 0.5, 3)
    if seed % 4 == 0:
        freezes = rng.integers(n // 2, n)
        angles[freezes:] = angles[freezes - 1]
    force = Rotation.from_rotvec(angles).inv().apply([0.0, 0.0, 9.81])
    rate = np.clip(np.gradient(angles, 1.0 / _RATE_HZ, axis=0), -30.0, 30.0)
    return frames_of(ImuBlock(SensorRole.LIMB, np.arange(n) / _RATE_HZ, force, rate, np.zeros(n, np.uint8)))


def findings_of(frames: list[MotionBlock]) -> list[Finding]:
    counter, found = RepCounter(), list[Finding]()
    for each in frames:
        found += counter.step(each)
    return found + counter.finish()


@pytest.fixture(scope="module", params=range(16))
def told(request: pytest.FixtureRequest) -> tuple[list[MotionBlock], list[Finding]]:
    """A set, and what is found in it."""
    frames = untidy(request.param)
    return frames, findings_of(frames)


def test_every_rep_turns_within_itself_and_is_over_when_it_is_told(
    told: tuple[list[MotionBlock], list[Finding]],
) -> None:
    last_s, live = 0.0, list[FoundRep]()
    for finding in told[1]:
        assert finding.at_s >= last_s
        last_s = finding.at_s
        reps: tuple[FoundRep, ...] = ()
        if isinstance(finding, RepSeen):
            live.append(finding.rep)
            reps = (finding.rep,)
        elif isinstance(finding, SetReviewed):
            assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(live))
            live, reps = [], finding.reps
        for rep in reps:
            assert rep.start_s < rep.turn_s < rep.end_s <= finding.at_s


def test_any_blocks_give_the_same_findings(told: tuple[list[MotionBlock], list[Finding]]) -> None:
    frames, findings = told
    assert findings_of(list(cut(frames, [1]))) == findings
