"""A simulated I2C bus: transactions that take the time of their bits, on chips and through faults.

What is not modelled
    The host's own time before a transaction (how late it learns of the end is the clock's:
    `SimulatedClock`), pauses between bytes, clock stretching, arbitration, and noise on single bits. A stuck
    bus and a missing acknowledge are met where a transaction begins, not in the middle of one
    (`FaultKind.TORN` is that); only a brown-out strikes at its very instant.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from firmware import registers as reg
from firmware.bus_errors import EACCES, EBADF, EBUSY, EIO, ENOENT, EREMOTEIO, ETIMEDOUT, bus_error
from firmware.errors import SettingsError
from firmware.sim.chip import SimulatedChip
from firmware.sim.clock import SimClock
from firmware.sim.faults import CHIP_KINDS, Fault, FaultKind, FaultSchedule
from firmware.sim.history import History

#: The adapter of a Raspberry Pi gives up after this long.
TIMEOUT_NS = 1_000_000_000
#: A longer read of the FIFO goes on in pieces of this size, between which samples arrive.
_PIECE = 32
#: Longest block of `read`, as of an SMBus block, and longest read of the FIFO, as of i2c-dev.
MAX_BLOCK = 32
MAX_FIFO_READ = 8192


@dataclass(frozen=True, slots=True)
class Write:
    """One register that was written."""

    t_ns: int
    address: int
    register: int
    value: int


class SimulatedBus:
    """A `firmware.bus.Bus` with simulated chips.

    On the wire a written register is START, address, register, value, STOP: 29 bits; a read of n bytes is
    START, address, register, START, address, n bytes, STOP: 30 + 9 n bits. What a chip does happens in
    between: samples go on arriving while a long read is under way.

    Parameters
    ----------
    chips
        By 7-bit address.
    clock
        A `SimulatedClock`, or a `HostClock` for real time.
    bit_rate_hz
        Of SCL.
    faults
        What goes wrong, and when.
    name
        What it is called in messages.
    seed
        Of what is random in the faults.
    log_length
        How many of the last writes `writes` keeps.
    """

    def __init__(
        self,
        chips: Mapping[int, SimulatedChip],
        clock: SimClock,
        *,
        bit_rate_hz: int = 400_000,
        faults: Sequence[Fault] = (),
        name: str = "the simulated bus",
        seed: int = 0,
        log_length: int = 10_000,
    ) -> None:
        if not 1_000 <= bit_rate_hz <= 1_000_000:
            raise SettingsError("The bus speed must be 1000 to 1000000 bit/s, e.g. 400000.")
        self._chips = dict(chips)
        self._clock = clock
        self._bit_ns = 1e9 / bit_rate_hz
        self._name = name
        self._random = random.Random(seed)  # noqa: S311  not for secrets
        self._open = False
        self._why_closed: int | None = None  # what a transfer says after close() or a failed reopen()
        self.transactions = 0
        """Transactions begun, failed ones too."""
        self.wire_bytes = 0
        """Bytes on the wire: addresses, registers and data."""
        self.busy_ns = 0
        """Time for which the wire was busy."""
        self.writes: deque[Write] = deque(maxlen=log_length)
        """Registers written, each as it was acknowledged."""
        self.faults: tuple[Fault, ...] = ()
        for address, chip in self._chips.items():
            if not 0x08 <= address <= 0x77:
                raise SettingsError(f"There is no I2C address 0x{address:02x}: use 0x68 or 0x69.")
            chip.power_on(clock.now_ns(), clock.origin_ns)
        self.add_faults(*faults)

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self._name

    @property
    def number(self) -> int | None:
        """None: it has no device node."""
        return None

    @property
    def chips(self) -> Mapping[int, SimulatedChip]:
        """The chips by address."""
        return self._chips

    def add_faults(self, *faults: Fault) -> None:
        """Let more go wrong."""
        self.faults += faults
        self._schedule = FaultSchedule(
            [fault for fault in self.faults if fault.kind not in CHIP_KINDS], self._clock.origin_ns
        )
        for address, chip in self._chips.items():
            chip.advance(self._clock.now_ns())
            chip.set_faults(tuple(fault for fault in self.faults if fault.address in (None, address)))

    def history(self, address: int) -> History:
        """Return every sample that a chip produced up to now; it needs `keep_history`."""
        chip = self._chips[address]
        chip.advance(self._clock.now_ns())
        return chip.history()

    # -- the protocol --------------------------------------------------------------------------------

    def read(self, address: int, register: int, length: int) -> bytes:
        """Return the values of `length` (1 to 32) consecutive registers, read in one transaction."""
        if not 1 <= length <= MAX_BLOCK:
            raise ValueError(f"a block is 1 to {MAX_BLOCK} bytes, not {length}")
        return self._read(address, register, length)

    def read_fifo(self, address: int, length: int) -> bytes:
        """Return `length` bytes out of the FIFO register, in one transaction."""
        if not 1 <= length <= MAX_FIFO_READ:
            raise ValueError(f"a read of the FIFO is 1 to {MAX_FIFO_READ} bytes, not {length}")
        return self._read(address, reg.FIFO_R_W, length)

    def write(self, address: int, register: int, value: int) -> None:
        """Write one register."""
        if not 0 <= value <= 255:
            raise ValueError(f"a register holds 0 to 255, not {value}")
        with self._transaction():
            chip, _ = self._address(address, takes_fifo=False)
            self._spend(18, 2)
            now_ns = self._clock.now_ns()
            chip.write(register, value, now_ns)
            self.writes.append(Write(now_ns, address, register, value))
            self._spend(1, 0)

    def reopen(self) -> None:
        """Close the bus and open it again."""
        self.close()
        self._why_closed = self._refusal()
        if self._why_closed is not None:
            raise bus_error(self._why_closed, self._name, None)
        self._open = True

    def close(self) -> None:
        """Release the bus; until it is opened again every transfer fails."""
        self._open, self._why_closed = False, EBADF

    # -- the wire ------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Let the host learn of its end when it gets round to it, however it ends."""
        self._require_open()
        try:
            yield
        finally:
            self._clock.return_late()

    def _spend(self, bits: int, whole_bytes: int) -> None:
        """Let bits go over the wire."""
        self.wire_bytes += whole_bytes
        duration_ns = round(bits * self._bit_ns)
        self.busy_ns += duration_ns
        self._clock.spend_ns(duration_ns)

    def _refusal(self) -> int | None:
        """Return the error with which opening fails; None when it does not."""
        kinds = {fault.kind for fault in self._schedule.at(self._clock.now_ns())}
        if FaultKind.NO_BUS in kinds:
            return ENOENT
        return EACCES if FaultKind.FORBIDDEN in kinds and not self._open else None

    def _require_open(self) -> None:
        """Open the bus at its first use, and see whether it is still there."""
        refusal = self._refusal() if self._why_closed is None else self._why_closed
        if refusal is not None:
            raise bus_error(refusal, self._name, None)
        self._open = True

    def _address(self, address: int, *, takes_fifo: bool) -> tuple[SimulatedChip, tuple[Fault, ...]]:
        """Send START and the address; return the chip that acknowledged it and what is wrong."""
        active = self._schedule.at(self._clock.now_ns())
        if active:
            active = tuple(fault for fault in active if fault.address in (None, address))
            if any(fault.kind is FaultKind.KERNEL_DRIVER for fault in active):
                raise bus_error(EBUSY, self._name, address)
        self.transactions += 1
        if any(fault.kind is FaultKind.STUCK for fault in active):
            self.busy_ns += TIMEOUT_NS
            self._clock.spend_ns(TIMEOUT_NS)
            raise bus_error(ETIMEDOUT, self._name, address, consumed=takes_fifo)
        self._spend(10, 1)
        chip = self._chips.get(address)
        silent = any(
            fault.kind is FaultKind.ABSENT or (fault.kind is FaultKind.NACK and self._hits(fault))
            for fault in active
        )
        if chip is None or silent or not chip.has_power(self._clock.now_ns()):
            self._spend(1, 0)
            raise bus_error(EREMOTEIO, self._name, address)
        return chip, active

    def _hits(self, fault: Fault) -> bool:
        """Return whether a fault of which `value` is the part of the transactions hits this one."""
        return fault.value is None or self._random.random() < fault.value

    def _read(self, address: int, register: int, length: int) -> bytes:
        with self._transaction():
            return self._read_now(address, register, length)

    def _read_now(self, address: int, register: int, length: int) -> bytes:
        takes_fifo = register <= reg.FIFO_R_W < register + length
        chip, active = self._address(address, takes_fifo=takes_fifo)
        self._spend(19, 2)
        start_ns = self._clock.now_ns()
        lost_ns = chip.loses_power_ns(start_ns + round(9 * length * self._bit_ns))
        wanted, error = length, False
        for fault in active:
            torn = fault.kind is FaultKind.TORN and takes_fifo
            silent = fault.kind is FaultKind.TORN_SILENT and (takes_fifo or register == reg.FIFO_COUNTH)
            if (torn or silent) and self._hits(fault):
                wanted = min(wanted, self._random.randrange(length))
                error = error or torn
        data = self._read_pieces(chip, register, wanted, start_ns)
        if error:
            self._spend(9 * wanted + 1, wanted)
            raise bus_error(EIO, self._name, address, consumed=takes_fifo)
        if lost_ns < start_ns + round(9 * wanted * self._bit_ns):
            data = data[: int((lost_ns - start_ns) / (9 * self._bit_ns))]
        self._spend(9 * length + 1, length)
        return data + b"\xff" * (length - len(data))

    def _read_pieces(self, chip: SimulatedChip, register: int, length: int, start_ns: int) -> bytes:
        """Let the chip give its bytes as the wire carries them off."""
        if length <= _PIECE:
            return chip.read(register, length, start_ns) if length else b""
        parts = []
        for at in range(0, length, _PIECE):
            piece_ns = start_ns + round(9 * at * self._bit_ns)
            parts.append(chip.read(register, min(_PIECE, length - at), piece_ns))
        return b"".join(parts)
