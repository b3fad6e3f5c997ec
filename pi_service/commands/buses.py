"""The bus that a person named: a real one, or a simulated one that somebody wears.

What is simulated is imported when it is asked for: a station on a Pi starts a second earlier without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.bus import Bus, Clock, SystemClock, is_simulated

if TYPE_CHECKING:
    from firmware.sim import HostClock

#: Motions of the simulated person who shows how the sensor sits; those of an odd seed wear it left.
PLACING = "place-"


@dataclass(frozen=True, slots=True)
class OpenBus:
    """A bus, and what belongs to it.

    Attributes
    ----------
    bus, clock
        The bus and the clock of its host.
    simulated
        Whether nobody moves.
    virtual
        Whether the clock stands still while nobody reads the bus.
    exercise
        What the simulated athlete does; None where there is none.
    """

    bus: Bus
    clock: Clock
    simulated: bool = False
    virtual: bool = False
    exercise: str | None = None


class Buses:
    """Opens buses, again and again; the time of simulated ones goes on meanwhile."""

    def __init__(self) -> None:
        self._sim_clock: HostClock | None = None

    def open(self, text: str) -> OpenBus:
        """Open the bus that a person named; see `open_bus`."""
        if not is_simulated(text):
            from firmware.discovery import open_bus as open_real_bus

            return OpenBus(open_real_bus(text), SystemClock())
        from firmware.sim import HostClock
        from pi_service.commands.worn_buses import simulated_bus

        clock = self._sim_clock = self._sim_clock or HostClock()
        bus, exercise = simulated_bus(text, clock)
        return OpenBus(bus, clock, simulated=True, exercise=exercise)


def open_bus(text: str) -> OpenBus:
    """Open the bus that a person named: ``1``, ``/dev/i2c-1``, ``sim:`` or ``sim:key=value,...``.

    Raises
    ------
    SensorError
        There is no such bus, or it cannot be opened.
    """
    return Buses().open(text)


def check_bus(text: str) -> None:
    """Look whether a text names a bus, without opening it: a real one may be missing now.

    Raises
    ------
    RepclipError, SensorError
        It does not, or a simulated athlete cannot do what it says.
    """
    if is_simulated(text):
        from pi_service.commands.worn_buses import check_simulated

        check_simulated(text)
    else:
        from firmware.discovery import path_of_bus

        path_of_bus(text)


def worn_bus(bus: str, exercise: str | None) -> str:
    """Return the name of a bus, on which a simulated athlete does what is to be counted if one can."""
    if not is_simulated(bus) or exercise is None or "exercise=" in bus:
        return bus
    from pi_service.commands.worn_buses import done_on

    return done_on(bus, exercise)
