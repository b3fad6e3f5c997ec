"""What the operating system's error numbers mean on an I2C bus, and what a person can do about each.

The numbers are those of Linux, whatever system this runs on: a simulated bus gives them too. Which driver
gives which: ``i2c-bcm2835`` (Pi Zero to 4) says EREMOTEIO when nobody acknowledges, EIO when a chip
stretches the clock for too long, ETIMEDOUT after one second; ``i2c-designware`` (Pi 5) also EAGAIN when
it loses arbitration; ``i2c-stub`` and some USB adapters say ENXIO or ENODEV for an absent chip. An adapter
that goes while its node is open gives ESHUTDOWN, ENOTCONN or ECONNABORTED.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from firmware.errors import (
    BusError,
    BusForbiddenError,
    BusInUseError,
    BusMissingError,
    NotRespondingError,
    TransferError,
)

EPERM = 1
ENOENT = 2
EINTR = 4
EIO = 5
ENXIO = 6
EBADF = 9
EAGAIN = 11
EACCES = 13
EBUSY = 16
ENODEV = 19
ENOTDIR = 20
EISDIR = 21
EINVAL = 22
ENOTTY = 25
EPROTO = 71
EBADMSG = 74
EOVERFLOW = 75
EILSEQ = 84
EOPNOTSUPP = 95
ECONNABORTED = 103
ENOTCONN = 107
ESHUTDOWN = 108
ETIMEDOUT = 110
EREMOTEIO = 121

#: Nobody acknowledged: of a read nothing has been transferred yet.
NOT_ACKNOWLEDGED = frozenset({EREMOTEIO, ENXIO, ENODEV})

_MISSING = (
    "There is no {i2c_bus}: switch I2C on (sudo raspi-config, Interface Options, I2C; or the line"
    " dtparam=i2c_arm=on in /boot/firmware/config.txt), restart the Pi, and check the number of the bus."
)
_NOT_A_BUS = "{bus} is not an I2C bus: name one such as --bus 1 or --bus /dev/i2c-1."
_FORBIDDEN = (
    "This user may not use {bus}: run sudo usermod -aG i2c $USER, then log out and in again so that the group"
    " takes effect."
)
_IN_USE = (
    "A kernel driver holds {chip}: take the line dtoverlay=mpu6050 out of /boot/firmware/config.txt and"
    " restart the Pi, or unload the driver until then with sudo modprobe -r inv_mpu6050_i2c."
)
_SILENT = (
    "Nothing answers at {chip}: check the address (AD0 low is 0x68, AD0 high is 0x69), the wires SDA, SCL,"
    " VCC and GND, and that no motor or servo shares the sensor's supply."
)
_HANGS = (
    "{bus} hangs, as when a chip holds SDA or SCL low: switch the sensor's supply off and on (restarting the"
    " Pi alone does not free it), and if it hangs again put the sensor on a software bus with"
    " dtoverlay=i2c-gpio, which frees its lines by itself and waits for chips that stretch the clock."
)
_LOST = (
    "Something else drove the lines of {bus} in the middle of a transfer with {chip} (arbitration lost): make"
    " sure that nothing else is a master there, and keep the cable short and away from motors."
)
_BROKE_OFF = (
    "A transfer with {chip} broke off: shorten the cable (50 cm or less at 400 kHz), check plugs and"
    " pull-ups, or slow the bus down with dtparam=i2c_arm_baudrate=100000 in /boot/firmware/config.txt."
)
_GARBLED = (
    "The bytes from {chip} came through garbled ({reason}): shorten the cable, check plugs and pull-ups, or"
    " slow the bus down with dtparam=i2c_arm_baudrate=100000 in /boot/firmware/config.txt."
)
_CANNOT = (
    "The adapter behind {bus} cannot do the transfers that the sensor needs: use the I2C pins of the Pi's"
    " header (bus 1) or another adapter."
)
_REFUSED = (
    "The driver of {bus} refuses a transfer with {chip} as impossible: check the address, and if it is right"
    " use the I2C pins of the Pi's header (bus 1)."
)
_CLOSED = (
    "{bus} is not open any more: repclip opens it again by itself, and if that does not help start it again."
)
_INTERRUPTED = "A transfer with {chip} was interrupted by a signal: try again."
_DOWN = "The adapter behind {bus} is switched off or was unplugged: plug it in again, or restart the Pi."
_UNKNOWN = (
    "A transfer with {chip} failed with error {number} ({reason}): check the wires, then restart the Pi if it"
    " does not go away."
)

_MEANING: dict[int, tuple[type[BusError], str]] = {
    EPERM: (BusForbiddenError, _FORBIDDEN),
    ENOENT: (BusMissingError, _MISSING),
    EINTR: (TransferError, _INTERRUPTED),
    EIO: (TransferError, _BROKE_OFF),
    ENXIO: (NotRespondingError, _SILENT),
    EBADF: (BusMissingError, _CLOSED),
    EAGAIN: (TransferError, _LOST),
    EACCES: (BusForbiddenError, _FORBIDDEN),
    EBUSY: (BusInUseError, _IN_USE),
    ENODEV: (NotRespondingError, _SILENT),
    ENOTDIR: (BusMissingError, _NOT_A_BUS),
    EISDIR: (BusMissingError, _NOT_A_BUS),
    EINVAL: (TransferError, _REFUSED),
    ENOTTY: (BusMissingError, _NOT_A_BUS),
    EPROTO: (TransferError, _GARBLED),
    EBADMSG: (TransferError, _GARBLED),
    EOVERFLOW: (TransferError, _GARBLED),
    EILSEQ: (TransferError, _GARBLED),
    EOPNOTSUPP: (TransferError, _CANNOT),
    ECONNABORTED: (BusMissingError, _DOWN),
    ENOTCONN: (BusMissingError, _DOWN),
    ESHUTDOWN: (BusMissingError, _DOWN),
    ETIMEDOUT: (TransferError, _HANGS),
    EREMOTEIO: (NotRespondingError, _SILENT),
}


def bus_error(error_number: int, bus_name: str, address: int | None, *, consumed: bool = False) -> BusError:
    """Return the error for one of the operating system's numbers; the caller raises it.

    Parameters
    ----------
    error_number
        Linux's ``errno``; 0 where there was none.
    bus_name
        What a person calls the bus: ``/dev/i2c-1`` or ``sim:``.
    address
        7-bit address of the chip; None when the bus itself was opened.
    consumed
        Whether bytes may have been taken out of the chip before it failed.
    """
    kind, sentence = _MEANING.get(error_number, (TransferError, _UNKNOWN))
    if address is None and error_number in NOT_ACKNOWLEDGED:
        # The device node is there, but nothing is behind it: no chip was asked yet.
        kind, sentence = BusMissingError, _MISSING
    message = sentence.format(
        bus=bus_name,
        # "the simulated bus" already says what it is.
        i2c_bus=bus_name.removeprefix("the ") if bus_name.startswith("the ") else f"I2C bus {bus_name}",
        chip=bus_name if address is None else f"0x{address:02x} on {bus_name}",
        number=error_number,
        reason=os.strerror(error_number) if error_number else "no reason given",
    )
    return kind(message[:1].upper() + message[1:], error_number, consumed=consumed)


@contextmanager
def mapped_os_errors(bus_name: str, address: int | None, *, consumed: bool = False) -> Iterator[None]:
    """Turn an OSError of the block into the `BusError` that `bus_error` gives for it.

    Parameters
    ----------
    bus_name, address
        As for `bus_error`.
    consumed
        Whether a failure may have taken bytes out of the chip. When nobody acknowledged, none were:
        then the error says so whatever is given here.
    """
    try:
        yield
    except OSError as error:
        number = error.errno or 0
        taken = consumed and number not in NOT_ACKNOWLEDGED
        raise bus_error(number, bus_name, address, consumed=taken) from error
