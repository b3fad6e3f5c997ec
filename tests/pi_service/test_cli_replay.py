"""`repclip replay`: the counts of recordings, told, expected, and published."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.subscriber import Subscriber

from pi_service.athlete.synthetic import write_synthetic_trace
from pi_service.cli import run

REPS = 8


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "set.csv.gz"
    write_synthetic_trace(path, reps=REPS)
    return path


def test_a_recording_is_counted_and_told(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replay", str(recording), "--expect-reps", str(REPS)]) == 0
    shown = capsys.readouterr()
    assert f"{recording}: {REPS} reps in 1 set, counted as vertical_pull" in shown.out
    assert f"set 1: {REPS} reps from " in shown.out
    assert shown.err == ""


def test_the_counts_of_several_recordings_add_up(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replay", str(recording), str(recording), "--expect-reps", str(2 * REPS)]) == 0
    assert capsys.readouterr().out.count("8 reps in 1 set") == 2


def test_another_count_than_expected_is_a_failure(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["replay", str(recording), "--expect-reps", "7"]) == 1
    assert capsys.readouterr().err == "repclip: Expected 7 reps, counted 8.\n"


def test_the_exercise_that_is_asked_for_counts(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replay", str(recording), "--exercise", "Any"]) == 0
    assert "counted as any" in capsys.readouterr().out


@pytest.mark.broker
def test_everything_is_published(recording: Path, mosquitto: Mosquitto) -> None:
    arguments = ["replay", str(recording), "--broker", mosquitto.address, "--station", "bay07"]
    with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
        assert run(arguments) == 0
        subscriber.wait_for("repclip/bay07/set")
        subscriber.wait_for("repclip/bay07/rep", REPS)
        subscriber.wait_for("repclip/bay07/availability", 2)
        assert len(subscriber.json("repclip/bay07/set")) == 1
        assert subscriber.payloads("repclip/bay07/availability")[-1] == b"offline"
        assert {message.topic.split("/")[1] for message in subscriber.messages} == {"bay07"}
