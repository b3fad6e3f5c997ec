"""A station that says numbered events at a steady rate, and goes on where it was when it is killed.

Run as a process: ``python -m support.fault_station`` with its settings as JSON.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from pi_service.publish.broker import BrokerAddress
from pi_service.publish.client import MqttPublisher
from pi_service.publish.kept_outbox import KeptOutbox
from pi_service.publish.message import Message
from pi_service.publish.payloads import GapPayload, StatePayload
from pi_service.publish.settings import BrokerSettings, Tls
from pi_service.publish.topics import StationTopics

TS = "2026-03-04T17:05:06.000Z"


def event(number: int) -> Message:
    """Return event `number`, from 1; always the same bytes."""
    payload = GapPayload(
        station="bay07",
        session="faults",
        ts=TS,
        seq=number,
        sensor="limb",
        start_s=float(number),
        end_s=number + 0.5,
        duration_s=0.5,
    )
    return Message("repclip/bay07/gap", payload.to_bytes(), 1, retain=False)


def state(number: int) -> Message:
    payload = StatePayload(
        station="bay07",
        session="faults",
        ts=TS,
        seq=number,
        exercise="any",
        active=True,
        set=1,
        reps=number,
        count="live",
        phase="out",
        moving=True,
        movement_deg=1.0,
        set_started_ts=None,
        last_set_reps=None,
        sets_done=0,
    )
    return Message("repclip/bay07/state", payload.to_bytes(), 1, retain=True, live=True)


class Progress:
    """How far the station is, on disk: what was put into the outbox is not said anew after a kill."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def read(self) -> int:
        return int(os.pread(self._file, 20, 0) or b"0")

    def write(self, number: int) -> None:
        os.pwrite(self._file, b"%020d" % number, 0)


def _jumping_clock() -> None:
    """Let the wall clock of this process jump by years at every look, as that of a Pi without one may."""
    really, jumps = time.time, itertools.cycle((-1e9, 0.0, 1e9))
    time.time = lambda: really() + next(jumps)


def _pause_s(told: dict[str, Any], number: int, folder: Path) -> float:
    """Return how long the next event waits: towards the end long, until the test has done its worst."""
    if (folder / "over").exists():
        return 0.0
    return told["pause_s"] if number < told["events"] - told["slow"] else 0.25


def main(told: dict[str, Any]) -> None:
    _jumping_clock()
    end = False

    def ask(_number: int, _frame: object) -> None:
        nonlocal end
        end = True

    signal.signal(signal.SIGTERM, ask)
    folder = Path(told["folder"])
    progress = Progress(folder / "progress")
    settings = BrokerSettings(
        BrokerAddress("127.0.0.1", told["port"]),
        user="bay07",
        password=told["password"],
        tls=Tls(Path(told["ca"])),
    )
    outbox = KeptOutbox(folder, "bay07")
    publisher = MqttPublisher(
        settings,
        StationTopics("bay07"),
        outbox=outbox,
        broker_may_be_away=True,
        close_timeout_s=told["patience_s"],
    )
    with publisher:
        number = progress.read()
        while number < told["events"] and not end:
            number += 1
            publisher.publish([event(number), state(number)])
            progress.write(number)
            time.sleep(_pause_s(told, number, folder))
        publisher.flush(told["patience_s"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
