"""What is said of counts that change, and of groups that differ: counts made up by hand."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest
from rich.console import Console

from pi_service.evaluation.disturb import disturbance
from pi_service.evaluation.errors import EvaluationError
from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.robustness import Comparison, write_comparisons
from pi_service.evaluation.robustness_tables import group_table, robustness_sentences, robustness_table
from pi_service.evaluation.runs import RunResult, disturbed, runs_of
from pi_service.evaluation.scoring import RowScore
from pi_service.evaluation.spread import NOT_SAID, exercise_of_row, spread, spread_sentence, subject_of


def score(
    file: str,
    label: int | None,
    final: int | None,
    *,
    subject: str = "A",
    exercise: str = "squat",
    dataset: str = "gym",
    start_s: float = -math.inf,
) -> RowScore:
    steps = label if exercise == "walking" else None
    reps = None if exercise == "walking" else label
    row = IndexRow(2, file, Path(file), dataset, subject, exercise, reps, None, steps, start_s, math.inf)
    (run,) = runs_of([row])
    error = "it cannot be read" if final is None else None
    return RowScore(row, RunResult(run, error=error), final, final, () if label is None else (label,))


def compare(before: list[int | None], after: list[int | None], **more: object) -> Comparison:
    rows = [[score(f"{i}.csv", 8, n, **more) for i, n in enumerate(counts)] for counts in (before, after)]
    return Comparison(disturbance("drops"), tuple(rows[0]), tuple(rows[1]))


def shown(table: object) -> str:
    console = Console(width=120, file=io.StringIO())
    console.print(table)
    return console.file.getvalue()


def test_the_share_of_rows_that_change_by_at_most_one() -> None:
    found = compare([8, 8, 8, 7], [8, 9, 10, 4])
    assert found.unchanged_percent == 25.0
    assert found.within_one_percent == 50.0
    assert not found.keeps_the_bound
    assert [before.row.file for before, _ in found.changed] == ["3.csv", "2.csv"]
    assert compare([8] * 50, [9] + [8] * 49).keeps_the_bound
    assert compare([8] * 50, [10] + [8] * 49).keeps_the_bound, "98 % is enough"
    assert not compare([8] * 49, [10] + [8] * 48).keeps_the_bound


def test_a_row_that_cannot_be_counted_any_more_misses_the_bound() -> None:
    found = compare([8, 8, None], [8, None, None])
    assert found.failed == 1
    assert found.within_one_percent == 100.0
    assert not found.keeps_the_bound
    assert "drops: 1 rows could not be counted any more." in robustness_sentences([found])


def test_walks_have_a_measure_of_their_own() -> None:
    found = compare([100, 200], [102, 200], exercise="walking")
    assert found.pairs == ()
    assert found.within_one_percent is None
    assert found.steps_changed_percent == pytest.approx(1.0)
    assert found.keeps_the_bound
    assert compare([8], [8]).steps_changed_percent is None


def test_the_tables_show_what_changed() -> None:
    found = compare([8, 8, 8], [8, 9, 10])
    lines = shown(robustness_table([found])).splitlines()
    (line,) = [line for line in lines if "drops" in line]
    assert line.split()[-7:] == ["3", "33.3%", "66.7%", "33.3%", "66.7%", "33.3%", "-"]
    (line,) = [
        line for line in shown(group_table([found], subject_of, "subject")).splitlines() if "gym A" in line
    ]
    assert " ".join(line.split()) == "gym A 3 100 / 100 33 / 67"
    sentences = robustness_sentences([found])
    assert sentences[0] == "Wanted: 98 % of the rows change by at most one. Missed by: drops (66.7%)."
    assert sentences[2] == "  2.csv (squat): 8 -> 10 (+2), label 8"
    many = robustness_sentences([compare([8] * 12, [10] * 12)])
    assert many[-1] == "  and 2 more"
    good = robustness_sentences([compare([8], [8])])
    assert good == ["Under every disturbance 98 % of the rows change by at most one."]


def test_every_row_is_written(tmp_path: Path) -> None:
    found = compare([8, None], [10, None], start_s=3.5)
    write_comparisons(tmp_path / "new" / "robustness.csv", [found])
    with (tmp_path / "new" / "robustness.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["disturbance"], row["final_undisturbed"], row["final"], row["change"]) for row in rows] == [
        ("drops", "8", "10", "2"),
        ("drops", "", "", ""),
    ]
    assert {row["active_start_s"] for row in rows} == {"3.5"}
    assert rows[1]["error"] == "it cannot be read"
    (tmp_path / "file").touch()
    with pytest.raises(EvaluationError, match="cannot be written there"):
        write_comparisons(tmp_path / "file" / "robustness.csv", [found])


def test_a_disturbed_run_is_the_same_run_otherwise() -> None:
    (run,) = runs_of([score("a.csv", 8, 8).row])
    (other,) = disturbed([run], "mirror")
    assert other.disturbance == "mirror"
    assert (other.file, other.counted_as) == (run.file, run.counted_as)


class TestSpread:
    scores = (
        *(score(f"a{i}", 8, 8, subject="A") for i in range(8)),
        *(score(f"b{i}", 8, 8 + i % 2, subject="B") for i in range(4)),
        score("c", 8, 8, subject="A", dataset="home"),
        score("d", 8, 8, subject=""),
        score("w", 100, 90, subject="W", exercise="walking"),
    )

    def test_each_group_counts_the_same(self) -> None:
        found = spread(self.scores, "subject", subject_of)
        assert found is not None
        assert found.groups == 3, "the same letter in two datasets is two people"
        assert found.mean_exact_percent == pytest.approx((100 + 50 + 100) / 3)
        assert found.median_exact_percent == 100.0
        assert found.error_percent == pytest.approx(28.8675 / math.sqrt(3), rel=1e-4)
        assert found.mean_within_one_percent == 100.0
        assert (found.worst.name, found.worst.final.exact, found.worst.sets) == ("gym B", 2, 4)

    def test_it_is_said_in_words(self) -> None:
        found = spread(self.scores, "subject", subject_of)
        assert found is not None
        assert spread_sentence(found) == (
            "Over 3 subjects, each counting the same: final exact 83.3 % +- 16.7 (mean, standard error), "
            "median 100.0 %, within one 100.0 %; worst gym B: 2 of 4 exact, 4 within one."
        )

    def test_one_group_has_no_spread(self) -> None:
        assert spread(self.scores, "exercise", exercise_of_row) is None

    def test_who_is_not_named_is_nobody(self) -> None:
        assert subject_of(score("d", 8, 8, subject="").row) == NOT_SAID
        assert exercise_of_row(score("d", 8, 8, exercise="").row) == NOT_SAID
