"""Records as the journal reads them: the bytes of its native protocol."""

from __future__ import annotations

import io
import logging
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pi_service.process.journal import JournalHandler, fields, is_ours, priority
from pi_service.process.logs import ServiceLog


class Journal:
    """Reads the native protocol, as its documentation has it."""

    def __init__(self) -> None:
        # A name of the abstract namespace; the handler takes what `sendto` does.
        self.address = f"\0repclip-journal-{os.getpid()}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(5)

    def record(self) -> dict[str, str]:
        raw = self._socket.recv(1 << 20)
        found: dict[str, str] = {}
        while raw:
            line, _, rest = raw.partition(b"\n")
            if b"=" in line:
                name, _, value = line.partition(b"=")
                raw = rest
            else:
                name = line
                (size,) = struct.unpack_from("<Q", rest)
                value, raw = rest[8 : 8 + size], rest[8 + size + 1 :]
            found[name.decode()] = value.decode()
        return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def journal() -> Iterator[Journal]:
    found = Journal()
    yield found
    found.close()


@pytest.fixture
def logger(journal: Journal) -> Iterator[logging.Logger]:
    handler = JournalHandler(journal.address)
    handler.common["STATION"] = "rack3"
    found = logging.getLogger("tests.journal")
    found.propagate = False
    found.setLevel(logging.DEBUG)
    found.addHandler(handler)
    yield found
    found.removeHandler(handler)
    handler.close()


def test_a_record_has_its_fields(journal: Journal, logger: logging.Logger) -> None:
    logger.info("Set %d is over.", 3, extra=fields(event="set_ended", set=3, sensor=None))
    assert journal.record() == {
        "MESSAGE": "Set 3 is over.",
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "repclip",
        "LOGGER": "tests.journal",
        "STATION": "rack3",
        "EVENT": "set_ended",
        "SET": "3",
    }


def test_several_lines_stay_one_record(journal: Journal, logger: logging.Logger) -> None:
    try:
        int("gone=wrong")
    except ValueError:
        logger.exception("A request failed.")
    found = journal.record()
    assert found["MESSAGE"].startswith("A request failed.\nTraceback")
    assert found["MESSAGE"].endswith("'gone=wrong'")
    assert found["PRIORITY"] == "3"


def test_a_long_one_is_cut(journal: Journal, logger: logging.Logger) -> None:
    logger.warning("x" * 100_000)
    assert journal.record()["MESSAGE"] == "x" * 20_000


def test_priorities_are_those_of_syslog() -> None:
    levels = (logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)
    assert [priority(each) for each in levels] == [2, 3, 4, 6, 7]


def test_what_the_journal_does_not_take_goes_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = JournalHandler(str(tmp_path / "nobody"))
    handler.emit(logging.makeLogRecord({"name": "a", "msg": "The disk is full.", "levelno": 40}))
    handler.close()
    assert capsys.readouterr().err == "The disk is full.\n"


def test_only_a_stream_that_goes_into_the_journal_is_its(tmp_path: Path) -> None:
    file = tmp_path / "stderr"
    with file.open("w") as stream:
        stat = os.fstat(stream.fileno())
        assert is_ours({"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino}"}, stream)
        assert not is_ours({"JOURNAL_STREAM": f"{stat.st_dev}:{stat.st_ino + 1}"}, stream)
        assert not is_ours({}, stream)
    assert not is_ours({"JOURNAL_STREAM": "1:2"}, io.StringIO())


def test_elsewhere_the_log_is_plain_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    root = logging.getLogger()
    former = root.level
    with ServiceLog("info", station="rack3") as service_log:
        logging.getLogger("pi_service.a").info("told")
        logging.getLogger("pi_service.a").debug("not told")
        service_log.set_level("debug")
        logging.getLogger("pi_service.a").debug("told now")
        service_log.know(session="s")
    assert root.level == former
    assert capsys.readouterr().err == "told\ntold now\n"
    assert sys.stderr is not None
