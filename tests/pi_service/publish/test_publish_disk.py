from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pi_service.publish import disk
from pi_service.publish.disk import unwritten


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch):
    """Have the disk refuse files with a number of errno."""

    def refuse(number: int) -> None:
        def raising(**_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(disk.tempfile, "TemporaryFile", raising)

    return refuse


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.ENOSPC, "(the disk is full): make room there, or name another folder with --outbox."),
        (errno.EDQUOT, "(the disk is full): make room there, or name another folder with --outbox."),
        (
            errno.EROFS,
            "(the disk is read-only): look at the card, or name another folder with --outbox.",
        ),
        (errno.EACCES, "(disk i/o error): name another folder with --outbox."),
    ],
)
def test_what_the_disk_says_goes_before_what_sqlite_says(tmp_path, refusing, number, why):
    refusing(number)
    assert unwritten(tmp_path / "bay07.outbox", "disk i/o error", "--outbox") == why


def test_a_disk_that_takes_files_leaves_it_to_who_asks(tmp_path):
    path = tmp_path / "bay07.outbox"
    said = "another process has it"
    assert unwritten(path, said, "--outbox") == f"({said}): name another folder with --outbox."
    full = unwritten(path, "database or disk is full", "--outbox")
    assert full == "(database or disk is full): make room there, or name another folder with --outbox."
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_no_full_disk():
    why = unwritten(Path("/nowhere/at/all"), "no such file or directory", "--history")
    assert why == "(no such file or directory): name another folder with --history."
