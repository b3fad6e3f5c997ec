"""Reading the sensors for a few seconds with the driver that also counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from firmware.bus import Clock
from firmware.chips import Chip
from firmware.decode import raw_block
from firmware.driver import Sensors
from firmware.errors import BusError, SensorError
from firmware.identity import SensorIdentity
from firmware.readings import Cause, Frames, Gap, Reading, Trouble
from firmware.roles import SensorRole
from firmware.samples import RawBlock, SampleFlag
from firmware.settings import SensorSettings
from firmware.stats import SensorStats
from pi_service.doctor.counted_bus import CountedBus

_FULL_SCALE_COUNTS = 32768
_CLIPPED = int(SampleFlag.CLIPPED)


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """What one sensor gave.

    Attributes
    ----------
    settings, chip
        Which sensor.
    accel_g, gyro_dps : float arrays, shape (n, 3)
        Its samples at nominal sensitivity.
    clipped
        Samples at the end of a range.
    stats
        What the driver counted.
    troubles, gaps
        What the driver told.
    stopped
        Whether no samples came any more in the end.
    transfers, failures
        Transfers with this sensor on the bus, and those that failed.
    last_error
        Why the last of these did; None when none failed.
    alone
        Whether it was the only sensor that was read.
    duration_s
        For how long it was watched.
    identity
        Which sensor it says that it is.
    """

    settings: SensorSettings
    chip: Chip
    accel_g: npt.NDArray[np.float64]
    gyro_dps: npt.NDArray[np.float64]
    clipped: int
    stats: SensorStats
    troubles: tuple[Trouble, ...]
    gaps: tuple[Gap, ...]
    stopped: bool
    transfers: int
    failures: int
    last_error: BusError | None
    alone: bool
    duration_s: float
    identity: SensorIdentity | None = None

    @property
    def causes(self) -> list[Cause]:
        """Why samples are missing, each once, in the order of their coming."""
        causes = [trouble.cause for trouble in self.troubles] + [gap.cause for gap in self.gaps]
        return list(dict.fromkeys(causes))


@dataclass(slots=True)
class _Kept:
    blocks: list[RawBlock] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    stopped: bool = False

    def take(self, reading: Reading, settings: SensorSettings, origin_ns: int) -> None:
        """Keep what the driver gave."""
        if isinstance(reading, Frames):
            self.blocks.append(raw_block(reading, settings, origin_ns))
            self.stopped = False
        elif isinstance(reading, Trouble):
            self.troubles.append(reading)
            self.stopped = True
        elif isinstance(reading, Gap):
            self.gaps.append(reading)


def watch(
    bus: CountedBus, clock: Clock, settings: Sequence[SensorSettings], seconds: float
) -> tuple[dict[SensorRole, Watched], dict[SensorRole, SensorError]]:
    """Read sensors for some seconds.

    When one of two does not start, the other is read alone.

    Returns
    -------
    watched, errors
        What each sensor gave, or why it did not start.
    """
    try:
        return _read(bus, clock, settings, seconds), {}
    except SensorError as error:
        if len(settings) == 1:
            return {}, {settings[0].role: error}
    watched: dict[SensorRole, Watched] = {}
    errors: dict[SensorRole, SensorError] = {}
    for each in settings:
        one, its_error = watch(bus, clock, [each], seconds)
        watched |= one
        errors |= its_error
    return watched, errors


def _read(
    bus: CountedBus, clock: Clock, settings: Sequence[SensorSettings], seconds: float
) -> dict[SensorRole, Watched]:
    transfers, failures = bus.transfers.copy(), bus.failures.copy()
    sensors = Sensors(bus, settings, clock)
    by_role = {each.role: each for each in settings}
    kept = {role: _Kept() for role in by_role}
    try:
        sensors.start()
        start_ns = clock.now_ns()
        end_ns = start_ns + round(seconds * 1e9)
        while clock.now_ns() < end_ns:
            for reading in sensors.poll():
                kept[reading.role].take(reading, by_role[reading.role], start_ns)
        for reading in sensors.finish():
            address = by_role[reading.role].i2c_address
            if isinstance(reading, Gap) and _is_its_own(
                reading, failed=bus.failures[address] > failures[address]
            ):
                kept[reading.role].gaps.append(reading)
                kept[reading.role].stopped = True
        duration_s = (clock.now_ns() - start_ns) / 1e9
    finally:
        sensors.close()
    return {
        role: Watched(
            by_role[role],
            sensors.chips[role],
            *_scaled(its.blocks, by_role[role]),
            stats=sensors.stats()[role],
            troubles=tuple(its.troubles),
            gaps=tuple(its.gaps),
            stopped=its.stopped,
            transfers=bus.transfers[address] - transfers[address],
            failures=bus.failures[address] - failures[address],
            last_error=bus.last_error.get(address) if bus.failures[address] > failures[address] else None,
            alone=len(settings) == 1,
            duration_s=duration_s,
            identity=sensors.identities[role],
        )
        for role, its in kept.items()
        for address in (by_role[role].i2c_address,)
    }


def _is_its_own(gap: Gap, *, failed: bool) -> bool:
    """Whether samples are missing at the end because of this sensor: not because nobody read it."""
    return failed if gap.cause is Cause.BUS else gap.cause is not Cause.OVERFLOW


def _scaled(
    blocks: Sequence[RawBlock], settings: SensorSettings
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], int]:
    """Return acceleration (g), rate (deg/s) and the number of clipped samples, from the time 0 on."""
    if not blocks:
        return np.zeros((0, 3)), np.zeros((0, 3)), 0
    kept = np.concatenate([block.t_us for block in blocks]) >= 0
    accel = np.concatenate([block.accel_counts for block in blocks])[kept]
    gyro = np.concatenate([block.gyro_counts for block in blocks])[kept]
    flags = np.concatenate([block.flags for block in blocks])[kept]
    return (
        accel * (settings.accel_range_g / _FULL_SCALE_COUNTS),
        gyro * (settings.gyro_range_dps / _FULL_SCALE_COUNTS),
        int(np.count_nonzero(flags & _CLIPPED)),
    )
