"""What goes wrong with a simulated bus and its chips, and when."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from firmware.errors import SettingsError


class FaultKind(StrEnum):
    """What can go wrong. Where a `value` means something it is said here."""

    NACK = "nack"
    """The address is not acknowledged; `value` is the part of the transactions that it hits (1)."""
    ABSENT = "absent"
    """The chip never answers: a loose wire."""
    STUCK = "stuck"
    """A line is held low: every transaction takes 1 s and times out."""
    TORN = "torn"
    """A read of the FIFO breaks off with an error, some bytes are gone; `value` is the part hit (1)."""
    TORN_SILENT = "torn-silent"
    """A read of the FIFO or of its count breaks off without an error, 0xFF follows; `value` as above."""
    BROWN_OUT = "brown-out"
    """The supply breaks down: everything is lost, and for `duration_s` nothing answers."""
    FROZEN = "frozen"
    """The outputs repeat the last sample."""
    NOISY = "noisy"
    """`value` times the noise (10)."""
    WRONG_ID = "wrong-id"
    """WHO_AM_I reads `value`, or something else each time without one."""
    DRIFT = "drift"
    """The chip's clock gets `value` ppm faster, evenly over `duration_s`, and stays so."""
    DEAF_RESET = "deaf-reset"
    """The reset bit never clears."""
    NO_OVERFLOW_FLAG = "no-overflow-flag"
    """INT_STATUS never tells that the FIFO has run over."""
    KERNEL_DRIVER = "kernel-driver"
    """A driver in the kernel holds the address."""
    FORBIDDEN = "forbidden"
    """The user may not open the bus."""
    NO_BUS = "no-bus"
    """There is no such bus."""


#: Faults of an instant: a duration of 0 means something for them.
INSTANT_KINDS = frozenset({FaultKind.BROWN_OUT, FaultKind.DRIFT})
#: Faults of the chip itself; the others are the bus's.
CHIP_KINDS = frozenset(
    {
        FaultKind.BROWN_OUT,
        FaultKind.FROZEN,
        FaultKind.NOISY,
        FaultKind.WRONG_ID,
        FaultKind.DRIFT,
        FaultKind.DEAF_RESET,
        FaultKind.NO_OVERFLOW_FLAG,
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes
    ----------
    kind
        What it is.
    start_s
        When it begins, in simulated seconds.
    duration_s
        How long it lasts; ``math.inf`` for ever. 0 only for what is over in an instant (`INSTANT_KINDS`).
    address
        I2C address of the chip that it hits; None for all.
    value
        See `FaultKind`.
    """

    kind: FaultKind
    start_s: float
    duration_s: float = 0.0
    address: int | None = None
    value: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot happen."""
        if not (0.0 <= self.start_s < math.inf) or not self.duration_s >= 0.0:
            raise SettingsError(f"The fault {self.kind} needs a start and a duration of 0 s or more.")
        if self.duration_s == 0.0 and self.kind not in INSTANT_KINDS:
            raise SettingsError(f"The fault {self.kind} needs a duration above 0 s.")
        if self.kind is FaultKind.DRIFT and (self.value is None or not abs(self.value) <= 50_000):
            raise SettingsError("The fault drift needs a value of at most 50000 ppm, e.g. 300.")
        if self.kind is FaultKind.WRONG_ID and self.value is not None and not 0 <= self.value <= 255:
            raise SettingsError("The fault wrong-id needs a value of 0 to 255, or none.")

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.duration_s


class FaultSchedule:
    """Which faults are active at a time that never runs backwards.

    Parameters
    ----------
    faults
        Those to look after.
    origin_ns
        When the simulation began.
    """

    def __init__(self, faults: Iterable[Fault], origin_ns: int) -> None:
        self._origin_ns = origin_ns
        self._spans = [(*self.span_ns(fault), fault) for fault in faults]
        self._active: tuple[Fault, ...] = ()
        self._valid_until_ns = -math.inf

    def span_ns(self, fault: Fault) -> tuple[float, float]:
        """Return when a fault begins and ends on the host's clock."""
        return self._ns(fault.start_s), self._ns(fault.end_s)

    def _ns(self, t_s: float) -> float:
        return math.inf if math.isinf(t_s) else self._origin_ns + round(t_s * 1e9)

    def at(self, now_ns: int) -> tuple[Fault, ...]:
        """Return the faults whose ``[start, end)`` holds `now_ns`."""
        if now_ns >= self._valid_until_ns:
            self._active = tuple(fault for start, end, fault in self._spans if start <= now_ns < end)
            edges = [edge for start, end, _ in self._spans for edge in (start, end) if edge > now_ns]
            self._valid_until_ns = min(edges, default=math.inf)
        return self._active
