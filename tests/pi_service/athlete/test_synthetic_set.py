from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from calibration.value import STANDARD_GRAVITY_MS2, Calibration
from firmware.samples import SampleFlag
from pi_service.athlete.counts import ChipTraits, read_out
from pi_service.athlete.forearm import WristMotion, wrist_motion
from pi_service.athlete.pullup import PullupSet, SetPlan, Variant
from pi_service.athlete.synthetic import SyntheticAthlete, write_synthetic_trace
from pi_service.traces import LabelKind, TraceReader, open_trace

FINE_HZ = 2000.0


def bout_and_motion(variant: Variant, seed: int = 2) -> tuple[PullupSet, np.ndarray, WristMotion]:
    bout = PullupSet(SetPlan(reps=3, variant=variant), np.random.default_rng(seed))
    t_s = np.arange(round(bout.duration_s * FINE_HZ)) / FINE_HZ
    return bout, t_s, wrist_motion(bout.path(t_s), 0.09)


@pytest.mark.parametrize("variant", Variant)
class TestIsConsistent:
    """Rotation, rate, position and specific force belong to one and the same movement."""

    def test_rotation_is_one(self, variant: Variant) -> None:
        rotation = bout_and_motion(variant)[2].rotation
        unit = np.einsum("nij,nkj->nik", rotation, rotation)
        np.testing.assert_allclose(unit, np.broadcast_to(np.eye(3), unit.shape), atol=1e-12)
        np.testing.assert_allclose(np.linalg.det(rotation), 1.0)

    def test_rate_is_the_derivative_of_the_rotation(self, variant: Variant) -> None:
        motion = bout_and_motion(variant)[2]
        change = (motion.rotation[2:] - motion.rotation[:-2]) * (FINE_HZ / 2)
        turning = np.einsum("nji,njk->nik", motion.rotation[1:-1], change)  # R^T dR/dt
        rate = np.stack([turning[:, 2, 1], turning[:, 0, 2], turning[:, 1, 0]], axis=-1)
        np.testing.assert_allclose(rate, motion.angular_rate_rads[1:-1], atol=2e-4)

    def test_specific_force_is_acceleration_less_gravity(self, variant: Variant) -> None:
        motion = bout_and_motion(variant)[2]
        p = motion.position_m
        accel = (p[2:] - 2 * p[1:-1] + p[:-2]) * FINE_HZ**2
        felt = np.einsum("nij,nj->ni", motion.rotation[1:-1], motion.specific_force_ms2[1:-1])
        np.testing.assert_allclose(felt - [0, 0, STANDARD_GRAVITY_MS2], accel, atol=0.02)

    def test_begins_and_ends_at_rest_in_the_same_pose(self, variant: Variant) -> None:
        motion = bout_and_motion(variant)[2]
        np.testing.assert_allclose(motion.rotation[0], motion.rotation[-1], atol=1e-3)
        for at in (0, -1):
            assert np.abs(motion.angular_rate_rads[at]).max() < 0.01
            assert np.linalg.norm(motion.specific_force_ms2[at]) == pytest.approx(
                STANDARD_GRAVITY_MS2, abs=0.1
            )

    def test_truth_is_where_the_forearm_turns(self, variant: Variant) -> None:
        bout, _, motion = bout_and_motion(variant)
        up = motion.rotation[:, :, 0]
        for rep in bout.reps:
            assert rep.start_s < rep.turn_s < rep.end_s
            start, turn, end = (round(at * FINE_HZ) for at in (rep.start_s, rep.turn_s, rep.end_s))
            angle_deg = np.degrees(np.arccos(np.clip(up[start:end] @ up[start], -1, 1)))
            assert 14 < angle_deg[turn - start] < 34
            assert angle_deg[0] < 0.1
            assert angle_deg[-1] < 6
            assert angle_deg.max() < angle_deg[turn - start] + 2
        travel_m = np.ptp(
            motion.position_m[int(bout.reps[0].start_s * FINE_HZ) : int(bout.reps[-1].end_s * FINE_HZ), 2]
        )
        assert (0.4 < travel_m < 0.65) if variant is Variant.LAT_PULLDOWN else (travel_m < 0.06)


class TestPlan:
    def test_tempo_is_about_what_was_asked_for(self) -> None:
        plan = SetPlan(reps=12)
        reps = PullupSet(plan, np.random.default_rng(0)).reps
        assert len(reps) == 12
        lengths_s = np.array([rep.end_s - rep.start_s for rep in reps])
        assert 2.4 < lengths_s[:3].mean() < 3.6
        assert lengths_s[-3:].mean() > 1.1 * lengths_s[:3].mean()  # it gets harder
        assert np.std(lengths_s) > 0.05
        assert all(a.end_s < b.start_s for a, b in pairwise(reps))

    def test_no_rep_at_all_is_a_set_too(self) -> None:
        done = SyntheticAthlete(1).next_set(SetPlan(reps=0))
        assert done.labels == ()
        assert len(done.block) > 1000

    def test_the_person_rests_as_long_as_asked(self) -> None:
        short, long = (
            PullupSet(SetPlan(rest_s=rest_s), np.random.default_rng(3)).reps[0].start_s
            for rest_s in (2.0, 30.0)
        )
        assert long - short == pytest.approx(28.0)


class TestChip:
    def test_noise_bias_and_gravity_at_rest(self) -> None:
        n = 20_000
        rest = WristMotion(
            np.broadcast_to(np.eye(3), (n, 3, 3)),
            np.zeros((n, 3)),
            np.tile([0.0, 0.0, STANDARD_GRAVITY_MS2], (n, 1)),
            np.zeros((n, 3)),
        )
        bias_rads = (0.01, -0.02, 0.005)
        block = read_out(rest, np.arange(n) * 10_000, ChipTraits(bias_rads), np.random.default_rng(0))
        imu = Calibration.nominal(SyntheticAthlete().sensor.identity).apply(block)
        assert imu.angular_rate_rads is not None
        np.testing.assert_allclose(imu.angular_rate_rads.mean(axis=0), bias_rads, atol=5e-5)
        np.testing.assert_allclose(np.degrees(imu.angular_rate_rads.std(axis=0)), 0.05, rtol=0.05)
        np.testing.assert_allclose(imu.specific_force_ms2.mean(axis=0), [0, 0, 9.80665], atol=1e-3)
        np.testing.assert_allclose(imu.specific_force_ms2.std(axis=0) / 9.80665, 3.3e-3, rtol=0.05)

    def test_the_end_of_the_range_is_flagged(self) -> None:
        force = np.array([[0.0, 0.0, 9.8], [0.0, -200.0, 0.0], [0.0, 0.0, 9.8]])
        rate = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [99.0, 0.0, 0.0]])
        motion = WristMotion(np.zeros((3, 3, 3)), np.zeros((3, 3)), force, rate)
        block = read_out(motion, np.arange(3), ChipTraits((0.0, 0.0, 0.0)), np.random.default_rng(0))
        assert block.flags.tolist() == [0, SampleFlag.CLIPPED, SampleFlag.CLIPPED]
        assert block.accel_counts[1, 1] == -32768
        assert block.gyro_counts[2, 0] == 32767


class TestAthlete:
    def test_the_same_seed_gives_the_same_samples(self) -> None:
        one, two, other = (SyntheticAthlete(seed).next_set(SetPlan(reps=2)) for seed in (7, 7, 8))
        assert one.block.accel_counts.tobytes() == two.block.accel_counts.tobytes()
        assert one.block.gyro_counts.tobytes() == two.block.gyro_counts.tobytes()
        assert one.labels == two.labels
        assert one.labels != other.labels

    def test_sets_follow_each_other_on_one_clock_without_a_jump(self) -> None:
        athlete = SyntheticAthlete(4)
        first, second = (athlete.next_set(SetPlan(reps=1, rest_s=1.0)) for _ in range(2))
        assert int(second.block.t_us[0] - first.block.t_us[-1]) == 10_000
        jump = np.abs(second.block.accel_counts[0].astype(int) - first.block.accel_counts[-1])
        assert jump.max() < 0.05 * 4096  # 50 mg
        assert second.labels[0].start_s > first.labels[-1].end_s + 5.0

    def test_nothing_clips(self) -> None:
        assert not any(
            SyntheticAthlete(seed).next_set(SetPlan(reps=1)).block.flags.any() for seed in range(5)
        )


class TestWrittenTrace:
    def test_is_a_labelled_recording(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv.gz"
        truth = write_synthetic_trace(path, reps=4, seed=3)
        trace = open_trace(path)
        assert trace.info.simulated
        assert trace.labels() == truth
        assert [label.kind for label in truth] == [LabelKind.REP] * 4 + [LabelKind.SET]
        n = sum(map(len, trace.blocks()))
        assert n / 100 > truth[-1].end_s + 5
        assert trace.warnings == ()
        assert "Synthetic" in TraceReader(path).header.notes

    def test_the_same_seed_gives_the_same_file(self, tmp_path: Path) -> None:
        for name in ("a.csv.gz", "b.csv.gz"):
            write_synthetic_trace(
                tmp_path / name, reps=1, sets=2, rest_s=3.0, plan=replace(SetPlan(), lift_s=0.8)
            )
        assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
