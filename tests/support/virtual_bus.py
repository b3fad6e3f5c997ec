"""`--bus sim:` in virtual time, so that a command counts minutes in seconds."""

from __future__ import annotations

import pytest

from firmware.sim import SimulatedClock
from pi_service.commands.buses import OpenBus
from pi_service.commands.worn_buses import simulated_bus


def open_virtual_bus(text: str) -> OpenBus:
    clock = SimulatedClock()
    bus, exercise = simulated_bus(text, clock)
    return OpenBus(bus, clock, simulated=True, virtual=True, exercise=exercise)


def use_virtual_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pi_service.commands.sensors.open_bus", open_virtual_bus)
