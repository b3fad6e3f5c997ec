"""`repclip doctor` on simulated sensors: each fault gets the right advice. Simulated time: it is quick."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass

import pytest

from firmware.sim import FaultKind, SimulatedClock
from firmware.sim.spec import FAULT_NAMES
from pi_service import __version__
from pi_service.cli import run


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let simulated buses run on virtual time."""
    monkeypatch.setattr("firmware.sim.HostClock", SimulatedClock)


@dataclass(frozen=True)
class Case:
    """What is wrong, and what the doctor has to say."""

    bus: str
    check: str
    level: str
    found: str
    advice: str = ""
    options: tuple[str, ...] = ()


CABLE = "Shorten the cable .* twist SDA and SCL with a ground wire"
SUPPLY = "wires of 3V3 and GND .* 0.1 uF"
REPLACE = "power off and on; use another sensor"

CASES = [
    # The chip at all.
    Case(
        "fault=absent@0",
        "sensors",
        "problem",
        "Nothing answers at 0x68 nor at 0x69",
        "wires SDA, SCL, VCC and GND",
    ),
    Case(
        "sensors=2,fault=limb.absent@0",
        "sensors",
        "problem",
        "Nothing answers at 0x68",
        "connect AD0 to ground, or .*--limb-address 0x69",
    ),
    Case("sensors=2", "sensors", "ok", "Sensors at 0x68 and 0x69"),
    Case("", "sensors", "ok", "none at 0x69: one is enough"),
    Case("fault=kernel-driver@0", "chip", "problem", "kernel driver holds 0x68", "dtoverlay=mpu6050 out of"),
    Case("fault=forbidden@0", "bus", "problem", "This user may not use the simulated bus", "usermod -aG i2c"),
    Case("fault=no-bus@0", "bus", "problem", "There is no simulated bus", "dtparam=i2c_arm=on"),
    Case(
        "fault=stuck@0",
        "bus",
        "problem",
        "hangs, as when a chip holds SDA or SCL low",
        "supply off and on .*i2c-gpio",
    ),
    Case(
        "fault=stuck@2",
        "samples",
        "problem",
        "hangs, as when a chip holds SDA",
        "supply off and on .*i2c-gpio",
    ),
    # What it is.
    Case("", "chip", "ok", r"^MPU-6050 \(WHO_AM_I 0x68\)"),
    Case(
        "chip=MPU-6500",
        "chip",
        "ok",
        r"^MPU-6500 \(WHO_AM_I 0x70\), a relative that is often sold as an MPU-6050",
    ),
    Case("chip=ICM-20689", "chip", "ok", r"^ICM-20689 \(WHO_AM_I 0x98\), a relative"),
    Case("fault=wrong-id@0", "chip", "problem", "reads differently each time", "bus is noisy"),
    Case(
        "fault=wrong-id@0:0x42",
        "chip",
        "problem",
        "WHO_AM_I is 0x42, which is no chip",
        "--allow-unknown-chip",
    ),
    Case(
        "fault=wrong-id@0:0x75",
        "chip",
        "problem",
        "WHO_AM_I is 0x75",
        "defective or forged chips: use another",
    ),
    Case(
        "fault=wrong-id@0:0xff",
        "chip",
        "problem",
        "WHO_AM_I is 0xff",
        "loose wire .* check SDA, SCL, power and AD0",
    ),
    Case(
        "fault=wrong-id@0:0x00",
        "chip",
        "problem",
        "WHO_AM_I is 0x00",
        "loose wire .* check SDA, SCL, power and AD0",
    ),
    Case(
        "fault=wrong-id@0:0x42",
        "chip",
        "warning",
        "An unknown chip .*, taken for an MPU-6050",
        "Judge by the values",
        ("--allow-unknown-chip",),
    ),
    Case(
        "fault=deaf-reset@0",
        "start",
        "problem",
        "does not come out of its reset",
        "Switch its power off and on",
    ),
    Case(
        "fault=deaf-reset@3.7",
        "self-test",
        "problem",
        "does not come out of its reset",
        "Switch its power off and on",
    ),
    # Whether its samples arrive.
    Case("", "samples", "ok", "none lost"),
    Case("", "transfers", "ok", "All .* went through"),
    Case("fault=nack@0:0.05", "transfers", "problem", "of .* transfers failed", CABLE),
    Case("fault=torn@2+0.06", "transfers", "warning", "of .* transfers failed", CABLE),
    Case("fault=nack@0.15:0.4", "start", "problem", "could not be started: .* transfers failed", CABLE),
    Case("fault=nack@0.15", "start", "problem", "Nothing answers at 0x68", "wires SDA, SCL, VCC and GND"),
    Case("fault=torn@1:0.2", "samples", "problem", "a transfer broke off", CABLE),
    Case(
        "fault=torn-silent@1:0.2", "samples", "problem", "a transfer broke off|beginning of its frames", CABLE
    ),
    Case("fault=asleep@2", "samples", "problem", "fell asleep, as after a moment without supply", SUPPLY),
    Case("fault=brown-out@2+0.3", "samples", "problem", "without supply|Nothing answers|broke off", "wires"),
    Case(
        "fault=frozen@2",
        "samples",
        "problem",
        "^No samples come any more: it gave the same values again",
        REPLACE,
    ),
    Case("fault=frozen@0", "start", "problem", "its values never change", REPLACE),
    Case("chip=ICM-20602,fault=frozen@0", "start", "problem", "its values never change", REPLACE),
    Case("fault=torn-silent@0", "start", "problem", "gives no good samples", "[Ss]horten the cable"),
    Case("stall=2+1.5", "samples", "problem", "FIFO ran full", "400 kHz. or take a lower rate"),
    Case("stall=2+1.5,fault=no-overflow-flag@0", "samples", "problem", "FIFO ran full", "take a lower rate"),
    Case("fault=stuck@2", "transfers", "problem", "transfers failed", "what is said of the samples"),
    *(
        # Near the end of the watch, and in the self-test.
        Case(f"fault=stuck@{at_s}", name, "problem", "hangs, as when a chip holds SDA", "i2c-gpio")
        for at_s, name in ((3.5, "samples"), (3.6, "samples"), (4.0, "samples"), (4.3, "self-test"))
    ),
    Case(
        "stall=2+1",
        "samples",
        "problem",
        "Only .* samples in",
        "^Let the computer do less",
        ("--seconds", "1.5"),
    ),
    Case("fault=torn@2:0.9,fault=frozen@2.5", "samples", "problem", "", "^(?!.*use another sensor)"),
    Case(
        "fault=kernel-driver@2",
        "samples",
        "problem",
        "^No samples come any more: a kernel driver holds 0x68",
        "dtoverlay=mpu6050 out of",
    ),
    Case("fault=torso.stuck@1,sensors=2", "samples", "problem", "Only .* samples in", "Mend what is wrong"),
    Case("", "rate", "ok", "for the 100 Hz asked for"),
    Case("fault=drift@0:40000", "rate", "warning", "Hz for the 100 Hz asked for", "More than 2 % is outside"),
    # What they say.
    Case("", "still", "ok", "lay still"),
    Case("motion=rocking", "still", "warning", "It moved .* not judged", "Lay the sensor on a table"),
    Case("motion=athlete", "still", "warning", "It moved .* not judged", "Lay the sensor on a table"),
    Case("", "noise", "ok", "Gyroscope 0.0.* accelerometer 3"),
    Case("fault=noisy@0:5", "noise", "warning", "Gyroscope 0.[12]", "nothing shakes what it lies on"),
    Case(
        "fault=noisy@0:15",
        "noise",
        "problem",
        "Gyroscope 0.[3-9].* accelerometer ",
        "nothing shakes what it lies on",
    ),
    Case("", "gravity", "ok", r"1\.0.. g|0\.9.. g"),
    Case("", "bias", "ok", "up to 20 is normal"),
    Case("", "temperature", "ok", "is at 2"),
    Case("ambient_c=70", "temperature", "warning", "is at 7", "take its power off and check the wiring"),
    # The self-test.
    Case("", "self-test", "ok", "Passed: every axis"),
    Case("chip=MPU-6500", "self-test", "ok", "Not supported: an MPU-6500 has another self-test"),
    Case(
        "self_test=30",
        "self-test",
        "problem",
        r"Failed: gyro x is \+.* % off, .*accel z",
        "damaged, or a copy",
    ),
    Case("motion=rocking", "self-test", "warning", "moved", "Lay it on a table"),
    Case("fault=noisy@0:30", "self-test", "warning", "moved, or is too noisy", "Lay it on a table"),
    Case("fault=nack@0:0.05", "self-test", "warning", "Not done", "Mend the cable first"),
    # The bus.
    Case("", "bus speed", "ok", "400 kHz measured"),
    Case("bit_rate=100000", "bus speed", "ok", "100 kHz measured"),
    Case("bit_rate=50000", "bus speed", "warning", "50 kHz measured, not 100 kHz", "half its speed"),
    Case("bit_rate=200000", "bus speed", "warning", "200 kHz measured, not 400 kHz", "half its speed"),
    Case("bit_rate=800000", "bus speed", "warning", "800 kHz measured", "made for 400 kHz at most"),
    Case("fault=torn@0", "bus speed", "warning", "could not be measured", "Shorten the cable"),
    Case("", "load", "ok", "One sensor at 100 Hz needs 4 % of the bus"),
    Case(
        "sensors=2,bit_rate=50000",
        "load",
        "warning",
        "Two sensors at 200 Hz need 107 % of the bus",
        "lower rate .*i2c_arm_baudrate=400000",
        ("--rate", "200"),
    ),
]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.check} {case.bus}".strip())
def test_what_is_wrong_is_found_and_what_to_do_is_said(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["doctor", "--bus", f"sim:{case.bus}", "--json", *case.options])
    report = json.loads(capsys.readouterr().out)
    said = [check for check in report["checks"] if check["name"] == case.check]
    assert said, report
    assert said[0]["level"] == case.level, said[0]
    assert re.search(case.found, said[0]["found"]), said[0]
    if case.advice:
        assert re.search(case.advice, said[0]["advice"]), said[0]
    else:
        assert said[0]["advice"] is None
    levels = [check["level"] for check in report["checks"]]
    assert report["level"] == next(level for level in ("problem", "warning", "ok") if level in levels)
    assert code == (1 if "problem" in levels else 0)
    assert all(check["advice"] for check in report["checks"] if check["level"] != "ok")


def test_the_table_has_every_fault() -> None:
    tried = {
        fault.split("@")[0].split(".")[-1]
        for case in CASES
        for fault in re.findall(r"fault=([^,]+)", case.bus)
    }
    assert {FAULT_NAMES[name] for name in tried} == set(FaultKind)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("chip", ["MPU-6050", "MPU-6500", "ICM-20689", "ICM-20602", "MPU-9250"])
def test_a_good_sensor_has_nothing_to_be_done(chip: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--bus", f"sim:chip={chip},sensors=2"]) == 0
    out = capsys.readouterr().out
    assert out.endswith("\nAll is well.\n")
    assert "Bus and sensors are simulated" in out
    assert "limb sensor, 0x68 on the simulated bus" in out
    assert "torso sensor, 0x69 on the simulated bus" in out


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seed", range(12))
def test_no_chip_within_the_data_sheet_is_a_problem(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--bus", f"sim:seed={seed},sensors=2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    # A scale and an offset at the end of what is allowed may come together in the size of gravity.
    assert {check["name"] for check in report["checks"] if check["level"] != "ok"} <= {"gravity"}


@pytest.mark.usefixtures("quick")
def test_the_json_has_units_in_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "--bus", "sim:sensors=2", "--json", "--seconds", "2"])
    report = json.loads(capsys.readouterr().out)
    assert report["repclip"] == __version__
    assert report["simulated"] is True
    assert report["watched_s"] == 2.0
    measured = {
        check["name"]: check["measured"]
        for check in report["checks"]
        if check["subject"] == "limb sensor, 0x68 on the simulated bus"
    }
    assert measured["chip"] == {"chip": "MPU-6050", "who_am_i": 0x68, "fifo_bytes": 1024}
    assert measured["rate"]["nominal_rate_hz"] == 100
    assert abs(measured["rate"]["clock_error_ppm"]) < 10_000
    assert measured["samples"]["lost_samples"] == 0
    assert measured["samples"]["duration_s"] == pytest.approx(2.0, abs=0.1)
    assert measured["noise"]["gyro_noise_dps"] == pytest.approx(0.034, abs=0.005)
    assert measured["noise"]["gyro_noise_data_sheet_dps"] == pytest.approx(0.032, abs=0.001)
    assert measured["noise"]["accel_noise_g"] == pytest.approx(0.0033, abs=0.0005)
    assert measured["noise"]["accel_noise_data_sheet_g"] == pytest.approx(0.0033, abs=0.0001)
    assert len(measured["bias"]["gyro_bias_dps"]) == 3
    assert measured["gravity"]["gravity_g"] == pytest.approx(1.0, abs=0.12)
    assert measured["self-test"]["result"] == "passed"
    assert abs(measured["self-test"]["accel_z_change_percent"]) < 14


@pytest.mark.usefixtures("quick")
def test_the_plain_output_fits_a_log_and_names_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--bus", "sim:fault=asleep@2"]) == 1
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 110
    assert "\x1b" not in out
    assert re.search(r"^  problem  samples", out, re.MULTILINE)
    assert out.endswith("\n1 problem; everything else is well.\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--bus", "sim:colour=red"], "colour=red"),
        (["--bus", "garage"], "'garage' is not an I2C bus"),
        (["--rate", "77"], "cannot be 77: choose one of 50, 100"),
        (["--seconds", "0"], "Invalid value for '--seconds'"),
    ],
)
def test_options_that_cannot_be_right_are_one_sentence(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", *arguments]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
def test_a_wrong_bus_is_told_in_the_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json", "--bus", "garage"]) == 2
    shown = capsys.readouterr()
    (check,) = json.loads(shown.out)["checks"]
    assert (check["subject"], check["level"]) == ("garage", "problem")
    assert "is not an I2C bus" in check["found"]
    assert shown.err.startswith("repclip: 'garage' is not an I2C bus")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("fault", "said", "summary"),
    [
        ("kernel-driver@0", [], "2 problems."),
        ("limb.kernel-driver@0", [], "1 problem; everything else is well."),
        ("no-bus@0", [], "1 problem."),
        ("limb.asleep@2", ["Sensors at 0x68 and 0x69."], "1 problem; everything else is well."),
    ],
)
def test_only_what_was_found_is_named(
    fault: str, said: list[str], summary: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bus = ["--bus", f"sim:sensors=2,fault={fault}"]
    assert run(["doctor", *bus]) == 1
    assert capsys.readouterr().out.endswith(f"\n{summary}\n")
    run(["doctor", *bus, "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [check["found"] for check in checks if check["name"] == "sensors"] == said


def test_nothing_is_said_twice(capsys: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "--bus", "sim:fault=wrong-id@0:0x42", "--seconds", "1"])
    out = " ".join(capsys.readouterr().out.split())
    assert out.count("no chip that repclip knows") + out.count("none of the chips that repclip knows") == 1


def test_in_real_time_it_takes_as_long_as_it_says() -> None:
    command = [
        sys.executable,
        "-m",
        "pi_service.cli",
        "doctor",
        "--bus",
        "sim:motion=still",
        "--seconds",
        "1",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # On a busy computer with a warning.
    assert "well." in done.stdout
    assert re.search(r"samples in 1\.\d s", done.stdout)
    assert done.stderr == ""
