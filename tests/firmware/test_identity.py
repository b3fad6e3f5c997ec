from __future__ import annotations

from firmware.identity import DEFAULT_I2C_ADDRESS, SensorIdentity
from firmware.samples import SensorRole


def test_an_identity_reads_as_a_person_would_say_it() -> None:
    sensor = SensorIdentity(SensorRole.TORSO, 1, DEFAULT_I2C_ADDRESS[SensorRole.TORSO], "MPU-6050")
    assert str(sensor) == "torso sensor (MPU-6050, bus 1, address 0x69)"


def test_a_simulated_sensor_has_no_bus() -> None:
    assert "no bus" in str(SensorIdentity(SensorRole.LIMB, None, 0x68, "MPU-6050"))
