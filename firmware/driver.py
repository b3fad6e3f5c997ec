"""The driver: one or two sensors on one bus, read in one polling cycle."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from firmware import registers as reg
from firmware.bus import Bus, Clock, SystemClock
from firmware.chips import Chip
from firmware.errors import (
    BusError,
    BusForbiddenError,
    BusInUseError,
    BusMissingError,
    SensorError,
    SettingsError,
    UnknownChipError,
)
from firmware.identity import SensorIdentity
from firmware.reader import SensorReader
from firmware.readings import Reading
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.stats import SensorStats

#: How often the FIFO is read: a compromise between the delay of a rep and the transactions on the bus.
POLL_S = 0.05
#: A start is tried so often, and for so long, before it is given up.
START_ATTEMPTS = 4
_START_NS = 500_000_000
#: The bus is not opened anew more often than this.
_REOPEN_NS = 500_000_000
#: Trying again does not help against these.
_FINAL = (BusMissingError, BusForbiddenError, BusInUseError, UnknownChipError)


class Sensors:
    """Reads one or two sensors; one thread owns it and the bus.

    Parameters
    ----------
    bus
        The bus that they are on; stays open when the driver is closed.
    settings
        One for each sensor, of different roles and addresses.
    clock
        The host's monotonic clock.
    poll_s
        How often each FIFO is read; more often where the FIFO is small.

    Raises
    ------
    SettingsError
        No sensor, more than two, or two of the same role or address.
    """

    def __init__(
        self,
        bus: Bus,
        settings: Sequence[SensorSettings],
        clock: Clock | None = None,
        *,
        poll_s: float = POLL_S,
    ) -> None:
        if not 1 <= len(settings) <= 2:
            raise SettingsError(f"A station has one or two sensors, not {len(settings)}.")
        if len({each.role for each in settings}) + len({each.i2c_address for each in settings}) != 2 * len(
            settings
        ):
            raise SettingsError(
                "Two sensors need different roles and addresses: connect AD0 of the torso's to 3.3 V, so that"
                " it answers at 0x69."
            )
        self._bus = bus
        self._clock = SystemClock() if clock is None else clock
        self._reopened_ns = self._clock.now_ns() - _REOPEN_NS
        self._readers = [
            SensorReader(bus, each, self._clock, round(poll_s * 1e9), self._reopen) for each in settings
        ]
        self._early: list[Reading] = []

    def start(self) -> None:
        """Start every sensor and wait until all deliver.

        Raises
        ------
        SensorError
            One of them cannot be started; the sentence says what to do.
        """
        begun_ns = self._clock.now_ns()
        while waiting := [reader for reader in self._readers if not reader.delivers]:
            self._early += self._step()
            long = self._clock.now_ns() - begun_ns > _START_NS
            for reader in waiting:
                often = reader.attempts >= START_ATTEMPTS
                if reader.error is not None and ((often and long) or isinstance(reader.error, _FINAL)):
                    raise reader.error

    @property
    def identities(self) -> dict[SensorRole, SensorIdentity]:
        """Which sensors they are; those that have answered."""
        return {
            reader.settings.role: SensorIdentity(
                reader.settings.role,
                self._bus.number,
                reader.settings.i2c_address,
                reader.chip.name,
                reader.chip.who_am_i,
            )
            for reader in self._readers
            if reader.chip is not None
        }

    @property
    def chips(self) -> dict[SensorRole, Chip]:
        """Their rows of the chip table; those that have answered."""
        return {reader.settings.role: reader.chip for reader in self._readers if reader.chip is not None}

    def poll(self) -> list[Reading]:
        """Sleep until the next read is due, about 50 ms or less, and return what it gave.

        Trouble is a reading; nothing is raised for it, and it is tried again for ever.
        """
        if self._early:
            early, self._early = self._early, []
            return early
        return self._step()

    def finish(self) -> list[Reading]:
        """Return what is known at the end of the stream: gaps that no sample has ended, up to now."""
        return [reading for reader in self._readers for reading in reader.finish()]

    def stats(self) -> dict[SensorRole, SensorStats]:
        """Return what happened to each sensor so far."""
        return {reader.settings.role: _stats(reader) for reader in self._readers}

    def close(self) -> None:
        """Put the chips to sleep, as far as they answer; the bus stays open."""
        for reader in self._readers:
            with suppress(SensorError):
                self._bus.write(reader.settings.i2c_address, reg.PWR_MGMT_1, reg.SLEEP)

    def _step(self) -> list[Reading]:
        reader = min(self._readers, key=lambda each: each.due_ns)
        self._clock.sleep_until_ns(reader.due_ns)
        return reader.step()

    def _reopen(self) -> None:
        """Open the bus anew, for whoever of the sensors asks, but not all the time."""
        now_ns = self._clock.now_ns()
        if now_ns - self._reopened_ns >= _REOPEN_NS:
            self._reopened_ns = now_ns
            # The next transfer fails as well then, and says why.
            with suppress(BusError):
                self._bus.reopen()


def _stats(reader: SensorReader) -> SensorStats:
    counts = reader.counts
    temperature_c = None
    if counts.temperature_counts is not None and reader.chip is not None:
        temperature_c = reader.chip.temperature_c(counts.temperature_counts)
    return SensorStats(
        counts.samples,
        counts.gaps,
        counts.lost_samples,
        counts.fifo_resets,
        counts.restarts,
        counts.bus_errors,
        reader.clock_fit(),
        temperature_c,
        reader.silent_s(),
    )
