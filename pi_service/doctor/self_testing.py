"""What the chip's own self-test says."""

from __future__ import annotations

from firmware.bus import Bus, Clock
from firmware.bus_errors import ETIMEDOUT
from firmware.chips import Chip
from firmware.errors import BusError, SensorError
from firmware.registers import PWR_MGMT_1, SLEEP
from firmware.self_test import AxisResponse, SelfTest, SelfTestResult, self_test
from pi_service.doctor.checks import Check, Measured, error_check, ok, problem, warning

_NAME = "self-test"


def check_self_test(
    subject: str, bus: Bus, address: int, chip: Chip, clock: Clock, *, bus_fails: bool
) -> Check:
    """Run the self-test and put the chip to sleep.

    Parameters
    ----------
    subject, bus, address, chip, clock
        Which sensor.
    bus_fails
        Whether it is known already that transfers fail: then one more is not another problem.
    """
    try:
        outcome = self_test(bus, address, chip, clock)
        bus.write(address, PWR_MGMT_1, SLEEP)
    except BusError as error:
        # That it hangs is worth more than that there were other failures before.
        if not bus_fails or error.errno == ETIMEDOUT:
            return error_check(subject, _NAME, error)
        return warning(
            subject,
            _NAME,
            "Not done: a transfer failed in the middle of it.",
            "Mend the cable first, as said above.",
            result="not done",
        )
    except SensorError as error:
        return error_check(subject, _NAME, error)
    return _judge(subject, chip, outcome)


def _judge(subject: str, chip: Chip, outcome: SelfTest) -> Check:
    measured: dict[str, Measured] = {"result": outcome.result.value} | {
        f"{axis.axis}_change_percent": None if axis.change_percent is None else round(axis.change_percent, 1)
        for axis in outcome.axes
    }
    match outcome.result:
        case SelfTestResult.PASSED:
            worst = max(abs(axis.change_percent or 0.0) for axis in outcome.axes)
            found = f"Passed: every axis responds within {worst:.1f} % of the factory's value (14 % allowed)."
            return ok(subject, _NAME, found, **measured)
        case SelfTestResult.NOT_SUPPORTED if chip.self_test:
            found = "Not possible: the chip holds no factory values to compare with."
            return ok(subject, _NAME, found, **measured)
        case SelfTestResult.NOT_SUPPORTED:
            found = f"Not supported: an {chip.name} has another self-test than the MPU-6050."
            return ok(subject, _NAME, found, **measured)
        case SelfTestResult.MOVED:
            return warning(
                subject,
                _NAME,
                "The sensor moved, or is too noisy: its self-test says nothing then.",
                "Lay it on a table, do not touch it, and run repclip doctor again.",
                **measured,
            )
        case SelfTestResult.FAILED:
            return problem(
                subject,
                _NAME,
                f"Failed: {', '.join(map(_change, outcome.failed_axes))} (14 % allowed).",
                "Switch the sensor's power off and on and test again; if it fails again the chip is damaged,"
                " or a copy that only says it is an MPU-6050: use another one.",
                **measured,
            )


def _change(axis: AxisResponse) -> str:
    return f"{axis.axis.replace('_', ' ')} is {axis.change_percent:+.0f} % off"
