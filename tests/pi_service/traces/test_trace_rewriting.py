"""A recording under another header: the samples, labels and end stay as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from trace_making import bytes_by_sensor, raw_block, sensor_header, trace_header

from firmware.samples import SensorRole
from pi_service.traces import (
    Label,
    LabelKind,
    TraceFileError,
    TraceReader,
    TraceWriter,
    append_labels,
    write_under_header,
)

LIMB, TORSO = sensor_header(), sensor_header(SensorRole.TORSO, temperature=True)


@pytest.fixture(params=["t.csv", "t.csv.gz"])
def trace(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    with TraceWriter(path, trace_header(LIMB, TORSO)) as writer:
        writer.write(raw_block(3000, seed=1))
        writer.write(raw_block(2000, seed=2, sensor=TORSO))
    append_labels(path, [Label(LabelKind.REP, 0.0, 2.0, 1.0, "one")])
    return path


@pytest.mark.parametrize("name", ["new.csv", "new.csv.gz"])
def test_everything_below_the_header_stays(trace: Path, name: str) -> None:
    before = TraceReader(trace)
    header = replace(before.header, notes="another\none", sensors=(replace(LIMB, placement="bar"), TORSO))
    out = trace.with_name(name)
    write_under_header(trace, header, out)
    after = TraceReader(out)
    assert after.header == header
    assert bytes_by_sensor(list(after.blocks())) == bytes_by_sensor(list(before.blocks()))
    assert after.labels() == before.labels()
    assert after.warnings == ()


def test_a_file_is_replaced_only_when_asked_and_may_be_the_recording_itself(trace: Path) -> None:
    header = replace(TraceReader(trace).header, notes="another")
    before = trace.read_bytes()
    with pytest.raises(TraceFileError, match="exists already"):
        write_under_header(trace, header, trace)
    assert trace.read_bytes() == before
    mode = trace.stat().st_mode
    write_under_header(trace, header, trace, overwrite=True)
    assert TraceReader(trace).header.notes == "another"
    assert trace.stat().st_mode == mode
    assert [path.name for path in trace.parent.iterdir()] == [trace.name]


def test_other_columns_are_refused(trace: Path) -> None:
    with pytest.raises(ValueError, match="columns"):
        write_under_header(trace, trace_header(LIMB), trace.with_name("new.csv"))
    assert not trace.with_name("new.csv").exists()
