"""docs/pi.md: its drawings are those of the script, and what it says of units and folders is so."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TEXT = (DOCS / "pi.md").read_text(encoding="utf-8")
DRAWINGS = re.findall(r"\]\((pi/\w+\.svg)\)", TEXT)


def test_the_drawings_are_what_the_script_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DOCS)
    spec = importlib.util.spec_from_file_location("make_pi_drawings", DOCS / "make_pi_drawings.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "DOCS", tmp_path)
    script.main()
    drawn = sorted(path.name for path in tmp_path.iterdir())
    assert drawn == sorted(Path(link).name for link in DRAWINGS)
    for name in drawn:
        new = (tmp_path / name).read_text(encoding="utf-8")
        assert (DOCS / "pi" / name).read_text(encoding="utf-8") == new, "run docs/make_pi_drawings.py"
        assert ElementTree.fromstring(new).tag.endswith("svg")  # noqa: S314 - our own file


def test_every_make_target_that_it_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", TEXT))
    assert {"install", "uninstall", "deb", "wheels"} <= named <= targets


@pytest.mark.parametrize("unit", ["repclip", "repclip@bay1", "repclip-dashboard"])
def test_every_password_is_where_its_unit_looks(unit: str) -> None:
    file = re.sub(r"@\w+$", "@", unit)
    text = (ROOT / "systemd" / f"{file}.service").read_text(encoding="utf-8")
    credential = re.search(r"^LoadCredential=(.*)$", text, re.MULTILINE)
    assert credential
    name = credential[1].split(":")[-1].replace("%i", unit.partition("@")[2])
    assert f"/etc/credstore/{name}`" in TEXT or f"/etc/credstore/{name} " in TEXT
