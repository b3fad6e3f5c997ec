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
from firmware.sim.fifo import WRITE_NS
from firmware.sim.history import History, HistoryKeeper
from firmware.sim.motion import Motion, still
from firmware.sim.register_file import RegisterFile, Shown
from firmware.sim.sampler import Sampler
from firmware.sim.sensing import Sensing
from firmware.sim.setup import SETUP_REGISTERS, Setup, axes_on
from firmware.sim.traits import Traits
from firmware.sim.waking import Waking

#: How long DEVICE_RESET takes.
RESET_NS = 50_000_000
_TRUTH = Shown()


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
            self._file.fill_fifo(self._now_ns + WRITE_NS)
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
        self._sampler.stop()
        codes = self.traits.self_test_codes
        self._file = RegisterFile(self.chip, codes, self._sampler, self._fifo_bytes)
        self._reset_until_ns = -math.inf
        self._setup: Setup | None = None
        self._waking = Waking(self.chip)
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
                self._file.latch()
                if self._keeper is not None:
                    self._keeper.add(sampler.part(sampler.taken - taken, sampler.taken))
            self._file.fill_fifo(now_ns)
            if sampler.taken < len(sampler.times) or not sampler.refill(now_ns):
                return

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
        return self._file.read(register, length, self._shown())

    def _shown(self) -> Shown:
        """Return what faults, and a reset that is under way, let the registers say."""
        active = self._schedule.at(self._now_ns)
        resetting = self._now_ns < self._reset_until_ns
        if not active and not resetting:
            return _TRUTH
        who_am_i, overflow_flag = None, True
        for fault in active:
            if fault.kind is FaultKind.WRONG_ID and who_am_i is None:
                who_am_i = self._random.randrange(256) if fault.value is None else int(fault.value)
            elif fault.kind is FaultKind.NO_OVERFLOW_FLAG:
                overflow_flag = False
        return Shown(who_am_i, resetting, overflow_flag)

    def write(self, register: int, value: int, now_ns: int) -> None:
        """Write one register; what cannot be written is ignored, as is everything during a reset."""
        self.advance(now_ns)
        if self._now_ns < self._reset_until_ns:
            return
        if register == reg.PWR_MGMT_1 and value & reg.DEVICE_RESET:
            self._reset()
            return
        paths = self._file.write(register, value)
        if paths & 0x06:
            self._waking.restart_paths(
                self._s(self._now_ns), accel=bool(paths & 0x02), gyro=bool(paths & 0x04)
            )
            self._change_sampling()
        if register in SETUP_REGISTERS:
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

    def _s(self, now_ns: float) -> float:
        return (now_ns - self._origin_ns) * 1e-9

    def _obey_setup(self) -> None:
        """Let the sensors do what the registers say."""
        values = self._file.values
        setup, before = Setup.of_registers(values, self.chip), self._setup
        self._setup = setup
        at_s = self._s(max(self._now_ns, self._dark_until_ns))
        first_s = self._waking.follow(setup, axes_on(values), at_s)
        if setup is None:
            self._file.fill_fifo(self._now_ns + WRITE_NS)
            self._sampler.stop()
        elif first_s is not None:
            self._file.fill_fifo(self._now_ns + WRITE_NS)
            self._sampler.stop()
            if not math.isinf(first_s):
                first_ns = self._origin_ns + round(first_s * 1e9)
                self._sampler.start(first_ns, setup, self._waking.switched)
        elif setup != before:
            self._change_sampling()

    def _change_sampling(self) -> None:
        """Produce what comes next by the setup as it is now."""
        if self._setup is not None and self._sampler.running:
            self._file.fill_fifo(self._now_ns + WRITE_NS)
            self._sampler.change(self._now_ns, self._setup, self._waking.switched)
