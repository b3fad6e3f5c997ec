"""`repclip simulate`: a labelled recording that nobody did, and its truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pi_service.cli import run
from pi_service.evaluation.index import read_index
from pi_service.traces import LabelKind, TraceReader, open_trace


def simulate(out: Path, *arguments: str) -> int:
    return run(["simulate", *arguments, "--out", str(out)])


def test_a_trace_with_its_labels_and_its_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "set.csv.gz"
    assert simulate(out, "deadlift", "--reps", "3", "--fault", "tilt_bar:8", "--torso", "--seed", "5") == 0
    said = capsys.readouterr().out
    assert "dead_lift, 3 reps, worn on bar and torso." in said
    assert str(tmp_path / "set.truth.json") in said

    reader = TraceReader(out)
    assert [sensor.placement for sensor in reader.header.sensors] == ["bar", "torso"]
    assert (reader.header.exercise, reader.header.simulated) == ("dead_lift", True)
    trace = open_trace(out)
    for _ in trace.blocks():
        pass
    truth = json.loads((tmp_path / "set.truth.json").read_text())
    (done,) = truth["sets"]
    labels = [label for label in trace.labels() if label.kind is LabelKind.REP]
    assert [(label.start_s, label.turn_s, label.end_s) for label in labels] == [
        tuple(pytest.approx(rep[name], abs=1e-3) for name in ("start_s", "turn_s", "end_s"))
        for rep in done["reps"]
    ]
    assert truth["faults"] == [{"kind": "tilt_bar", "size": 8.0, "unit": "deg"}]
    assert all(rep["bar_tilt_deg"] == pytest.approx(8.0, rel=0.05) for rep in done["reps"])
    (curves,) = truth["curves"]
    n = len(curves["height_m"])
    assert n == pytest.approx((done["end_s"] - done["start_s"] + 2.0) * curves["rate_hz"], abs=2)
    assert all(len(curves[name]) == n for name in ("speed_ms", "torso_deg", "off_vertical_deg"))


def test_the_same_seed_is_the_same_file_and_none_is_replaced_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    for out in (one, other):
        assert simulate(out, "face_pull", "--reps", "1") == 0
    assert one.read_bytes() == other.read_bytes()
    assert (tmp_path / "one.truth.json").read_bytes() == (tmp_path / "other.truth.json").read_bytes()
    assert simulate(one, "face_pull", "--reps", "1") == 2
    assert "exists" in capsys.readouterr().err
    assert simulate(one, "face_pull", "--reps", "2", "--overwrite") == 0
    assert one.read_bytes() != other.read_bytes()


def test_an_index_for_evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = tmp_path / "index.csv"
    for seed, name in ((1, "cross_band"), (2, "overhead_carry")):
        out = tmp_path / "traces" / f"{name}.csv"
        out.parent.mkdir(exist_ok=True)
        more = ("--reps", "4", "--distance", "4", "--seed", str(seed))
        assert simulate(out, name, *more, "--index", str(index)) == 0
    rows = read_index(index)
    assert [(row.exercise, row.subject, row.reps) for row in rows] == [
        ("cross_band", "seed-1", 2),
        ("overhead_carry", "seed-2", None),
    ]
    assert all(row.path.exists() for row in rows)
    index.write_text("file,reps\n")
    assert simulate(tmp_path / "x.csv", "row", "--reps", "1", "--index", str(index)) == 2
    assert "no index of simulated sets" in capsys.readouterr().err


ONE = ("pull_up", "--reps", "1")


def test_a_row_of_the_same_recording_is_replaced(tmp_path: Path) -> None:
    index, out = tmp_path / "index.csv", tmp_path / "one.csv"
    for name in ("other", "one"):
        assert simulate(tmp_path / f"{name}.csv", *ONE, "--index", str(index)) == 0
    # As an editor may leave it: no line break at the end.
    index.write_text(index.read_text().rstrip("\n"))
    assert simulate(out, "pull_up", "--reps", "2", "--overwrite", "--index", str(index)) == 0
    assert [(row.file, row.reps) for row in read_index(index)] == [("other.csv", 1), ("one.csv", 2)]
    assert simulate(tmp_path / "third.csv", *ONE, "--index", str(index)) == 0
    assert [row.file for row in read_index(index)] == ["other.csv", "one.csv", "third.csv"]


def test_what_cannot_be_written_is_told_before_anything_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "set.csv"
    out.parent.mkdir()
    (tmp_path / "bytes.csv").write_bytes(b"file,dataset,subject,exercise,reps\n\xff\xfe,,,,\n")
    (tmp_path / "folder.csv").mkdir()
    for index, words in (
        (tmp_path / "bytes.csv", "is not UTF-8 text"),
        (tmp_path / "folder.csv", "cannot be read"),
        (tmp_path / "nowhere" / "index.csv", "There is no folder"),
        (out, "cannot be the index and the recording at once"),
    ):
        assert simulate(out, *ONE, "--index", str(index)) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert words in line
        assert not list(out.parent.iterdir())
    out.with_name("set.truth.json").mkdir()
    for more in ((), ("--overwrite",)):
        assert simulate(out, *ONE, *more) == 2
        assert "set.truth.json is a folder" in capsys.readouterr().err
        assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["thoracic_extension", "--hold", "6"], "a hold of 6.0 s, worn on torso."),
        (["thoracic extension", "--hold", "6", "--fault", "broken_hold"], "a hold of"),
        (["overhead_carry", "--distance", "4"], "steps over"),
        (["cross_band", "--reps", "3"], "3 reps ("),
        (
            ["pulldown", "--reps", "1", "--placement", "bar", "--aligned"],
            "lat_pulldown, 1 rep, worn on bar.",
        ),
        (["row", "--reps", "1", "--side", "left", "--slower", "1.5"], "band_row"),
    ],
)
def test_every_kind_of_work(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path / "t.csv.gz", *arguments) == 0
    assert words in capsys.readouterr().out
    trace = open_trace(tmp_path / "t.csv.gz")
    assert sum(len(block) for block in trace.blocks()) > 1000
    assert [label.kind for label in trace.labels()].count(LabelKind.SET) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["curl"], "curl"),
        (["walking"], "does no 'walking'"),
        (["row", "--fault", "swing"], "has no fault 'swing'"),
        (["row", "--fault", "rock:99"], "cannot have the size 99 deg"),
        (
            ["overhead_carry", "--distance", "2", "--fault", "early_lowering:4.6"],
            "at least 2 m",
        ),
        (["overhead_carry", "--distance", "6", "--fault", "early_lowering"], "6 m cut short by 4.6 m is too"),
        (["face_pull", "--placement", "bar"], "no sensor sits on 'bar'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path / "t.csv", *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("repclip: ")
    assert words in line
    assert not list(tmp_path.iterdir())
