"""A simulated chip that is awake, and what its bytes say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from firmware import registers as reg
from firmware.sim import Fault, SimulatedBus, SimulatedChip, SimulatedClock, Traits, rocking

ADDRESS = 0x68


@dataclass
class Rig:
    """One chip on one bus."""

    bus: SimulatedBus
    clock: SimulatedClock
    chip: SimulatedChip

    def wake(self, *, divider=4, dlpf=3, gyro=0x10, accel=0x10, accel2=None):
        """200 Hz, 44 Hz filter, 1000 deg/s, 8 g unless told otherwise; and let it settle."""
        self.set(reg.PWR_MGMT_1, 0x00)
        self.set(reg.PWR_MGMT_1, 0x01)
        self.set(reg.SMPLRT_DIV, divider)
        self.set(reg.CONFIG, dlpf)
        self.set(reg.GYRO_CONFIG, gyro)
        self.set(reg.ACCEL_CONFIG, accel)
        if accel2 is not None:
            self.set(reg.ACCEL_CONFIG2, accel2)
        self.clock.sleep_s(0.3)
        return self

    def start_fifo(self, mask=0xF8):
        self.set(reg.FIFO_EN, 0)
        self.set(reg.USER_CTRL, 0x04)
        self.set(reg.USER_CTRL, 0x40)
        self.get(reg.INT_STATUS)
        self.set(reg.FIFO_EN, mask)
        return self

    def set(self, register, value):
        self.bus.write(ADDRESS, register, value)

    def get(self, register):
        return self.bus.read(ADDRESS, register, 1)[0]

    def count(self):
        return int.from_bytes(self.bus.read(ADDRESS, reg.FIFO_COUNTH, 2), "big")

    def words(self):
        return self.frames(self.bus.read(ADDRESS, reg.ACCEL_XOUT_H, 14))[0]

    def fifo(self, length):
        return self.bus.read_fifo(ADDRESS, length)

    def history(self):
        return self.bus.history(ADDRESS)

    def frames(self, data, width=7):
        """Return big-endian int16 words, one row a frame."""
        return np.frombuffer(data, ">i2").astype(int).reshape(-1, width)


@pytest.fixture
def rig():
    """Make rigs; the chip has no errors, a little noise, and rocks unless told otherwise."""

    def make(who_am_i=0x68, *faults: Fault, stalls=(), bit_rate_hz=400_000, motion=None, traits=None, **chip):
        clock = SimulatedClock(stalls=stalls)
        one = SimulatedChip(
            who_am_i,
            motion=rocking() if motion is None else motion,
            traits=Traits.ideal(noise=1.0) if traits is None else traits,
            keep_history=True,
            **chip,
        )
        return Rig(SimulatedBus({ADDRESS: one}, clock, bit_rate_hz=bit_rate_hz, faults=faults), clock, one)

    return make
