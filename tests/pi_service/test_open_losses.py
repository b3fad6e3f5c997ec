"""A loss that lasts to the end of the stream: told by `run`, `record` and `replay`, whatever its cause."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.sensors import FakeBus, ScriptedSensors, frames
from support.virtual_bus import use_virtual_time

from firmware.readings import Cause, Gap, Trouble
from firmware.roles import SensorRole
from firmware.settings import SensorSettings
from firmware.sim import FaultKind
from firmware.sim.spec import FAULT_NAMES
from pi_service.cli import run
from pi_service.sources.live import LiveOptions, LiveSource
from pi_service.sources.live_stats import Note
from pi_service.traces import LabelKind, TraceReader

LIMB = SensorRole.LIMB

#: Faults that end the samples for good, when they last.
SILENCING = [
    "nack@2",
    "absent@2",
    "stuck@2",
    "torn@2",
    "torn-silent@2",
    "frozen@2",
    "brown-out@2+9",
    "kernel-driver@2",
    "no-bus@2",
    "asleep@2,fault=deaf-reset@0.5",
    "asleep@2,fault=wrong-id@0.5:0x42",
]
#: The others: samples go on, also on a bus that was opened while it was allowed.
HARMLESS = {FaultKind.NOISY, FaultKind.DRIFT, FaultKind.FORBIDDEN}


def test_every_fault_is_here() -> None:
    tried = {FAULT_NAMES[name] for spec in SILENCING for name in re.findall(r"(?:^|fault=)([a-z-]+)@", spec)}
    assert set(FaultKind) - HARMLESS - tried <= {FaultKind.__members__.get("NO_OVERFLOW_FLAG")}


@pytest.mark.parametrize("fault", SILENCING)
def test_it_is_told_and_written_down(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    out = tmp_path / "t.csv"
    bus = f"sim:fault={fault},motion=still"
    assert run(["run", "--bus", bus, "--seconds", "5", "--record", str(out)]) == 0
    shown = capsys.readouterr()
    assert re.search(r"^  samples are missing from (1\.9|2\.\d) s to the end$", shown.out, re.MULTILINE)
    assert re.search(r"^no set in [5-9] s, counted as any$", shown.out, re.MULTILINE)
    assert re.search(r"From \d\.\d s to [5-9]\.\d s: the limb sensor's samples are missing", shown.err)
    reader = TraceReader(out)
    assert max(float(block.t_us[-1]) for block in reader.blocks()) < 3e6
    assert reader.warnings == ()
    (note,) = reader.labels()
    assert note.kind is LabelKind.NOTE
    assert note.start_s < 3.0
    assert note.end_s > 4.9
    assert run(["replay", str(out)]) == 0
    told = capsys.readouterr().out
    assert re.search(
        r"^  note at \d\.\d s: the limb sensor's samples are missing from [\d.]+ s to the end,"
        r" because \w.*\w$",
        told,
        re.MULTILINE,
    )
    assert "  simulated: no person moved\n" in told


def test_a_recording_ends_with_it_and_a_good_one_has_no_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    for name, bus, notes in (("a.csv", "sim:fault=nack@2", 1), ("b.csv", "sim:fault=nack@2+1", 0)):
        out = tmp_path / name
        assert run(["record", str(out), "--bus", bus, "--seconds", "5"]) == 0
        assert len(TraceReader(out).labels()) == notes
        shown = capsys.readouterr().out
        assert ("to the end" in shown) == bool(notes)
        assert re.search(r"samples of the limb sensor in (5\.\d|4\.9) s", shown), shown


def source_of(sensors: ScriptedSensors, notes: list[Note]) -> LiveSource:
    options = LiveOptions(queue_s=0.1, real_time=False)
    settings = [SensorSettings(LIMB)]
    source = LiveSource(FakeBus(), sensors, settings, station="bay07", on_note=notes.append, options=options)
    source.start()
    sensors.script_done.wait(5)
    return source


def test_what_the_driver_says_at_the_end_is_delivered_and_counted() -> None:
    gap = Gap(LIMB, Cause.BUS, 40_000_000, 2_000_000_000, 196)
    notes: list[Note] = []
    source = source_of(ScriptedSensors([[frames(0)]], at_the_end=[gap]), notes)
    source.origin_ns = 0
    source.close()
    assert sum(map(len, source.blocks())) == 5
    assert notes == [gap]
    assert source.stats().sensors[LIMB].missing_from_s == 0.04
    assert source.stats().known_s == 2.0


def test_a_gap_of_the_driver_inside_a_full_queue_is_not_told_twice() -> None:
    """Samples 0 to 9 fit; 10 to 19 and 40 to 44 are dropped, and the driver itself lost 20 to 39."""
    inside = Gap(LIMB, Cause.BUS, 190_000_000, 400_000_000, 20)
    script = [[frames(0), frames(5)], [frames(10), frames(15)], [inside, frames(40, gap_before=True)]]
    notes: list[Note] = []
    source = source_of(ScriptedSensors(script), notes)
    source.close()
    assert sum(map(len, source.blocks())) == 10
    trouble, gap = notes
    assert isinstance(trouble, Trouble)
    assert gap == Gap(LIMB, Cause.BACKLOG, 90_000_000, 440_000_000, 35)
    assert source._backlog.gaps(LIMB) == 0, "the driver has counted it"


def test_what_is_dropped_after_a_gap_begins_at_its_end() -> None:
    before = Gap(LIMB, Cause.BUS, 90_000_000, 400_000_000, 30)
    script = [[frames(0), frames(5)], [before, frames(40, gap_before=True)]]
    notes: list[Note] = []
    source = source_of(ScriptedSensors(script), notes)
    source.close()
    list(source.blocks())
    first, _, second = notes
    assert first == before
    assert isinstance(second, Gap)
    assert second.start_ns == before.end_ns, "lost time counts once, and the order is that of time"
