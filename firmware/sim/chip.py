"""A simulated MPU-6050, or one of its relatives, at register level.

What is modelled
    All registers (0 to 0x7F) with their reset values; sleep, reset, waking, clock sources; rate, filters and
    ranges; the data registers; FIFO with count, overflow and misalignment; INT_STATUS; self-test; and of
    the faults (`firmware.sim.faults`) those of the chip itself.
What is not
    The DMP, the auxiliary I2C master (EXT_SENS_DATA reads 0), FSYNC (EXT_SYNC_SET is kept and ignored),
    the interrupt pin, motion detection, cycle mode (CYCLE and LP_WAKE_CTRL are kept and ignored), the
    gyroscope's 32 kHz bypass, and the offset registers.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace

from firmware import registers as reg
from firmware.chips import CHIPS, MPU_6050, Chip
from firmware.errors import SettingsError
from firmware.sim.faults import CHIP_KINDS, Fault, FaultKind, FaultSchedule
from firmware.sim.fifo import WRITE_NS, Fifo, FifoFeed
from firmware.sim.history import History, HistoryKeeper
from firmware.sim.motion import Motion, still
from firmware.sim.sampler import ROW_BYTES, Sampler
from firmware.sim.sensing import Sensing, Switched
from firmware.sim.setup import FIFO_MODE, FIFO_SIZE_SHIFT, SETUP_REGISTERS, Setup, fifo_columns, reset_values
from firmware.sim.traits import Traits

#: How long DEVICE_RESET takes.
RESET_NS = 50_000_000
#: From waking to the first instant of sampling.
WAKE_NS = 5_000_000
#: USER_CTRL: clear the data registers and the signal paths.
_SIGNAL_CONDITION_RESET = 0x01
_DATA_END = reg.ACCEL_XOUT_H + reg.DATA_BYTES
_READ_ONLY = frozenset(
    {
        *range(reg.SELF_TEST_X, reg.SELF_TEST_A + 1),
        *range(reg.INT_STATUS, 0x61),
        0x72,
        0x73,
        reg.WHO_AM_I,
        *range(0x80, 0x100),
    }
)


class SimulatedChip:
    """One chip; a `firmware.sim.bus.SimulatedBus` gives it power and time.

    Parameters
    ----------
    who_am_i
        Value of its WHO_AM_I register, by which it is a row of the chip table; a value in no row makes a
        chip that is an MPU-6050 in all else.
    motion
        What it feels.
    seed
        Of its errors and its noise.
    clock_ppm
        How much too fast its clock runs on the gyroscope's PLL; None for what the traits say.
    traits
        Its errors; None for those that are drawn from the seed.
    fifo_bytes
        Size of the FIFO where it is not the chip table's: forged chips say 0x68 and have 512 bytes.
    keep_history
        Keep every sample for `history`: 25 bytes each.
    """

    def __init__(
        self,
        who_am_i: int = 0x68,
        *,
        motion: Motion | None = None,
        seed: int = 0,
        clock_ppm: float | None = None,
        traits: Traits | None = None,
        fifo_bytes: int | None = None,
        keep_history: bool = False,
    ) -> None:
        self.chip: Chip = CHIPS.get(who_am_i) or replace(
            MPU_6050, who_am_i=who_am_i, name=f"simulated chip 0x{who_am_i:02x}"
        )
        traits = Traits.drawn(seed) if traits is None else traits
        self.traits = traits if clock_ppm is None else replace(traits, clock_ppm=clock_ppm)
        self._fifo_bytes = fifo_bytes
        self._sensing = Sensing(self.chip, self.traits, still() if motion is None else motion, seed)
        self._random = random.Random(seed)  # noqa: S311  not for secrets
        self._keeper = HistoryKeeper() if keep_history else None
        self._origin_ns = 0
        self._now_ns = 0
        self._sampler = Sampler(self._sensing, 0)
        self._dark_until_ns: float = -math.inf
        self._reset_until_ns: float = -math.inf
        self.power_on(0, 0)

    # -- power and time ------------------------------------------------------------------------------

    def power_on(self, now_ns: int, origin_ns: int, faults: tuple[Fault, ...] = ()) -> None:
        """Switch the supply on, some time before now.

        Parameters
        ----------
        now_ns
            The time on the host's clock.
        origin_ns
            When simulated time began.
        faults
            What will go wrong; those of the bus are ignored.
        """
        self._origin_ns, self._now_ns = origin_ns, now_ns
        self._sampler = Sampler(self._sensing, origin_ns)
        self._lose_everything()
        self.set_faults(faults)

    def set_faults(self, faults: tuple[Fault, ...]) -> None:
        """Exchange the schedule of faults; supply failures that lie before now are not made up for."""
        if self._sampler.running:
            self._fill_fifo(self._now_ns + WRITE_NS)
        own = tuple(fault for fault in faults if fault.kind in CHIP_KINDS)
        self._schedule = FaultSchedule(own, self._origin_ns)
        self._sampler.set_faults(own)
        spans = [self._schedule.span_ns(fault) for fault in own if fault.kind is FaultKind.BROWN_OUT]
        self._outages = sorted(span for span in spans if span[0] >= self._now_ns)

    def has_power(self, now_ns: int) -> bool:
        """Return whether it acknowledges its address at that time."""
        self.advance(now_ns)
        return self._now_ns >= self._dark_until_ns

    def loses_power_ns(self, until_ns: int) -> float:
        """Return when its supply next breaks down if that is before `until_ns`, else infinity."""
        return self._outages[0][0] if self._outages and self._outages[0][0] < until_ns else math.inf

    def advance(self, now_ns: int) -> None:
        """Let everything happen that happens up to a time; a time that has passed does nothing."""
        while self._outages and self._outages[0][0] <= now_ns:
            start_ns, end_ns = self._outages.pop(0)
            self._produce(int(start_ns) - 1)
            self._now_ns = max(self._now_ns, int(start_ns))
            self._dark_until_ns = max(self._dark_until_ns, end_ns)
            self._lose_everything()
        self._produce(now_ns)

    def _lose_everything(self) -> None:
        """Be as after power-up, from now on or from when the supply is back."""
        self._registers = reset_values(self.chip, self.traits.self_test_codes)
        self._fifo = Fifo(self._fifo_size())
        self._feed = FifoFeed(self._fifo, self._sampler)
        self._count_low = 0
        self._data = bytes(ROW_BYTES)
        self._status = 0
        self._reset_until_ns = -math.inf
        self._setup: Setup | None = None
        self._switched = Switched(0.0, 0.0)
        self._sampler.stop()
        self._obey_setup()

    def _produce(self, now_ns: int) -> None:
        """Let samples happen; the supply does not fail meanwhile."""
        if now_ns <= self._now_ns:
            return
        self._now_ns = now_ns
        sampler = self._sampler
        while sampler.running:
            taken = sampler.take(now_ns)
            if taken:
                self._status |= reg.DATA_READY_INT
                self._data = sampler.last_row()
                if self._keeper is not None:
                    self._keeper.add(sampler.part(sampler.taken - taken, sampler.taken))
            self._fill_fifo(now_ns)
            if sampler.taken < len(sampler.times) or not sampler.refill(now_ns):
                return

    def _fill_fifo(self, now_ns: int) -> None:
        keep_oldest = self.chip.accel_filter_register and bool(self._registers[reg.CONFIG] & FIFO_MODE)
        self._feed.fill(now_ns, keep_oldest=keep_oldest)

    def history(self) -> History:
        """Return every sample that it produced up to the last time that it was advanced to.

        `firmware.sim.bus.SimulatedBus.history` advances it to now first.
        """
        if self._keeper is None:
            raise SettingsError("This simulated chip keeps no history: make it with keep_history=True.")
        return self._keeper.whole()

    # -- registers -----------------------------------------------------------------------------------

    def read(self, register: int, length: int, now_ns: int) -> bytes:
        """Return the bytes of a burst that begins at `register`; it stays at FIFO_R_W once there."""
        self.advance(now_ns)
        data = bytearray()
        while len(data) < length:
            if register == reg.FIFO_R_W:
                return bytes(data) + self._fifo.pop(length - len(data))
            data.append(self._read_one(register))
            register = (register + 1) & 0xFF
        return bytes(data)

    def _read_one(self, register: int) -> int:
        if reg.ACCEL_XOUT_H <= register < _DATA_END:
            return self._data[register - reg.ACCEL_XOUT_H]
        if register == reg.FIFO_COUNTH:
            self._count_low = len(self._fifo) & 0xFF
            return len(self._fifo) >> 8
        if register == reg.FIFO_COUNTH + 1:
            return self._count_low
        if register == reg.INT_STATUS:
            status = self._status | (reg.FIFO_OVERFLOW_INT if self._fifo.overflowed else 0)
            self._status, self._fifo.overflowed = 0, False
            return status
        if register == reg.WHO_AM_I:
            return self._who_am_i()
        if register == reg.PWR_MGMT_1 and self._now_ns < self._reset_until_ns:
            return self._registers[register] | reg.DEVICE_RESET
        return self._registers[register]

    def _who_am_i(self) -> int:
        for fault in self._schedule.at(self._now_ns):
            if fault.kind is FaultKind.WRONG_ID:
                return self._random.randrange(256) if fault.value is None else int(fault.value)
        return self._registers[reg.WHO_AM_I]

    def write(self, register: int, value: int, now_ns: int) -> None:
        """Write one register; what cannot be written is ignored, as is everything during a reset."""
        self.advance(now_ns)
        if self._now_ns < self._reset_until_ns or register in _READ_ONLY:
            return
        if register == reg.PWR_MGMT_1 and value & reg.DEVICE_RESET:
            self._reset()
        elif register == reg.FIFO_R_W:
            self._fifo.push(bytes([value]))
        elif register == reg.SIGNAL_PATH_RESET:
            self._reset_paths(value)
        elif register == reg.USER_CTRL:
            self._user_control(value)
        else:
            self._registers[register] = value
            if register == reg.FIFO_EN:
                self._choose_columns()
            elif register in SETUP_REGISTERS:
                self._fifo.resize(self._fifo_size())
                self._obey_setup()

    def _reset(self) -> None:
        """DEVICE_RESET: everything is default at once, and the chip is deaf for a while."""
        ends = [
            self._schedule.span_ns(fault)[1]
            for fault in self._schedule.at(self._now_ns)
            if fault.kind is FaultKind.DEAF_RESET
        ]
        dark_until_ns, ready_ns = self._dark_until_ns, max([*ends, self._now_ns]) + RESET_NS
        self._dark_until_ns = ready_ns  # samples of a chip that wakes by itself come after it
        self._lose_everything()
        self._dark_until_ns, self._reset_until_ns = dark_until_ns, ready_ns

    def _reset_paths(self, paths: int) -> None:
        """SIGNAL_PATH_RESET of gyroscope (4), accelerometer (2), thermometer (1)."""
        parts = ((2, 0, 6), (1, 6, 8), (4, 8, 14))
        data = bytearray(self._data)
        for bit, start, end in parts:
            if paths & bit:
                data[start:end] = bytes(end - start)
        self._data = bytes(data)
        if paths & 4 and self._setup is not None:
            self._switched = replace(self._switched, gyro_on_s=self._t_s())
            self._change_sampling(self._setup)

    def _user_control(self, value: int) -> None:
        """USER_CTRL: the FIFO on or off; resets clear themselves."""
        running = bool(value & reg.USER_FIFO_EN)
        if value & reg.USER_FIFO_RESET and (not running or self.chip.accel_filter_register):
            # The MPU-6050 obeys only while FIFO_EN is 0. Where it runs on, the frame that is being
            # written is torn: its rest lands in the empty FIFO.
            self._fifo.clear()
        if value & _SIGNAL_CONDITION_RESET:
            self._reset_paths(reg.RESET_ALL_PATHS)
        kept = value & ~(reg.USER_FIFO_RESET | 0x02 | _SIGNAL_CONDITION_RESET)
        changed = (self._registers[reg.USER_CTRL] ^ kept) & reg.USER_FIFO_EN
        self._registers[reg.USER_CTRL] = kept
        if changed:
            self._choose_columns()

    def _choose_columns(self) -> None:
        """Begin with the next sample to put into the FIFO what FIFO_EN says."""
        running = self._registers[reg.USER_CTRL] & reg.USER_FIFO_EN
        self._feed.choose(fifo_columns(self._registers[reg.FIFO_EN], self.chip) if running else ())

    def _fifo_size(self) -> int:
        if self._fifo_bytes is not None:
            return self._fifo_bytes
        if self.chip.accel_config2_bits:  # FIFO_SIZE: 512 bytes unless more is asked for
            return 512 << (self._registers[reg.ACCEL_CONFIG2] >> FIFO_SIZE_SHIFT)
        return self.chip.fifo_bytes

    def _t_s(self) -> float:
        return (self._now_ns - self._origin_ns) * 1e-9

    def _obey_setup(self) -> None:
        """Let the sensors do what the registers say."""
        setup, before = Setup.of_registers(self._registers, self.chip), self._setup
        if setup == before:
            return
        self._setup = setup
        if setup is None:
            self._fill_fifo(self._now_ns + WRITE_NS)
            self._sampler.stop()
        elif before is None:
            awake_ns = max(self._now_ns, self._dark_until_ns) + WAKE_NS
            if not math.isinf(awake_ns):
                on_s = (awake_ns - self._origin_ns) * 1e-9
                self._switched = Switched(on_s, on_s)
                self._sampler.start(int(awake_ns), setup, self._switched)
        else:
            if (
                setup.gyro_self_test != before.gyro_self_test
                or setup.accel_self_test != before.accel_self_test
            ):
                self._switched = replace(self._switched, self_test_s=self._t_s())
            if any(before.standby[3:]) and not any(setup.standby[3:]):
                self._switched = replace(self._switched, gyro_on_s=self._t_s())
            self._change_sampling(setup)

    def _change_sampling(self, setup: Setup) -> None:
        self._fill_fifo(self._now_ns + WRITE_NS)
        self._sampler.change(self._now_ns, setup, self._switched)
