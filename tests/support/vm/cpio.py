"""Initial RAM file systems: archives in the format "newc" that a kernel unpacks when it starts.

Archives may be put one after the other: what comes later is laid over what was there.
"""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

_END = "TRAILER!!!"


class CpioWriter:
    """Writes one archive; everything belongs to root, unless `copy` adds it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._number = 0
        self._folders: set[str] = set()

    def __enter__(self) -> CpioWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._entry(_END, 0, b"")

    def folder(self, name: str, mode: int = 0o755) -> None:
        """Add a folder."""
        if name not in self._folders:
            self._above(name)
            self._folders.add(name)
            self._entry(name, stat.S_IFDIR | mode, b"")

    def file(self, name: str, data: bytes, mode: int = 0o644) -> None:
        """Add a file."""
        self._above(name)
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name: str, target: str) -> None:
        """Add a symbolic link."""
        self._above(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def tree(self, name: str, source: Path, wanted: Callable[[Path], bool] = lambda _: True) -> None:
        """Add a folder with what is in it, as far as wanted."""
        self.folder(name)
        for path in sorted(source.iterdir()):
            if not wanted(path):
                continue
            if path.is_dir():
                self.tree(f"{name}/{path.name}", path, wanted)
            else:
                self.file(f"{name}/{path.name}", path.read_bytes(), path.stat().st_mode & 0o777)

    def copy(self, root: Path, wanted: Callable[[str], bool] = lambda _: True) -> None:
        """Add a whole file system with its owners and links, as far as wanted; device nodes are left out."""
        for folder, folders, files in os.walk(root):
            place = Path(folder)
            below = [name for name in folders if wanted(f"{(place / name).relative_to(root)}/")]
            folders[:] = [name for name in below if not (place / name).is_symlink()]
            links = [name for name in below if (place / name).is_symlink()]
            for name in sorted(folders + links + files):
                path = place / name
                self._copied(path, path.relative_to(root).as_posix())

    def _copied(self, path: Path, name: str) -> None:
        facts = path.lstat()
        # Python compiles anew what is not as old as its compiled form says.
        owner, modified_s = (facts.st_uid, facts.st_gid), int(facts.st_mtime)
        if stat.S_ISDIR(facts.st_mode):
            self._folders.add(name)
            self._entry(name, facts.st_mode, b"", owner)
        elif stat.S_ISLNK(facts.st_mode):
            self._entry(name, facts.st_mode, os.fsencode(path.readlink()), owner)
        elif stat.S_ISREG(facts.st_mode):
            self._entry(name, facts.st_mode, path.read_bytes(), owner, modified_s)

    def tar(self, archive: tarfile.TarFile, wanted: Callable[[str], bool]) -> None:
        """Add what is in a tar archive, as far as wanted; its device nodes are left out."""
        for member in archive:
            name = member.name.removeprefix("./").rstrip("/")
            if name in ("", ".") or not wanted(name):
                continue
            if member.isdir():
                self.folder(name, member.mode & 0o7777)
            elif member.issym():
                self.link(name, member.linkname)
            elif member.isfile() or member.islnk():
                content = archive.extractfile(member)
                assert content is not None
                self.file(name, content.read(), member.mode & 0o7777)

    def _above(self, name: str) -> None:
        """Add the folders that something is in: the kernel drops what is in none."""
        if parent := name.rpartition("/")[0]:
            self.folder(parent)

    def _entry(
        self, name: str, mode: int, data: bytes, owner: tuple[int, int] = (0, 0), modified_s: int = 0
    ) -> None:
        self._number += 1
        raw_name = os.fsencode(name) + b"\0"
        numbers = (self._number, mode, *owner, 1, modified_s, len(data), 0, 0, 0, 0, len(raw_name), 0)
        head = b"070701" + b"".join(b"%08X" % number for number in numbers) + raw_name
        self._out.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))
