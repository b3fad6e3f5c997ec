"""Clocks for a simulated bus: virtual time, or the host's own time, both with stalls of the host.

Both are a `firmware.bus.Clock` for the driver and know besides how to spend the time that a transaction
takes on the wire, how late the host learns that it is over, and when the simulation began (`origin_ns`):
simulated seconds are ``(now_ns - origin_ns) / 1e9``.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterable
from typing import Protocol

from firmware.bus import Clock, SystemClock
from firmware.errors import SettingsError

#: Where virtual time begins: not at 0, so that nobody takes a time for a duration.
ORIGIN_NS = 1_000_000_000_000


class SimClock(Clock, Protocol):
    """What a simulated bus needs of a clock."""

    @property
    def origin_ns(self) -> int:
        """When the simulation began."""
        ...

    def spend_ns(self, duration_ns: int) -> None:
        """Let this much time pass, because the wire is busy."""
        ...

    def return_late(self) -> None:
        """Let the host take its time until it learns that a transaction is over."""
        ...

    def add_stall(self, at_s: float, for_s: float) -> None:
        """Let the host do nothing for `for_s` seconds from `at_s` (simulated seconds) on."""
        ...


class _Stalls:
    """Times in which the host's process does not run."""

    def __init__(self, origin_ns: int, stalls: Iterable[tuple[float, float]]) -> None:
        self.origin_ns = origin_ns
        self._stalls: list[tuple[int, int]] = []
        for at_s, for_s in stalls:
            self.add(at_s, for_s)

    def add(self, at_s: float, for_s: float) -> None:
        if at_s < 0 or for_s <= 0:
            raise SettingsError("A stall of the host needs a start of 0 s or later and a length above 0 s.")
        start_ns = self.origin_ns + round(at_s * 1e9)
        self._stalls = sorted([*self._stalls, (start_ns, start_ns + round(for_s * 1e9))])

    def wake_ns(self, at_ns: int) -> int:
        """Return when a process that should run at `at_ns` really runs."""
        while self._stalls and self._stalls[0][1] <= at_ns:
            self._stalls.pop(0)  # time never runs backwards: this one is over
        for start_ns, end_ns in self._stalls:
            if at_ns < start_ns:
                break
            at_ns = max(at_ns, end_ns)
        return at_ns


class SimulatedClock:
    """Virtual time: it passes only when somebody sleeps or a transaction spends it.

    Parameters
    ----------
    stalls
        Pairs ``(at_s, for_s)`` in simulated seconds: a sleep or a transaction that would end in
        ``[at_s, at_s + for_s)`` returns at its end instead, as on a host that had something else to do.
    origin_ns
        Time at the beginning.
    latency_us
        By how much a sleep ends too late, and a transaction returns too late, on the average; random with
        an exponential distribution.
    seed
        Of the latency.
    """

    def __init__(
        self,
        *,
        stalls: Iterable[tuple[float, float]] = (),
        origin_ns: int = ORIGIN_NS,
        latency_us: float = 0.0,
        seed: int = 0,
    ) -> None:
        if not 0.0 <= latency_us < math.inf:
            raise SettingsError("The latency of the host must be 0 us or more.")
        self._latency_ns = latency_us * 1e3
        self._random = random.Random(seed)  # noqa: S311  not for secrets
        self.origin_ns = origin_ns
        self._now_ns = origin_ns
        self._stalls = _Stalls(origin_ns, stalls)

    @property
    def t_s(self) -> float:
        """Simulated seconds since the beginning."""
        return (self._now_ns - self.origin_ns) / 1e9

    def now_ns(self) -> int:
        """Return the time in nanoseconds; asking costs no time."""
        return self._now_ns

    def sleep_until_ns(self, at_ns: int) -> None:
        """Let time pass until `at_ns` and the latency, or the end of the stall that that falls into.

        A time that has passed costs none: the process goes on without a sleep.
        """
        if at_ns > self._now_ns:
            self._now_ns = self._stalls.wake_ns(at_ns + self._late_ns())

    def sleep_s(self, duration_s: float) -> None:
        """Let `duration_s` pass (or more, see `sleep_until_ns`)."""
        self.sleep_until_ns(self._now_ns + round(duration_s * 1e9))

    def spend_ns(self, duration_ns: int) -> None:
        """Let a duration pass; a stall stretches it."""
        self._now_ns = self._stalls.wake_ns(self._now_ns + max(0, duration_ns))

    def return_late(self) -> None:
        """Let the latency pass."""
        self.spend_ns(self._late_ns())

    def _late_ns(self) -> int:
        return round(self._random.expovariate(1.0 / self._latency_ns)) if self._latency_ns else 0

    def add_stall(self, at_s: float, for_s: float) -> None:
        """Add a stall of the host."""
        self._stalls.add(at_s, for_s)


class HostClock(SystemClock):
    """The host's own monotonic clock, for a simulated bus in real time.

    Time on the wire is owed until it amounts to 1 ms and is then really slept: shorter sleeps are not
    to be had of an ordinary kernel.
    """

    _LEAST_SLEEP_NS = 1_000_000

    def __init__(self, *, stalls: Iterable[tuple[float, float]] = ()) -> None:
        self.origin_ns = time.monotonic_ns()
        self._owed_ns = 0
        self._stalls = _Stalls(self.origin_ns, stalls)

    @property
    def t_s(self) -> float:
        """Seconds since the beginning."""
        return (self.now_ns() - self.origin_ns) / 1e9

    def sleep_until_ns(self, at_ns: int) -> None:
        """Sleep until then, or until the end of the stall that it falls into."""
        super().sleep_until_ns(self._stalls.wake_ns(max(at_ns, self.now_ns())))

    def spend_ns(self, duration_ns: int) -> None:
        """Sleep for a duration, once what is owed is worth it."""
        self._owed_ns += max(0, duration_ns)
        if self._owed_ns >= self._LEAST_SLEEP_NS:
            start_ns = self.now_ns()
            self.sleep_until_ns(start_ns + self._owed_ns)
            self._owed_ns -= self.now_ns() - start_ns
            self._owed_ns = max(self._owed_ns, -self._LEAST_SLEEP_NS)  # slept longer: credit, a little

    def return_late(self) -> None:
        """Do nothing: this host is late by itself."""

    def add_stall(self, at_s: float, for_s: float) -> None:
        """Add a stall of the host."""
        self._stalls.add(at_s, for_s)
