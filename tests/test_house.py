"""The rules of the house that a tool can check.

`make test` runs ruff, mypy and lint-imports as steps of their own; here is what they do not see, and
the proof that the import contract is not empty.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("firmware", "calibration", "pi_service")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": "."},
    )


@pytest.fixture(scope="module")
def copy_of_the_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_import_contract_is_kept(copy_of_the_house: Path) -> None:
    done = lint_imports(copy_of_the_house)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ("firmware/samples.py", "import calibration.imu"),
        ("calibration/imu.py", "import pi_service.errors"),
        ("pi_service/exercises/model.py", "import pi_service.workout.events"),
        ("pi_service/service.py", "import pi_service.dashboard"),
        ("pi_service/dashboard/__init__.py", "import pi_service.pipeline"),
    ],
)
def test_an_import_that_goes_upwards_is_caught(copy_of_the_house: Path, place: str, wrong: str) -> None:
    module = copy_of_the_house / place
    good = module.read_text(encoding="utf-8")
    module.write_text(f"{good}\n{wrong}\n", encoding="utf-8")
    try:
        done = lint_imports(copy_of_the_house)
    finally:
        module.write_text(good, encoding="utf-8")
    assert done.returncode != 0
    assert "BROKEN" in done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_for_and_stays_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, "a module beyond 400 lines wants a second room"
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "a module begins with what it is for"


def test_only_the_commands_print() -> None:
    speakers = {
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    # `typer.echo` would break a display that is on the terminal.
    assert speakers == {"pi_service/commands/say.py"}


def test_every_exercise_is_tested_by_its_name() -> None:
    tested = (ROOT / "tests/pi_service/exercises/test_exercise_files.py").read_text(encoding="utf-8")
    files = sorted(path.stem for path in (ROOT / "pi_service/exercises/data").glob("*.toml"))
    assert files
    assert [name for name in files if f'"{name}"' not in tested] == []


def test_the_extras_that_messages_name_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    assert {"dashboard", "plots", "test", "archive", "fit"} <= set(extras)


def test_a_station_on_a_real_bus_loads_no_scipy() -> None:
    # The import contract cannot tell what is loaded at the start from what is loaded for a simulated bus.
    program = "import sys, pi_service.commands.serving; sys.exit('scipy' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
