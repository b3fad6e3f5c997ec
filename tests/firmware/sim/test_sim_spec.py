from __future__ import annotations

import math

import numpy as np
import pytest

from firmware import registers as reg
from firmware.bus import is_simulated
from firmware.errors import NotRespondingError, SettingsError
from firmware.roles import SensorRole
from firmware.sim import (
    Fault,
    FaultKind,
    SimSpec,
    SimulatedClock,
    Traits,
    build,
    parse_spec,
    still,
)


def test_nothing_said_is_one_mpu6050_at_rest():
    assert parse_spec("sim:") == SimSpec()
    clock = SimulatedClock()
    bus = build(parse_spec("sim:"), clock)
    assert list(bus.chips) == [0x68]
    assert bus.name == "the simulated bus"
    bus.write(0x68, reg.PWR_MGMT_1, 0x01)
    clock.sleep_s(1.0)
    up = int.from_bytes(bus.read(0x68, 0x3F, 2), "big", signed=True)
    assert up == pytest.approx(16384, rel=0.15)


def test_everything_said():
    spec = parse_spec(
        "sim:chip=ICM-20689,sensors=2,seed=3,motion=rocking,bit_rate=100000,fifo=512,clock_ppm=-4000,"
        " clock_jitter_us=7,"
        " ambient_c=30, self_test=30,errors=no,stall=10+2,stall=20+0.5,fault=asleep@5,"
        "fault=torso.nack@10+2:0.25,fault=wrong-id@7:0x70,fault=drift@20+60:-300"
    )
    assert spec == SimSpec(
        who_am_i=0x98,
        sensors=2,
        seed=3,
        motion="rocking",
        bit_rate_hz=100_000,
        fifo_bytes=512,
        clock_ppm=-4000.0,
        clock_jitter_us=7.0,
        ambient_c=30.0,
        self_test_off_percent=30.0,
        errors=False,
        stalls=((10.0, 2.0), (20.0, 0.5)),
        faults=(
            Fault(FaultKind.BROWN_OUT, 5.0),
            Fault(FaultKind.NACK, 10.0, 2.0, 0x69, 0.25),
            Fault(FaultKind.WRONG_ID, 7.0, math.inf, None, 0x70),
            Fault(FaultKind.DRIFT, 20.0, 60.0, None, -300.0),
        ),
    )
    assert spec.roles == (SensorRole.LIMB, SensorRole.TORSO)
    clock = SimulatedClock()
    bus = build(spec, clock)
    assert {address: chip.chip.name for address, chip in bus.chips.items()} == {
        0x68: "ICM-20689",
        0x69: "ICM-20689",
    }
    assert bus.faults == spec.faults
    assert bus.chips[0x69].traits.clock_jitter_us == 7.0
    clock.sleep_s(10.5)
    assert clock.t_s == pytest.approx(12.0), "the host stalls"


@pytest.mark.parametrize(
    ("name", "who_am_i"),
    [("mpu6500", 0x70), ("MPU-9150", 0x68), ("icm-20608-d", 0xAE), ("0x55", 0x55), ("0xF", 0x0F)],
)
def test_names_of_chips(name, who_am_i):
    assert parse_spec(f"sim:chip={name}").who_am_i == who_am_i


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_has_a_name(kind):
    value = {FaultKind.DRIFT: ":10"}.get(kind, "")
    (fault,) = parse_spec(f"sim:fault={kind.value}@1+2{value}").faults
    assert (fault.kind, fault.start_s, fault.duration_s) == (kind, 1.0, 2.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1", "begins with sim:"),
        ("sim:colour=red", "key out of chip, sensors"),
        ("sim:chip", "key=value"),
        ("sim:chip=MPU-7", "MPU-6050, MPU-6500"),
        ("sim:sensors=3", "1 to 2"),
        ("sim:sensors=1.5", "whole number"),
        ("sim:seed=x", "0 to"),
        ("sim:seed=1,seed=2", "twice"),
        ("sim:placement=ankle", "choose one of wrist, bar, torso"),
        ("sim:reps=0", "1 to 1000"),
        ("sim:reps=3,reps=4", "twice"),
        ("sim:motion=dancing", "still, rocking, athlete"),
        ("sim:bit_rate=1e9", "1000 to"),
        ("sim:fifo=nan", "64 to 8192"),
        ("sim:stall=5", "START[+]DURATION"),
        ("sim:stall=5+0", "0.001"),
        ("sim:fault=nack", "NAME@START"),
        ("sim:fault=rain@5", "absent, asleep"),
        ("sim:fault=head.nack@5", "limb.|torso."),
        ("sim:fault=nack@1.2.3", "0 to"),
        ("sim:fault=nack@5+0", "duration above 0"),
        ("sim:fault=drift@5", "ppm"),
        ("sim:fault=nack@5:--1", "-1e"),
    ],
)
def test_one_sentence_for_what_is_not_in_the_grammar(text, said):
    with pytest.raises(SettingsError) as caught:
        parse_spec(text)
    message = str(caught.value)
    assert said.replace("[+]", "+") in message
    assert message.endswith(".")
    assert "\n" not in message


def test_what_the_athlete_does_is_passed_on():
    spec = parse_spec("sim:exercise=dead_lift,placement=bar,reps=5,form=lean:12,form=drop")
    assert (spec.exercise, spec.placement, spec.reps, spec.forms) == (
        "dead_lift",
        "bar",
        5,
        ("lean:12", "drop"),
    )


def test_the_athlete_is_brought_by_the_caller():
    spec = parse_spec("sim:motion=athlete,sensors=2")
    with pytest.raises(SettingsError, match="athlete"):
        build(spec, SimulatedClock())
    motions = {SensorRole.LIMB: still((0, 1, 0)), SensorRole.TORSO: still((0, 0, -1))}
    clock = SimulatedClock()
    bus = build(spec, clock, motions, keep_history=True)
    for address, axis, sign in ((0x68, 1, 1), (0x69, 2, -1)):
        bus.write(address, reg.PWR_MGMT_1, 0x01)
        clock.sleep_s(0.1)
        mean = bus.history(address).words[:, :3].mean(axis=0)
        assert int(np.argmax(abs(mean))) == axis
        assert np.sign(mean[axis]) == sign


def test_no_two_chips_are_alike_but_the_same_text_is_the_same_chips():
    def traits(text):
        return [chip.traits for chip in build(parse_spec(text), SimulatedClock()).chips.values()]

    drawn = [*traits("sim:sensors=2,seed=1"), *traits("sim:sensors=2,seed=2")]
    assert len({one.clock_ppm for one in drawn}) == 4
    assert drawn[:2] == traits("sim:sensors=2,seed=1")
    assert drawn[0].clock_jitter_us == 2.0
    assert traits("sim:errors=no")[0] == Traits.ideal(noise=1.0).__class__(
        accel_noise_g=400e-6, gyro_noise_dps=0.005, temperature_noise_c=0.02, ambient_c=22.0
    )


def test_a_fault_reaches_the_bus():
    bus = build(parse_spec("sim:fault=limb.absent@0,sensors=2"), SimulatedClock())
    with pytest.raises(NotRespondingError):
        bus.read(0x68, reg.WHO_AM_I, 1)
    assert bus.read(0x69, reg.WHO_AM_I, 1) == b"\x68"


def test_which_names_are_simulated():
    assert is_simulated("sim:")
    assert not is_simulated("/dev/i2c-1")
