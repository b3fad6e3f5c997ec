"""`--bus sim:` with an exercise: from the registers of simulated chips to what is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.virtual_bus import use_virtual_time

from calibration.value import STANDARD_GRAVITY_MS2
from pi_service.cli import run
from pi_service.traces import open_trace


@pytest.fixture(autouse=True)
def _virtual(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_virtual_time(monkeypatch)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_a_barbell_row_is_counted_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bus = "sim:seed=1,exercise=row,placement=bar,reps=6"
    out = tmp_path / "row.csv.gz"
    assert run(["run", "--bus", bus, "--seconds", "52", "--record", str(out)]) == 0
    assert "6 reps in 1 set in 52 s, counted as bent_over_row" in capsys.readouterr().out
    trace = open_trace(out)
    blocks = list(trace.blocks())
    assert trace.info.exercise == "bent_over_row"
    force = np.concatenate([block.specific_force_ms2 for block in blocks])
    # A simulated chip has errors of its own: of a few per cent.
    assert np.linalg.norm(force[:200], axis=1).mean() == pytest.approx(STANDARD_GRAVITY_MS2, rel=0.1)


@pytest.mark.parametrize(
    ("bus", "exercise", "done"),
    [
        ("sim:seed=3", "row", "bent_over_row"),
        ("sim:seed=3", "any", "vertical_pull"),
        ("sim:seed=3,exercise=face_pull", "row", "face_pull"),
    ],
)
def test_the_athlete_does_what_is_to_be_counted(bus: str, exercise: str, done: str, tmp_path: Path) -> None:
    """Unless the bus says what is done: then that is done, and counted as was asked for."""
    force = []
    for name, text in (("as told", bus), ("as meant", f"sim:seed=3,exercise={done}")):
        out = tmp_path / f"{name}.csv"
        assert run(["record", str(out), "--bus", text, "--exercise", exercise, "--seconds", "8"]) == 0
        force.append(np.concatenate([block.specific_force_ms2 for block in open_trace(out).blocks()]))
    np.testing.assert_array_equal(*force)


@pytest.mark.parametrize(
    ("bus", "words"),
    [
        ("sim:exercise=curl", "does no 'curl'"),
        ("sim:exercise=face_pull,placement=bar", "no sensor sits on 'bar'"),
        ("sim:exercise=face_pull,form=swing", "has no fault 'swing'"),
        ("sim:form=drop:9", "cannot have the size 9 s"),
    ],
)
def test_what_the_athlete_cannot_do_is_one_sentence(
    bus: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["run", "--bus", bus, "--seconds", "1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
