"""A torso's sensor that is plugged in while its station counts with the limb's alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from firmware.errors import BusMissingError, NotRespondingError
from firmware.roles import SensorRole
from pi_service.commands.buses import OpenBus
from pi_service.commands.second_sensor import SecondSensor
from pi_service.commands.sensor_options import SensorOptions, Which

MPU_6050 = 0x68


class Bus:
    """A bus on which somebody answers, or nobody does."""

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self.is_there = True
        self.says: int | None = None
        self.asked: list[int] = []

    def open(self, _text: str) -> OpenBus:
        if not self.is_there:
            raise BusMissingError("There is no bus.")
        self.opened += 1
        return OpenBus(self, None)  # type: ignore[arg-type]

    def close(self) -> None:
        self.closed += 1

    def read(self, address: int, _register: int, _length: int) -> bytes:
        self.asked.append(address)
        if self.says is None:
            raise NotRespondingError("Nobody answers.")
        return bytes([self.says])


class Bench:
    def __init__(self, *roles: SensorRole, **options: Any) -> None:
        self.now_s = 0.0
        self.bus = Bus()
        source: Any = SimpleNamespace(settings=dict.fromkeys(roles or (SensorRole.LIMB,)))
        self.second = SecondSensor(SensorOptions(**options), source, self.bus.open, clock=lambda: self.now_s)

    def came_after(self, seconds: float) -> bool:
        self.now_s += seconds
        return self.second.came()


def test_it_is_looked_for_now_and_then_until_it_answers() -> None:
    bench = Bench()
    assert not bench.came_after(5.0)
    assert bench.bus.asked == [], "the session has just begun without it"
    assert not bench.came_after(6.0)
    assert not bench.came_after(1.0)
    assert bench.bus.asked == [0x69]
    bench.bus.says = MPU_6050
    assert bench.came_after(10.0)
    asked = len(bench.bus.asked)
    bench.bus.says = None
    assert bench.came_after(100.0), "it came; what it does now is the next session's business"
    assert len(bench.bus.asked) == asked


def test_the_bus_stays_open_until_the_sensors_are_let_go_of() -> None:
    """Who closes a device gives up all locks of the process on it, those of the sensors that are read too."""
    bench = Bench()
    for _ in range(3):
        bench.came_after(11.0)
    assert (bench.bus.opened, bench.bus.closed) == (1, 0)
    bench.second.close()
    bench.second.close()
    assert bench.bus.closed == 1


def test_a_bus_that_is_gone_is_no_error() -> None:
    bench = Bench()
    bench.bus.is_there = False
    assert not bench.came_after(11.0)
    bench.bus.is_there, bench.bus.says = True, MPU_6050
    assert bench.came_after(11.0)


def test_what_is_no_sensor_is_left_alone() -> None:
    bench = Bench()
    bench.bus.says = 0x33
    assert not bench.came_after(11.0)


@pytest.mark.parametrize(
    ("roles", "options"),
    [
        ((SensorRole.LIMB, SensorRole.TORSO), {}),
        ((), {"sensors": Which.LIMB}),
        ((), {"limb_address": "0x69"}),
        ((), {"bus": "sim:sensors=2"}),
    ],
)
def test_it_is_not_looked_for_where_it_would_not_be_read(
    roles: tuple[SensorRole, ...], options: dict[str, Any]
) -> None:
    bench = Bench(*roles, **options)
    bench.bus.says = MPU_6050
    assert not bench.came_after(1000.0)
    assert bench.bus.asked == []
