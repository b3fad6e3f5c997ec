"""Scores and summaries of counts that are made up by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from pi_service.evaluation.errors import EvaluationError, IndexFileError
from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.output import HELD_COLUMNS, REP_COLUMNS, write_results
from pi_service.evaluation.peaks import LabelledPeaks, PeakScore, read_peaks, score_peaks
from pi_service.evaluation.runs import Run, RunResult, runs_of
from pi_service.evaluation.scoring import score_rows
from pi_service.evaluation.summary import summarise, summarise_all
from pi_service.evaluation.tables import peak_sentence
from pi_service.evaluation.tally import CountedRep, CountedSet, Counts
from pi_service.reps.found import Measures, Velocity


def index_row(
    file: str = "a.csv",
    exercise: str = "row",
    reps: int | None = None,
    reps_alt: int | None = None,
    steps: int | None = None,
    start_s: float = -math.inf,
    end_s: float = math.inf,
    dataset: str = "gym",
) -> IndexRow:
    path = Path(file)
    return IndexRow(2, file, path, dataset, "", exercise, reps, reps_alt, steps, start_s, end_s)


def rep(
    number: int,
    turn_s: float,
    *,
    live: bool = True,
    final: bool = True,
    delay_s: float = 0.5,
    moved_s: float = 0.0,
) -> CountedRep:
    """A rep whose end the review moved by `moved_s`."""
    end_s = turn_s + 1
    return CountedRep(1, number, turn_s - 1, turn_s, end_s + moved_s, end_s + delay_s, end_s, live, final)


def result_of(row: IndexRow, *reps: CountedRep, end_s: float = 60.0, error: str | None = None) -> RunResult:
    (run,) = runs_of([row])
    sets = (CountedSet(1, 0.0, end_s, sum(r.live for r in reps), sum(r.final for r in reps)),) if reps else ()
    return RunResult(run, Counts(reps, sets), 0.0, end_s, error)


def test_a_rep_belongs_to_the_window_in_which_it_turns() -> None:
    row = index_row(reps=2, start_s=10, end_s=20)
    result = result_of(row, rep(1, 9.99), rep(2, 10.0), rep(3, 19.99), rep(4, 20.0))
    (score,) = score_rows([row], [result])
    assert (score.final, score.final_error) == (2, 0)


def test_live_and_final_are_counted_apart() -> None:
    row = index_row(reps=3)
    result = result_of(row, rep(1, 5), rep(2, 10, final=False), rep(3, 15), rep(4, 20, live=False))
    (score,) = score_rows([row], [result])
    assert (score.live, score.live_error) == (3, 0)
    assert (score.final, score.final_error) == (3, 0)


@pytest.mark.parametrize(("counted", "error"), [(3, 0), (5, 0), (4, 1), (7, 2), (0, 3)])
def test_either_of_two_labels_is_right(counted: int, error: int) -> None:
    row = index_row(reps=3, reps_alt=5)
    result = result_of(row, *(rep(n, 5.0 * n) for n in range(1, counted + 1)))
    assert score_rows([row], [result])[0].final_error == error


def test_a_row_without_a_label_is_only_predicted() -> None:
    row = index_row()
    scores = score_rows([row], [result_of(row, rep(1, 5))])
    assert scores[0].final_error is None
    summary = summarise_all(scores)
    assert (summary.sets, summary.counted, summary.final.mean_error) == (0, 1, None)


def test_exact_within_one_and_mean_error() -> None:
    rows = [index_row(f"{n}.csv", reps=10) for n in range(4)]
    counts = (10, 11, 9, 6)
    results = [
        result_of(row, *(rep(n, 3.0 * n) for n in range(1, count + 1)))
        for row, count in zip(rows, counts, strict=True)
    ]
    summary = summarise_all(score_rows(rows, results))
    assert (summary.sets, summary.final.exact, summary.final.within_one) == (4, 1, 3)
    assert summary.final.mean_error == pytest.approx((0 + 1 + 1 + 4) / 4)
    assert summary.counted == sum(counts)


def test_reps_outside_are_those_in_no_window_of_their_file() -> None:
    first = index_row(reps=1, start_s=10, end_s=20)
    second = index_row(reps=1, start_s=15, end_s=40)
    result = result_of(first, rep(1, 5), rep(2, 12), rep(3, 30), rep(4, 50, final=False), end_s=100.0)
    summary = summarise_all(score_rows([first, second], [result]))
    assert (summary.outside.final, summary.outside.live) == (1, 2)
    assert summary.outside.duration_s == pytest.approx(10 + 60)
    assert summary.outside.final_per_min == pytest.approx(60 / 70)


def test_a_trace_without_a_window_has_no_outside() -> None:
    row = index_row(reps=1)
    summary = summarise_all(score_rows([row], [result_of(row, rep(1, 5), rep(2, 50))]))
    assert (summary.outside.final, summary.outside.duration_s) == (0, 0.0)
    assert summary.outside.final_per_min is None


def test_a_window_beyond_the_trace_adds_no_time() -> None:
    row = index_row(reps=1, start_s=50, end_s=500)
    summary = summarise_all(score_rows([row], [result_of(row, end_s=60.0)]))
    assert summary.outside.duration_s == pytest.approx(50.0)


def test_the_delay_is_that_of_the_live_reps() -> None:
    row = index_row(reps=1)
    # The review moved the ends of all of them; the delay stays that of what was published.
    reps = [rep(n, 5.0 * n, delay_s=float(n), moved_s=1.5) for n in range(1, 4)]
    result = result_of(row, *reps, rep(4, 40, live=False, delay_s=99.0))
    summary = summarise_all(score_rows([row], [result]))
    assert summary.delay_median_s == pytest.approx(2.0)
    assert summary.delay_p95_s == pytest.approx(2.9)
    assert summary.delay_later_p95_s == pytest.approx(3.0)  # without the first two


def test_steps_are_scored_in_percent_and_not_as_sets() -> None:
    row = index_row(exercise="walking", steps=100)
    other = index_row("b.csv", exercise="walking", steps=50)
    results = [
        result_of(row, *(rep(n, n / 2) for n in range(1, 91))),
        result_of(other, *(rep(n, n / 2) for n in range(1, 53))),
    ]
    summary = summarise_all(score_rows([row, other], results))
    assert (summary.walks, summary.sets, summary.counted) == (2, 0, 0)
    assert summary.step_error_percent == pytest.approx((10 + 4) / 2)
    assert summary.delay_median_s is None


def test_an_unreadable_trace_is_in_no_score() -> None:
    good, bad = index_row(reps=1), index_row("bad.csv", reps=5)
    scores = score_rows([good, bad], [result_of(good, rep(1, 5)), result_of(bad, error="broken")])
    assert (scores[1].final, scores[1].final_error) == (None, None)
    summary = summarise_all(scores)
    assert (summary.rows, summary.sets, summary.unreadable) == (2, 1, 1)


def test_groups_come_by_name() -> None:
    rows = [index_row("a.csv", dataset="zoo", reps=1), index_row("b.csv", dataset="gym", reps=0)]
    scores = score_rows(rows, [result_of(row, rep(1, 5)) for row in rows])
    groups = summarise(scores, lambda row: row.dataset)
    assert [(group.name, group.final.exact) for group in groups] == [("gym", 0), ("zoo", 1)]


def test_a_file_is_run_once_per_exercise() -> None:
    rows = [
        index_row(exercise="pull_up", start_s=0, end_s=5),
        index_row(exercise="pull_up", start_s=5, end_s=9),
        index_row(exercise="bench_press"),
        index_row(exercise=""),
        index_row("walk.csv", exercise="walking"),
    ]
    runs = runs_of(rows)
    assert [(run.exercise, run.counted_as) for run in runs] == [
        ("pull_up", "vertical_pull"),
        ("bench_press", "any"),
        ("", "any"),
        ("walking", "walking"),
    ]
    assert [run.counts_steps for run in runs] == [False, False, False, True]
    assert {run.counted_as for run in runs_of(rows, "face_pull")} == {"face_pull"}


def test_peaks_are_found_inside_final_reps() -> None:
    row = index_row(reps=2)
    result = result_of(row, rep(1, 5), rep(2, 10, final=False), rep(3, 20))
    labelled = [
        LabelledPeaks("a.csv", -math.inf, (5.5, 10.0, 6.0)),
        LabelledPeaks("other.csv", -math.inf, (1.0,)),
    ]
    score = score_peaks(score_rows([row], [result]), labelled)
    # The first rep is [4, 6): it holds 5.5 and not 6.0; the second is not final; the third holds none.
    assert (score.sets, score.peaks, score.found) == (1, 3, 1)
    assert (score.reps, score.empty, score.unmatched) == (2, 1, 1)


def test_the_sentence_about_peaks_knows_one_from_many() -> None:
    assert peak_sentence(PeakScore(1, 1, 1, 1, 0, 1)) == (
        "Peaks: 1 of 1 labelled peaks (100.0 %) lie inside a final rep;"
        " 0 of 1 final reps in that set hold none."
        " 1 set of the peak file is not in the index."
    )
    assert "of 4 final reps in those 2 sets hold none. 3 sets of the peak file are not" in peak_sentence(
        PeakScore(2, 5, 4, 4, 1, 3)
    )


def test_a_file_of_peaks_is_read_and_complained_about(tmp_path: Path) -> None:
    path = tmp_path / "peaks.csv"
    path.write_text("file,active_start_s,rep_peaks_s\na.csv,,1.5 2\nb.csv,3,\n", encoding="utf-8")
    assert read_peaks(path) == (
        LabelledPeaks("a.csv", -math.inf, (1.5, 2.0)),
        LabelledPeaks("b.csv", 3.0, ()),
    )
    path.write_text("file,rep_peaks_s\na.csv,1.5;2\n", encoding="utf-8")
    with pytest.raises(
        IndexFileError, match="line 2, column rep_peaks_s: expected seconds separated by spaces"
    ):
        read_peaks(path)


def test_the_files_of_an_evaluation(tmp_path: Path) -> None:
    row, bad = index_row(reps=2, reps_alt=3, start_s=1, end_s=50), index_row("bad.csv", reps=1)
    results = [result_of(row, rep(1, 5), rep(2, 10, live=False)), result_of(bad, error="broken, it is")]
    write_results(tmp_path / "new" / "out", results, score_rows([row, bad], results))

    def lines(name: str) -> list[str]:
        return (tmp_path / "new" / "out" / name).read_text(encoding="utf-8").splitlines()

    assert REP_COLUMNS[9:14] == ("final", "out_s", "turn_pause_s", "back_s", "home_pause_s")
    assert lines("reps.csv") == [
        ",".join(REP_COLUMNS),
        "a.csv,row,1,1,4.000,5.000,6.000,6.500,1,1" + 14 * ",",
        "a.csv,row,1,2,9.000,10.000,11.000,11.500,0,1" + 14 * ",",
    ]
    assert lines("sets.csv") == [
        f"file,exercise,set,start_s,end_s,live_count,final_count,error,{','.join(HELD_COLUMNS)}",
        "a.csv,row,1,0.000,60.000,1,2,,,,,,",
        'bad.csv,row,,,,,,"broken, it is",,,,,',
    ]
    assert lines("rows.csv")[1:] == [
        "a.csv,gym,,row,bent_over_row,1.000,50.000,2,3,2,1,0,1,",
        'bad.csv,gym,,row,bent_over_row,,,1,,,,,,"broken, it is"',
    ]


def test_what_was_measured_of_a_rep_is_written(tmp_path: Path) -> None:
    row = index_row(reps=1)
    measures = Measures(
        leaves_s=3.9,
        reaches_s=4.9,
        returns_s=5.1,
        arrives_s=6.5,
        back_is_over=True,
        range_deg_uncertainty=0.7,
        range_m_uncertainty=0.02,
        out=Velocity(0.5, 0.9, 0.02, 0.03),
        back=None,
        home_pause_s=0.4,
    )
    measured = replace(rep(1, 5), range_deg=61.2, range_m=0.5, measures=measures, out_lifts=True)
    results = [result_of(row, measured)]
    write_results(tmp_path, results, score_rows([row], results))
    assert (tmp_path / "reps.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[10:] == [
        *("1.000", "0.200", "1.400", "0.400", "lifting"),
        *("61.2", "0.70", "0.500", "0.020", "0.500", "0.900", "", "", "1"),
    ]


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EvaluationError, match="cannot be written there"):
        write_results(tmp_path / "file", [], [])


def test_a_run_is_named_by_file_and_exercise() -> None:
    assert Run("a.csv", "row", Path("a.csv"), "bent_over_row", False) == runs_of([index_row()])[0]
