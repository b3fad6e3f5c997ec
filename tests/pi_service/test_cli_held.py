"""Holds and carries at the command line: replayed, counted live, and the length of a step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.virtual_bus import use_virtual_time

from calibration.step_length import StepLengthStore
from pi_service.cli import run
from pi_service.traces import TraceReader


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> None:
    use_virtual_time(monkeypatch)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("held")
    for name, arguments in (
        ("hold", ["thoracic_extension", "--fault", "broken_hold", "--seed", "4"]),
        ("carry", ["overhead_carry", "--seed", "1"]),
    ):
        assert run(["simulate", *arguments, "--out", str(folder / f"{name}.csv.gz")]) == 0
    return folder


def test_a_hold_is_told_with_its_break_and_its_sway(
    recordings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", str(recordings / "hold.csv.gz")]) == 0
    first, line, *_ = capsys.readouterr().out.splitlines()
    truth = json.loads((recordings / "hold.truth.json").read_text())["sets"][0]["holds"]
    held_s = sum(part["end_s"] - part["start_s"] for part in truth)
    assert len(truth) == 2
    assert "1 hold, " in first
    assert float(line.split("held ")[1].split(" s")[0]) == pytest.approx(held_s, abs=0.5)
    assert "broken once" in line
    assert "deg from the start pose; sway 0." in line


def test_a_step_length_off_a_recording_is_stored_and_refused_where_it_cannot_be(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    carry = str(recordings / "carry.csv.gz")
    assert run(["replay", carry, "--side", "left"]) == 0
    told = capsys.readouterr().out
    assert "1 round, 20.2 +- 3.3 m" in told
    assert "36 steps" in told
    assert "left arm" in told
    assert "(not measured: the usual one)" in told
    for arguments, words in (
        (["--step-length", "2"], "walk 5 to 500 m"),
        (["--step-length", "100"], "check the distance"),
        (["--step-length", "18.3", "--turn", "360"], "measures nothing else"),
        (["--step-length", "18.3", "--sensor", "torso"], "counted at the wrist"),
        (["--step-length", "18.3", "--seconds", "9"], "leave --seconds out"),
        (["--step-length", "18.3", "--from", carry], "is given twice"),
        (["--step-length", "18.3", "--walks", "2"], "leave --walks out"),
        (["--walks", "2"], "give both"),
    ):
        assert run(["calibrate", "--from", carry, *arguments]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert words in line
    assert run(["calibrate", "--step-length", "18.3", "--from", str(recordings / "hold.csv.gz")]) == 2
    assert "No walk with the arm overhead was seen" in capsys.readouterr().err
    assert run(["calibrate", "--step-length", "18.3", "--from", carry]) == 0
    told, warned = capsys.readouterr()
    assert "nobody walked that, it is simulated" in warned
    assert "36 steps in 18.3 m: a step is 0.508 m long" in told
    assert " steps a second." in told
    stored = StepLengthStore([tmp_path / "calibration"]).latest()
    assert stored is not None
    assert stored.steps == 36
    assert stored.cadence_hz == pytest.approx(1.45, abs=0.15)
    # What was recorded without it is replayed without it.
    assert run(["replay", carry]) == 0
    assert "the usual one" in capsys.readouterr().out


@pytest.mark.usefixtures("virtual")
def test_live_it_is_measured_used_and_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bus = ["--bus", "sim:seed=3"]
    assert run(["calibrate", "--step-length", "18.3", *bus, "--seconds", "5"]) == 2
    assert "No walk with the arm overhead was seen" in capsys.readouterr().err
    assert run(["calibrate", "--step-length", "18.3", *bus]) == 0
    out = capsys.readouterr().out
    assert "walk 18.3 m as in the carry" in out
    assert "steps in 18.3 m: a step is" in out
    assert run(["calibrate", "--step-length", "18.3", "--walks", "2", *bus]) == 0
    out = capsys.readouterr().out
    assert "Walk 1 of 2" in out
    assert "steps in 36.6 m, 2 walks: a step is" in out
    path = tmp_path / "carry.csv"
    counting = ["run", *bus, "--exercise", "overhead_carry", "--seconds", "60", "--record", str(path)]
    assert run([*counting, "--side", "right"]) == 0
    live = capsys.readouterr().out
    assert "right arm" in live, live
    assert "(measured)" in live
    length = TraceReader(path).header.step_length
    assert length is not None
    assert length == StepLengthStore([tmp_path / "calibration" / "simulated" / "seed-3"]).latest()
    assert run(["replay", str(path), "--side", "right"]) == 0
    replayed = next(line for line in capsys.readouterr().out.splitlines() if "set 1" in line)
    assert replayed.strip().lower() in live.lower()
