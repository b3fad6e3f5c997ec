"""What docs/simulation.md says is what the simulation does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.sim.spec import FAULT_NAMES, parse_spec
from pi_service.athlete.faults import MEANINGS, FaultKind
from pi_service.athlete.movements import MOVEMENTS

TEXT = (Path(__file__).parents[1] / "docs" / "simulation.md").read_text()
BUS, REST = TEXT.split("## The simulated athlete\n")
ATHLETE, _ = REST.split("### The truth of a set\n")
FIRST_COLUMN = re.findall(r"^\| `([^`]+)` \|", BUS, re.MULTILINE)
#: Rows of the athlete's tables: what stands in backticks in the first cell, and the other cells.
ROWS = [
    (re.findall(r"`([^`]+)`", line.split("|")[1]), line.split("|")[2:-1])
    for line in ATHLETE.splitlines()
    if line.startswith("| `")
]


def test_the_example_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(compile(code, "simulation.md", "exec"), {})  # noqa: S102
    assert "limb" in capsys.readouterr().out


def test_every_fault_is_in_the_table_and_none_besides():
    assert {name for name in FIRST_COLUMN if "=" not in name} == set(FAULT_NAMES)


@pytest.mark.parametrize("pair", [each for each in FIRST_COLUMN if "=" in each])
def test_every_key_of_the_table_is_understood(pair):
    parse_spec(f"sim:{pair}")


def test_what_the_athlete_does_is_in_the_table_with_what_can_be_wrong():
    told = {names[0]: cells for names, cells in ROWS if names[0] not in set(FaultKind)}
    assert set(told) == {each.exercise for each in MOVEMENTS}
    for exercise, (forms, sensors, wrong) in told.items():
        mine = [each for each in MOVEMENTS if each.exercise == exercise]
        assert set(re.findall(r"`([^`]+)`", forms)) == ({each.variant for each in mine} - {exercise})
        places = {place for each in mine for place in each.placements}
        assert set(re.findall(r"[a-z]+", sensors)) | {"torso"} == places
        sizes = {kind: float(size) for kind, size in re.findall(r"`(\w+)` ([0-9.]+)", wrong)}
        assert sizes == {str(kind): size for each in mine for kind, size in each.faults.items()}


def test_every_fault_of_the_athlete_is_told_with_its_unit():
    told = {}
    for names, cells in ROWS:
        if names[0] in set(FaultKind):
            units = [unit.strip() for unit in cells[0].split(",")]
            told.update(zip(names, units, strict=True) if len(units) > 1 else [(names[0], units[0])])
    assert told == {str(kind): meaning.unit for kind, meaning in MEANINGS.items()}
