"""`repclip doctor`: what is well with the sensors and the bus, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pi_service.commands.sensor_options import CalibrationFolderOption, RateOption, UnknownChipOption

if TYPE_CHECKING:
    from rich.console import Console

    from firmware.bus import Bus, Clock
    from pi_service.doctor.checks import Check
    from pi_service.doctor.examine import Plan

#: Columns of what goes to a file or a pipe.
_WIDTH_OF_A_LOG = 110
_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}
_EXIT_PROBLEM = 1
#: When they are well nothing has been examined yet; when they are not they count.
_NOT_EXAMINED = ("simulated", "priority")


def doctor(
    bus: Annotated[
        str | None,
        typer.Option(
            metavar="BUS", help="1 or /dev/i2c-1, or sim: for a simulated one; otherwise every bus there is."
        ),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Write one JSON object instead.")] = False,
    seconds: Annotated[
        float,
        typer.Option(min=1.0, max=3600.0, metavar="N", help="Read the sensors for so long."),
    ] = 3.0,
    rate: RateOption = 100,
    allow_unknown_chip: UnknownChipOption = False,
    calibration_folder: CalibrationFolderOption = None,
) -> None:
    """Say what is well with sensors, bus and computer, what is not, and what to do about it.

    Lay the sensors down and do not touch them meanwhile; nothing else may read them. The exit code is 0 when
    all is well or there are only warnings, 1 when there is a problem, 2 when the options cannot be right.
    """
    from firmware.settings import SensorSettings
    from pi_service.commands.calibration_folders import store_for
    from pi_service.doctor.checks import Level, worst
    from pi_service.doctor.examine import Plan

    SensorSettings(rate_hz=rate)  # refuses a rate that no chip can have before anything is opened
    plan = Plan(
        seconds=seconds,
        rate_hz=rate,
        allow_unknown_chip=allow_unknown_chip,
        calibrations=store_for(bus or "", calibration_folder),
    )
    checks = _checks(bus, plan)
    shown = _write_json(bus, plan, checks) if json_output else _show(checks)
    if worst(shown) is Level.PROBLEM:
        raise typer.Exit(_EXIT_PROBLEM)


def _checks(bus: str | None, plan: Plan) -> Iterator[Check]:
    from firmware.bus import is_simulated
    from pi_service.doctor.visit import visit_all, visit_one, visit_simulated

    if bus is None:
        return visit_all(_open, plan)
    return (visit_simulated if is_simulated(bus) else visit_one)(bus, _open, plan)


def _open(text: str) -> tuple[Bus, Clock]:
    from pi_service.commands.buses import open_bus

    opened = open_bus(_at_rest(text))
    return opened.bus, opened.clock


def _at_rest(text: str) -> str:
    """Return the name of a simulated bus whose sensors lie still, unless the name says how they move."""
    from firmware.bus import is_simulated

    return f"{text},motion=still" if is_simulated(text) and "motion=" not in text else text


def _write_json(bus: str | None, plan: Plan, checks: Iterable[Check]) -> list[Check]:
    import json

    from firmware.bus import is_simulated
    from firmware.errors import SensorError
    from pi_service import __version__
    from pi_service.doctor.checks import error_check, worst

    done: list[Check] = []
    failure: SensorError | None = None
    try:
        done.extend(checks)
    except SensorError as error:
        # A name that is no bus: whoever reads the JSON is told as well.
        failure = error
        done.append(error_check(bus or "computer", "bus", error))
    report = {
        "repclip": __version__,
        "level": worst(done).value,
        "simulated": bus is not None and is_simulated(bus),
        "watched_s": plan.seconds,
        "checks": [check.to_json() for check in done],
    }
    typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
    if failure is not None:
        raise failure
    return done


def _show(checks: Iterable[Check]) -> list[Check]:
    """Show each check as it is done, under the heading of what it belongs to."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_A_LOG
    done: list[Check] = []
    with console.status("Looking at sensors and bus ..."):
        for check in checks:
            if not done or done[-1].subject != check.subject:
                console.print(f"\n{check.subject}" if done else check.subject, style="bold", markup=False)
            _show_one(console, check)
            done.append(check)
    console.print(f"\n{_summary(done)}", markup=False)
    return done


def _show_one(console: Console, check: Check) -> None:
    from textwrap import wrap

    from rich.text import Text

    left = Text.assemble((f"  {check.level.value:9}", _STYLES[check.level.value]), f"{check.name:15}")
    # At least a few words a line, however narrow the window is.
    width = max(console.width - left.cell_len, 30)
    lines = [Text(line) for line in wrap(check.found, width)]
    lines += [Text(line, style="italic") for line in wrap(check.advice or "", width)]
    for i, line in enumerate(lines):
        console.print(Text.assemble(left if i == 0 else " " * left.cell_len, line), soft_wrap=True)


def _summary(checks: Iterable[Check]) -> str:
    from collections import Counter

    # What only says how things are to be looked at is not "everything else".
    count = Counter(str(check.level) for check in checks if check.name not in _NOT_EXAMINED)
    parts = [_number(count[what], what) for what in ("problem", "warning") if count[what]]
    if not parts:
        return "All is well."
    return f"{' and '.join(parts)}; everything else is well." if count["ok"] else f"{' and '.join(parts)}."


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
