from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_making import bytes_by_sensor, raw_block, trace_header

from pi_service.traces import (
    Label,
    LabelKind,
    TraceFormatError,
    TraceReader,
    TraceWriter,
    append_labels,
    open_trace,
)
from pi_service.traces.labels import LABEL_MARK, parse_label

REP = Label(LabelKind.REP, 1.0, 3.5, 2.25)
NOTE = Label(LabelKind.NOTE, 4.0, 4.0, text='slipped, "twice"\nthen went on \u00e4')
SET = Label(LabelKind.SET, 1.0, 30.0)


@given(
    st.sampled_from(LabelKind),
    st.lists(st.floats(0, 1e6), min_size=3, max_size=3, unique=True),
    st.booleans(),
    st.text(),
)
def test_a_line_gives_back_the_label(kind: LabelKind, times: list[float], turn: bool, text: str) -> None:
    start_s, turn_s, end_s = sorted(times)
    label = Label(kind, start_s, end_s, turn_s if turn else None, text)
    line = label.to_line()
    assert "\n" not in line
    assert parse_label(Path("x"), 1, line) == label


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_labels_are_written_while_recording_and_added_later(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    with TraceWriter(path, trace_header()) as writer:
        writer.write(raw_block(30))
        writer.add_label(REP)
        writer.write(raw_block(30, seed=1, start_us=10**6))
    before = path.read_bytes()
    append_labels(path, [NOTE])
    append_labels(path, [SET])
    assert path.read_bytes().startswith(before)  # nothing was written anew
    reader = TraceReader(path)
    assert reader.labels() == (REP, NOTE, SET)
    assert bytes_by_sensor(list(reader.blocks(4))) == bytes_by_sensor(
        [raw_block(30), raw_block(30, seed=1, start_us=10**6)]
    )
    assert reader.warnings == ()
    assert open_trace(path).labels() == (REP, NOTE, SET)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_labels_are_added_to_what_is_left_of_a_recording(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    with TraceWriter(path, trace_header()) as writer:
        writer.write(raw_block(30))
        writer.flush()
        cut = path.stat().st_size
        writer.write(raw_block(30, seed=1, start_us=10**6))
    path.write_bytes(path.read_bytes()[: cut + 20])
    left = list(TraceReader(path).blocks())
    append_labels(path, [REP])
    reader = TraceReader(path)
    assert bytes_by_sensor(list(reader.blocks())) == bytes_by_sensor(left)
    assert reader.labels() == (REP,)
    assert "never closed" in str(reader.warnings[0])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    if suffix == ".csv.gz":
        gzip.decompress(path.read_bytes())  # whole again for other tools


def test_only_a_readable_recording_gets_labels(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("t_s,ax,ay,az\n0,1,2,3\n1,1,2,3\n")
    with pytest.raises(TraceFormatError, match="not a recording of repclip"):
        append_labels(path, [REP])


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("rep,1,,2", "4 fields; expected kind,start_s"),
        ("rep", "a label has 1 field; expected kind"),
        ('rep,one,,2,""', "column start_s: 'one' is no time"),
        ('rep,1,x,2,""', "column turn_s"),
        ("rep,1,,2,text", "column text: text is no text in double quotes"),
        ("rep,1,,2,5", "column text"),
        ('rep,2,,1,""', "ends at 1.0 s, not after 2.0 s"),
        ('rep,1,9,2,""', "lies outside"),
        ('rep,nan,,2,""', "finite"),
    ],
)
def test_names_what_is_wrong(tmp_path: Path, fields: str, says: str) -> None:
    path = tmp_path / "t.csv"
    with TraceWriter(path, trace_header()) as writer:
        writer.write(raw_block(3))
    with path.open("a") as file:
        file.write(f"{LABEL_MARK}{fields}\n")
    line = len(path.read_text().splitlines())
    with pytest.raises(TraceFormatError, match=says) as caught:
        TraceReader(path).labels()
    assert caught.value.line == line
    with pytest.raises(TraceFormatError, match=says) as caught:
        list(TraceReader(path).blocks())
    assert caught.value.line == line


@pytest.mark.parametrize("fields", ['jump,1,,2,""', "jump,whatever a later repclip writes"])
def test_a_kind_of_label_that_is_not_known_is_told_and_left_aside(tmp_path: Path, fields: str) -> None:
    path = tmp_path / "t.csv"
    with TraceWriter(path, trace_header()) as writer:
        writer.write(raw_block(3))
        writer.add_label(REP)
    with path.open("a") as file:
        file.write(f"{LABEL_MARK}{fields}\n")
    line = len(path.read_text().splitlines())
    by_labels, by_blocks = TraceReader(path), TraceReader(path)
    assert by_labels.labels() == (REP,)
    assert sum(map(len, by_blocks.blocks())) == 3
    assert by_labels.warnings == by_blocks.warnings
    (said,) = by_blocks.warnings
    assert said.line == line
    assert "label of a kind" in said.message
    by_blocks.labels()
    assert by_blocks.warnings == (said,), "once is enough"


def test_a_label_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with TraceWriter(path, trace_header()) as writer:
        writer.write(raw_block(3))
    with path.open("ab") as file:
        file.write(f'{LABEL_MARK}note,1,,2,"m\u00fcde"\n'.encode("latin-1"))
    line = path.read_bytes().count(b"\n")
    with pytest.raises(TraceFormatError, match=f"line {line}: this line is not UTF-8"):
        TraceReader(path).labels()


def test_other_comments_among_the_rows_are_left_aside(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with TraceWriter(path, trace_header()) as writer:
        writer.write(raw_block(3))
    with path.open("a") as file:
        file.write("# a remark\n")
    assert sum(map(len, TraceReader(path).blocks())) == 3
