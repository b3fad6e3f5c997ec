"""How fast the bus really is, and how much of it the sensors need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from firmware.bus import Bus, Clock
from firmware.bus_errors import ETIMEDOUT
from firmware.chips import Chip
from firmware.driver import POLL_S
from firmware.errors import BusError
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.start import frame_bytes
from pi_service.doctor.checks import Check, Measured, ok, warning

#: Long enough that the time of a system call hardly counts: 12 ms at 400 kHz.
_READ_BYTES = 512
_READS = 5
_TRIES = 12

_BITS_PER_BYTE = 9
#: Start, address, register, start again, address, stop: what a read costs beside its bytes.
_READ_OVERHEAD_BITS = 30

#: The fastest that the data sheet allows, with a margin for the measurement.
_FASTEST_HZ = 440_000
#: Slower than this part of what was asked for is not only the time between the bytes.
_SLOW = 0.7
#: Above this load there is no room for a transfer that has to be done again.
_FULL_PERCENT = 70.0

_BAUDRATE = "dtparam=i2c_arm=on,i2c_arm_baudrate=400000 in /boot/firmware/config.txt"


def measure_bit_rate_hz(bus: Bus, clock: Clock, address: int) -> float | None:
    """Time long reads out of an idle chip's FIFO; None if the bus fails too often for that."""
    times_ns: list[int] = []
    for _ in range(_TRIES):
        before_ns = clock.now_ns()
        try:
            bus.read_fifo(address, _READ_BYTES)
        except BusError as error:
            if error.errno == ETIMEDOUT:
                break  # each further one would hang for a second as well
            continue
        times_ns.append(clock.now_ns() - before_ns)
        if len(times_ns) == _READS:
            break
    # The best of several: whatever else the computer does only makes a read longer.
    if not times_ns or min(times_ns) <= 0:
        return None
    return read_bits(_READ_BYTES) / (min(times_ns) / 1e9)


def read_bits(length: int) -> int:
    """Return how many bits pass over the wire to read some bytes."""
    return _READ_OVERHEAD_BITS + _BITS_PER_BYTE * length


def load_percent(bit_rate_hz: float, sensors: Sequence[tuple[SensorSettings, Chip]]) -> float:
    """Return how much of the bus sensors need when their FIFOs are read."""
    polls_hz = 1.0 / POLL_S
    bits_hz = sum(
        settings.rate_hz * frame_bytes(settings, chip) * _BITS_PER_BYTE
        + polls_hz * (read_bits(2) + read_bits(0))
        for settings, chip in sensors
    )
    return 100.0 * bits_hz / bit_rate_hz


def check_bus_speed(
    bus: Bus,
    bit_rate_hz: float | None,
    asked_hz: int | None,
    sensors: dict[SensorRole, tuple[SensorSettings, Chip]],
) -> Iterator[Check]:
    """Yield what there is to say about speed and load.

    Parameters
    ----------
    bus
        Which bus.
    bit_rate_hz
        As measured.
    asked_hz
        What the device tree or config.txt asks for; None if nobody says.
    sensors
        What is to be read on it.
    """
    if bit_rate_hz is None:
        yield warning(
            bus.name,
            "bus speed",
            "The speed of the bus could not be measured: no long read went through.",
            "Shorten the cable, check its plugs, then measure again.",
            bit_rate_hz=None,
        )
        return
    yield _speed(bus.name, bit_rate_hz, asked_hz)
    rate_hz = max(settings.rate_hz for settings, _ in sensors.values())
    load = load_percent(bit_rate_hz, list(sensors.values()))
    needed = f"One sensor at {rate_hz} Hz needs" if len(sensors) == 1 else f"Two sensors at {rate_hz} Hz need"
    found = f"{needed} {load:.0f} % of the bus."
    measured: dict[str, Measured] = {
        "load_percent": round(load, 1),
        "rate_hz": rate_hz,
        "sensors": len(sensors),
    }
    if load <= _FULL_PERCENT:
        yield ok(bus.name, "load", found, **measured)
    else:
        yield warning(
            bus.name,
            "load",
            found,
            f"Take a lower rate (--rate), or make the bus faster with {_BAUDRATE} and measure again.",
            **measured,
        )


def _speed(subject: str, bit_rate_hz: float, asked_hz: int | None) -> Check:
    # Without word from the system it is one of the two usual speeds, or half of one.
    usual_hz = asked_hz or (100_000 if bit_rate_hz < 140_000 else 400_000)
    asked = "" if asked_hz is None else f" ({asked_hz / 1000:.0f} kHz asked for)"
    found = f"{bit_rate_hz / 1000:.0f} kHz measured{asked}."
    measured: dict[str, Measured] = {"bit_rate_hz": round(bit_rate_hz), "asked_hz": asked_hz}
    if bit_rate_hz > _FASTEST_HZ:
        return warning(
            subject,
            "bus speed",
            found,
            f"The chip is made for 400 kHz at most: put {_BAUDRATE} and restart.",
            **measured,
        )
    if bit_rate_hz < _SLOW * usual_hz:
        slow = f"{bit_rate_hz / 1000:.0f} kHz measured, not {usual_hz / 1000:.0f} kHz."
        return warning(
            subject,
            "bus speed",
            slow,
            "On a Pi 3 or Zero the bus follows the processor's core clock and may run at half its speed; an"
            " adapter without plain I2C is slow as well. Nothing need be done while the load below is small;"
            " otherwise raise i2c_arm_baudrate in /boot/firmware/config.txt and measure again.",
            **measured,
        )
    return ok(subject, "bus speed", found, **measured)
