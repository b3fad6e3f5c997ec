"""Recordings beyond a bound are deleted, the oldest first."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from pi_service.commands.pruning import Pruning


def recorded(folder: Path, name: str, age_s: int, size: int = 1000) -> Path:
    path = folder / name
    path.write_bytes(bytes(size))
    os.utime(path, (1_000_000 - age_s, 1_000_000 - age_s))
    return path


@pytest.fixture
def four(tmp_path: Path) -> list[Path]:
    """From the oldest to the newest; their names say the opposite, as where a clock was wrong."""
    return [
        recorded(tmp_path, f"bay07_2026010{4 - number}t101112-abcdef.csv.gz", age_s=100 - number)
        for number in range(4)
    ]


def left(paths: list[Path]) -> list[bool]:
    return [path.exists() for path in paths]


def test_the_oldest_go_first_and_no_more_than_must(
    tmp_path: Path, four: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        Pruning(tmp_path, "bay07", 2500).prune()
    assert left(four) == [False, False, True, True]
    assert "2 old recordings were deleted" in caplog.text


def test_without_a_bound_nothing_goes(tmp_path: Path, four: list[Path]) -> None:
    Pruning(tmp_path, "bay07", None).prune()
    Pruning(tmp_path, "bay07", 4000).prune()
    assert left(four) == [True] * 4


def test_the_one_that_is_being_written_stays_and_counts(tmp_path: Path, four: list[Path]) -> None:
    Pruning(tmp_path, "bay07", 2000).prune(spared=four[0])
    assert left(four) == [True, False, False, True]
    Pruning(tmp_path, "bay07", 1).prune(spared=four[0])
    assert left(four) == [True, False, False, False]


def test_what_is_not_the_stations_stays(tmp_path: Path) -> None:
    others = [
        recorded(tmp_path, name, age_s=10)
        for name in (
            "bay07_mine.csv.gz",
            "bay07_b_20260101t101112-abcdef.csv.gz",
            "bay08_20260101t101112-abcdef.csv.gz",
            "bay07_20260101t101112-abcdef.csv.gz.bak",
            "notes.txt",
        )
    ]
    own = [
        recorded(tmp_path, name, age_s=1)
        for name in ("bay07_20260101T101112Z.csv.gz", "bay07_20260101T101112Z_leg-day.csv")
    ]
    Pruning(tmp_path, "bay07", 1).prune()
    assert left(others) == [True] * len(others)
    assert left(own) == [False, False]


def test_a_file_that_cannot_be_deleted_is_told_once(
    tmp_path: Path, four: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    delete = Path.unlink

    def refuses_the_first(path: Path) -> None:
        if path == four[0]:
            raise PermissionError(1, "Operation not permitted")
        delete(path)

    monkeypatch.setattr(Path, "unlink", refuses_the_first)
    pruning = Pruning(tmp_path, "bay07", 1000)
    pruning.prune()
    pruning.prune()
    assert left(four) == [True, False, False, False]
    assert caplog.text.count("cannot be deleted (operation not permitted)") == 1


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    Pruning(tmp_path / "none", "bay07", 1).prune()
