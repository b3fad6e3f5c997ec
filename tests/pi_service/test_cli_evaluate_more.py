"""`repclip evaluate` with pictures, by subject, and with disturbances."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import pytest
from support.recordings import write_pull_ups

from pi_service.cli import run
from pi_service.evaluation.runs import count_source, count_trace


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Two people, one counted as labelled, the other not; and the first count, right or wrong."""
    folder = tmp_path_factory.mktemp("evaluation")
    write_pull_ups(folder / "one.csv.gz", reps=5, seed=3)
    write_pull_ups(folder / "two.csv.gz", reps=6, seed=4)
    one, two = (count_trace(folder / name)[0].final_count for name in ("one.csv.gz", "two.csv.gz"))
    (folder / "index.csv").write_text(
        "file,dataset,subject,exercise,reps\n"
        f"one.csv.gz,gym,A,pull_up,{one}\ntwo.csv.gz,gym,B,chin_up,{two + 3}\n",
        encoding="utf-8",
    )
    return folder / "index.csv", one


@pytest.fixture
def index(counts: tuple[Path, int]) -> Path:
    return counts[0]


def test_the_row_that_differs_from_its_label_is_drawn(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "plots"
    assert run(["evaluate", str(index), "--plots", str(folder)]) == 0
    assert [path.name for path in folder.iterdir()] == ["two.png"]
    assert "Drawn: 1 pictures of rows that are counted wrong" in " ".join(capsys.readouterr().out.split())


def test_every_row_is_drawn_when_asked(index: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", str(index), "--plots", str(tmp_path), "--plot-which", "all", "--jobs", "2"]
    assert run(arguments) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.png", "two.png"]


def test_no_picture_is_needed_when_all_is_right(
    tmp_path: Path, counts: tuple[Path, int], capsys: pytest.CaptureFixture[str]
) -> None:
    right = counts[0].with_name("right.csv")
    right.write_text(f"file,exercise,reps\none.csv.gz,pull_up,{counts[1]}\n", encoding="utf-8")
    assert run(["evaluate", str(right), "--plots", str(tmp_path / "plots")]) == 0
    assert "No picture was drawn" in capsys.readouterr().out
    assert not (tmp_path / "plots").exists()


def test_without_matplotlib_one_sentence_says_what_to_install_before_anything_is_counted(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr("pi_service.evaluation.runs.count_run", lambda _: pytest.fail("counted"))
    assert run(["evaluate", str(index), "--plots", str(tmp_path)]) == 2
    shown = " ".join(capsys.readouterr().err.split())
    assert "Drawing pictures (--plots) needs the optional packages of `plots`" in shown
    assert "pip install 'repclip[plots]'" in shown


def test_the_tables_go_by_subject_and_say_how_people_differ(
    index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", str(index), "--by", "subject"]) == 0
    shown = capsys.readouterr().out
    assert "gym A" in shown
    assert "Over 2 subjects, each counting the same: final exact 50.0 % +- 50.0" in shown
    assert "worst gym B: 0 of 1 exact" in shown
    assert "Over 2 exercises" in shown


def test_disturbed_counts_are_compared(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", str(index), "--disturb", "rotate", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "clipped on any other way" in shown
    assert "Under every disturbance 98 % of the rows change by at most one." in shown
    with (tmp_path / "robustness.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == ["one.csv.gz", "two.csv.gz"]
    assert {row["disturbance"] for row in rows} == {"rotate"}
    assert rows[0]["label"] == rows[0]["final_undisturbed"]
    assert abs(int(rows[0]["change"])) <= 1


def test_a_count_that_changes_too_much_is_an_exit_code(
    counts: tuple[Path, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def deaf(source, exercise=None):
        counts, start_s, end_s = count_source(source, exercise)
        return type(counts)(), start_s, end_s

    # Undisturbed traces go by `count_trace`, which holds on to the real one.
    monkeypatch.setattr("pi_service.evaluation.runs.count_trace", real)
    monkeypatch.setattr("pi_service.evaluation.runs.count_source", deaf)
    index, one = counts
    assert run(["evaluate", str(index), "--disturb", "mirror"]) == 1
    shown = capsys.readouterr().out
    assert "Missed by: mirror (0.0%)" in shown
    assert f"one.csv.gz (pull_up): {one} -> 0 (-{one}), label {one}" in shown


def real(path: Path, exercise: object) -> object:
    from pi_service.sources.replay import ReplaySource  # noqa: PLC0415 - only this stand-in

    return count_source(ReplaySource(path), exercise)
