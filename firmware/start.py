"""From a chip in any state to one that fills its FIFO with what was asked for.

The sequences are generators that yield how many seconds to wait: whoever drives them can look after
another sensor meanwhile. Their order and their waits are those of the register map and of the Linux driver
(`inv_mpu6050`), and are tested byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator

from firmware import registers as reg
from firmware.bus import Bus
from firmware.chips import Chip, find_chip
from firmware.errors import ChipStartError, TransferError, UnknownChipError
from firmware.settings import ACCEL_RANGES_G, GYRO_RANGES_DPS, SensorSettings

#: After DEVICE_RESET, and after SIGNAL_PATH_RESET (RM-MPU-6000A-00, PWR_MGMT_1).
RESET_WAIT_S = 0.1
#: The reset bit clears itself within `RESET_WAIT_S`; a bus that lies is not waited for longer than this.
RESET_POLL_S = 0.01
RESET_POLLS = 5
#: From the internal oscillator to the gyroscope's.
PLL_WAIT_S = 0.01
#: Zero-rate settling (30 ms, PS-MPU-6000A-00 6.1) and that of the slowest filter; samples before it are not
#: kept.
SETTLE_S = 0.05
#: How often WHO_AM_I is read: on a noisy bus it differs from read to read.
IDENTITY_READS = 3


def identify(bus: Bus, address: int, *, allow_unknown: bool = False) -> Chip:
    """Return which chip answers at an address.

    Raises
    ------
    BusError
        The bus fails, nobody answers, or the answer differs from read to read.
    UnknownChipError
        Something answers that is in no row of the chip table.
    """
    said = [bus.read(address, reg.WHO_AM_I, 1)[0] for _ in range(IDENTITY_READS)]
    if len(set(said)) > 1:
        listed = ", ".join(f"0x{value:02x}" for value in said)
        raise TransferError(
            f"WHO_AM_I at address 0x{address:02x} reads differently each time ({listed}): the bus is noisy;"
            " shorten the cable, check the pull-ups and ground, or lower the bus speed."
        )
    try:
        return find_chip(said[0], allow_unknown=allow_unknown)
    except UnknownChipError as error:
        if said[0] in (0x00, 0xFF):
            # No chip says that: it is the bus, and may be over soon.
            raise TransferError(f"Address 0x{address:02x}: {error}") from error
        raise UnknownChipError(f"Address 0x{address:02x}: {error}", said[0]) from error


def start_chip(bus: Bus, settings: SensorSettings, chip: Chip) -> Iterator[float]:
    """Reset, wake and set up a chip; yields the seconds to wait before it goes on. The FIFO is not started.

    Raises
    ------
    BusError
        The bus fails.
    ChipStartError
        The reset never ends, or a register does not hold what was written.
    """
    address = settings.i2c_address
    bus.write(address, reg.PWR_MGMT_1, reg.DEVICE_RESET)
    yield RESET_WAIT_S
    for _ in range(RESET_POLLS):
        if not bus.read(address, reg.PWR_MGMT_1, 1)[0] & reg.DEVICE_RESET:
            break
        yield RESET_POLL_S
    else:
        raise ChipStartError(
            f"The chip at address 0x{address:02x} does not come out of its reset: switch its power off and"
            " on, and check SDA, SCL and the supply."
        )
    # Only SPI needs it; it is harmless on I2C and cleans the registers of chips that keep old samples.
    bus.write(address, reg.SIGNAL_PATH_RESET, reg.RESET_ALL_PATHS)
    yield RESET_WAIT_S
    bus.write(address, reg.PWR_MGMT_1, reg.CLOCK_INTERNAL)
    # The gyroscope's clock may be chosen only when the gyroscope runs.
    yield chip.gyro_start_s
    bus.write(address, reg.PWR_MGMT_1, reg.CLOCK_GYRO_PLL)
    yield PLL_WAIT_S
    for register, value in setup_registers(settings, chip):
        bus.write(address, register, value)
    difference = wrong_register(bus, settings, chip)
    if difference is not None:
        raise ChipStartError(
            f"The chip at address 0x{address:02x} does not keep its settings ({difference}): check its power"
            " and the wiring; a forged chip does that, too."
        )
    yield SETTLE_S


def setup_registers(settings: SensorSettings, chip: Chip) -> list[tuple[int, int]]:
    """Return the registers that hold the settings, with their values, in the order of writing."""
    setup = [
        (reg.SMPLRT_DIV, settings.divider),
        (reg.CONFIG, settings.filter_setting),
        (reg.GYRO_CONFIG, GYRO_RANGES_DPS.index(settings.gyro_range_dps) << chip.gyro_range_shift),
        (reg.ACCEL_CONFIG, ACCEL_RANGES_G.index(settings.accel_range_g) << reg.RANGE_SHIFT),
    ]
    if chip.accel_filter_register:
        setup.append((reg.ACCEL_CONFIG2, settings.filter_setting | chip.accel_config2_bits))
    return setup


def wrong_register(bus: Bus, settings: SensorSettings, chip: Chip) -> str | None:
    """Return what differs between a chip's registers and its settings; None when nothing does.

    `ASLEEP` when they are those after power-up: asleep, or, with the MPU-6500, awake at the defaults.
    """
    address = settings.i2c_address
    power = bus.read(address, reg.PWR_MGMT_1, 1)[0]
    if power & reg.SLEEP:
        return ASLEEP
    if power != reg.CLOCK_GYRO_PLL:
        return f"register 0x{reg.PWR_MGMT_1:02x} is 0x{power:02x}, not 0x{reg.CLOCK_GYRO_PLL:02x}"
    setup = setup_registers(settings, chip)
    held = bus.read(address, reg.SMPLRT_DIV, len(setup))
    if not any(held):
        return ASLEEP
    for (register, value), found in zip(setup, held, strict=True):
        if found != value:
            return f"register 0x{register:02x} is 0x{found:02x}, not 0x{value:02x}"
    return None


#: What `wrong_register` says of a chip that lost its power for a moment.
ASLEEP = "asleep"


def frame_bytes(settings: SensorSettings, chip: Chip) -> int:
    """Return the length of a frame in the FIFO: 12 bytes, or 14 with the temperature."""
    return 14 if settings.temperature or chip.temperature_always else 12


def restart_fifo(bus: Bus, settings: SensorSettings, chip: Chip) -> None:
    """Empty the FIFO and start it, so that its next byte is the first of a frame.

    The order is that of the Linux driver and of Klipper: stop, reset, on, clear the overflow flag, start.
    """
    address = settings.i2c_address
    bus.write(address, reg.FIFO_EN, 0)
    bus.write(address, reg.USER_CTRL, reg.USER_FIFO_RESET)
    bus.write(address, reg.USER_CTRL, reg.USER_FIFO_EN)
    bus.read(address, reg.INT_STATUS, 1)
    with_temperature = frame_bytes(settings, chip) == 14
    bus.write(
        address, reg.FIFO_EN, reg.FIFO_ACCEL | reg.FIFO_GYRO | (reg.FIFO_TEMP if with_temperature else 0)
    )
