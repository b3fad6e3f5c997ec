"""A card that gets full, one that breaks, and a root that is read-only: what goes on, and what is told.

The tests are the chapters of one story, in this order.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.boot.card import Card, card
from support.boot.installed import CONFIG, STATIONS
from support.boot.machine import Machine
from support.boot.page import page_says
from support.boot.watcher import Watcher
from support.ports import wait_until

from pi_service.traces import TraceReader

pytestmark = [pytest.mark.boot, pytest.mark.timeout(900)]

UNIT = "repclip.service"
OUTBOX = "/var/lib/repclip/outbox/bench.outbox"
RECORDINGS = "/var/lib/repclip/recordings"
#: Of the page, as it sees it, and as it is.
HISTORY = "/var/lib/repclip-dashboard/history"
HISTORY_FILE = "/var/lib/private/repclip-dashboard/history/history.db"
RECORD_ALWAYS = "[recordings]\nalways = true\n"
#: A recording leaves 50 MB free for what is more important.
CARD_MB = 200
#: The athlete walks up and begins; the first three reps are told together.
PATIENCE_S = 150.0


@pytest.fixture(scope="module")
def disk(station: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Card]:
    """The card that holds all that the station and its broker keep."""
    station.write(f"{CONFIG}.d/30-record.toml", RECORD_ALWAYS)
    with card(station, tmp_path_factory.mktemp("card"), "/var/lib", CARD_MB) as made:
        yield made


def count_on(watcher: Watcher) -> str:
    """Wait for one more rep, and return its session."""
    return str(watcher.wait_for_next("rep", timeout_s=PATIENCE_S)["session"])


def wait_for_fault(watcher: Watcher, what: str, *, active: bool = True) -> str:
    """Wait until the last word on a fault is that it is there, or over; return its sentence."""

    def last() -> dict[str, Any]:
        return next((each for each in reversed(watcher.of("fault")) if each["what"] == what), {})

    wait_until(lambda: last().get("active") is active, f"{what} to be {active}", PATIENCE_S)
    return str(last()["text"])


def history_of(station: Machine) -> dict[str, Any]:
    """Return how the page says that its history is."""
    answered = page_says(station, "/healthz")
    return dict(json.loads(answered)["history"]) if answered else {}


def wait_for_history(station: Machine, status: str) -> dict[str, Any]:
    wait_until(lambda: history_of(station).get("status") == status, f"the history to be {status}", 60)
    return history_of(station)


def restarted(station: Machine, watcher: Watcher) -> str:
    """Start both services anew; return the session that counts then."""
    before = count_on(watcher)
    station.run("systemctl", "restart", *STATIONS, timeout_s=120.0)
    watcher.wait_for("another session", lambda _: count_on(watcher) != before, PATIENCE_S)
    return str(watcher.of("rep")[-1]["session"])


def make_room(station: Machine, watcher: Watcher, disk: Card) -> None:
    """Make room, and wait until everything is written again."""
    disk.make_room()
    wait_for_fault(watcher, "outbox_not_written", active=False)
    wait_for_history(station, "written")


def copied(station: Machine, path: str, folder: Path) -> Path:
    """Return a copy of an SQLite file with its log, which another process has open."""
    for file in station.path(path).parent.glob(f"{Path(path).name}*"):
        shutil.copy(file, folder)
    return folder / Path(path).name


def rows(file: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return list(opened.execute(question))


def assert_nothing_is_damaged(station: Machine, watcher: Watcher, folder: Path) -> None:
    """Stop the station, and look at all that is on file."""
    station.run("systemctl", "stop", UNIT)
    watcher.wait_for("offline", lambda _: watcher.of("availability")[-1] == "offline")
    assert rows(copied(station, OUTBOX, folder), "SELECT topic FROM owed") == []
    # What is counted while nothing can be written is in the broker's memory, and is gone with the power.
    unwritten = {each["session"] for each in watcher.of("fault") if "read-only" in each["text"]}
    sets = {(each["session"], each["set"]) for each in watcher.of("set") if each["session"] not in unwritten}
    assert sets

    def kept() -> set[tuple[Any, ...]]:
        return {*rows(copied(station, HISTORY_FILE, folder), "SELECT session, number FROM summary")}

    wait_until(lambda: sets <= kept(), "the history to have all sets", 30.0)
    left = [path.name for path in station.path("/var/lib").rglob("*damaged*")]
    assert left == []
    assert watcher.missing() == {}


def test_it_counts_on_a_small_card(station: Machine, watcher: Watcher, disk: Card) -> None:
    station.start()
    count_on(watcher)
    assert wait_for_history(station, "written")["problem"] is None
    assert watcher.of("fault") == []


def test_a_disk_that_gets_full_is_told_and_the_count_goes_on(
    station: Machine, watcher: Watcher, disk: Card
) -> None:
    session = count_on(watcher)
    disk.fill()
    told = wait_for_fault(watcher, "outbox_not_written")
    assert told == (
        f"Events wait in memory only, because {OUTBOX} cannot be written (the disk is full): make room there,"
        " or name another folder with --outbox."
    )
    # A recording ends at the disk's end, or a little before it, whichever is noticed first.
    assert "free some space" in wait_for_fault(watcher, "recording_failed")
    page = wait_for_history(station, "failing")
    assert page["problem"] == (
        f"The history {HISTORY}/history.db cannot be used (the disk is full): make room there,"
        " or name another folder with --history."
    )
    assert count_on(watcher) == session
    for unit, sentence in zip(STATIONS, (told, page["problem"]), strict=True):
        assert station.journal(unit).count(sentence) == 1
        assert station.property_of(unit, "NRestarts") == "0", station.journal(unit)


def test_what_was_recorded_until_the_disk_was_full_can_be_read(station: Machine, disk: Card) -> None:
    (file,) = station.path(RECORDINGS).iterdir()
    assert sum(len(block) for block in TraceReader(file).blocks()) > 1000


def test_a_disk_with_room_again_is_written_without_being_asked(
    station: Machine, watcher: Watcher, disk: Card
) -> None:
    make_room(station, watcher, disk)
    assert f"The outbox {OUTBOX} is written again." in station.journal(UNIT)
    assert history_of(station)["problem"] is None


def test_it_starts_on_a_full_disk(station: Machine, watcher: Watcher, disk: Card) -> None:
    disk.fill()
    restarted(station, watcher)
    assert "the disk is full" in wait_for_fault(watcher, "outbox_not_written")
    assert "free some space" in wait_for_fault(watcher, "recording_failed")
    wait_for_history(station, "failing")
    make_room(station, watcher, disk)


def test_a_machine_that_boots_with_a_full_disk_counts(station: Machine, watcher: Watcher, disk: Card) -> None:
    before = count_on(watcher)
    station.switch_off()
    disk.fill()
    station.start()
    watcher.wait_for("another session", lambda _: count_on(watcher) != before, PATIENCE_S)
    assert "the disk is full" in wait_for_fault(watcher, "outbox_not_written")
    assert station.says("systemctl", "--failed", "--plain", "--no-legend") == ""


def test_nothing_on_file_was_damaged_by_a_full_disk(
    station: Machine, watcher: Watcher, disk: Card, tmp_path: Path
) -> None:
    make_room(station, watcher, disk)
    assert_nothing_is_damaged(station, watcher, tmp_path)


def test_a_card_that_breaks_is_told_and_the_count_goes_on(
    station: Machine, watcher: Watcher, disk: Card
) -> None:
    station.run("systemctl", "start", UNIT)
    session = count_on(watcher)
    disk.break_down()
    told = wait_for_fault(watcher, "outbox_not_written")
    assert "(the disk is read-only): look at the card, or name another folder with --outbox." in told
    assert "the disk is read-only" in wait_for_history(station, "failing")["problem"]
    assert count_on(watcher) == session


def test_it_starts_on_a_card_that_takes_nothing(station: Machine, watcher: Watcher, disk: Card) -> None:
    restarted(station, watcher)
    assert "the disk is read-only" in wait_for_fault(watcher, "outbox_not_written")
    assert "the disk is read-only; look at the card" in wait_for_fault(watcher, "recording_failed")
    assert "the disk is read-only" in wait_for_history(station, "failing")["problem"]


def test_a_card_that_was_mended_at_the_start_is_written_again(
    station: Machine, watcher: Watcher, disk: Card, tmp_path: Path
) -> None:
    station.cut_off()
    disk.mend()
    station.start()
    count_on(watcher)
    assert wait_for_history(station, "written")["problem"] is None
    assert station.says("systemctl", "--failed", "--plain", "--no-legend") == ""
    assert_nothing_is_damaged(station, watcher, tmp_path)


def test_a_machine_whose_root_is_read_only_counts_publishes_and_says_what_it_cannot_keep(
    station: Machine, watcher: Watcher, disk: Card
) -> None:
    station.run("systemctl", "start", UNIT)
    before = count_on(watcher)
    station.switch_off()
    station.start("--read-only")
    watcher.wait_for("another session", lambda _: count_on(watcher) != before, PATIENCE_S)
    told = wait_for_fault(watcher, "outbox_not_written")
    assert "(the disk is read-only): look at the card" in told
    assert station.journal(UNIT).count(told) == 1
    assert "the disk is read-only" in wait_for_history(station, "failing")["problem"]
    assert "<html" in page_says(station, "/")
    assert station.says("systemctl", "--failed", "--plain", "--no-legend") == ""
