"""The history beside a real broker: what is missed, what comes twice, what the disk does."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest
from support.ports import wait_until
from support.told_sets import session_messages

from pi_service.history import recorder as recording
from pi_service.history.errors import HistoryDamagedError, HistoryError
from pi_service.history.owner import Owner
from pi_service.history.reading import Reader, Wanted
from pi_service.history.recorder import HistorySettings, Recorder
from pi_service.history.store import FILE, Store
from pi_service.publish import examples
from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.message import Message
from pi_service.publish.settings import BrokerSettings
from pi_service.publish.topics import Kind, StationTopics

pytestmark = pytest.mark.broker


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(recording, "_AGAIN_S", 0.2)


def settings_for(broker, folder, version="3.1.1"):
    client = BrokerSettings(BrokerAddress(broker.host, broker.port), version=version)
    return HistorySettings(folder, client, 1000, 90)


@contextmanager
def running(settings):
    recorder = Recorder(settings)
    recorder.start()
    try:
        yield recorder
    finally:
        recorder.stop()


def say(broker, messages):
    with MqttPublisher(BrokerAddress(broker.host, broker.port), StationTopics("bay07")) as publisher:
        publisher.publish(messages)
        assert publisher.flush(10)


def subscribed(recorder, broker, folder):
    """Wait until the broker knows what the history wants."""
    wait_until(lambda: recorder.status.writing, "the file to be open")
    probe = session_messages((1,), station="probe")
    say(broker, probe)
    wait_until(lambda: "probe" in stations(folder), "the history to hear")


def stations(folder):
    try:
        with Reader(folder / FILE) as reader:
            return reader.choices()["station"]
    except HistoryError:
        return []


def of_bay07(folder):
    try:
        with Reader(folder / FILE) as reader:
            found = reader.sets(Wanted(station="bay07"), oldest_first=True)
            return [(each.summary.set, each.summary.reps) for each in found]
    except HistoryError:
        return []


ALL = [(1, 5), (2, 3), (3, 2)]


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_what_was_counted_while_nobody_kept_it_waits_at_the_broker(mosquitto, tmp_path, version):
    settings = settings_for(mosquitto, tmp_path / "kept", version)
    with running(settings) as recorder:
        subscribed(recorder, mosquitto, settings.folder)
    say(mosquitto, session_messages())
    with running(settings):
        wait_until(lambda: of_bay07(settings.folder) == ALL, "what waited to be kept")
    # All of each set, not only the last one that the broker retains.
    with Reader(settings.path) as reader:
        assert len(reader.reps(next(reader.sets(Wanted(station="bay07"))).set_id).reps) == 2


def test_what_the_broker_has_retained_comes_again_and_changes_nothing(mosquitto, tmp_path):
    settings = settings_for(mosquitto, tmp_path / "kept")
    with running(settings) as recorder:
        subscribed(recorder, mosquitto, settings.folder)
        say(mosquitto, session_messages())
        wait_until(lambda: of_bay07(settings.folder) == ALL, "the sets to be kept")
    for _ in range(2):
        with running(settings) as recorder:
            wait_until(lambda: recorder.status.written >= 1, "the retained messages to come")
            assert of_bay07(settings.folder) == ALL


def test_a_kill_loses_nothing_that_was_not_on_file(mosquitto, tmp_path):
    folder = tmp_path / "kept"
    program = (
        "import pi_service.history.recorder as recording, pathlib, sys, time\n"
        "from pi_service.publish.broker import BrokerAddress\n"
        "from pi_service.publish.settings import BrokerSettings\n"
        "client = BrokerSettings(BrokerAddress('127.0.0.1', int(sys.argv[1])))\n"
        "settings = recording.HistorySettings(pathlib.Path(sys.argv[2]), client, 1000, 90)\n"
        "recorder = recording.Recorder(settings)\n"
        "recorder.start()\n"
        "print('begun', flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(mosquitto.port), str(folder)]
    everything = [each for each in session_messages((5, 6, 7, 8)) if not each.topic.endswith("/curve")]
    with running(settings_for(mosquitto, folder)) as recorder:
        subscribed(recorder, mosquitto, folder)
    with MqttPublisher(BrokerAddress(mosquitto.host, mosquitto.port), StationTopics("bay07")) as publisher:
        for index in range(0, len(everything), 12):
            process = subprocess.Popen(command, stdout=subprocess.PIPE)
            try:
                process.stdout.readline()
                publisher.publish(everything[index : index + 12])
                assert publisher.flush(10)
            finally:
                process.send_signal(signal.SIGKILL)
                process.communicate()
    with running(settings_for(mosquitto, folder)):
        wait_until(lambda: of_bay07(folder) == [(1, 7), (2, 5), (3, 7), (4, 8)], "everything to be kept")
        with Reader(folder / FILE) as reader:
            sets = [each.set_id for each in reader.sets(Wanted(station="bay07"), oldest_first=True)]
            assert [len(reader.reps(each).reps) for each in sets] == [5, 6, 7, 8]


def test_a_disk_that_is_full_is_told_and_what_came_meanwhile_is_kept_afterwards(
    mosquitto, tmp_path, monkeypatch
):
    settings = settings_for(mosquitto, tmp_path / "kept")
    told = []
    full = {"is": False}
    real = Store.take

    def take(store, facts, **more):
        if full["is"]:
            raise HistoryError("The disk is full: make room.")
        return real(store, facts, **more)

    monkeypatch.setattr(Store, "take", take)
    recorder = Recorder(settings, told.append)
    recorder.start()
    try:
        subscribed(recorder, mosquitto, settings.folder)
        full["is"] = True
        say(mosquitto, session_messages())
        wait_until(lambda: recorder.status.problem, "the problem to be told")
        assert of_bay07(settings.folder) == []
        full["is"] = False
        wait_until(lambda: of_bay07(settings.folder) == ALL, "what waited to be kept")
        wait_until(lambda: recorder.status.problem is None, "the end of the problem to be told")
        assert told == ["The disk is full: make room.", None]
    finally:
        recorder.stop()


def test_curves_crowd_out_nothing_while_the_disk_is_full(mosquitto, tmp_path, monkeypatch):
    """What is dropped without an acknowledgement comes again only after the next connection."""
    monkeypatch.setattr(recording, "_MOST_WAITING", 100)
    settings = settings_for(mosquitto, tmp_path / "kept")
    full = {"is": False}
    real = Store.take

    def take(store, facts, **more):
        if full["is"]:
            raise HistoryError("The disk is full: make room.")
        return real(store, facts, **more)

    monkeypatch.setattr(Store, "take", take)
    with running(settings) as recorder:
        subscribed(recorder, mosquitto, settings.folder)
        full["is"] = True
        curve = Message(StationTopics("bay07").of(Kind.CURVE), examples.CURVE.to_bytes(), 0, False)
        say(mosquitto, [curve])
        wait_until(lambda: recorder.status.problem, "the problem to be told")
        say(mosquitto, [curve] * 500)
        wait_until(lambda: recorder._heard.qsize() >= 50, "curves to wait")
        say(mosquitto, session_messages())
        full["is"] = False
        wait_until(lambda: of_bay07(settings.folder) == ALL, "what waited to be kept")


def test_a_damaged_file_is_put_aside_and_told(mosquitto, tmp_path):
    settings = settings_for(mosquitto, tmp_path / "kept")
    settings.folder.mkdir()
    settings.path.write_bytes(b"nothing that SQLite knows " * 1000)
    with running(settings) as recorder:
        subscribed(recorder, mosquitto, settings.folder)
        aside = recorder.status.put_aside
        assert aside.read_bytes().startswith(b"nothing that SQLite knows")
        assert recorder.status.problem is None


def test_a_file_whose_damage_is_found_later_is_put_aside(mosquitto, tmp_path, monkeypatch):
    settings = settings_for(mosquitto, tmp_path / "kept")
    real, damaged = Store.take, []

    def take(store, facts, **more):
        if damaged and damaged.pop():
            raise HistoryDamagedError("The file is malformed.")
        return real(store, facts, **more)

    monkeypatch.setattr(Store, "take", take)
    with running(settings) as recorder:
        subscribed(recorder, mosquitto, settings.folder)
        damaged.append(True)
        say(mosquitto, session_messages())
        wait_until(lambda: of_bay07(settings.folder) == ALL, "a new file to be written")
        assert stations(settings.folder) == ["bay07", "probe"]  # retained, and so kept again
        with Reader(recorder.status.put_aside) as reader:
            assert reader.choices()["station"] == ["probe"]
        assert recorder.status.problem is None


def test_of_two_in_one_folder_one_writes_and_the_other_takes_over(mosquitto, tmp_path):
    settings = settings_for(mosquitto, tmp_path / "kept")
    first, second = Recorder(settings), Recorder(replace(settings))
    first.start()
    try:
        subscribed(first, mosquitto, settings.folder)
        second.start()
        wait_until(lambda: second.status.elsewhere, "the second to stand back")
        assert not second.status.writing
        assert second.status.problem is None
        first.stop()
        say(mosquitto, session_messages())
        wait_until(lambda: of_bay07(settings.folder) == ALL, "the second to take over")
    finally:
        first.stop()
        second.stop()


def test_a_folder_that_cannot_be_written_is_one_sentence(mosquitto, tmp_path):
    (tmp_path / "kept").write_text("a file, and no folder")
    with running(settings_for(mosquitto, tmp_path / "kept")) as recorder:
        wait_until(lambda: recorder.status.problem, "the problem to be told")
        assert "name another folder with --history" in recorder.status.problem


def test_the_name_at_the_broker_stays_and_is_nobody_elses(tmp_path):
    names = []
    for folder in ("one", "one", "two"):
        owner = Owner(tmp_path / folder)
        assert owner.take()
        names.append(owner.client_id())
        owner.give_up()
    assert names[0] == names[1] != names[2]
    assert len(names[0]) <= 23  # what every broker of MQTT 3.1.1 takes


def test_for_a_history_that_ends_with_the_process_the_broker_keeps_nothing(mosquitto, tmp_path):
    settings = replace(settings_for(mosquitto, tmp_path / "kept"), stays=False)
    with running(settings) as recorder:
        subscribed(recorder, mosquitto, settings.folder)
    say(mosquitto, session_messages())
    with running(settings):
        # Only the last set, which is retained, and as it was said to be last.
        wait_until(lambda: of_bay07(settings.folder), "the retained set")
        assert of_bay07(settings.folder) == ALL[-1:]
        with Reader(settings.path) as reader:
            kept = reader.reps(next(reader.sets(Wanted(station="bay07"))).set_id)
        assert [rep.source for rep in kept.reps] == [None, None]


def test_a_message_that_we_cannot_cope_with_holds_up_no_other(mosquitto, tmp_path, monkeypatch):
    settings = settings_for(mosquitto, tmp_path / "kept")
    real = Store.take

    def take(store, facts, **more):
        if any(fact.set_id.set == 2 for fact in facts):
            raise ZeroDivisionError
        return real(store, facts, **more)

    monkeypatch.setattr(Store, "take", take)
    with running(settings) as recorder:
        subscribed(recorder, mosquitto, settings.folder)
        say(mosquitto, session_messages())
        wait_until(lambda: of_bay07(settings.folder) == [ALL[0], ALL[2]], "the other sets to be kept")
        assert recorder.status.problem is None
        assert recorder.status.refused >= 5


def test_a_failure_of_our_own_is_told_and_tried_again(mosquitto, tmp_path, monkeypatch):
    settings = settings_for(mosquitto, tmp_path / "kept")
    failing = [True]
    real = Owner.take

    def take(owner):
        if failing:
            raise ZeroDivisionError
        return real(owner)

    monkeypatch.setattr(Owner, "take", take)
    with running(settings) as recorder:
        wait_until(lambda: recorder.status.problem, "the failure to be told")
        assert "inside repclip" in recorder.status.problem
        failing.clear()
        subscribed(recorder, mosquitto, settings.folder)
