"""One trace in many parcels: cutting streams into blocks, and comparing what comes out bit for bit."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st
from support.streams import (
    SMALL_BIAS_RADS,
    Lift,
    Tempo,
    Way,
    felt,
    make_lifts,
    motion_of,
    out_and_back,
    walk_motion,
    without,
)

from calibration.imu import ImuBlock
from firmware.samples import SampleFlag
from pi_service.motion.frames import Frames, MotionBlock
from pi_service.motion.grid import Grid, GridBlock
from pi_service.motion.stillness import Stillness
from pi_service.motion.tilt import TiltBlock, TiltFilter

B = TypeVar("B")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A trace that can be made again: small to print, easy to shrink.

    Attributes
    ----------
    jitter
        How far samples come early or late, as a share of their distance; 0 puts them exactly on the
        multiples of 1/rate, and so on the edges of the grid's cells.
    gaps
        When samples are lost, and for how long (s).
    walk
        Somebody walks, in place of reps in one `way`.
    """

    seed: int = 0
    rate_hz: float = 100.0
    jitter: float = 0.0
    way: Way = Way.TILT
    gyro: bool = True
    gaps: tuple[tuple[float, float], ...] = ()
    walk: bool = False
    start_s: int = 0

    def trace(self) -> ImuBlock:
        rng = np.random.default_rng(self.seed)
        lifts: list[Lift] = make_lifts(5, rng, Tempo(0.8, 0.1, 0.9, 0.2), first_s=3.0)
        n = round((lifts[-1].end_s + 12.0) * self.rate_hz)
        t_s = np.arange(n) / self.rate_hz
        if self.jitter:
            t_s = t_s + rng.uniform(-self.jitter, self.jitter, n) / self.rate_hz
            t_s -= t_s[0]
        motion = (
            walk_motion(t_s, 22, 2.0, 2.0)
            if self.walk
            else motion_of(t_s, self.way, out_and_back(t_s, lifts))
        )
        block = felt(t_s, motion, rng, gyro=self.gyro, bias_rads=SMALL_BIAS_RADS)
        for begin_s, length_s in self.gaps:
            block = without(block, begin_s, begin_s + length_s)
        # Times on the clock of a stream that has run for a while; still on the cell edges.
        shifted = block.t_s + self.start_s if self.jitter else np.rint(block.t_s * self.rate_hz)
        if not self.jitter:
            shifted = (shifted + self.start_s * self.rate_hz) / self.rate_hz
        return ImuBlock(block.sensor, shifted, block.specific_force_ms2, block.angular_rate_rads, block.flags)


def recipes(*, walk: bool | None = None) -> st.SearchStrategy[Recipe]:
    on_edges = st.tuples(st.sampled_from([12.5, 25.0, 50.0, 100.0, 200.0]), st.just(0.0))
    irregular = st.tuples(st.floats(12.0, 200.0), st.sampled_from([0.1, 0.45]))
    gap = st.tuples(
        st.sampled_from([0.5, 3.9, 7.0, 11.3, 14.0]), st.sampled_from([0.04, 0.3, 0.95, 1.0, 1.5, 4.0])
    )
    return st.builds(
        lambda seed, times, way, gyro, gaps, walks, start_s: Recipe(
            seed, times[0], times[1], way, gyro, tuple(sorted(gaps)), walks, start_s
        ),
        st.integers(0, 2**16),
        st.one_of(on_edges, irregular),
        st.sampled_from(Way),
        st.booleans(),
        st.lists(gap, max_size=2, unique_by=lambda gap: gap[0]),
        st.booleans() if walk is None else st.just(walk),
        st.sampled_from([0, 7, 40_000]),
    )


#: Sizes of blocks, taken in turn; down to one sample at a time.
block_sizes = st.lists(st.sampled_from([1, 2, 3, 5, 7, 10, 16, 40, 113, 400, 1500]), min_size=1, max_size=6)


def part(block: B, begin: int, end: int) -> B:
    """A piece of a block of any stage: its arrays cut, its first index moved on."""
    values: dict[str, Any] = {}
    for each in fields(block):  # type: ignore[arg-type]
        value = getattr(block, each.name)
        if isinstance(value, np.ndarray):
            value = value[begin:end]
        elif each.name.startswith("first_"):
            value += begin
        elif each.name == "restart":
            value = value and begin == 0
        values[each.name] = value
    return type(block)(**values)


def cut(blocks: Sequence[B], sizes: Sequence[int]) -> Iterator[B]:
    """Cut blocks further; sizes are used in turn."""
    size = itertools.cycle(sizes)
    for block in blocks:
        begin = 0
        while begin < len(block):  # type: ignore[arg-type]
            end = begin + next(size)
            yield part(block, begin, end)
            begin = end


def bits(blocks: Sequence[Any]) -> list[dict[str, Any]]:
    """Join blocks to the stretches between restarts: arrays as bytes, so that equal means bit for bit."""
    stretches: list[list[Any]] = []
    for block in blocks:
        assert len(block) > 0, "a stage gave out an empty block"
        if block.restart or not stretches:
            stretches.append([])
        elif stretches[-1]:
            before = stretches[-1][-1]
            assert _first(block) == _first(before) + len(before), "blocks do not follow each other"
        stretches[-1].append(block)
    return [_joined(stretch) for stretch in stretches]


def _first(block: Any) -> int:
    return next(getattr(block, each.name) for each in fields(block) if each.name.startswith("first_"))


def _joined(stretch: list[Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for each in fields(stretch[0]):
        values = [getattr(block, each.name) for block in stretch]
        if isinstance(values[0], np.ndarray):
            whole = np.concatenate(values)
            out[each.name] = (whole.dtype.str, whole.shape, whole.tobytes())
        elif each.name == "bridged":
            out[each.name] = [
                value for block, value in zip(stretch, values, strict=True) for _ in range(len(block))
            ]
        else:
            out[each.name] = values[0]
    return out


def run(make: Callable[[], Any], step: Callable[[Any, B], list[Out]], blocks: Sequence[B]) -> list[Out]:
    """Put blocks through a new stage."""
    stage = make()
    return [out for block in blocks for out in step(stage, block)]


def run_restored(
    make: Callable[[], Any], step: Callable[[Any, B], list[Out]], blocks: Sequence[B]
) -> list[Out]:
    """The same, but go on with a new stage and the saved state, up to 25 times on the way."""
    stage, outs, every = make(), list[Out](), max(1, len(blocks) // 25)
    for place, block in enumerate(blocks):
        if place % every == 0:
            saved = pickle.dumps(stage.state)
            stage = make()
            stage.state = pickle.loads(saved)  # noqa: S301 - our own bytes
        outs += step(stage, block)
    return outs


def grid_of(trace: ImuBlock) -> list[GridBlock]:
    return Grid().step(trace)


def still_of(cells: Sequence[GridBlock]) -> list[np.ndarray]:
    stillness = Stillness()
    return [stillness.step(each) for each in cells]


def tilt_of(trace: ImuBlock) -> list[TiltBlock]:
    cells, tilt = grid_of(trace), TiltFilter()
    return [tilt.step(each, still) for each, still in zip(cells, still_of(cells), strict=True)]


def frames_of(trace: ImuBlock) -> list[MotionBlock]:
    frames = Frames()
    found = [frames.step(each) for each in tilt_of(trace)]
    return [each for each in found if each is not None]


def flag_some(trace: ImuBlock, every: int) -> ImuBlock:
    """Say of every so many samples that some are missing before them."""
    flags = trace.flags.copy()
    flags[every::every] |= np.uint8(SampleFlag.GAP_BEFORE)
    return ImuBlock(trace.sensor, trace.t_s, trace.specific_force_ms2, trace.angular_rate_rads, flags)
