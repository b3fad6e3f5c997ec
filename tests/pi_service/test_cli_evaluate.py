"""`repclip evaluate` on synthetic recordings, through the real pipeline."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.recordings import write_pull_ups

from pi_service.cli import run
from pi_service.evaluation.index import read_index
from pi_service.evaluation.runs import count_all, count_on_processes, count_trace, runs_of
from pi_service.traces import LabelKind


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sets in one recording, another recording, and one that cannot be read."""
    folder = tmp_path_factory.mktemp("evaluation")
    (folder / "traces").mkdir()
    labels = write_pull_ups(folder / "traces" / "two.csv.gz", reps=4, sets=2, rest_s=12.0)
    first, second = (label for label in labels if label.kind is LabelKind.SET)
    write_pull_ups(folder / "traces" / "one.csv", reps=5, seed=3)
    (folder / "traces" / "bad.csv").write_text("t_s,ax,ay,az\n0,0,0,zero\n", encoding="utf-8")
    path = folder / "index.csv"
    path.write_text(
        "file,dataset,exercise,reps,active_start_s,active_end_s\n"
        f"traces/two.csv.gz,gym,pull_up,4,{first.start_s - 1},{first.end_s + 1}\n"
        f"traces/two.csv.gz,gym,pull_up,4,{second.start_s - 1},{second.end_s + 1}\n"
        "traces/bad.csv,home,squat,3,,\n"
        "traces/one.csv,home,some new exercise,,,\n",
        encoding="utf-8",
    )
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_evaluation_from_end_to_end(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", str(index), "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "gym" in shown
    assert "home" in shown
    assert "1 of 3 traces could not be counted" in shown

    rows = read(tmp_path / "rows.csv")
    assert [row["final"] for row in rows[:2]] == ["4", "4"]
    assert [row["final_error"] for row in rows] == ["0", "0", "", ""]
    assert [row["counted_as"] for row in rows] == ["vertical_pull", "vertical_pull", "any", "any"]
    assert "bad.csv, line 2" in rows[2]["error"]
    assert int(rows[3]["final"]) > 0, "a row without a label is still counted"

    reps = read(tmp_path / "reps.csv")
    assert {rep["file"] for rep in reps} == {"traces/two.csv.gz", "traces/one.csv"}
    assert {rep["exercise"] for rep in reps} == {"pull_up", "some new exercise"}
    for rep in reps:
        assert float(rep["start_s"]) < float(rep["turn_s"]) < float(rep["end_s"])
        assert float(rep["detected_at_s"]) >= float(rep["turn_s"])
        assert {rep["live"], rep["final"]} <= {"0", "1"}
    # The recording with two rows was run once.
    finals = [rep for rep in reps if rep["file"] == "traces/two.csv.gz" and rep["final"] == "1"]
    assert len(finals) == len({(rep["set"], rep["rep"]) for rep in finals})

    sets = read(tmp_path / "sets.csv")
    assert [each["file"] for each in sets if each["error"]] == ["traces/bad.csv"]
    counted = sum(int(each["final_count"]) for each in sets if not each["error"])
    assert counted == sum(rep["final"] == "1" for rep in reps)


def test_the_tables_go_by_exercise_when_asked(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(index), "--by", "exercise", "--exercise", "any"]) == 0
    shown = capsys.readouterr().out
    assert "pull_up" in shown
    assert "some new exercise" in shown


def test_peaks_are_compared(index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["evaluate", str(index), "--out", str(tmp_path)])
    final = [rep for rep in read(tmp_path / "reps.csv") if rep["final"] == "1"]
    turns = [rep["turn_s"] for rep in final if rep["file"] == "traces/one.csv"]
    peaks = tmp_path / "peaks.csv"
    peaks.write_text(f"file,rep_peaks_s\ntraces/one.csv,{' '.join(turns)} 0.001\n", encoding="utf-8")
    capsys.readouterr()
    assert run(["evaluate", str(index), "--peaks", str(peaks)]) == 0
    assert f"Peaks: {len(turns)} of {len(turns) + 1} labelled peaks" in capsys.readouterr().out


def test_the_results_do_not_depend_on_where_they_are_counted(index: Path) -> None:
    runs = runs_of(read_index(index))
    alone = count_all(runs)
    seen: list[str] = []
    assert count_on_processes(runs, 2, lambda result: seen.append(result.run.file)) == alone
    assert seen == [run.file for run in runs]
    with ThreadPoolExecutor(2) as executor:
        assert count_all(runs, executor) == alone


def test_an_unexpected_failure_is_a_row_with_its_error(
    index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(path: Path, *rest: object) -> object:
        if path.name == "one.csv":
            raise ZeroDivisionError("division by zero")
        return count_trace(path, *rest)

    monkeypatch.setattr("pi_service.evaluation.runs.count_trace", broken)
    assert run(["evaluate", str(index)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "2 of 3 traces could not be counted" in shown
    assert "repclip failed on it (ZeroDivisionError: division by zero)" in shown
