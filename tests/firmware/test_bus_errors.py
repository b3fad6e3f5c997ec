from __future__ import annotations

import errno

import pytest

from firmware import bus_errors
from firmware.bus_errors import bus_error, mapped_os_errors
from firmware.errors import (
    BusError,
    BusForbiddenError,
    BusInUseError,
    BusMissingError,
    NotRespondingError,
    TransferError,
)

BUS = "/dev/i2c-1"


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (2, BusMissingError, ["no I2C bus /dev/i2c-1", "raspi-config", "dtparam=i2c_arm=on"]),
        (13, BusForbiddenError, ["/dev/i2c-1", "usermod -aG i2c", "log out and in"]),
        (1, BusForbiddenError, ["usermod -aG i2c", "log out and in"]),
        (16, BusInUseError, ["kernel driver holds 0x69", "dtoverlay=mpu6050", "modprobe -r inv_mpu6050"]),
        (121, NotRespondingError, ["0x69 on /dev/i2c-1", "AD0", "SDA", "motor or servo"]),
        (6, NotRespondingError, ["0x69", "AD0", "motor or servo"]),
        (19, NotRespondingError, ["0x69", "AD0", "motor or servo"]),
        (110, TransferError, ["/dev/i2c-1 hangs", "supply off and on", "dtoverlay=i2c-gpio"]),
        (11, TransferError, ["arbitration lost", "master"]),
        (5, TransferError, ["0x69", "broke off", "cable", "pull-ups", "i2c_arm_baudrate=100000"]),
        (71, TransferError, ["garbled", "Protocol error", "cable"]),
        (74, TransferError, ["garbled", "cable"]),
        (75, TransferError, ["garbled", "cable"]),
        (84, TransferError, ["garbled", "cable"]),
        (95, TransferError, ["adapter", "cannot", "header"]),
        (22, TransferError, ["refuses", "address"]),
        (4, TransferError, ["interrupted", "try again"]),
        (9, BusMissingError, ["not open", "opens it again"]),
        (25, BusMissingError, ["not an I2C bus", "--bus 1"]),
        (21, BusMissingError, ["not an I2C bus", "--bus 1"]),
        (20, BusMissingError, ["not an I2C bus", "--bus 1"]),
        (108, BusMissingError, ["/dev/i2c-1", "unplugged", "plug it in"]),
        (107, BusMissingError, ["/dev/i2c-1", "unplugged", "plug it in"]),
        (103, BusMissingError, ["/dev/i2c-1", "unplugged", "plug it in"]),
    ],
)
def test_each_number_has_its_error_and_its_advice(
    number: int, kind: type[BusError], words: list[str]
) -> None:
    error = bus_error(number, BUS, 0x69)
    assert type(error) is kind
    assert error.errno == number
    for word in words:
        assert word in str(error)


@pytest.mark.parametrize("number", [*bus_errors._MEANING, 0, 12, 9999])
@pytest.mark.parametrize("address", [None, 0x68])
def test_it_is_one_sentence_without_gaps(number: int, address: int | None) -> None:
    text = str(bus_error(number, BUS, address))
    assert text.endswith(".")
    assert ". " not in text
    assert "\n" not in text
    assert "{" not in text
    assert "None" not in text
    assert BUS in text


@pytest.mark.parametrize(
    ("bus", "said"),
    [
        ("/dev/i2c-7", "There is no I2C bus /dev/i2c-7: "),
        ("the simulated bus", "There is no simulated bus: "),
    ],
)
def test_a_missing_bus_by_whatever_name(bus: str, said: str) -> None:
    for number in (2, 19):
        assert str(bus_error(number, bus, None)).startswith(said + "switch I2C on")


def test_an_unknown_number_is_named_with_the_systems_own_words() -> None:
    error = bus_error(errno.ENOMEM, BUS, 0x68)
    assert type(error) is TransferError
    assert "error 12 (Cannot allocate memory)" in str(error)
    assert "check the wires" in str(error)


@pytest.mark.parametrize("number", [6, 19, 121])
def test_a_node_with_nothing_behind_it_is_a_missing_bus(number: int) -> None:
    assert type(bus_error(number, BUS, None)) is BusMissingError


def test_the_numbers_are_those_of_this_system() -> None:
    named = {
        name: value for name, value in vars(bus_errors).items() if name.startswith("E") and name.isupper()
    }
    assert len(named) > 15
    assert named == {name: getattr(errno, name) for name in named}


def test_an_os_error_becomes_a_bus_error_that_keeps_its_cause() -> None:
    with pytest.raises(TransferError) as caught, mapped_os_errors(BUS, 0x68, consumed=True):
        raise OSError(110, "Connection timed out")
    assert caught.value.errno == 110
    assert caught.value.consumed
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("number", [121, 6, 19])
def test_who_did_not_acknowledge_lost_no_bytes(number: int) -> None:
    with pytest.raises(NotRespondingError) as caught, mapped_os_errors(BUS, 0x68, consumed=True):
        raise OSError(number, "no acknowledge")
    assert not caught.value.consumed


def test_nothing_was_consumed_unless_said() -> None:
    with pytest.raises(TransferError) as caught, mapped_os_errors(BUS, 0x68):
        raise OSError(5, "Input/output error")
    assert not caught.value.consumed


def test_an_os_error_without_a_number_is_told_too() -> None:
    with pytest.raises(TransferError, match="no reason given") as caught, mapped_os_errors(BUS, 0x68):
        raise OSError("something odd")
    assert caught.value.errno == 0


def test_other_errors_pass() -> None:
    with pytest.raises(ValueError, match="mine"), mapped_os_errors(BUS, 0x68):
        raise ValueError("mine")
