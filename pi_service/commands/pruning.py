"""Keeping a station's recordings below a size, if somebody wants that: the oldest go first."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pruning:
    """The bound on what the recordings of a station take in a folder.

    Attributes
    ----------
    folder
        Where they are; files of other names, and of other stations, are nobody's business here.
    station
        Whose they are.
    most_bytes
        So much may stay; None for whatever there is.
    """

    folder: Path
    station: str
    most_bytes: int | None
    _kept: set[Path] = field(default_factory=set)

    def prune(self, spared: Path | None = None) -> None:
        """Delete the oldest recordings until the rest, with the one that is spared, is within the bound."""
        if self.most_bytes is None:
            return
        found = self._recordings()
        total, gone = sum(size for _, size, _ in found), 0
        for _, size, path in found:
            if total <= self.most_bytes:
                break
            if path != spared and self._deleted(path):
                total -= size
                gone += 1
        if gone:
            log.info(
                "%d old recording%s deleted: %s keeps no more than %.0f MB of them.",
                gone,
                " was" if gone == 1 else "s were",
                self.folder,
                self.most_bytes / 1e6,
            )

    def _recordings(self) -> list[tuple[int, int, Path]]:
        """Return when each was last written (ns), its size and its path, the oldest first."""
        name = re.compile(re.escape(self.station) + r"_\d{8}[tT]\d{6}[^/]*\.csv(\.gz)?")
        found = []
        with suppress(OSError):  # a folder that is not there, or goes, holds nothing
            for path in self.folder.iterdir():
                if name.fullmatch(path.name) and not path.is_symlink():
                    facts = path.stat()
                    found.append((facts.st_mtime_ns, facts.st_size, path))
        return sorted(found)

    def _deleted(self, path: Path) -> bool:
        try:
            path.unlink()
        except OSError as error:
            # Told once, not each time that there is too much.
            if path not in self._kept:
                self._kept.add(path)
                log.warning("%s cannot be deleted (%s).", path, (error.strerror or str(error)).lower())
            return False
        return True
