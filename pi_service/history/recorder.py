"""Keeping the history: listens to the broker, and writes on a thread of its own.

The broker is told that a message has arrived once it is on file, so that one which was not is sent again:
after a crash, after a restart, and when the disk was full meanwhile. The session at the broker is persistent:
what is counted while nobody keeps a history waits there, as much as the broker keeps.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pi_service.history.batch import Batch
from pi_service.history.curves import CurveMemory
from pi_service.history.errors import HistoryDamagedError, HistoryError
from pi_service.history.listening import Ear, Heard
from pi_service.history.owner import Owner
from pi_service.history.store import FILE, Store
from pi_service.publish.payloads import utc_text
from pi_service.publish.settings import BrokerSettings

log = logging.getLogger(__name__)

#: What comes within this time (s) is written together.
_GATHER_S: Final = 0.1
#: How long until what failed is tried again (s), and until another process's file is looked at again.
_AGAIN_S: Final = 5.0
#: How often old sets are looked for (s), and how soon for the first time: what the broker kept comes first.
_FORGET_EVERY_S: Final = 3600.0
_FORGET_FIRST_S: Final = 60.0
#: How often it is looked whether to stop (s).
_LOOK_S: Final = 0.5
#: Messages that wait to be written, at most; the broker keeps the others.
_MOST_WAITING: Final = 5_000
_STOP_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """What the history is told.

    Attributes
    ----------
    folder
        Where its file is.
    broker
        Where the messages come from.
    keep_days, keep_curves_days
        How long sets are kept, and their curves.
    keep_bytes
        The file holds no more than so much: the oldest sets go first.
    stays
        False where the history ends with the process: then the broker keeps nothing for it.
    """

    folder: Path
    broker: BrokerSettings
    keep_days: int
    keep_curves_days: int
    keep_bytes: int = 4_000_000_000
    stays: bool = True

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE


@dataclass(slots=True)
class HistoryStatus:
    """How the history is.

    Attributes
    ----------
    writing
        True while this process keeps it.
    elsewhere
        True while another process does.
    problem
        What is wrong, in one sentence.
    put_aside
        Where a damaged file was put.
    written
        Messages that were kept, since the start.
    refused
        Messages that could not be read.
    """

    writing: bool = False
    elsewhere: bool = False
    problem: str | None = None
    put_aside: Path | None = None
    written: int = 0
    refused: int = 0


@dataclass(slots=True)
class Recorder:
    """Keeps the history from `start` to `stop`.

    Attributes
    ----------
    settings
        What it is told.
    on_problem
        Is told what goes wrong, and when it no longer does, on the recorder's thread.
    status
        How it is; read by others.
    """

    settings: HistorySettings
    on_problem: Callable[[str | None], None] = lambda _problem: None
    status: HistoryStatus = field(default_factory=HistoryStatus)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _heard: queue.Queue[Heard] = field(default_factory=lambda: queue.Queue(_MOST_WAITING))
    _curves: CurveMemory = field(default_factory=CurveMemory)

    def start(self) -> None:
        """Begin to listen and to write."""
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what has come, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def _run(self) -> None:
        """Wait until the file is ours and can be opened, then write until told to stop."""
        owner = Owner(self.settings.folder)
        try:
            while not self._stop.is_set():
                try:
                    self.status.elsewhere = not owner.take()
                    if not self.status.elsewhere:
                        self._keep(Store(self.settings.path), owner.client_id())
                except HistoryDamagedError as error:
                    self._put_aside(error)
                    continue
                except HistoryError as error:
                    self._tell(str(error))
                except Exception:
                    # A mistake of ours must not end the history for good.
                    log.exception("The history failed.")
                    self._tell("The history failed inside repclip: the page's log says more.")
                self._stop.wait(_AGAIN_S)
        finally:
            owner.give_up()

    def _keep(self, store: Store, client_id: str) -> None:
        """Write what is heard until told to stop, or until the file has to be opened anew."""
        ear = Ear(self.settings.broker, client_id, self._heard, persistent=self.settings.stays)
        ear.begin()
        self._tell(None)
        self.status.writing = True
        forget_at_s = time.monotonic() + _FORGET_FIRST_S
        try:
            while not self._stop.is_set():
                if gathered := self._gather():
                    self._write(store, ear, gathered)
                if time.monotonic() >= forget_at_s:
                    self._forget(store)
                    forget_at_s = time.monotonic() + _FORGET_EVERY_S
        finally:
            self.status.writing = False
            ear.end()
            store.close()
            # What was not acknowledged comes again.
            self._heard = queue.Queue(_MOST_WAITING)

    def _gather(self) -> list[Heard]:
        """Return what has come within a moment; nothing after a second of silence."""
        try:
            gathered = [self._heard.get(timeout=_LOOK_S)]
        except queue.Empty:
            return []
        self._stop.wait(_GATHER_S)
        while len(gathered) < _MOST_WAITING:
            try:
                gathered.append(self._heard.get_nowait())
            except queue.Empty:
                break
        return gathered

    def _write(self, store: Store, ear: Ear, gathered: Sequence[Heard]) -> None:
        """Write messages, and try again until it can be done; only then the broker is told.

        Raises
        ------
        HistoryDamagedError
            The file has to be put aside.
        """
        try:
            batch = Batch()
            for each in gathered:
                batch.take(each.topic, each.payload, self.settings.broker.root, self._curves)
            while not self._wrote(store, batch):
                if self._stop.wait(_AGAIN_S):
                    return  # the broker keeps them
        except HistoryError:
            raise
        except Exception:
            # One that we cannot cope with would come again and again, and hold up all others.
            if len(gathered) > 1:
                for each in gathered:
                    self._write(store, ear, [each])
                return
            log.exception("A message on %r is not kept.", gathered[0].topic[:200])
            batch = Batch(messages=1, refused=1)
        ear.acknowledge(gathered)
        self.status.written += batch.messages - batch.refused
        self.status.refused += batch.refused

    def _wrote(self, store: Store, batch: Batch) -> bool:
        try:
            store.take(batch.facts, curves=batch.curves, gaps=batch.gaps, recordings=batch.recordings)
            if batch.ends_a_set:
                store.bring_to_the_disk()
        except HistoryDamagedError:
            raise
        except HistoryError as error:
            self._tell(str(error))
            return False
        self._tell(None)
        return True

    def _forget(self, store: Store) -> None:
        """Forget what is older, or more, than is to be kept."""
        now = datetime.now(UTC)
        settings = self.settings
        try:
            gone = store.forget_before(utc_text(now - timedelta(days=settings.keep_days)))
            store.forget_curves_before(utc_text(now - timedelta(days=settings.keep_curves_days)))
            gone += store.forget_beyond(settings.keep_bytes)
        except HistoryDamagedError:
            raise
        except HistoryError as error:
            self._tell(str(error))
            return
        if gone:
            log.info("%d sets were too old, or too many, and are forgotten.", gone)

    def _put_aside(self, error: HistoryDamagedError) -> None:
        """Keep a damaged file under another name, so that a new one can be begun."""
        path = self.settings.path
        aside = path.with_name(f"{path.stem}-damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}{path.suffix}")
        log.warning("%s It is put aside as %s, and a new one is begun.", error, aside.name)
        try:
            path.replace(aside)
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        except OSError as problem:
            self._tell(
                f"The damaged history {path} cannot be put aside ({str(problem).lower()}): move it away."
            )
            self._stop.wait(_AGAIN_S)
        else:
            self.status.put_aside = aside

    def _tell(self, problem: str | None) -> None:
        """Tell what goes wrong, but not again at each attempt."""
        if problem == self.status.problem:
            return
        if problem is not None:
            log.warning("%s", problem)
        self.status.problem = problem
        self.on_problem(problem)
