"""The length of a step: off one walk, in a file, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calibration.errors import CalibrationFileError, CalibrationFormatError, StepLengthError
from calibration.step_length import USUAL, StepLength, StepLengthStore, measured, step_length_of, table_of

MADE_AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_a_longer_walk_tells_more() -> None:
    short, long = measured(6.0, 12, MADE_AT), measured(30.0, 60, MADE_AT)
    assert short.length_m == long.length_m == 0.5
    assert 0.01 < long.uncertainty_m < short.uncertainty_m < USUAL.uncertainty_m
    assert long.is_measured
    assert not USUAL.is_measured


@pytest.mark.parametrize(
    ("distance_m", "steps", "words"),
    [
        (18.3, 9, "Only 9 steps were seen"),
        (18.3, 14, "steps of 1.31 m: check the distance"),
        (3.0, 30, "steps of 0.10 m"),
        (0.0, 30, "tells nothing"),
        (float("nan"), 30, "tells nothing"),
    ],
)
def test_a_walk_that_cannot_be_is_refused(distance_m: float, steps: int, words: str) -> None:
    with pytest.raises(StepLengthError, match=words):
        measured(distance_m, steps, MADE_AT)


def test_the_newest_file_is_used(tmp_path: Path) -> None:
    store = StepLengthStore([tmp_path / "a", tmp_path / "b"])
    assert store.latest() is None
    older, newer = measured(18.3, 36, MADE_AT), measured(18.3, 33, MADE_AT + timedelta(days=1))
    path = store.save(newer)
    assert path.parent == tmp_path / "a" / "step-lengths"
    StepLengthStore([tmp_path / "b"]).save(older)
    found = store.latest()
    assert found is not None
    assert found.steps == 33
    assert found.length_m == pytest.approx(newer.length_m, abs=1e-4)
    assert found.made_at == newer.made_at
    assert store.search() == (found, "")


def test_the_date_in_a_file_counts_whatever_it_is_called(tmp_path: Path) -> None:
    store = StepLengthStore([tmp_path])
    store.save(measured(18.3, 36, MADE_AT))
    newer = store.save(measured(18.3, 33, MADE_AT + timedelta(days=1)))
    newer.rename(newer.with_name("mine.toml"))
    found = store.latest()
    assert found is not None
    assert found.steps == 33


@pytest.mark.parametrize("length", [USUAL, measured(18.3, 36, MADE_AT), measured(18.3, 36, MADE_AT, 1.5)])
def test_a_table_is_what_it_was_made_of(length: StepLength) -> None:
    again = step_length_of(table_of(length))
    assert again == step_length_of(table_of(again))
    assert again.length_m == pytest.approx(length.length_m, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("length_m = 0.5", "uncertainty_m of a calibration must be a number"),
        ("length_m = 5.0\nuncertainty_m = 0.1", "length_m must be 0.2 to 1.2 metres"),
        ("length_m = 0.5\nuncertainty_m = 0.6", "uncertainty_m cannot be 0.6"),
        ("length_m = 0.5\nuncertainty_m = 0.1\nstep = 3", "'step' is no value of a step length"),
        (
            "length_m = 0.5\nuncertainty_m = 0.1\ncadence_hz = 90",
            "cadence_hz must be 0.5 to 5 steps a second",
        ),
        ("length_m = ", "is no step length"),
    ],
)
def test_a_file_that_is_wrong_is_told(tmp_path: Path, text: str, words: str) -> None:
    store = StepLengthStore([tmp_path])
    path = store.save(measured(18.3, 36, MADE_AT))
    path.write_text(text)
    with pytest.raises(CalibrationFormatError, match=words) as caught:
        store.latest()
    assert str(path) in str(caught.value)
    nothing, problem = store.search()
    assert nothing is None
    assert words in problem


def test_what_nobody_measured_is_not_stored(tmp_path: Path) -> None:
    with pytest.raises(CalibrationFormatError, match="nobody measured"):
        StepLengthStore([tmp_path]).save(USUAL)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(CalibrationFileError):
        StepLengthStore([blocked]).save(measured(18.3, 36, MADE_AT))


def test_the_mean_of_several_walks_is_surer_and_kept() -> None:
    one, three = measured(20.0, 30, MADE_AT), measured(20.0, [30, 32, 28], MADE_AT)
    assert three.length_m == pytest.approx(60.0 / 90.0)
    assert (three.distance_m, three.steps, three.walks) == (60.0, 90, 3)
    assert 0.7 * one.uncertainty_m < three.uncertainty_m < 0.9 * one.uncertainty_m
    assert step_length_of(table_of(three)).walks == 3
    assert step_length_of(table_of(one)).walks == 1


def test_the_cadence_is_kept_and_makes_it_surer(tmp_path: Path) -> None:
    without, at_pace = measured(20.0, 36, MADE_AT), measured(20.0, 36, MADE_AT, 1.52)
    assert at_pace.length_m == without.length_m
    assert 0.8 * without.uncertainty_m < at_pace.uncertainty_m < without.uncertainty_m
    store = StepLengthStore([tmp_path])
    assert "cadence_hz" in store.save(at_pace).read_text()
    assert store.all()[0].value.cadence_hz == 1.52


def test_a_file_of_before_is_read_as_it_was(tmp_path: Path) -> None:
    store = StepLengthStore([tmp_path])
    path = store.save(measured(20.0, 36, MADE_AT, 1.52))
    path.write_text(
        "length_m = 0.5556\nuncertainty_m = 0.0244\nmade_at = 2026-03-04T05:06:07Z\n"
        "distance_m = 20.0\nsteps = 36\n"
    )
    assert store.latest() == StepLength(0.5556, 0.0244, MADE_AT, 20.0, 36)


def test_each_walk_must_be_one() -> None:
    with pytest.raises(StepLengthError, match="Only 6 steps"):
        measured(5.0, [12, 6], MADE_AT)
    with pytest.raises(StepLengthError, match="check the distance"):
        measured(20.0, [30, 15], MADE_AT)
