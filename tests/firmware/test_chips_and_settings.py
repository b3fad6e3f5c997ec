"""The chip table and what may be asked of a chip."""

from __future__ import annotations

import pytest

from firmware.chips import CHIPS, find_chip
from firmware.errors import SettingsError, UnknownChipError
from firmware.roles import SensorRole
from firmware.settings import RATES_HZ, SensorSettings

FACTS = {
    0x68: ("MPU-6050", 1024, False),
    0x70: ("MPU-6500", 512, True),
    0x71: ("MPU-9250", 512, True),
    0x73: ("MPU-9255", 512, True),
    0x74: ("MPU-6515", 512, True),
    0x98: ("ICM-20689", 4096, True),
    0xAF: ("ICM-20608", 512, True),
    0x12: ("ICM-20602", 1008, True),
}


@pytest.mark.parametrize("who_am_i", FACTS)
def test_the_table_holds_what_the_linux_driver_knows(who_am_i):
    chip = find_chip(who_am_i)
    assert (chip.name, chip.fifo_bytes, chip.accel_filter_register) == FACTS[who_am_i]


def test_temperatures_follow_each_chip_s_own_formula():
    assert CHIPS[0x68].temperature_c(-521) == pytest.approx(35.0, abs=0.01)
    assert CHIPS[0x70].temperature_c(0) == 21.0
    assert CHIPS[0x98].temperature_c(3268) == pytest.approx(35.0)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0x00, "loose wire"), (0xFF, "loose wire"), (0x75, "defective"), (0x42, "--allow-unknown-chip")],
)
def test_an_unknown_chip_is_refused_with_its_value_and_advice(value, words):
    with pytest.raises(UnknownChipError, match=words) as error:
        find_chip(value)
    assert f"0x{value:02x}" in str(error.value)
    assert error.value.who_am_i == value


def test_an_unknown_chip_may_be_allowed_but_silence_may_not():
    assert find_chip(0x42, allow_unknown=True).fifo_bytes == 512
    with pytest.raises(UnknownChipError):
        find_chip(0x00, allow_unknown=True)


@pytest.mark.parametrize(
    ("rate_hz", "divider", "filter_setting"), [(50, 19, 4), (100, 9, 3), (200, 4, 2), (1000, 0, 1)]
)
def test_the_filter_stays_below_half_the_rate(rate_hz, divider, filter_setting):
    settings = SensorSettings(rate_hz=rate_hz)
    assert (settings.divider, settings.filter_setting) == (divider, filter_setting)
    assert settings.bandwidth_hz < rate_hz / 2


def test_every_rate_is_a_whole_divider():
    assert all(1000 % rate_hz == 0 for rate_hz in RATES_HZ)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rate_hz": 60}, "50, 100, 125"),
        ({"accel_range_g": 3}, "2, 4, 8, 16"),
        ({"gyro_range_dps": 300}, "250, 500"),
        ({"dlpf": 0}, "1, 2, 3"),
        ({"address": 0x50}, "0x68 or 0x69"),
    ],
)
def test_what_the_chip_cannot_have_is_refused_with_what_it_can(wrong, words):
    with pytest.raises(SettingsError, match=words):
        SensorSettings(**wrong)


def test_the_roles_have_addresses_of_their_own():
    assert SensorSettings(SensorRole.TORSO).i2c_address == 0x69
    assert SensorSettings(SensorRole.TORSO, address=0x68).i2c_address == 0x68
