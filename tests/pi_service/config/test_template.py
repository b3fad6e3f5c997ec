"""The commented file: every setting is in it, and what it shows can be used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pi_service.config.effective import effective
from pi_service.config.files import settings_by_key
from pi_service.config.template import template

ROOT = Path(__file__).parents[3]
SETTING = re.compile(r"^#(\w+) = (.*)$", re.MULTILINE)


def test_as_it_is_written_it_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(template())
    assert effective(file, {}).settings == effective(None, {}).settings


def test_every_setting_is_there_once_with_what_it_is_for(tmp_path: Path) -> None:
    text = template()
    assert [name for name, _ in SETTING.findall(text)] == [each.name for each in settings_by_key().values()]
    words = " ".join(text.replace("#", "").split())
    for setting in settings_by_key().values():
        assert setting.what in words
        assert setting.what.endswith(".")
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize("key", settings_by_key())
def test_what_it_shows_is_the_default_or_an_example_that_can_be_used(key: str, tmp_path: Path) -> None:
    setting = settings_by_key()[key]
    (line,) = [
        each
        for each in template().partition(f"\n[{setting.table}]\n")[2].partition("\n[")[0].splitlines()
        if each.startswith(f"#{setting.name} = ")
    ]
    file = tmp_path / "config.toml"
    file.write_text(f"[{setting.table}]\n{line[1:]}\n")
    found = effective(file, {})
    assert found.origins[key] == f"{file} line 2"
    if setting.default is not None:
        assert found.value(key) == setting.default
    else:
        assert found.value(key) is not None


def test_each_environment_variable_means_one_setting() -> None:
    names = [each.env for each in settings_by_key().values()]
    assert len(set(names)) == len(names)
    assert all(name.startswith("REPCLIP_") and name.isupper() for name in names)


def test_the_document_has_the_settings_of_the_model() -> None:
    done = subprocess.run(
        [sys.executable, "docs/make_configuration.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
