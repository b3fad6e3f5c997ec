from __future__ import annotations

import base64
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_service.errors import UsageError
from pi_service.publish.journal import DamagedError, Journal, JournalError
from pi_service.publish.kept_outbox import KeptOutbox
from pi_service.publish.message import Message
from pi_service.publish.outbox import Entry, Limits

REP = "repclip/bay07/rep"


def rep(number):
    return Message(REP, b"%d" % number, 1, retain=False)


def last(number):
    return Message("repclip/bay07/set/last", b"%d" % number, 1, retain=True)


def state(number):
    return Message("repclip/bay07/state", b"%d" % number, 1, retain=True, live=True)


def curve(number):
    return Message("repclip/bay07/curve", b"%d" % number, 0, retain=False, live=True)


class Now:
    def __init__(self):
        self.s = 500.0

    def __call__(self):
        return self.s


def send(box, count):
    """Let messages leave and arrive, and return them."""
    gone = []
    for _ in range(count):
        entry = box.first()
        box.leave()
        box.settle([entry.serial])
        box.tend(sending=True)
        gone.append(entry.message)
    return gone


def test_nobody_else_reads_the_file(tmp_path):
    box = KeptOutbox(tmp_path, "bay07")
    box.put([rep(1)])
    assert {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {
        "bay07.outbox": 0o600,
        "bay07.outbox-wal": 0o600,
    }
    box.close()


def test_a_new_process_finds_what_the_last_one_owed_in_order_before_its_own(tmp_path):
    box = KeptOutbox(tmp_path, "bay07")
    box.put([rep(1), state(1), rep(2), curve(2)])
    assert send(box, 1) == [rep(1)]
    box.put([rep(3), last(3), last(4)], sending=False)
    box.first()
    box.leave()  # on its way when the process ends
    box.close()
    again = KeptOutbox(tmp_path, "bay07")
    assert again.owed() == [rep(2), rep(3), last(4)]
    again.put([rep(5)])
    assert again.owed() == [rep(2), rep(3), last(4), rep(5)]
    assert again.unsaved() == 0
    assert send(again, 4) == [rep(2), rep(3), last(4), rep(5)]
    again.close()
    assert KeptOutbox(tmp_path, "bay07").owed() == []


def test_stations_have_files_of_their_own(tmp_path):
    box = KeptOutbox(tmp_path, "bay07")
    box.put([rep(1)])
    assert KeptOutbox(tmp_path, "bay08").owed() == []
    with pytest.raises(UsageError, match="name of a station"):
        KeptOutbox(tmp_path, "../bay07")


def test_what_was_put_survives_a_kill(tmp_path):
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from pi_service.publish.kept_outbox import KeptOutbox\n"
        "from pi_service.publish.message import Message\n"
        "box = KeptOutbox(Path(sys.argv[1]), 'bay07')\n"
        "number = 0\n"
        "while True:\n"
        "    message = Message('repclip/bay07/rep', b'%d' % number, 1, retain=False)\n"
        "    box.put([message], sending=number % 3 > 0)\n"
        "    print(number, flush=True)\n"
        "    number += 1\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        told = [int(process.stdout.readline()) for _ in range(60)]
        os.kill(process.pid, signal.SIGKILL)
        told += [int(line) for line in process.stdout.read().split()]
    box = KeptOutbox(tmp_path, "bay07")
    assert box.troubles() == ()
    numbers = [int(each.payload) for each in box.owed()]
    # The last one may be written down and not told of yet.
    assert numbers in (told, [*told, told[-1] + 1])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([rep, last, state, curve, "send", "settle", "end"]), st.booleans()),
        max_size=60,
    )
)
def test_any_ending_anywhere_loses_no_event_and_keeps_their_order(tmp_path_factory, steps):
    """The steps of several processes one after the other; each ends without a word."""
    folder = tmp_path_factory.mktemp("outbox")
    box, arrived, put, under_way = KeptOutbox(folder, "bay07"), [], [], []
    for number, (what, sending) in enumerate(steps):
        if what == "end":
            box._journal._file.close()  # nothing of close() is done, as when it is killed
            box, under_way = KeptOutbox(folder, "bay07"), []
        elif what == "send":
            if (entry := box.first()) is not None:
                box.leave()
                under_way.append(entry.serial)
                arrived.append(entry.message)
        elif what == "settle":
            box.settle(under_way[:1])
            del under_way[:1]
        else:
            message = what(number)
            put.append(message)
            box.put([message], sending=sending)
    arrived += [each for each in box.owed() if each not in arrived]
    box.close()
    seen = list(dict.fromkeys(int(each.payload) for each in arrived if each.topic == REP))
    assert seen == [int(each.payload) for each in put if each.topic == REP]


def test_age_counts_running_time_over_processes_and_no_clock(tmp_path):
    now = Now()
    box = KeptOutbox(tmp_path, "bay07", Limits(age_s=100.0), clock=now)
    box.put([rep(1)], sending=False)
    now.s += 60.0
    box.put([rep(2)], sending=False)
    box.close()
    now.s -= 1e6  # another boot: the monotonic clock begins anew
    box = KeptOutbox(tmp_path, "bay07", Limits(age_s=100.0), clock=now)
    now.s += 39.0
    box.tend(sending=False)
    assert box.owed() == [rep(1), rep(2)]
    now.s += 2.0
    box.tend(sending=False)
    assert box.owed() == [rep(2)]
    assert [each.what for each in box.troubles()] == ["outbox_too_old"]
    box.close()
    assert KeptOutbox(tmp_path, "bay07").owed() == [rep(2)]


def test_a_full_disk_stops_nothing_and_is_made_good(tmp_path, caplog):
    now = Now()
    box = KeptOutbox(tmp_path, "bay07", clock=now, most_pages=6)
    big = [Message(REP, b"%04d" % number + b"x" * 900, 1, retain=False) for number in range(60)]
    for each in big:
        assert box.put([each], sending=False) == 0
    assert [each.what for each in box.troubles()] == ["outbox_not_written"]
    assert "database or disk is full" in box.troubles()[0].text
    assert 0 < box.unsaved() < 60
    assert box.owed() == big
    assert len(caplog.records) == 1
    # Room is made: what waits is written down by itself.
    box._journal._file.execute("PRAGMA max_page_count=1000")
    box.tend(sending=False)
    assert box.troubles() != (), "a disk is not tried at every turn"
    now.s += 5.0
    box.tend(sending=False)
    assert (box.troubles(), box.unsaved()) == ((), 0)
    box.close()
    assert KeptOutbox(tmp_path, "bay07").owed() == big


def test_a_disk_that_fills_up_while_messages_arrive(tmp_path):
    now = Now()
    box = KeptOutbox(tmp_path, "bay07", clock=now, most_pages=6)
    big = [Message(REP, b"%04d" % number + b"x" * 900, 1, retain=False) for number in range(30)]
    box.put(big[:5], sending=False)
    box.put(big[5:], sending=False)
    assert box.unsaved() == 25
    assert send(box, 28) == big[:28]
    now.s += 5.0
    box.tend(sending=True)
    assert (box.troubles(), box.unsaved()) == ((), 0)
    box.close()
    assert KeptOutbox(tmp_path, "bay07").owed() == big[28:]


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    box = KeptOutbox(tmp_path / "file" / "folder", "bay07")
    box.put([rep(1)])
    assert box.owed() == [rep(1)]
    assert box.unsaved() == 1
    (trouble,) = box.troubles()
    assert trouble.text.endswith("cannot be written (not a directory): name another folder with --outbox.")
    box.close()


def test_two_processes_do_not_share_a_file(tmp_path):
    now = Now()
    first = KeptOutbox(tmp_path, "bay07")
    first.put([rep(1)])
    second = KeptOutbox(tmp_path, "bay07", clock=now)
    second.put([rep(2)])
    assert "another process has it" in second.troubles()[0].text
    first.close()
    now.s += 5.0
    second.put([rep(3)])
    # What the other left comes late, but comes.
    assert (second.owed(), second.unsaved()) == ([rep(2), rep(3), rep(1)], 0)
    second.close()
    assert len(KeptOutbox(tmp_path, "bay07").owed()) == 3


@pytest.mark.parametrize("content", [b"this is no database" * 300, b"SQLite format 3\0" + bytes(5_000)])
def test_a_damaged_file_is_put_aside_and_that_is_told(tmp_path, content, caplog):
    (tmp_path / "bay07.damaged-1").write_bytes(b"an older one")
    (tmp_path / "bay07.outbox").write_bytes(content)
    box = KeptOutbox(tmp_path, "bay07")
    box.put([rep(1)])
    assert box.unsaved() == 0
    (trouble,) = box.troubles()
    assert trouble.what == "outbox_damaged"
    assert "is kept as bay07.damaged-2: what an earlier run left in it is not sent." in trouble.text
    assert trouble.text in caplog.text
    assert (tmp_path / "bay07.damaged-2").read_bytes() == content
    assert (tmp_path / "bay07.damaged-1").read_bytes() == b"an older one"
    box.close()
    again = KeptOutbox(tmp_path, "bay07")
    assert (again.owed(), again.troubles()) == ([rep(1)], ())


def test_a_file_that_is_damaged_while_it_is_used_loses_nothing(tmp_path, monkeypatch):
    now = Now()
    box = KeptOutbox(tmp_path, "bay07", clock=now)
    box.put([rep(1)])

    def broken(_journal, _added, _removed, *, to_the_disk):
        raise DamagedError("database disk image is malformed")

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "change", broken)
        box.put([rep(2)])
    now.s += 5.0
    box.put([rep(3)])
    (trouble,) = box.troubles()
    assert trouble.text.endswith("bay07.damaged-1: all that it held is in memory and goes into a new one.")
    box.close()
    assert KeptOutbox(tmp_path, "bay07").owed() == [rep(1), rep(2), rep(3)]


@pytest.mark.parametrize(
    "change",
    ["UPDATE owed SET payload = 'text', at_s = 'soon'", "UPDATE owed SET topic = CAST(x'726570FF' AS TEXT)"],
)
def test_rows_that_are_no_messages_are_damage(tmp_path, change):
    box = KeptOutbox(tmp_path, "bay07")
    box.put([rep(1)])
    box.close()
    with closing(sqlite3.connect(tmp_path / "bay07.outbox")) as file, file:
        file.execute(change)
    box = KeptOutbox(tmp_path, "bay07")
    assert [each.what for each in box.troubles()] == ["outbox_damaged"]
    assert box.owed() == []


def test_what_is_newer_is_not_overwritten_by_what_comes_late(tmp_path):
    last = lambda text: Message("repclip/bay07/set/last", text, 1, retain=True)  # noqa: E731
    first, now = KeptOutbox(tmp_path, "bay07"), Now()
    first.put([rep(1), last(b"old"), Message("repclip/bay07/info", b"old", 1, retain=True)])
    second = KeptOutbox(tmp_path, "bay07", clock=now)
    second.put([last(b"new")])
    send(second, 1)
    first.close()
    now.s += 5.0
    second.put([rep(2)])
    assert second.owed() == [rep(2), rep(1), Message("repclip/bay07/info", b"old", 1, retain=True)]
    second.close()
    again = KeptOutbox(tmp_path, "bay07")
    assert last(b"old") not in again.owed()


def test_what_the_broker_does_not_take_is_kept_in_a_file(tmp_path):
    box = KeptOutbox(tmp_path, "bay07")
    box.put([Message(REP, b'{"rep":1}', 1, retain=False), Message(REP, b"\xff", 1, retain=False), rep(3)])
    for _ in range(2):
        box.set_aside("it hangs up")
    assert (box.owed(), box.dropped) == ([rep(3)], 2)
    (trouble,) = box.troubles()
    assert trouble.what == "message_refused"
    assert (
        "(1 bytes) was set aside: it hangs up. bay07.refused.jsonl beside the outbox keeps it."
        in trouble.text
    )
    kept = tmp_path / "bay07.refused.jsonl"
    first, second = (json.loads(line) for line in kept.read_text().splitlines())
    assert (first["topic"], first["payload"], first["why"]) == (REP, '{"rep":1}', "it hangs up")
    assert base64.b64decode(second["payload_base64"]) == b"\xff"
    assert kept.stat().st_mode & 0o777 == 0o600
    box.close()
    assert KeptOutbox(tmp_path, "bay07").owed() == [rep(3)]


def test_a_file_of_a_later_version_is_left_alone(tmp_path):
    path = tmp_path / "bay07.outbox"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE other (x)")
        file.execute("PRAGMA user_version=7")
    box = KeptOutbox(tmp_path, "bay07")
    assert "version 7" in box.troubles()[0].text
    box.put([rep(1)])
    box.close()
    assert box.unsaved() == 1
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (7,)


def test_the_disk_is_waited_for_only_while_the_broker_is_not_there(tmp_path):
    now = Now()
    box = KeptOutbox(tmp_path, "bay07", clock=now)
    waited = lambda: box._journal._file.execute("PRAGMA synchronous").fetchone() == (2,)  # noqa: E731
    box.put([rep(1)])
    assert not waited()
    box.put([rep(2)], sending=False)
    assert waited()
    box.leave()
    box.put([rep(3)])
    assert not waited()
    now.s += 1.5
    box.put([rep(4)])
    assert waited(), "a broker that is there and acknowledges nothing is no copy"
    box.close()


def test_the_file_stays_small(tmp_path):
    box = KeptOutbox(tmp_path, "bay07")
    for start in range(0, 20_000, 20):
        box.put([Message(REP, b"%d" % number + b"x" * 800, 1, False) for number in range(start, start + 20)])
        send(box, 20)
    box.close()
    files = list(tmp_path.iterdir())
    assert sum(each.stat().st_size for each in files) < 400_000
    assert [each.name for each in files] == ["bay07.outbox"]


def test_a_journal_changes_all_or_nothing(tmp_path):
    journal = Journal(tmp_path / "x.outbox", most_pages=6)
    entries = [Entry(number, Message(REP, b"x" * 900, 1, retain=False), 0.0) for number in range(1, 40)]
    journal.change(entries[:3], [], to_the_disk=True)
    with pytest.raises(JournalError, match="full"):
        journal.change(entries[3:], [1, 2], to_the_disk=True)
    assert journal.entries() == entries[:3]
    journal.close()
    journal.close()


def test_the_folder_is_private(tmp_path):
    KeptOutbox(tmp_path / "a" / "b", "bay07").close()
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert Path(tmp_path / "a" / "b" / "bay07.outbox").exists()
