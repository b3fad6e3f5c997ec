"""The card of a machine: a small file system that gets full, breaks, and is mended at the next start."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.boot.machine import Machine
from support.ports import wait_until

_MB = 1_000_000
#: What is taken at once: large parts first, then whatever blocks are left.
_CHUNKS = (16 * _MB, _MB, 65_536, 1024)


class Card:
    """A file system of its own (ext4) in place of one of a machine's folders, with what was in that.

    It is mounted here, so that the machine, which is off at first, finds it at each of its starts.

    Parameters
    ----------
    folder
        Where its image is.
    place
        The machine's folder, as a path of this computer.
    size_mb
        How much it holds.
    """

    def __init__(self, folder: Path, place: Path, size_mb: int) -> None:
        self.place = place
        self._image = folder / "card.img"
        self._filler = place / "filler"
        with self._image.open("wb") as image:
            image.truncate(size_mb * _MB)
        # Without blocks that only root may use: full is full for everybody.
        _run("mkfs.ext4", "-q", "-m", "0", "-d", str(place), str(self._image))
        self._mount()

    def fill(self) -> None:
        """Leave no room for anybody."""
        with self._filler.open("ab") as file:
            for size in _CHUNKS:
                with suppress(OSError):
                    while True:
                        # Blocks without content: there is nothing to be brought to the disk afterwards.
                        os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)
        assert shutil.disk_usage(self.place).free < _MB

    def make_room(self) -> None:
        self._filler.unlink()

    def break_down(self) -> None:
        """Have the kernel find an error: it writes nothing any more, as with a card that wears out."""
        _run("mount", "-o", "remount,abort", str(self.place))

    def mend(self) -> None:
        """Do what is done at a start of the machine, which is off."""
        self._unmount()
        _run("e2fsck", "-p", "-f", str(self._image), codes=(0, 1))
        self._mount()

    def close(self) -> None:
        """Take it out of the machine, which is off."""
        self._unmount()
        self._image.unlink()

    def _mount(self) -> None:
        _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.place))

    def _unmount(self) -> None:
        _run("umount", str(self.place))
        # The last processes of a machine that was cut off may still be ending, and hold it.
        wait_until(lambda: not self._is_in_use(), f"{self._image} to be let go of", 60.0)

    def _is_in_use(self) -> bool:
        done = subprocess.run(["losetup", "--associated", self._image], capture_output=True, check=True)
        return bool(done.stdout)


@contextmanager
def card(machine: Machine, folder: Path, path: str, size_mb: int) -> Iterator[Card]:
    """Give a machine a card below one of its folders; it is cut off at the end."""
    made = Card(folder, machine.path(path), size_mb)
    try:
        yield made
    finally:
        machine.cut_off()
        made.close()


def _run(*command: str, codes: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in codes, f"{command}: {done.stdout}{done.stderr}"
