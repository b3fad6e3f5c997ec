"""Any order and any repetition of a session's messages leave the same history."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from support.told_sets import keep, session_messages, verdicts

from pi_service.history.reading import Reader, Wanted

_SESSION = session_messages((2, 3, 2))
MESSAGES = [each for each in _SESSION if not each.topic.endswith("/curve")]
MESSAGES += verdicts(MESSAGES)


def rows(file: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(file)) as opened:
        tables = ("fact", "summary", "gap", "recording")
        return [opened.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3, 4").fetchall() for name in tables]  # noqa: S608


def kept(messages):
    with TemporaryDirectory() as folder:
        return rows(keep(Path(folder), messages))


IN_ORDER = kept(MESSAGES)


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(len(MESSAGES))), st.lists(st.integers(0, len(MESSAGES) - 1), max_size=20))
def test_any_order_and_any_repetition(order, again):
    assert kept([MESSAGES[index] for index in (*order, *again)]) == IN_ORDER


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, len(MESSAGES) - 1), max_size=6))
def test_any_pieces(cuts):
    """However the messages come together into transactions, and whoever opens the file between."""
    bounds = [0, *sorted(cuts), len(MESSAGES)]
    with TemporaryDirectory() as folder:
        for first, last in pairwise(bounds):
            file = keep(Path(folder), MESSAGES[first:last])
        assert rows(file) == IN_ORDER


def test_what_a_set_came_to(tmp_path):
    file = keep(tmp_path, [*MESSAGES, *_SESSION])
    with Reader(file) as reader:
        third, second, first = (each.summary for each in reader.sets(Wanted()))
    assert (first.reps, first.live_reps, first.corrected) == (4, 2, "corrected")
    assert (second.reps, second.live_reps, second.corrected) == (2, 3, "review")
    assert (third.reps, third.corrected, third.finished) == (2, None, True)
    assert (first.tempo, first.quality_percent) == ("2.1-0.3-1.0-0.2", 100.0)
    assert first.best_velocity_mps == 0.433
    assert (first.lifting_s, first.lowering_s) == (1.0, 1.2)
