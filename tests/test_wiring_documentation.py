"""docs/wiring.md: its drawings are those of the script, and it quotes what `repclip doctor` really says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from firmware.chips import MPU_6050
from firmware.discovery import I2cSetup
from firmware.settings import SensorSettings
from firmware.sim import SimulatedClock
from pi_service.cli import run
from pi_service.doctor.bus_speed import load_percent
from pi_service.doctor.host import check_host

DOCS = Path(__file__).parent.parent / "docs"
TEXT = (DOCS / "wiring.md").read_text(encoding="utf-8")
DRAWINGS = re.findall(r"\]\((wiring/\w+\.svg)\)", TEXT)

#: What is wrong, in the order of the table.
WRONG = [
    "fault=absent@0",
    "sensors=2,fault=limb.absent@0",
    None,  # a computer without I2C: a made-up one
    "fault=forbidden@0",
    "fault=kernel-driver@0",
    "fault=wrong-id@0:0x75",
    "chip=MPU-6500",
    "fault=wrong-id@0",
    "fault=nack@0:0.05",
    "fault=asleep@2",
    "fault=stuck@0",
    "stall=2+1.5",
    "bit_rate=50000",
    "motion=rocking",
]


def drawing_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_drawings", DOCS / "make_drawings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_drawings_are_what_the_script_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = drawing_script()
    monkeypatch.setattr(script, "DOCS", tmp_path)
    script.main()
    drawn = sorted(path.name for path in tmp_path.iterdir())
    assert drawn == sorted(Path(link).name for link in DRAWINGS)
    for name in drawn:
        new = (tmp_path / name).read_text(encoding="utf-8")
        assert (DOCS / "wiring" / name).read_text(encoding="utf-8") == new, "run docs/make_drawings.py"
        assert ElementTree.fromstring(new).tag.endswith("svg")  # noqa: S314 - our own file


def table_rows() -> list[str]:
    table = TEXT.split("| what happened |")[1].split("\n\n")[0]
    return table.splitlines()[2:]


@pytest.mark.parametrize(("row", "wrong"), list(zip(table_rows(), WRONG, strict=True)))
def test_the_table_quotes_the_doctor(
    row: str, wrong: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    quote = row.split("|")[2].strip()
    if wrong is None:
        off = I2cSetup(False, False, "Raspberry Pi 4", "/boot/firmware/config.txt", False, None, None)
        (check,) = check_host(off, [])
        assert check.found == quote
        return
    monkeypatch.setattr("firmware.sim.HostClock", SimulatedClock)
    run(["doctor", "--bus", f"sim:{wrong}"])
    assert quote in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("what", "count", "rate_hz"),
    [("one sensor at 100 Hz", 1, 100), ("two sensors at 100 Hz", 2, 100), ("two sensors at 200 Hz", 2, 200)],
)
def test_the_load_in_the_table_is_right(what: str, count: int, rate_hz: int) -> None:
    wanted = [(SensorSettings(rate_hz=rate_hz), MPU_6050)] * count
    slow, fast = (f"{load_percent(bit_rate_hz, wanted):.0f} %" for bit_rate_hz in (100_000, 400_000))
    assert f"| {what} | {slow} | {fast} |" in TEXT
