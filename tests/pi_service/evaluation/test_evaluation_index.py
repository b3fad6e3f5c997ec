"""What an index may look like, and what a malformed one is told."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from pi_service.evaluation.errors import IndexFileError
from pi_service.evaluation.index import read_index

HEADER = "file,dataset,exercise,reps,reps_alt,steps,active_start_s,active_end_s\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "index.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_full_row_is_read(tmp_path: Path) -> None:
    (row,) = read_index(written(tmp_path, HEADER + "t/a.csv,gym,pull_up,10,11,,1.5,20\n"))
    assert (row.file, row.path, row.line) == ("t/a.csv", tmp_path / "t/a.csv", 2)
    assert (row.dataset, row.exercise, row.subject) == ("gym", "pull_up", "")
    assert (row.reps, row.reps_alt, row.steps) == (10, 11, None)
    assert (row.start_s, row.end_s) == (1.5, 20.0)


def test_only_the_file_must_be_there(tmp_path: Path) -> None:
    (row,) = read_index(written(tmp_path, "file\na.csv\n"))
    assert (row.reps, row.exercise) == (None, "")
    assert (row.start_s, row.end_s) == (-math.inf, math.inf)


def test_a_window_may_be_open_at_one_side(tmp_path: Path) -> None:
    first, second = read_index(written(tmp_path, HEADER + "a.csv,,,,,,3,\nb.csv,,,,,,,9\n"))
    assert (first.start_s, first.end_s) == (3.0, math.inf)
    assert (second.start_s, second.end_s) == (-math.inf, 9.0)


def test_blank_lines_quotes_spaces_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    text = '\ufefffile, exercise ,reps\n\n"a, b.csv", row , 4 \n'
    (row,) = read_index(written(tmp_path, text))
    assert (row.file, row.exercise, row.reps, row.line) == ("a, b.csv", "row", 4, 3)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEADER + "a.csv,,,ten,,,,\n", "line 2, column reps: expected a whole number from 0 to 999999"),
        (
            HEADER + f"a.csv,,,{'9' * 5_000},,,,\n",
            "expected a whole number from 0 to 999999, or nothing, found '99",
        ),
        (HEADER + "a.csv,,,-1,,,,\n", "line 2, column reps: expected a whole number"),
        (HEADER + "a.csv,,,1.5,,,,\n", "line 2, column reps: expected a whole number"),
        (HEADER + "a.csv,,,,3,,,\n", "line 2, column reps_alt: expected nothing, because reps is empty"),
        (HEADER + "a.csv,,,1,,x,,\n", "line 2, column steps: expected a whole number"),
        (HEADER + "ok.csv,,,1,,,,\na.csv,,,1,,,soon,\n", "line 3, column active_start_s: expected a number"),
        (HEADER + "a.csv,,,1,,,nan,\n", "line 2, column active_start_s: expected a number"),
        (HEADER + "a.csv,,,1,,,5,5\n", "line 2, column active_end_s: expected more than active_start_s"),
        (HEADER + ",,,1,,,,\n", "line 2, column file: expected something"),
        (HEADER + "a.csv,gym\n", "line 2, column exercise: expected 8 cells like the header, found 2"),
        (HEADER + "a.csv,,,1,,,,,9\n", "line 2, column 9: expected 8 cells"),
        ("trace,reps\na.csv,1\n", "line 1: the index has no column file, only trace, reps"),
        (
            "file;reps\na.csv;1\n",
            "only file;reps; its columns must be separated by commas, not by semicolons.",
        ),
        ("file\treps\na.csv\t1\n", "its columns must be separated by commas, not by tabs."),
        ("file,reps,reps\n", "line 1, column reps: the index has this column twice"),
        ('file,reps\n"a.csv,1\n', "line 2: not valid CSV"),
        ("", "the index is empty; it needs a header with file"),
        ("file,reps\n", "no rows below its header"),
    ],
)
def test_a_malformed_index_is_told_line_and_column(tmp_path: Path, text: str, complaint: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(IndexFileError) as caught:
        read_index(path)
    assert str(path) in str(caught.value)
    assert complaint in str(caught.value)


def test_a_missing_or_binary_index_is_said(tmp_path: Path) -> None:
    with pytest.raises(IndexFileError, match="cannot be read"):
        read_index(tmp_path / "none.csv")
    with pytest.raises(IndexFileError, match="cannot be read"):
        read_index(tmp_path)
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"file\n\xff\xfe\n")
    with pytest.raises(IndexFileError, match="not UTF-8"):
        read_index(binary)
