"""Pictures of what was counted: which rows, which names, which curves, and that a file comes of it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.chunks import frames_of
from support.recordings import write_pull_ups
from support.streams import Way, reps_block, without

from pi_service.evaluation.curves import curves_of, motion_of
from pi_service.evaluation.errors import EvaluationError
from pi_service.evaluation.index import IndexRow
from pi_service.evaluation.peaks import LabelledPeaks
from pi_service.evaluation.picture_list import file_names, headline, peaks_of, rows_to_draw, subtitle
from pi_service.evaluation.pictures import Picture, draw
from pi_service.evaluation.runs import RunResult, count_run, runs_of
from pi_service.evaluation.scoring import RowScore, score_rows

PNG = b"\x89PNG\r\n\x1a\n"


def index_row(
    file: str, line: int = 2, reps: int | None = 5, start_s: float = -math.inf, exercise: str = "pull_up"
) -> IndexRow:
    path = Path(file)
    return IndexRow(line, file, path, "gym", "A", exercise, reps, None, None, start_s, math.inf)


def score(row: IndexRow, final: int | None) -> RowScore:
    (run,) = runs_of([row])
    return RowScore(row, RunResult(run), final, final, () if row.reps is None else (row.reps,))


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> RowScore:
    path = tmp_path_factory.mktemp("pictures") / "one.csv"
    write_pull_ups(path, reps=5, seed=3)
    row = index_row(str(path), reps=4)
    results = [count_run(run) for run in runs_of([row])]
    return score_rows([row], results)[0]


class TestList:
    def test_rows_whose_count_differs_from_the_label(self) -> None:
        right, wrong = score(index_row("a"), 5), score(index_row("b"), 4)
        unlabelled, unreadable = score(index_row("c", reps=None), 4), score(index_row("d"), None)
        walk = score(index_row("e", exercise="walking"), 3)
        every = [right, wrong, unlabelled, unreadable, walk]
        assert rows_to_draw(every, every=False) == (wrong,)
        assert rows_to_draw(every, every=True) == (right, wrong, unlabelled)

    def test_names_are_those_of_the_traces(self) -> None:
        rows = [
            index_row("../x/a b.csv.gz", 2),
            index_row("t.csv", 3, start_s=12.5),
            index_row("t.csv", 4, start_s=80.0),
            index_row("two.csv", 5),
            index_row("two.csv", 6, exercise="squat"),
        ]
        names = file_names(rows, rows)
        assert [str(names[line]) for line in range(2, 7)] == [
            "x_a_b.png",
            "t-from-12.5s.png",
            "t-from-80s.png",
            "two-line5.png",
            "two-line6.png",
        ]
        assert file_names(rows[3:4], rows)[5] == names[5], "a name does not depend on what else is drawn"

    def test_peaks_belong_to_a_window(self) -> None:
        labelled = [LabelledPeaks("t", 1.0, (2.0, 3.0)), LabelledPeaks("t", 9.0, (10.0,))]
        assert peaks_of(index_row("t", start_s=9.0), labelled) == (10.0,)
        assert peaks_of(index_row("t"), labelled) == ()

    def test_the_words_say_label_and_counts(self) -> None:
        assert headline(score(index_row("t"), 4)) == "gym A pull_up:  label 5,  final 4 (-1),  live 4"
        assert "final 5 (right)" in headline(score(index_row("t"), 5))
        assert "label none,  final 5,  live 5" in headline(score(index_row("t", reps=None), 5))
        assert subtitle(score(index_row("t", start_s=9.0), 4)) == (
            "t, line 2 of the index, from 9 s to its end; counted as vertical_pull"
        )


class TestCurves:
    def test_they_come_from_the_pipelines_frames(self) -> None:
        block, _ = reps_block(Way.TILT, 6)
        mine, pipeline = motion_of([block]), frames_of(block)
        np.testing.assert_array_equal(
            np.concatenate([each.up for each in mine]), np.concatenate([each.up for each in pipeline])
        )

    @pytest.mark.parametrize(
        ("way", "curve", "size"),
        [(Way.TILT, "tilt_deg", 46.0), (Way.HEIGHT, "height_cm", 45.0), (Way.TURN, "turn_deg", 57.0)],
    )
    def test_each_movement_shows_in_its_curve(self, way: Way, curve: str, size: float) -> None:
        block, lifts = reps_block(way, 6, mounted_anyhow=True)
        curves = curves_of(motion_of([block]), lifts[0].start_s, lifts[-1].end_s, 0.1)
        inside = curves.between(lifts[0].start_s, lifts[-1].end_s)
        spans = {name: np.ptp(getattr(inside, name)) for name in ("tilt_deg", "height_cm", "turn_deg")}
        assert spans[curve] == pytest.approx(size, rel=0.3)
        assert all(span < 0.2 * size for name, span in spans.items() if name != curve)
        assert curves.still[(curves.t_s > 2.0) & (curves.t_s < 3.5)].all()
        assert curves.turns

    def test_the_main_axis_is_that_of_the_stretch(self) -> None:
        """A tilt of 46 degrees is one, whatever else the sensor did before."""
        block, lifts = reps_block(Way.TILT, 6)
        bare = replace(block, angular_rate_rads=None)
        curves = curves_of(motion_of([bare]), lifts[0].start_s, lifts[-1].end_s, 0.1)
        assert not curves.turns
        assert np.ptp(curves.tilt_deg) > 35.0

    def test_nothing_is_made_up_in_a_gap(self) -> None:
        block, _ = reps_block(Way.TILT, 6)
        curves = curves_of(motion_of([without(block, 8.0, 11.0)]), -math.inf, math.inf, 0.1)
        gap = (curves.t_s > 8.1) & (curves.t_s < 10.9)
        for values in (curves.tilt_deg, curves.height_cm, curves.turn_deg):
            assert np.isnan(values[gap]).all()
            assert np.isfinite(values[~gap & ((curves.t_s < 7.9) | (curves.t_s > 11.1))]).all()

    def test_a_second_is_too_short(self) -> None:
        block, _ = reps_block(Way.TILT, 3)
        assert not len(curves_of(motion_of([block[:100]]), -math.inf, math.inf, 0.1).t_s)


class TestDrawing:
    def test_the_same_counts_give_the_same_picture(self, counted: RowScore, tmp_path: Path) -> None:
        assert counted.final_error
        pictures = [Picture(counted, (6.0, 9.0, 12.0), tmp_path / name) for name in ("1.png", "2.png")]
        paths = [draw(picture).paths for picture in pictures]
        assert paths == [(tmp_path / "1.png",), (tmp_path / "2.png",)]
        one, two = ((tmp_path / name).read_bytes() for name in ("1.png", "2.png"))
        assert one.startswith(PNG)
        assert one == two

    def test_what_is_marked_shows(self, counted: RowScore, tmp_path: Path) -> None:
        reps = counted.result.counts.reps
        withdrawn = tuple(replace(rep, final=False) for rep in reps)
        variants = {
            "as counted": (counted, ()),
            "peaks": (counted, (6.0,)),
            "withdrawn": (changed(counted, withdrawn), ()),
            "added": (changed(counted, tuple(replace(rep, live=False) for rep in reps)), ()),
            "window": (replace(counted, row=replace(counted.row, start_s=8.0, end_s=12.0)), ()),
        }
        drawn = set()
        for name, (one, peaks_s) in variants.items():
            path = tmp_path / f"{name}.png"
            assert draw(Picture(one, peaks_s, path)).error is None
            drawn.add(path.read_bytes())
        assert len(drawn) == len(variants)

    def test_a_long_recording_goes_on_in_another_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pi_service.evaluation.pictures._LINES", 2)
        path = tmp_path / "long.csv.gz"
        write_pull_ups(path, reps=4, sets=2, rest_s=100.0)
        row = index_row(str(path))
        result = draw(Picture(score(row, 0), (), tmp_path / "long.png"))
        assert [each.name for each in result.paths] == ["long.png", "long-2.png"]
        assert all(each.read_bytes().startswith(PNG) for each in result.paths)

    def test_a_trace_that_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        result = draw(Picture(score(index_row(str(tmp_path / "none.csv")), 3), (), tmp_path / "x.png"))
        assert result.paths == ()
        assert result.error is not None
        assert "none.csv" in result.error

    def test_a_folder_that_is_not_there_is_an_error(self, counted: RowScore, tmp_path: Path) -> None:
        with pytest.raises(EvaluationError, match="the picture cannot be written"):
            draw(Picture(counted, (), tmp_path / "none" / "x.png"))


def changed(score: RowScore, reps: tuple) -> RowScore:
    return replace(score, result=replace(score.result, counts=replace(score.result.counts, reps=reps)))
