"""The outbox that outlives its process: what waits in memory has a copy on disk."""

from __future__ import annotations

import base64
import json
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pi_service.publish.disk import unwritten
from pi_service.publish.journal import DamagedError, Journal, JournalError
from pi_service.publish.memory_outbox import MemoryOutbox
from pi_service.publish.message import Message, Trouble
from pi_service.publish.outbox import Entry, Limits
from pi_service.publish.topics import check_station

log = logging.getLogger(__name__)

#: A disk that takes nothing is tried again after this time.
_AGAIN_S: Final = 5.0
#: While acknowledgements come later than this, the disk is the only copy for long enough to wait for it.
_PROMPT_S: Final = 1.0
#: What the broker does not take is kept up to so many bytes.
_SET_ASIDE_BYTES: Final = 4_000_000
#: The file may grow to this (pages of 4 kB): twice what the payloads may have.
_MOST_PAGES: Final = 16_384


class KeptOutbox(MemoryOutbox):
    """An outbox with a copy on disk; see `pi_service.publish.outbox.Outbox`.

    When `put` returns, its events are written down, and a new process finds them, whatever ends this one.
    Live states are not: the next process has its own. What has arrived is taken out with the next `put` or
    `tend`; until then a kill makes it come twice. While the broker acknowledges promptly it is the
    second copy a few milliseconds later, and the disk is not waited for; while it does not, each `put` ends
    only when a loss of power cannot undo it.

    A disk that is full or read-only stops nothing: events wait in memory, `troubles` says so, and they are
    written down when the disk takes something again. A damaged file is kept under another name, and so is
    what the broker does not take, a line of JSON for each message; `troubles` says so, too.

    Parameters
    ----------
    folder
        Where the file is.
    station
        Whose events they are; part of the file's name.
    limits, clock
        See `MemoryOutbox`.
    most_pages
        See `Journal`.
    """

    def __init__(
        self,
        folder: Path,
        station: str,
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        most_pages: int | None = _MOST_PAGES,
    ) -> None:
        super().__init__(limits, clock=clock)
        self.path = folder / f"{check_station(station)}.outbox"
        self._most_pages = most_pages
        self._journal: Journal | None = None
        self._closed = False
        self._failure: str | None = None
        self._damage: str | None = None
        self._again_s = 0.0
        # What the disk has not taken yet, what it has, by the serials of this process, and which of its own
        # serials it may forget. Its serials are ours and this.
        self._fresh: OrderedDict[int, Entry] = OrderedDict()
        self._on_disk: set[int] = set()
        self._over: list[int] = []
        self._base = 0
        # Whether something is written that a loss of power could undo.
        self._soft = False
        try:
            self._take_over(self._open())
        except JournalError as error:
            self._fail(error)

    def put(self, messages: Sequence[Message], *, sending: bool = True) -> int:
        """Take messages and write them down, and return how many were refused."""
        refused = super().put(messages, sending=sending)
        if self._fresh or self._over:
            self._write(to_the_disk=not sending or self._is_late())
        return refused

    def tend(self, *, sending: bool) -> None:
        """Leave out what is out of date, try a disk again that took nothing, and bring to it what waits."""
        super().tend(sending=sending)
        alone = not sending or self._is_late()
        if self._fresh or self._over:
            self._write(to_the_disk=alone)
        if alone and self._soft and self._journal is not None:
            try:
                self._journal.bring_to_the_disk()
            except JournalError as error:
                self._fail(error)
            else:
                self._soft = False

    def unsaved(self) -> int:
        """Return how many messages would be lost if the process ended now: those the disk did not take.

        Live states are not among them: nobody wants them later.
        """
        return len(self._fresh)

    def troubles(self) -> tuple[Trouble, ...]:
        """Return what is wrong at the moment."""
        found = list(super().troubles())
        if self._failure is not None:
            found.append(Trouble("outbox_not_written", self._failure))
        if self._damage is not None:
            found.append(Trouble("outbox_damaged", self._damage))
        return tuple(found)

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        if self._journal is not None:
            self._again_s = self._clock()
            self._write(to_the_disk=True)
        if self._journal is not None:
            self._journal.close()
            self._journal = None
        self._closed = True

    def _add(self, entry: Entry) -> None:
        super()._add(entry)
        if entry.message.qos and not entry.message.live and entry.serial not in self._on_disk:
            self._fresh[entry.serial] = entry

    def _gone(self, entry: Entry) -> None:
        if self._fresh.pop(entry.serial, None) is None and entry.serial in self._on_disk:
            self._on_disk.discard(entry.serial)
            self._over.append(entry.serial + self._base)

    def _tell_refused(self, entry: Entry, why: str) -> None:
        super()._tell_refused(entry, why)
        aside, message = self.path.with_suffix(".refused.jsonl"), entry.message
        said = {"topic": message.topic, "qos": message.qos, "retain": message.retain, "why": why[:200]}
        try:
            said["payload"] = message.payload.decode()
        except UnicodeDecodeError:
            said["payload_base64"] = base64.b64encode(message.payload).decode()
        line = json.dumps(said) + "\n"
        try:
            if aside.exists() and aside.stat().st_size + len(line) > _SET_ASIDE_BYTES:
                return
            descriptor = os.open(aside, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with open(descriptor, "a", encoding="utf-8") as file:  # noqa: PTH123 - of the mode above
                file.write(line)
        except OSError as error:
            log.warning("%s cannot be written (%s).", aside, error.strerror or error)
        else:
            self._refused = f"{self._refused} {aside.name} beside the outbox keeps it."

    def _is_late(self) -> bool:
        """Whether the broker is there and yet owes an acknowledgement for some time."""
        oldest = next(iter(self._under_way.values()), None)
        return oldest is not None and self._age_s() - oldest.at_s > _PROMPT_S

    def _open(self) -> list[Entry]:
        """Open the file and return what the last process still owed; a damaged one is put aside."""
        try:
            return self._opened()
        except DamagedError as error:
            self._put_aside(error)
            return self._opened()

    def _opened(self) -> list[Entry]:
        journal = Journal(self.path, most_pages=self._most_pages)
        try:
            found = journal.entries()
        except BaseException:
            journal.close()
            raise
        self._journal = journal
        return found

    def _put_aside(self, error: DamagedError) -> None:
        lost = "what an earlier run left in it is not sent"
        if self._journal is not None:
            self._journal.close()
            self._journal, lost = None, "all that it held is in memory and goes into a new one"
        aside = self._free_name()
        try:
            self.path.replace(aside)
            # What was written last may be in the log only. SQLite looks for it beside the file, by its name.
            for suffix in ("-wal", "-shm"):
                log_file = self.path.with_name(self.path.name + suffix)
                if log_file.exists():
                    log_file.replace(aside.with_name(aside.name + suffix))
        except OSError as problem:
            raise JournalError((problem.strerror or str(problem)).lower()) from problem
        self._damage = f"The outbox {self.path} was damaged ({error}) and is kept as {aside.name}: {lost}."
        log.warning("%s", self._damage)

    def _free_name(self) -> Path:
        """Return a name for a damaged file that takes no other's place."""
        number = 1
        while (aside := self.path.with_suffix(f".damaged-{number}")).exists():
            number += 1
        return aside

    def _take_over(self, found: Sequence[Entry]) -> None:
        """Owe what the last process still owed; before anything of this one."""
        self._on_disk = {entry.serial for entry in found}
        for entry in found:
            self._add(entry)
        if found:
            self._serial = found[-1].serial
            # The outbox's age goes on where the last process left it.
            self._begun_s -= max(entry.at_s for entry in found)

    def _open_late(self) -> None:
        """Open the file that could not be opened before: what it holds comes after what is owed already."""
        found = self._open()
        self._base = found[-1].serial if found else 0
        self._over = [entry.serial for entry in found]
        for entry in found:
            message = entry.message
            if message.retain and message.topic in self._pictured:
                self.superseded += 1  # this process has said how it is since
                continue
            self._serial += 1
            self._add(Entry(self._serial, message, self._age_s()))

    def _write(self, *, to_the_disk: bool) -> None:
        """Bring the file up to date in one transaction."""
        if self._closed or (self._failure is not None and self._clock() < self._again_s):
            return
        try:
            if self._journal is None:
                self._open_late()
            self._change(to_the_disk=to_the_disk)
        except JournalError as error:
            self._fail(error)
            return
        if self._failure is not None:
            self._failure = None
            log.warning("The outbox %s is written again.", self.path)

    def _change(self, *, to_the_disk: bool) -> None:
        if self._journal is None:
            raise JournalError("it is not open")
        added = [Entry(each.serial + self._base, each.message, each.at_s) for each in self._fresh.values()]
        try:
            self._journal.change(added, self._over, to_the_disk=to_the_disk)
        except DamagedError as error:
            # All of it is in memory: the next try writes it into a new file.
            self._put_aside(error)
            self._on_disk.clear()
            self._over.clear()
            self._base = 0
            entries = (*self._under_way.values(), *self._waiting.values())
            self._fresh = OrderedDict(
                (each.serial, each) for each in entries if each.message.qos and not each.message.live
            )
            raise
        self._on_disk.update(self._fresh)
        self._soft = not to_the_disk and (self._soft or bool(added))
        self._fresh.clear()
        self._over.clear()

    def _fail(self, error: JournalError) -> None:
        why = unwritten(self.path, str(error), "--outbox")
        text = f"Events wait in memory only, because {self.path} cannot be written {why}"
        if text != self._failure:
            log.warning("%s", text)
        self._failure = text
        self._again_s = self._clock() + _AGAIN_S
