"""Synthetic recordings: a made-up person pulls on a bar, and it is known what happened.

No person was recorded and no recording was copied: every figure is drawn from `pullup` with a seed,
and the same seed gives the same samples. All output is marked as simulated.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from calibration.value import Calibration
from firmware.identity import SensorIdentity
from firmware.samples import RawBlock, SensorRole
from pi_service import __version__
from pi_service.athlete.counts import ChipTraits, read_out
from pi_service.athlete.forearm import wrist_motion
from pi_service.athlete.pullup import PullupSet, SetPlan
from pi_service.traces import Label, LabelKind, SensorHeader, TraceHeader, TraceWriter

#: The exercise that is simulated.
EXERCISE: Final = "vertical_pull"
RATE_HZ: Final = 100
#: Start time of written traces where nobody gives one: a fixed one, so that the file is the same each time.
EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)

#: How far the wrist sensor is from the middle of the hand.
HAND_TO_SENSOR_M: Final = 0.09
_PERIOD_US: Final = 1_000_000 // RATE_HZ
_SENSOR: Final = SensorIdentity(SensorRole.LIMB, None, 0x68, "MPU-6050", 0x68)


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticSet:
    """One set: its samples and the truth.

    Attributes
    ----------
    block
        All samples, from standing to standing.
    labels
        One for each repetition, then one for the set; times on the stream's clock.
    """

    block: RawBlock
    labels: tuple[Label, ...]


class SyntheticAthlete:
    """A made-up person with a wrist sensor, who does one set after the other on one clock.

    Parameters
    ----------
    seed
        The same seed gives the same sets.
    """

    def __init__(self, seed: int = 1) -> None:
        self._rng = np.random.default_rng(seed)
        bias_rads = self._rng.normal(0.0, math.radians(0.4), 3)
        self._chip = ChipTraits((float(bias_rads[0]), float(bias_rads[1]), float(bias_rads[2])))
        self._n_samples = 0

    @property
    def sensor(self) -> SensorHeader:
        """What the sensor says about itself."""
        ranges = (self._chip.accel_range_g, self._chip.gyro_range_dps)
        return SensorHeader(
            identity=_SENSOR,
            placement="wrist",
            accel_range_g=ranges[0],
            gyro_range_dps=ranges[1],
            rate_hz=float(RATE_HZ),
            calibration=Calibration.nominal(_SENSOR, *ranges),
            dlpf_setting=3,
            bandwidth_hz=44.0,
        )

    def next_set(self, plan: SetPlan) -> SyntheticSet:
        """Return the next set; its clock goes on where the set before ended."""
        bout = PullupSet(plan, self._rng)
        n = round(bout.duration_s * RATE_HZ)
        t_us = (np.arange(n, dtype=np.int64) + self._n_samples) * _PERIOD_US
        motion = wrist_motion(bout.path(np.arange(n) / RATE_HZ), HAND_TO_SENSOR_M)
        block = read_out(motion, t_us, self._chip, self._rng)
        begin_s = self._n_samples / RATE_HZ
        self._n_samples += n
        return SyntheticSet(block, set_labels(bout, begin_s))


def write_synthetic_trace(
    path: Path,
    *,
    reps: int = 8,
    seed: int = 1,
    sets: int = 1,
    rest_s: float = 20.0,
    plan: SetPlan | None = None,
    started_at: datetime = EPOCH,
    overwrite: bool = False,
) -> tuple[Label, ...]:
    """Write a labelled synthetic recording of pull-ups.

    Parameters
    ----------
    path
        Where to write (``.csv`` or ``.csv.gz``).
    reps
        Repetitions of each set.
    seed
        The same seed gives the same file.
    sets, rest_s
        How many sets, and how long the person stands still between them.
    plan
        Tempo and variant; its `reps` and `rest_s` are overridden.
    started_at
        Wall-clock time (aware) of the recording's beginning.
    overwrite
        Whether an existing file may be replaced.

    Returns
    -------
    tuple of Label
        The truth, as it stands in the file.

    Raises
    ------
    TraceError
        The file cannot be written.
    """
    athlete = SyntheticAthlete(seed)
    plans = set_plans(plan or SetPlan(), reps=reps, rest_s=rest_s)
    header = TraceHeader(
        station="synthetic",
        started_at=started_at,
        session_id=synthetic_session(started_at, plans, seed=seed, sets=sets),
        sensors=(athlete.sensor,),
        software=f"repclip {__version__}",
        exercise=EXERCISE,
        simulated=True,
        notes="Synthetic: made by a program, no person moved.",
    )
    truth: list[Label] = []
    with TraceWriter(path, header, overwrite=overwrite) as writer:
        for number in range(sets):
            done = athlete.next_set(plans[min(number, 1)])
            writer.write(done.block)
            for label in done.labels:
                writer.add_label(label)
            truth += done.labels
    return tuple(truth)


def synthetic_session(
    started_at: datetime, plans: tuple[SetPlan, SetPlan], *, seed: int, sets: int | None
) -> str:
    """Return the id of a session: always the same for one start, seed and plan, and another for any other.

    Parameters
    ----------
    started_at
        Wall-clock time (aware) of stream time 0.
    plans
        See `set_plans`.
    seed, sets
        What the athlete was made from, and how many sets follow; None for set after set.
    """
    start = started_at.astimezone(UTC)
    digest = hashlib.sha256(f"{start.isoformat()} {seed} {sets} {plans!r}".encode()).hexdigest()
    return f"synthetic-{start:%Y%m%dt%H%M%S}-{digest[:8]}"


def set_labels(bout: PullupSet, begin_s: float) -> tuple[Label, ...]:
    """Return the truth of a set that begins at `begin_s`: a label for each rep, then one for the set."""
    reps = [
        Label(
            LabelKind.REP,
            round(begin_s + rep.start_s, 3),
            round(begin_s + rep.end_s, 3),
            round(begin_s + rep.turn_s, 3),
        )
        for rep in bout.reps
    ]
    if not reps:
        return ()
    return (*reps, Label(LabelKind.SET, reps[0].start_s, reps[-1].end_s, text=f"{bout.plan.reps} reps"))


def set_plans(plan: SetPlan, *, reps: int, rest_s: float) -> tuple[SetPlan, SetPlan]:
    """Return the plan of the first set, which begins soon, and of those after it, which rest first."""
    return replace(plan, reps=reps), replace(plan, reps=reps, rest_s=rest_s)
