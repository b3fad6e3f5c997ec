"""The disturbances, each against what is known of it."""

from __future__ import annotations

import numpy as np
import pytest
from support.streams import Way, regular, reps_block, walk_block

from calibration.imu import ImuBlock
from firmware.samples import SampleFlag, SensorRole
from pi_service.errors import UsageError
from pi_service.evaluation.disturb import (
    DISTURBANCES,
    FAMILIES,
    LOST_SHARE,
    Disturbed,
    disturb,
    disturbance,
    disturbances_of,
)
from pi_service.evaluation.resample import resampled

BLOCK, _ = reps_block(Way.TILT, 10, rate_hz=100.0)
NAME = "some/trace.csv"


def done(name: str, block: ImuBlock = BLOCK) -> ImuBlock:
    return disturb(block, disturbance(name), NAME)


def rate_of(block: ImuBlock) -> np.ndarray:
    assert block.angular_rate_rads is not None
    return block.angular_rate_rads


def test_every_disturbance_has_a_name_and_a_family() -> None:
    assert len({each.id for each in DISTURBANCES}) == len(DISTURBANCES)
    assert FAMILIES == ("rotate", "rate", "noise", "drops", "mirror")
    assert [each.id for each in disturbances_of("rate")] == ["rate-25", "rate-50", "rate-100", "rate-200"]
    assert disturbances_of("all") == DISTURBANCES
    with pytest.raises(UsageError, match="choose one of rotate, rate-25"):
        disturbance("shake")


@pytest.mark.parametrize("name", [each.id for each in DISTURBANCES])
def test_the_same_trace_is_always_disturbed_alike(name: str) -> None:
    once, again = done(name), done(name)
    for one, other in zip(
        (once.t_s, once.specific_force_ms2, rate_of(once), once.flags),
        (again.t_s, again.specific_force_ms2, rate_of(again), again.flags),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    assert (np.diff(once.t_s) > 0).all()
    if name != "mirror":
        other_trace = disturb(BLOCK, disturbance(name), "another.csv")
        assert len(other_trace) != len(once) or not np.allclose(
            other_trace.specific_force_ms2, once.specific_force_ms2
        )


def test_a_rotation_keeps_lengths_and_angles() -> None:
    turned = done("rotate")
    products = [np.sum(block.specific_force_ms2 * rate_of(block), axis=1) for block in (BLOCK, turned)]
    np.testing.assert_allclose(products[1], products[0], atol=1e-9)
    np.testing.assert_allclose(
        np.linalg.norm(turned.specific_force_ms2, axis=1), np.linalg.norm(BLOCK.specific_force_ms2, axis=1)
    )
    assert np.abs(turned.specific_force_ms2 - BLOCK.specific_force_ms2).max() > 1.0


def test_a_mirrored_turn_still_turns_gravity() -> None:
    """In a frame that turns with w, gravity moves as -w x g: true of the mirrored pair, too."""
    t_s = regular(4.0, 1000.0)
    angle, rate = 0.7 * np.sin(2.0 * t_s), 1.4 * np.cos(2.0 * t_s)
    zero = np.zeros_like(t_s)
    # About an axis that lies across the mirror, and about one in it.
    for axis, up in ((0, (zero, np.sin(angle), np.cos(angle))), (1, (-np.sin(angle), zero, np.cos(angle)))):
        turn = np.zeros((len(t_s), 3))
        turn[:, axis] = rate
        force = 9.81 * np.column_stack(up)
        block = ImuBlock(SensorRole.LIMB, t_s, force, turn, np.zeros(len(t_s), np.uint8))
        for each in (block, done("mirror", block)):
            moved = np.gradient(each.specific_force_ms2, t_s, axis=0)
            np.testing.assert_allclose(
                moved[5:-5], -np.cross(rate_of(each), each.specific_force_ms2)[5:-5], atol=1e-3
            )


def test_a_mirror_in_the_mirror_is_the_same() -> None:
    twice = done("mirror", done("mirror"))
    np.testing.assert_array_equal(twice.specific_force_ms2, BLOCK.specific_force_ms2)
    np.testing.assert_array_equal(rate_of(twice), rate_of(BLOCK))


@pytest.mark.parametrize(
    ("name", "offset_ms2", "bias_dps"), [("noise", 0.05, 0.1), ("noise-bias", 0.79, 20.0)]
)
def test_noise_is_the_data_sheets(name: str, offset_ms2: float, bias_dps: float) -> None:
    force = done(name).specific_force_ms2 - BLOCK.specific_force_ms2
    rate = np.degrees(rate_of(done(name)) - rate_of(BLOCK))
    assert force.std(axis=0) == pytest.approx(0.0326, rel=0.1)
    assert rate.std(axis=0) == pytest.approx(0.0332, rel=0.1)
    assert 0.0 < np.abs(force.mean(axis=0)).max() < offset_ms2
    assert 0.2 * bias_dps < np.abs(rate.mean(axis=0)).max() < bias_dps + 0.01


def test_samples_are_lost_in_bursts_that_are_marked() -> None:
    kept = done("drops")
    assert 1.0 - len(kept) / len(BLOCK) == pytest.approx(LOST_SHARE, abs=0.01)
    gaps_s = np.diff(kept.t_s)
    after = np.flatnonzero(gaps_s > 0.02)
    assert len(after) >= 3
    assert gaps_s[after].min() > 0.1
    assert gaps_s.max() < 1.0
    np.testing.assert_array_equal(np.flatnonzero(kept.flags & SampleFlag.GAP_BEFORE), after + 1)


@pytest.mark.parametrize("rate_hz", [25.0, 50.0, 200.0])
def test_resampling_keeps_a_slow_movement(rate_hz: float) -> None:
    t_s = regular(20.0, 100.0)
    slow = np.column_stack([np.sin(2 * np.pi * hz * t_s) for hz in (0.2, 0.5, 1.0)])
    block = ImuBlock(SensorRole.LIMB, t_s, slow, slow, np.zeros(len(t_s), np.uint8))
    new = resampled(block, rate_hz, 0.3)
    np.testing.assert_allclose(np.diff(new.t_s), 1.0 / rate_hz, rtol=1e-9)
    truth = np.column_stack([np.sin(2 * np.pi * hz * new.t_s) for hz in (0.2, 0.5, 1.0)])
    np.testing.assert_allclose(new.specific_force_ms2, truth, atol=0.005)
    np.testing.assert_allclose(rate_of(new), truth, atol=0.005)


def test_resampling_to_a_slower_rate_averages() -> None:
    t_s = regular(4.0, 100.0)
    jitter = np.where(np.arange(len(t_s)) % 2 == 0, 1.0, -1.0)[:, None] * np.ones(3)
    block = ImuBlock(SensorRole.LIMB, t_s, jitter, None, np.zeros(len(t_s), np.uint8))
    new = resampled(block, 25.0, 0.0)
    assert new.angular_rate_rads is None
    assert np.abs(new.specific_force_ms2).max() < 0.13


def test_resampling_makes_nothing_up_for_a_long_silence() -> None:
    keep = (BLOCK.t_s < 8.0) | (BLOCK.t_s >= 10.0)
    flags = BLOCK.flags.copy()
    flags[300] |= SampleFlag.CLIPPED
    holed = ImuBlock(
        BLOCK.sensor, BLOCK.t_s[keep], BLOCK.specific_force_ms2[keep], rate_of(BLOCK)[keep], flags[keep]
    )
    new = resampled(holed, 50.0, 0.5)
    assert not ((new.t_s > 8.0) & (new.t_s < 10.0)).any()
    (gap,) = np.flatnonzero(new.flags & SampleFlag.GAP_BEFORE)
    assert new.t_s[gap] == pytest.approx(10.0, abs=0.03)
    (clipped,) = np.flatnonzero(new.flags & SampleFlag.CLIPPED)
    assert new.t_s[clipped] == pytest.approx(3.0, abs=0.02)


def test_a_trace_without_a_gyroscope_stays_without() -> None:
    walk = walk_block(20, 1.8)
    bare = ImuBlock(walk.sensor, walk.t_s, walk.specific_force_ms2, None, walk.flags)
    for each in DISTURBANCES:
        assert disturb(bare, each, NAME).angular_rate_rads is None


class Parts:
    """A source of two sensors whose blocks alternate."""

    def __init__(self) -> None:
        self.closed = False
        self.info = None

    def blocks(self):
        for begin in range(0, len(BLOCK), 37):
            piece = BLOCK[begin : begin + 37]
            yield piece
            yield ImuBlock(
                SensorRole.TORSO, piece.t_s, piece.specific_force_ms2, piece.angular_rate_rads, piece.flags
            )

    def close(self) -> None:
        self.closed = True


def test_a_disturbed_source_disturbs_each_sensor_as_a_whole() -> None:
    parts = Parts()
    source = Disturbed(parts, disturbance("drops"), NAME)
    blocks = list(source.blocks())
    for sensor in (SensorRole.LIMB, SensorRole.TORSO):
        t_s = np.concatenate([block.t_s for block in blocks if block.sensor is sensor])
        np.testing.assert_array_equal(t_s, done("drops").t_s)
    ends_s = [block.t_s[-1] for block in blocks]
    assert ends_s == sorted(ends_s)
    source.close()
    assert parts.closed
