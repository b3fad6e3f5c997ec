"""Puts a simulated sensor behind /dev/i2c-N until SIGTERM: ``node.py N sim:...``.

The athlete's movement is worked out before the node is there, and then read off: that of a whole body, sample
by sample, is more than an emulated processor can do beside the station.
"""

from __future__ import annotations

import sys

import numpy as np

from firmware.roles import SensorRole
from firmware.sim import HostClock, Motion, SimulatedBus, build, parse_spec
from firmware.sim.cuse import serve_node
from pi_service.athlete.movements import default_placement, find_movement
from pi_service.athlete.session import Session
from pi_service.athlete.task import Task
from pi_service.commands.worn_buses import simulated_bus

#: How long a movement is worked out, and how finely: the chip lets through 44 Hz.
LASTS_S, STEP_S = 150.0, 0.01


def read_off(motion: Motion) -> Motion:
    """Return a motion that is looked up between the values of another one; it stands still afterwards."""
    at_s = np.arange(0.0, LASTS_S, STEP_S)
    columns = [*np.hstack(motion(at_s)).T]

    def looked_up(t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values = np.column_stack([np.interp(t_s, at_s, column) for column in columns])
        return values[:, :3], values[:, 3:]

    return looked_up


def worn(text: str) -> SimulatedBus:
    """Return the bus that was asked for, worn by an athlete who pulls up if nothing else is."""
    if "motion=" in text:
        return simulated_bus(text, HostClock())[0]
    spec = parse_spec(f"{text},motion=athlete")
    movement = find_movement("vertical_pull")
    session = Session(spec.seed, Task(movement, reps=spec.reps, drink_chance=0.0))
    motion = read_off(session.worn(default_placement(movement)))
    return build(spec, HostClock(), {SensorRole.LIMB: motion})


def say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


serve_node(worn(sys.argv[2]), int(sys.argv[1]), say_ready)
