"""What `repclip run` says on MQTT, with a broker that comes and goes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto
from support.subscriber import Subscriber
from support.virtual_bus import use_virtual_time

from pi_service.cli import run
from pi_service.exercises import read_exercise
from pi_service.traces import TraceReader

RUN = ["run", "--bus", "sim:fault=nack@22+1.5", "--seconds", "65", "--station", "bay07"]


@pytest.mark.broker
def test_a_run_without_its_broker_counts_and_the_next_one_delivers(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    monkeypatch.setenv("REPCLIP_BROKER", mosquitto.address)
    mosquitto.stop()
    assert run(RUN) == 0
    first = capsys.readouterr()
    assert "reps in 1 set" in first.out
    assert "Traceback" not in first.err
    mosquitto.start()
    with Subscriber(mosquitto.host, mosquitto.port, "gym/#") as subscriber:
        assert run([*RUN, "--seconds", "2", "--topic-root", "gym"]) == 0
        subscriber.wait_for("gym/bay07/availability", 2)
        (info,) = subscriber.json("gym/bay07/info")
        assert (info["station"], info["simulated"], info["sensors"]) == ("bay07", True, ["limb"])
        assert "vertical_pull" in info["exercises"]
        (health,) = subscriber.json("gym/bay07/health")
        assert health["session"] == info["session"]
        assert health["limb_rate_hz"] > 50
        # What the first one owed goes where it was meant to go.
        with Subscriber(mosquitto.host, mosquitto.port, "repclip/bay07/set/last") as late:
            (last,) = late.wait_for("repclip/bay07/set/last")
            assert b'"final_reps":' in last


@pytest.mark.broker
def test_a_fault_of_the_sensor_is_told_and_its_end(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_virtual_time(monkeypatch)
    with Subscriber(mosquitto.host, mosquitto.port) as subscriber:
        assert run([*RUN, "--broker", mosquitto.address]) == 0
        subscriber.wait_for("repclip/bay07/availability", 2)
        faults = subscriber.json("repclip/bay07/fault")
    assert [(each["fault"], each["what"], each["active"]) for each in faults] == [
        (1, "limb_bus", True),
        (2, "limb_bus", False),
    ]
    assert len(subscriber.json("repclip/bay07/gap")) == 1


@pytest.mark.broker
def test_a_running_station_answers_whoever_asks_and_goes_on_counting(mosquitto: Mosquitto) -> None:
    """As a person would: the command in a process of its own, requests by another program."""
    asked = {
        "select_exercise": b'{"id":"1","exercise":"face_pull"}',
        "correct_set": b'{"id":"2","set":1,"reps":5}',
        "load_plan": b"x" * 40_000,
        "end_set": b"\xff\x00",
        "sudo": b"{}",
        "set_athlete": '{"athlete":"Ann Ó"}'.encode(),
        "start_recording": b'{"id":"7","name":"../../etc"}',
        "re_zero": b'{"sensor":"torso"}',
        "health": b"",
    }
    arguments = ["run", "--bus", "sim:motion=still", "--station", "bay07", "--broker", mosquitto.address]
    with (
        Subscriber(mosquitto.host, mosquitto.port) as subscriber,
        subprocess.Popen(
            [sys.executable, "-m", "pi_service.cli", *arguments], stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            subscriber.wait_for("repclip/bay07/info", timeout_s=30)
            for verb, payload in asked.items():
                subscriber.publish(f"repclip/bay07/request/{verb}", payload)
            for verb in asked:
                subscriber.wait_for(f"repclip/bay07/response/{verb}", timeout_s=20)
        finally:
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=30)
        answers = {verb: subscriber.json(f"repclip/bay07/response/{verb}")[0] for verb in asked}
        state = subscriber.wait_for("repclip/bay07/state")[-1]
    assert {verb: (each["id"], each["ok"]) for verb, each in answers.items()} == {
        "select_exercise": ("1", True),
        "correct_set": ("2", False),
        "load_plan": (None, False),
        "end_set": (None, False),
        "sudo": (None, False),
        "set_athlete": (None, True),
        "start_recording": ("7", False),
        "re_zero": (None, False),
        "health": (None, True),
    }
    assert "Ann Ó" in state.decode()
    assert b'"exercise":"face_pull"' in state
    assert process.returncode == 0
    assert "Limb sensor:" in out


@pytest.mark.broker
def test_a_recording_is_begun_and_ended_by_request_and_can_be_replayed(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    arguments = ["run", "--bus", "sim:motion=still", "--station", "bay07", "--broker", mosquitto.address]
    with (
        Subscriber(mosquitto.host, mosquitto.port) as subscriber,
        subprocess.Popen(
            [sys.executable, "-m", "pi_service.cli", *arguments, "--recordings", folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        try:
            subscriber.wait_for("repclip/bay07/recording", timeout_s=30)
            subscriber.publish("repclip/bay07/request/start_recording", b'{"name":"first"}')
            subscriber.wait_for("repclip/bay07/response/start_recording", timeout_s=20)
            time.sleep(1.5)
            subscriber.publish("repclip/bay07/request/stop_recording", b"")
            subscriber.wait_for("repclip/bay07/response/stop_recording", timeout_s=20)
        finally:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
        said = subscriber.json("repclip/bay07/recording")
    (file,) = folder.iterdir()
    assert [(each["recording"], each["file"]) for each in said] == [
        (False, None),
        (True, file.name),
        (False, file.name),
    ]
    assert file.name.endswith("Z_first.csv.gz")
    assert "Traceback" not in errors
    assert run(["replay", str(file)]) == 0
    assert sum(map(len, TraceReader(file).blocks())) > 50


@pytest.mark.broker
def test_an_exercise_of_ones_own_is_among_the_choices(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_virtual_time(monkeypatch)
    assert run(["exercises", "template"]) == 0
    file = tmp_path / "mine.toml"
    file.write_text(capsys.readouterr().out)
    own = read_exercise(file).id
    with Subscriber(mosquitto.host, mosquitto.port, "#") as subscriber:
        arguments = ["--broker", mosquitto.address, "--home-assistant", "--exercise", str(file)]
        assert run(["run", "--bus", "sim:exercise=pull_up", "--seconds", "3", *arguments]) == 0
        subscriber.wait_for("repclip/bench/availability", 2)
        (info,) = subscriber.json("repclip/bench/info")
        (device,) = subscriber.json("homeassistant/device/repclip_bench/config")
        state = subscriber.json("repclip/bench/state")[-1]
    assert state["exercise"] == own
    assert own in info["exercises"]
    assert own in device["components"]["exercise"]["options"]
