"""The scripts that install the station, and those of continuous integration."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    path
    for folder in ("systemd", ".ci")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and (path.suffix == ".sh" or path.read_bytes().startswith(b"#!/bin/bash"))
)


def test_the_scripts_are_found() -> None:
    assert {"install", "uninstall", "common.sh", "postinst", "python-env"} <= {path.name for path in SCRIPTS}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_shellcheck_has_nothing_to_say(path: Path) -> None:
    shellcheck = shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("there is no shellcheck here")
    done = subprocess.run(
        [shellcheck, "--external-sources", path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["install", "uninstall"])
def test_somebody_who_is_not_root_is_told_so(name: str) -> None:
    # Nobody (65534) may read the project on most machines, not on all.
    done = subprocess.run(
        ["unshare", "--user", "--map-user=1000", ROOT / "systemd/install" / name],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr:
        pytest.skip(f"no other user can be tried here: {done.stderr}")
    assert done.returncode == 1
    assert done.stderr.startswith("repclip: ")
    assert f"sudo make {name}" in done.stderr
