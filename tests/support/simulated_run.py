"""Runs the driver on a simulated bus and compares what it gave with what the chips really produced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from firmware.driver import Sensors
from firmware.readings import Frames, Gap, Reading, Recovered, Trouble
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.sim import History, SimulatedBus, SimulatedClock

#: How far the time of a sample may be off.
TIME_TOLERANCE_NS = 2_000_000


@dataclass
class Delivered:
    """Everything that the driver gave of one sensor."""

    t_ns: npt.NDArray[np.int64]
    words: npt.NDArray[np.int16]
    """As the FIFO had them: 6 or 7 columns."""
    gap_before: npt.NDArray[np.bool_]
    gaps: list[Gap] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    recovered: list[Recovered] = field(default_factory=list)


def run(sensors: Sensors, clock: SimulatedClock, until_s: float) -> list[Reading]:
    """Poll until the simulated time has come."""
    readings: list[Reading] = []
    end_ns = clock.origin_ns + round(until_s * 1e9)
    while clock.now_ns() < end_ns:
        readings += sensors.poll()
    return readings


def delivered(readings: Sequence[Reading], role: SensorRole) -> Delivered:
    """Put the readings of one sensor together."""
    mine = [reading for reading in readings if reading.role == role]
    frames = [reading for reading in mine if isinstance(reading, Frames)]
    flags = []
    for each in frames:
        flags += [each.gap_before] + [False] * (len(each) - 1)
    width = frames[0].frame_bytes // 2 if frames else 7
    return Delivered(
        np.concatenate([np.frombuffer(each.t_ns, np.int64) for each in frames] or [np.empty(0, np.int64)]),
        np.frombuffer(b"".join(each.data for each in frames), ">i2").reshape(-1, width).astype(np.int16),
        np.array(flags, dtype=bool),
        [reading for reading in mine if isinstance(reading, Gap)],
        [reading for reading in mine if isinstance(reading, Trouble)],
        [reading for reading in mine if isinstance(reading, Recovered)],
    )


def matched(got: Delivered, truth: History) -> npt.NDArray[np.int64]:
    """Return for each delivered sample the number of the produced sample that it is.

    Asserts that its values are right and that no sample came twice or out of order, and its time within
    the tolerance of the truth.
    """
    words = truth.words if got.words.shape[1] == 7 else truth.words[:, [0, 1, 2, 4, 5, 6]]
    numbers = np.clip(np.searchsorted(truth.t_ns, got.t_ns), 0, len(truth) - 1)
    best = numbers.copy()
    # At high rates two produced samples may be near the time: the values decide.
    for shift in (-2, -1, 0, 1):
        candidate = np.clip(numbers + shift, 0, len(truth) - 1)
        near = np.abs(truth.t_ns[candidate] - got.t_ns) <= TIME_TOLERANCE_NS
        near &= truth.genuine[candidate]
        best = np.where(near & (words[candidate] == got.words).all(axis=1), candidate, best)
    off_ns = np.abs(truth.t_ns[best] - got.t_ns)
    assert (words[best] == got.words).all(), _first_wrong(words, truth, got, best)
    assert off_ns.max(initial=0) <= TIME_TOLERANCE_NS, f"a time is off by {off_ns.max() / 1e6} ms"
    assert (np.diff(best) > 0).all(), "a sample came twice"
    assert (np.diff(got.t_ns) > 0).all(), "times do not increase"
    assert truth.genuine[best].all(), "a frozen sample was delivered"
    return best


def assert_nothing_vanished(got: Delivered, truth: History) -> npt.NDArray[np.int64]:
    """Every produced sample was delivered exactly once with the right values, or lies in a reported gap."""
    numbers = matched(got, truth)
    jumps = np.flatnonzero(np.diff(numbers) > 1) + 1
    silent = [int(jump) for jump in jumps if not got.gap_before[jump]]
    assert not silent, f"samples vanished before delivered sample {silent[0]} at {got.t_ns[silent[0]]}"
    flagged = np.flatnonzero(got.gap_before)
    assert len(flagged) == len(got.gaps), (len(flagged), len(got.gaps))
    for number, gap in zip(flagged, got.gaps, strict=True):
        assert gap.start_ns == got.t_ns[number - 1]
        assert gap.end_ns == got.t_ns[number]
    return numbers


def flowing_from_ns(got: Delivered, after_ns: int) -> int | None:
    """Return the time of the first sample delivered at or after a time."""
    later = got.t_ns[got.t_ns >= after_ns]
    return int(later[0]) if len(later) else None


def sensors_on(
    bus: SimulatedBus, clock: SimulatedClock, *settings: SensorSettings, poll_s: float = 0.05
) -> Sensors:
    """Return a started driver."""
    sensors = Sensors(bus, settings, clock, poll_s=poll_s)
    sensors.start()
    return sensors


def _first_wrong(
    words: npt.NDArray[np.int16], truth: History, got: Delivered, best: npt.NDArray[np.int64]
) -> str:
    wrong = int(np.flatnonzero((words[best] != got.words).any(axis=1))[0])
    same = np.flatnonzero((words == got.words[wrong]).all(axis=1))
    what = f"sample {wrong} at {got.t_ns[wrong]} has {got.words[wrong]}, which the chip "
    if not len(same):
        return what + "never had"
    return what + f"had {(truth.t_ns[same] - got.t_ns[wrong]) / 1e6} ms later"
