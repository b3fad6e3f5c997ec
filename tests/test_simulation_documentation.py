"""What docs/simulation.md says is what the simulation does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.sim.spec import FAULT_NAMES, parse_spec

TEXT = (Path(__file__).parents[1] / "docs" / "simulation.md").read_text()
FIRST_COLUMN = re.findall(r"^\| `([^`]+)` \|", TEXT, re.MULTILINE)


def test_the_example_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(compile(code, "simulation.md", "exec"), {})  # noqa: S102
    assert "limb" in capsys.readouterr().out


def test_every_fault_is_in_the_table_and_none_besides():
    assert {name for name in FIRST_COLUMN if "=" not in name} == set(FAULT_NAMES)


@pytest.mark.parametrize("pair", [each for each in FIRST_COLUMN if "=" in each])
def test_every_key_of_the_table_is_understood(pair):
    parse_spec(f"sim:{pair}")
