"""What else may happen to the same movement: it should not change the count.

Each disturbance takes the samples of one sensor of a trace and gives what a sensor would have read that
was clipped on another way round, runs at another rate, is noisier, loses samples, or sits on the other
arm. What is drawn at random depends only on the disturbance and on the name of the trace.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from calibration.imu import FloatArray, ImuBlock, joined
from calibration.value import STANDARD_GRAVITY_MS2
from firmware.noise import accel_noise_g, gyro_noise_dps
from firmware.samples import SampleFlag
from pi_service.errors import UsageError
from pi_service.evaluation.resample import resampled
from pi_service.sources.base import Source, StreamInfo

#: Bandwidth of the chip's filter at 100 samples a second.
_BANDWIDTH_HZ = 44.0
#: What a calibration leaves: 5 mg and 0.1 deg/s.
_CALIBRATED = ((0.005, 0.005, 0.005), 0.1)
#: Zero-g offset and zero-rate output by the data sheet (PS-MPU-6000A-00 rev. 3.4, 6.1 and 6.2): g, deg/s.
_UNCALIBRATED = ((0.05, 0.05, 0.08), 20.0)
#: Share of the samples that is lost, and how long a radio or a busy computer loses them at a time.
LOST_SHARE = 0.05
_BURST_S = (0.2, 0.7)
#: Samples in a block of the stream that a disturbance gives.
_BLOCK = 50

Change = Callable[[ImuBlock, np.random.Generator], ImuBlock]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One of the disturbances.

    Attributes
    ----------
    id
        Its name in files and options.
    family
        What a person asks for: several may belong together.
    title
        What it does, in a few words.
    change
        Takes all samples of one sensor and gives the disturbed ones.
    """

    id: str
    family: str
    title: str
    change: Change


def rotated(block: ImuBlock, rng: np.random.Generator) -> ImuBlock:
    """Clip the sensor on in any other way: its frame is turned by a random rotation, all alike likely."""
    return _with_values(block, *_turned(block, Rotation.random(random_state=rng).as_matrix()))


def mirrored(block: ImuBlock, rng: np.random.Generator) -> ImuBlock:  # noqa: ARG001 - nothing is drawn
    """Do the same with the other arm: the movement in a mirror, whose plane the sensor's x axis crosses.

    A mirror turns a force like any vector, but the angular rate, whose sign is that of a screw, against it.
    """
    force, rate = _turned(block, np.diag([-1.0, 1.0, 1.0]))
    return _with_values(block, force, None if rate is None else -rate)


def noisy(
    block: ImuBlock, rng: np.random.Generator, *, offsets: tuple[tuple[float, float, float], float]
) -> ImuBlock:
    """Add a chip's noise by the data sheet and a bias drawn evenly from `offsets` (g, deg/s)."""
    limits_g, limit_dps = offsets
    offset_ms2 = rng.uniform(-1.0, 1.0, 3) * np.array(limits_g) * STANDARD_GRAVITY_MS2
    bias_rads = np.radians(rng.uniform(-limit_dps, limit_dps, 3))
    noise_ms2 = rng.normal(0.0, accel_noise_g(_BANDWIDTH_HZ) * STANDARD_GRAVITY_MS2, (len(block), 3))
    noise_rads = rng.normal(0.0, math.radians(gyro_noise_dps(_BANDWIDTH_HZ)), (len(block), 3))
    rate = block.angular_rate_rads
    return _with_values(
        block,
        block.specific_force_ms2 + offset_ms2 + noise_ms2,
        None if rate is None else rate + bias_rads + noise_rads,
    )


def lossy(block: ImuBlock, rng: np.random.Generator) -> ImuBlock:
    """Lose `LOST_SHARE` of the time in bursts, each somewhere in its own stretch of the trace."""
    begin_s, end_s = float(block.t_s[0]), float(block.t_s[-1])
    lost_s = LOST_SHARE * (end_s - begin_s)
    bursts = max(1, round(lost_s / float(np.mean(_BURST_S))))
    lengths_s = rng.uniform(*_BURST_S, bursts)
    lengths_s *= lost_s / lengths_s.sum()
    stretch_s = (end_s - begin_s) / bursts
    starts_s = begin_s + (np.arange(bursts) + rng.uniform(0.0, 1.0, bursts)) * stretch_s
    starts_s = np.minimum(starts_s, begin_s + np.arange(1, bursts + 1) * stretch_s - lengths_s)
    edges_s = np.column_stack((starts_s, starts_s + lengths_s)).ravel()
    kept = np.searchsorted(edges_s, block.t_s, side="right") % 2 == 0
    flags = block.flags.copy()
    flags[1:][~kept[:-1]] |= np.uint8(SampleFlag.GAP_BEFORE)
    rate = block.angular_rate_rads
    return ImuBlock(
        block.sensor,
        block.t_s[kept],
        block.specific_force_ms2[kept],
        None if rate is None else rate[kept],
        flags[kept],
    )


def _at_rate(block: ImuBlock, rng: np.random.Generator, *, rate_hz: float) -> ImuBlock:
    return resampled(block, rate_hz, float(rng.uniform()))


#: Every disturbance, in the order of the tables.
DISTURBANCES: tuple[Disturbance, ...] = (
    Disturbance("rotate", "rotate", "clipped on any other way", rotated),
    *(
        Disturbance(f"rate-{rate}", "rate", f"at {rate} Hz", partial(_at_rate, rate_hz=float(rate)))
        for rate in (25, 50, 100, 200)
    ),
    Disturbance("noise", "noise", "noise, calibrated bias", partial(noisy, offsets=_CALIBRATED)),
    Disturbance("noise-bias", "noise", "noise, data sheet's bias", partial(noisy, offsets=_UNCALIBRATED)),
    Disturbance("drops", "drops", "5 % lost in bursts", lossy),
    Disturbance("mirror", "mirror", "left and right swapped", mirrored),
)
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(each.family for each in DISTURBANCES))


def disturbance(name: str) -> Disturbance:
    """Return a disturbance by its id."""
    found = next((each for each in DISTURBANCES if each.id == name), None)
    if found is None:
        names = ", ".join(each.id for each in DISTURBANCES)
        raise UsageError(f"There is no disturbance {name!r}: choose one of {names}.")
    return found


def disturbances_of(family: str) -> tuple[Disturbance, ...]:
    """Return the disturbances of a family, or every one for ``all``."""
    return tuple(each for each in DISTURBANCES if family in {each.family, "all"})


def disturb(block: ImuBlock, what: Disturbance, name: str) -> ImuBlock:
    """Disturb all samples of one sensor; the same name gives the same result."""
    seed = zlib.crc32(f"{what.id} {name}".encode())
    return what.change(block, np.random.default_rng(seed)) if len(block) > 1 else block


class Disturbed:
    """A source whose samples are disturbed.

    Parameters
    ----------
    source
        What is disturbed; it is read to its end before the first block comes.
    what
        The disturbance.
    name
        What is drawn at random depends on it: the name of the trace.
    """

    def __init__(self, source: Source, what: Disturbance, name: str) -> None:
        self._source, self._what, self._name = source, what, name

    @property
    def info(self) -> StreamInfo:
        """What is known before the first sample; rates are those before the disturbance."""
        return self._source.info

    def blocks(self) -> Iterator[ImuBlock]:
        """Yield the disturbed stream; blocks of two sensors in the order of their last samples."""
        parts: dict[str, list[ImuBlock]] = {}
        for block in self._source.blocks():
            parts.setdefault(block.sensor, []).append(block)
        pieces = [
            whole[begin : begin + _BLOCK]
            for blocks in parts.values()
            for whole in (disturb(joined(blocks), self._what, self._name),)
            for begin in range(0, len(whole), _BLOCK)
        ]
        yield from sorted(pieces, key=lambda piece: float(piece.t_s[-1]))

    def close(self) -> None:
        """Close the source that is disturbed."""
        self._source.close()


def _turned(block: ImuBlock, matrix: npt.NDArray[np.float64]) -> tuple[FloatArray, FloatArray | None]:
    rate = block.angular_rate_rads
    return block.specific_force_ms2 @ matrix.T, None if rate is None else rate @ matrix.T


def _with_values(block: ImuBlock, force_ms2: FloatArray, rate_rads: FloatArray | None) -> ImuBlock:
    return ImuBlock(block.sensor, block.t_s, force_ms2, rate_rads, block.flags)
