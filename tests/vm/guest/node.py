"""Puts a simulated sensor behind /dev/i2c-N until SIGTERM, worn by whoever `repclip run --bus sim:` has."""

from __future__ import annotations

import sys

from firmware.sim import HostClock
from firmware.sim.cuse import serve_node
from pi_service.commands.worn_buses import simulated_bus


def say_ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


serve_node(simulated_bus(sys.argv[2], HostClock())[0], int(sys.argv[1]), say_ready)
