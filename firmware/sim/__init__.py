"""A simulated MPU-6050 on a simulated bus: for tests, demos and whoever has no sensor at hand.

It is a model after the data sheets and the register maps, not a measurement of real chips; what it leaves
out is said at the top of `chip`, `waking`, `sensing` and `bus`. Where a text names a simulated bus
(``--bus sim:``) the grammar is that of `spec`.

>>> from firmware.sim import SimulatedBus, SimulatedChip, SimulatedClock, still
>>> bus = SimulatedBus({0x68: SimulatedChip(motion=still())}, SimulatedClock())
>>> hex(bus.read(0x68, 0x75, 1)[0])
'0x68'
"""

from firmware.sim.bus import SimulatedBus, Write
from firmware.sim.chip import SimulatedChip
from firmware.sim.clock import HostClock, SimClock, SimulatedClock
from firmware.sim.faults import Fault, FaultKind
from firmware.sim.history import History
from firmware.sim.motion import GRAVITY_MS2, Motion, rocking, still
from firmware.sim.spec import SimSpec, build, parse_spec
from firmware.sim.traits import Traits

__all__ = [
    "GRAVITY_MS2",
    "Fault",
    "FaultKind",
    "History",
    "HostClock",
    "Motion",
    "SimClock",
    "SimSpec",
    "SimulatedBus",
    "SimulatedChip",
    "SimulatedClock",
    "Traits",
    "Write",
    "build",
    "parse_spec",
    "rocking",
    "still",
]
