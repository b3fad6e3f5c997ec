"""Fixtures that many tests need: a real mosquitto and a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from support.mosquitto import Mosquitto


@pytest.fixture(autouse=True)
def _nothing_of_this_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find no calibrations, outbox or history but those of the test, and save none outside it."""
    monkeypatch.setenv("REPCLIP_CALIBRATION_FOLDER", str(tmp_path / "calibration"))
    monkeypatch.setenv("REPCLIP_OUTBOX_FOLDER", str(tmp_path / "outbox"))
    monkeypatch.setenv("REPCLIP_HISTORY_FOLDER", str(tmp_path / "history"))
    monkeypatch.setenv("REPCLIP_DASHBOARD_PASSWORD_FILE", str(tmp_path / "dashboard" / "password"))


@pytest.fixture
def tried_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whoever loses a broker within this process look for it soon, and not after a second."""
    for name in ("publish.connection", "history.listening", "dashboard.listener"):
        monkeypatch.setattr(import_module(f"pi_service.{name}"), "_RETRY_MIN_S", 0.1)


@pytest.fixture
def mosquitto(tmp_path: Path, tried_again_soon: None) -> Iterator[Mosquitto]:
    """A broker of the test's own: `host`, `port`, `address`, `stop()` and `start()`."""
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium as a playwright `Browser`: open a context of your own with `browser.new_context()`."""
    from support.chromium import chromium  # noqa: PLC0415 - slow to import, and few tests need it

    with chromium() as opened:
        yield opened
