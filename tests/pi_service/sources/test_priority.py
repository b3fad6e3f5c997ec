"""The priority of the reading thread: asked for, and what was got is said."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

from pi_service.sources.priority import raise_priority


def refuse(*_: object) -> NoReturn:
    raise PermissionError(1, "Operation not permitted")


def test_real_time_where_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int]] = []
    monkeypatch.setattr(
        os, "sched_setscheduler", lambda who, policy, param: asked.append((who, policy, param.sched_priority))
    )
    assert raise_priority() == "real-time (SCHED_FIFO 20)"
    assert asked == [(0, os.SCHED_FIFO, 20)]


def test_nice_where_real_time_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int]] = []
    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    monkeypatch.setattr(os, "setpriority", lambda *arguments: asked.append(arguments))
    assert raise_priority() == "raised (nice -10)"
    assert asked == [(os.PRIO_PROCESS, 0, -10)]


def test_nothing_where_nothing_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    monkeypatch.setattr(os, "setpriority", refuse)
    assert raise_priority() == "ordinary"
