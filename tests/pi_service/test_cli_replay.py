"""`repclip replay`: the counts of recordings, told, expected, and published."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.recordings import write_pull_ups
from support.subscriber import Subscriber
from support.virtual_bus import use_virtual_time

from pi_service.cli import run
from pi_service.publish.errors import BrokerError
from pi_service.service import PublishingSink
from pi_service.workout.events import Event

REPS = 8


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "set.csv.gz"
    write_pull_ups(path, reps=REPS)
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


def test_a_recording_without_a_set_says_what_a_set_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still = tmp_path / "still.csv"
    still.write_text("t_s,ax,ay,az\n" + "".join(f"{i / 50},0,0,9.81\n" for i in range(500)), encoding="utf-8")
    assert run(["replay", str(still)]) == 0
    shown = capsys.readouterr().out
    assert f"{still}: no set in 10 s, counted as any" in shown
    assert "a set needs at least three repetitions that are alike" in shown
    assert run(["replay", str(still), "--exercise", "walking"]) == 0
    assert "three" not in capsys.readouterr().out, "steps have a counter of their own"


def test_a_warning_about_the_units_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    degrees = tmp_path / "degrees.csv"
    rows = "".join(f"{i / 50},0,0,9.81,{100 * math.sin(i / 20)},0,0\n" for i in range(500))
    degrees.write_text("t_s,ax,ay,az,gx,gy,gz\n" + rows, encoding="utf-8")
    assert run(["replay", str(degrees)]) == 0
    assert "if it is deg/s, divide it by 57.29578" in capsys.readouterr().err


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


@pytest.mark.broker
def test_a_broker_that_goes_away_for_good_is_a_failure_after_the_count(
    recording: Path,
    mosquitto: Mosquitto,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The first thing said after the beginning finds no broker any more.
    take = PublishingSink.take

    def take_after_the_end(sink: PublishingSink, events: Sequence[Event]) -> None:
        mosquitto.stop()
        monkeypatch.setattr(sink._publisher, "_close_timeout_s", 0.5)  # it waits in vain
        take(sink, events)

    monkeypatch.setattr(PublishingSink, "take", take_after_the_end)
    assert run(["replay", str(recording), "--broker", mosquitto.address]) == BrokerError.exit_code
    shown = capsys.readouterr()
    assert f"{REPS} reps in 1 set" in shown.out
    (last,) = [line for line in shown.err.splitlines() if line.startswith("repclip: ")]
    assert re.search(r"did not take \d+ messages", last)


def test_what_each_sensor_lost_is_told_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    out = tmp_path / "two.csv"
    bus = "sim:sensors=2,motion=still,fault=nack@2+2,fault=torso.nack@7+1"
    assert run(["record", str(out), "--bus", bus, "--seconds", "11"]) == 0
    capsys.readouterr()
    assert run(["replay", str(out)]) == 0
    told = capsys.readouterr().out
    lost_s = {
        role: float(s)
        for role, s in re.findall(
            r"^  the (\w+) sensor's samples are missing for (.*) s$", told, re.MULTILINE
        )
    }
    assert lost_s["limb"] == pytest.approx(2.2, abs=0.4)
    assert lost_s["torso"] == pytest.approx(3.4, abs=0.6)
    assert "  simulated: no person moved\n" in told
