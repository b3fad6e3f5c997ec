"""Writes what a simulated person did: a labelled trace, and the truth beside it as JSON."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from calibration.placement import Placement
from calibration.placement_kind import PlacementKind, Side
from calibration.value import Calibration
from firmware.identity import SensorIdentity
from firmware.roles import DEFAULT_I2C_ADDRESS
from firmware.samples import RawBlock, SensorRole
from pi_service import __version__
from pi_service.athlete.counts import ChipTraits, read_out
from pi_service.athlete.faults import MEANINGS
from pi_service.athlete.movements.base import TORSO, WRIST
from pi_service.athlete.session import Session, labels_of
from pi_service.athlete.task import Task
from pi_service.athlete.truth import TRUTH_FORMAT
from pi_service.errors import UsageError
from pi_service.traces import SensorHeader, TraceHeader, TraceWriter

RATE_HZ: Final = 100
#: Start time of written traces where nobody gives one: a fixed one, so that the file is the same each time.
EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
#: Seconds of samples that are made at a time.
_PIECE_S: Final = 10
#: Samples of one sensor in a recording before those of the other: a bus is read at least as often.
_IN_TURN: Final = RATE_HZ // 10
_PERIOD_US: Final = 1_000_000 // RATE_HZ
_CURVE_HZ: Final = 20
_WHO_AM_I: Final = 0x68


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be recorded.

    Attributes
    ----------
    task
        What each set is.
    placement
        Where the first sensor sits: wrist, bar or torso.
    torso
        Whether there is a second sensor on the torso.
    seed
        The same seed is the same person, movement and noise.
    sets, rest_s
        How many sets, and how long the person stands between them.
    side
        Which arm; drawn if None.
    clip
        Whether the sensors sit any way round.
    """

    task: Task = field(default_factory=Task)
    placement: str = "wrist"
    torso: bool = False
    seed: int = 1
    sets: int = 1
    rest_s: float = 20.0
    side: Side | None = None
    clip: bool = True

    def __post_init__(self) -> None:
        """Refuse a sensor where none can sit."""
        # A wrist is always there, whatever it sees of the work.
        allowed = dict.fromkeys((*self.task.movement.placements, WRIST))
        if self.placement not in allowed:
            raise UsageError(
                f"For {self.task.movement.variant} no sensor sits on {self.placement!r}: choose one of"
                f" {', '.join(allowed)}."
            )

    @property
    def worn(self) -> tuple[tuple[SensorRole, str], ...]:
        """The sensors and where they sit."""
        if self.placement == TORSO:
            return ((SensorRole.TORSO, TORSO),)
        limb = ((SensorRole.LIMB, self.placement),)
        return (*limb, (SensorRole.TORSO, TORSO)) if self.torso else limb


class Recorder:
    """The samples of a simulated session, set after set, as an MPU-6050 would have delivered them.

    Parameters
    ----------
    order
        What is to be recorded.

    Attributes
    ----------
    session
        Who moves, and the truth.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        self.session = Session(order.seed, order.task, rest_s=order.rest_s, side=order.side, clip=order.clip)
        self._rng = np.random.default_rng((order.seed, 303))
        self._chips = {}
        for role in SensorRole:
            x, y, z = (float(each) for each in self._rng.normal(0.0, math.radians(0.4), 3))
            self._chips[role] = ChipTraits((x, y, z))

    def sensors(self) -> tuple[SensorHeader, ...]:
        """Return what the sensors say about themselves."""
        return tuple(self._header(role, placement) for role, placement in self.order.worn)

    def blocks(self, number: int, size: int = _IN_TURN) -> Iterator[RawBlock]:
        """Yield the samples of a set and the life around it; sets follow each other on one clock.

        Parameters
        ----------
        number
            Which set, from 0.
        size
            So many samples of a sensor at a time, and then those of the other of the same moments, as both
            would come from one bus.
        """
        for pieces in self._pieces(number):
            for begin in range(0, len(pieces[0]), size):
                yield from (piece[begin : begin + size] for piece in pieces)

    def _pieces(self, number: int) -> Iterator[list[RawBlock]]:
        """Yield some seconds of each sensor at a time: what is drawn of the noise goes by these."""
        bout = self.session.bout(number)
        first = round(self.session.begin_s(number) * RATE_HZ)
        n, piece = round(bout.duration_s * RATE_HZ), _PIECE_S * RATE_HZ
        for begin in range(0, n, piece):
            index = np.arange(begin, min(begin + piece, n), dtype=np.int64)
            blocks = []
            for role, placement in self.order.worn:
                motion = bout.felt(placement, index / RATE_HZ)
                t_us = (first + index) * _PERIOD_US
                blocks.append(read_out(motion, t_us, self._chips[role], self._rng, role))
            yield blocks

    def _header(self, role: SensorRole, placement: str) -> SensorHeader:
        chip = self._chips[role]
        identity = SensorIdentity(role, None, DEFAULT_I2C_ADDRESS[role], "MPU-6050", _WHO_AM_I)
        return SensorHeader(
            identity=identity,
            placement=placement,
            accel_range_g=chip.accel_range_g,
            gyro_range_dps=chip.gyro_range_dps,
            rate_hz=float(RATE_HZ),
            calibration=Calibration.nominal(identity, chip.accel_range_g, chip.gyro_range_dps),
            dlpf_setting=3,
            bandwidth_hz=44.0,
            sits=self._sits(placement),
        )

    def _sits(self, placement: str) -> Placement:
        """Return how a sensor sits, as nobody but a program can know it."""
        person, kind = self.session.person, PlacementKind(placement)
        (a, b, c) = ((x, y, z) for x, y, z in person.clip(placement).T.tolist())
        return Placement((a, b, c), kind, person.side if kind is PlacementKind.WRIST else Side.UNKNOWN)


def session_of(order: Order, started_at: datetime) -> str:
    """Return the id of a session: always the same for one start and order, and another for any other."""
    start = started_at.astimezone(UTC)
    task = order.task
    told = (task.movement.variant, task.reps, task.hold_s, task.distance_m, task.faults, task.rest_s)
    more = (task.walk, task.drink_chance, task.slower, order.worn, order.seed, order.sets, order.rest_s)
    digest = hashlib.sha256(f"{start.isoformat()} {told!r} {more!r} {order.side!r} {order.clip}".encode())
    return f"synthetic-{start:%Y%m%dt%H%M%S}-{digest.hexdigest()[:8]}"


def truth_path(trace: Path) -> Path:
    """Return where the truth of a trace is written: ``set.csv.gz`` has it in ``set.truth.json``."""
    return trace.with_name(f"{trace.name.removesuffix('.gz').removesuffix('.csv')}.truth.json")


def write_recording(
    path: Path, order: Order, *, started_at: datetime = EPOCH, overwrite: bool = False
) -> dict[str, Any]:
    """Write a labelled trace and its truth.

    Parameters
    ----------
    path
        Where to write the trace (``.csv`` or ``.csv.gz``); the truth goes to `truth_path`.
    order
        What is to be recorded.
    started_at
        Wall-clock time (aware) of the recording's beginning.
    overwrite
        Whether existing files may be replaced.

    Returns
    -------
    dict
        The truth, as it stands in its file; docs/simulation.md tells its keys.

    Raises
    ------
    UsageError
        The truth's file exists, is a folder, or cannot be written.
    TraceError
        The trace cannot be written.
    """
    beside = truth_path(path)
    if beside.is_dir():
        raise UsageError(f"{beside} is a folder, and the truth is written there: choose another name.")
    if beside.exists() and not overwrite:
        raise UsageError(f"{beside} exists: say --overwrite to replace it, or choose another name.")
    recorder = Recorder(order)
    header = TraceHeader(
        station="synthetic",
        started_at=started_at,
        session_id=session_of(order, started_at),
        sensors=recorder.sensors(),
        software=f"repclip {__version__}",
        exercise=order.task.movement.exercise,
        simulated=True,
        notes="Synthetic: made by a program, no person moved.",
    )
    with TraceWriter(path, header, overwrite=overwrite) as writer:
        for number in range(order.sets):
            for block in recorder.blocks(number):
                writer.write(block)
            for label in labels_of(recorder.session.truth(number)):
                writer.add_label(label)
    truth = truth_of(recorder)
    try:
        beside.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{beside} cannot be written: {error.strerror or error}.") from error
    return truth


def index_cells(truth: dict[str, Any]) -> dict[str, str]:
    """Return what an index of labelled sets says of a recording with this truth, by column."""
    reps = sum(rep["seen"] for each in truth["sets"] for rep in each["reps"])
    return {
        "dataset": "simulated",
        "subject": f"seed-{truth['seed']}",
        "exercise": truth["exercise"],
        "reps": str(reps) if any(each["reps"] for each in truth["sets"]) else "",
    }


def truth_of(recorder: Recorder) -> dict[str, Any]:
    """Return the truth of a recording as JSON can write it."""
    order, session = recorder.order, recorder.session
    return {
        "format": TRUTH_FORMAT,
        "exercise": order.task.movement.exercise,
        "variant": order.task.movement.variant,
        "seed": order.seed,
        "placements": [placement for _, placement in order.worn],
        "rotations": [session.person.clip(placement).T.round(9).tolist() for _, placement in order.worn],
        "side": str(session.person.side),
        "step_length_m": round(session.person.step_m, 4),
        "faults": [
            {"kind": str(fault.kind), "size": fault.size, "unit": MEANINGS[fault.kind].unit}
            for fault in order.task.faults
        ],
        "sets": [session.truth(number).to_dict() for number in range(order.sets)],
        "curves": [_curves(session, number) for number in range(order.sets)],
    }


def _curves(session: Session, number: int) -> dict[str, Any]:
    """Return what a trainer could see from shortly before a set until shortly after it."""
    bout, begin_s = session.bout(number), session.begin_s(number)
    start_s, end_s = max(0.0, bout.truth.start_s - 1.0), bout.truth.end_s + 1.0
    first = math.ceil(start_s * _CURVE_HZ)
    t_s = np.arange(first, math.floor(end_s * _CURVE_HZ) + 1) / _CURVE_HZ
    seen = bout.curves(t_s)
    columns = ("height_m", "speed_ms", "torso_deg", "off_vertical_deg", "bar_tilt_deg")
    return {
        "start_s": round(begin_s + first / _CURVE_HZ, 4),
        "rate_hz": _CURVE_HZ,
        **{name: np.round(getattr(seen, name), 4).tolist() for name in columns},
    }
