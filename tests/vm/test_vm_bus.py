"""The driver on a real device node of a real kernel: simulated sensors behind /dev/i2c-7 by way of CUSE.

One run of the machine for all tests here; `tests/vm/guest/bus_check.py` is what runs in it.
"""

from __future__ import annotations

from typing import Any

import pytest
from support.vm import image
from support.vm.machine import VmRun, run_in_vm

pytestmark = [pytest.mark.vm, pytest.mark.timeout(400)]

#: Of the chips' clocks in the guest: 4000 ppm too fast.
TRUE_RATE_HZ = 100.4
ASLEEP = 0x40


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> VmRun:
    assert image.is_ready(), "the emulated machine has no disk yet: run make vm-test"
    done = run_in_vm("bus_check.py", tmp_path_factory.mktemp("vm"))
    assert done.exit_code == 0, f"after {done.took_s:.0f} s:\n{done.console}"
    return done


@pytest.fixture
def transfers(run: VmRun) -> dict[str, Any]:
    return run.result["transfers"]


@pytest.fixture
def undisturbed(run: VmRun) -> dict[str, Any]:
    return run.result["undisturbed"]


@pytest.fixture
def unplugged(run: VmRun) -> dict[str, Any]:
    return run.result["unplugged"]


def test_the_server_makes_the_node_and_says_so(run: VmRun) -> None:
    assert run.result["ready"].endswith("is at /dev/i2c-7; Ctrl-C ends it.")
    assert run.result["buses"] == [[7, "/dev/i2c-7", True]]


def test_a_second_server_for_the_same_node_is_refused(run: VmRun) -> None:
    code, words = run.result["second_server"]
    assert code == 2
    assert words == "There is already a /dev/i2c-7: choose another number with --number.\n"


def test_a_bus_that_is_not_there_is_told_with_those_that_are(run: VmRun) -> None:
    kind, number, _, words = run.result["no_such_bus"]
    assert (kind, number) == ("BusMissingError", 2)
    assert "this machine has /dev/i2c-7" in words


def test_the_kernel_passes_transfers_of_every_kind(transfers: dict[str, Any]) -> None:
    assert transfers["plain_i2c"]
    assert transfers["chips"] == ["MPU-6050", "MPU-6050"]
    assert transfers["smbus_who_am_i"] == 0x68
    assert transfers["smbus_block"] == 32
    assert transfers["fifo_8192_bytes"] == 8192


def test_an_absent_address_has_the_true_error(transfers: dict[str, Any]) -> None:
    assert transfers["absent"][:3] == ["NotRespondingError", 121, False]
    assert transfers["absent_fifo"][:3] == ["NotRespondingError", 121, False]


def test_only_the_last_message_may_be_a_read(transfers: dict[str, Any]) -> None:
    assert transfers["two_reads"][:2] == ["OSError", 95]


@pytest.mark.parametrize("role", ["limb", "torso"])
def test_every_sample_is_delivered_or_in_a_gap_that_is_told(undisturbed: dict[str, Any], role: str) -> None:
    """An emulated machine on a busy host may stand still for longer than a FIFO lasts."""
    sensor = undisturbed["roles"][role]
    lost = sum(lost_samples for _, lost_samples, _ in sensor["gaps"])
    assert undisturbed["trouble"] == []
    assert (sensor["bus_errors"], sensor["restarts"]) == (0, 0)
    assert sensor["gaps_counted"] == sensor["gaps_flagged"] == len(sensor["gaps"])
    assert {cause for cause, _, _ in sensor["gaps"]} <= {"overflow"}
    assert sensor["span_s"] > 0.8 * sensor["seconds"]
    assert sensor["samples"] - 1 + lost == pytest.approx(sensor["span_s"] * TRUE_RATE_HZ, abs=5)
    assert sensor["samples"] > 0.5 * sensor["seconds"] * TRUE_RATE_HZ
    assert sensor["rate_hz"] == pytest.approx(TRUE_RATE_HZ, abs=0.5)


def test_the_values_are_those_of_the_motion(undisturbed: dict[str, Any]) -> None:
    limb, torso = undisturbed["roles"]["limb"], undisturbed["roles"]["torso"]
    assert limb["norm_g"] == pytest.approx(1.0, abs=0.2)
    assert torso["norm_g"] == pytest.approx(1.0, abs=0.1)
    assert limb["spread_g"] > 0.2, "the limb rocks"
    assert torso["spread_g"] < 0.05, "the torso rests"


def test_sigterm_ends_the_server_and_takes_the_node_away(unplugged: dict[str, Any]) -> None:
    assert unplugged["server_exit"] == 0
    assert unplugged["node_gone"]


@pytest.mark.parametrize("transfer", ["open_then", "fifo_then"])
def test_an_open_bus_that_went_away_is_told_as_such(unplugged: dict[str, Any], transfer: str) -> None:
    kind, number, _, words = unplugged[transfer]
    assert (kind, number) == ("BusMissingError", 107)
    assert "unplugged" in words


def test_the_driver_tells_that_the_bus_is_missing(unplugged: dict[str, Any]) -> None:
    assert sorted(role for role, _, _ in unplugged["advice"]) == ["limb", "torso"]
    for _, cause, words in unplugged["advice"]:
        assert cause == "bus"
        assert "/dev/i2c-7" in words


def test_the_driver_goes_on_when_the_bus_comes_back(unplugged: dict[str, Any]) -> None:
    assert sorted(role for role, _, _ in unplugged["gaps"]) == ["limb", "torso"]
    assert all(lost_s >= 1.5 for _, _, lost_s in unplugged["gaps"])
    assert unplugged["samples_after"] >= 100


def test_closing_the_driver_puts_the_chips_to_sleep(unplugged: dict[str, Any]) -> None:
    assert unplugged["asleep"] == [ASLEEP, ASLEEP]
