"""Errors of the sensor and its bus that a person can do something about.

The tree::

    SensorError                   one clear sentence; commands print it and exit with `exit_code`
    +-- SettingsError             a rate, range or address that the chip cannot have
    +-- BusError                  the I2C bus or the device node does not do what it was asked
    |   +-- BusMissingError       there is no such bus: I2C is switched off, or the number is wrong
    |   +-- BusForbiddenError     this user may not open it
    |   +-- BusInUseError         a kernel driver holds the address
    |   +-- NotRespondingError    nobody acknowledges the address
    |   +-- TransferError         a transfer broke off or timed out
    +-- ChipError                 something answers, but not as the chip should
        +-- UnknownChipError      WHO_AM_I is in no row of the chip table
        +-- WrongChipError        another chip than before answers at this address
        +-- ChipStartError        the chip does not take its settings
"""

from __future__ import annotations


class SensorError(Exception):
    """Base of all errors of the sensor; the message says what to do about it."""

    exit_code = 2


class SettingsError(SensorError):
    """A setting that the chip cannot have."""


class BusError(SensorError):
    """The bus does not do what it was asked.

    Attributes
    ----------
    errno
        The operating system's number, 0 where there is none.
    consumed
        Whether bytes may have been taken out of the chip before it failed: after a failed read of the
        FIFO with `consumed`, nobody knows where a frame begins.
    """

    def __init__(self, message: str, errno: int = 0, *, consumed: bool = False) -> None:
        super().__init__(message)
        self.errno = errno
        self.consumed = consumed


class BusMissingError(BusError):
    """There is no such bus."""


class BusForbiddenError(BusError):
    """The user may not open the bus."""


class BusInUseError(BusError):
    """A kernel driver holds the address."""


class NotRespondingError(BusError):
    """Nobody acknowledges the address."""


class TransferError(BusError):
    """A transfer broke off or timed out."""


class ChipError(SensorError):
    """Something answers, but not as the chip should."""


class UnknownChipError(ChipError):
    """WHO_AM_I is in no row of the chip table."""

    def __init__(self, message: str, who_am_i: int) -> None:
        super().__init__(message)
        self.who_am_i = who_am_i


class WrongChipError(ChipError):
    """Another chip than before answers at this address."""


class ChipStartError(ChipError):
    """The chip does not take its settings."""
