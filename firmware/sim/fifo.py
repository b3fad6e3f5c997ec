"""The chip's FIFO: bytes, not frames; and what puts the samples into it."""

from __future__ import annotations

import numpy as np

from firmware.sim.sampler import ROW_BYTES, Sampler

#: How long it takes to put one sample in, byte by byte, after its instant: a count that is read in that
#: moment is no whole number of frames.
WRITE_NS = 30_000


class Fifo:
    """First in, first out, of a fixed size.

    It knows nothing of frames: when it overflows the oldest *bytes* go, so that what is left does not
    begin with a frame unless its size is a multiple of the frame.

    Parameters
    ----------
    size
        Bytes that it holds.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.overflowed = False
        """Set when bytes were lost; whoever reads it clears it."""
        self._content = bytearray()
        self._last = 0

    def __len__(self) -> int:
        return len(self._content)

    def push(self, data: bytes, *, keep_oldest: bool = False) -> None:
        """Put bytes in; what does not fit is lost.

        Parameters
        ----------
        data
            The bytes.
        keep_oldest
            Lose the newest instead of the oldest (FIFO_MODE of the MPU-6500 and later).
        """
        self._content += data
        excess = len(self._content) - self.size
        if excess > 0:
            self.overflowed = True
            if keep_oldest:
                del self._content[self.size :]
            else:
                del self._content[:excess]

    def pop(self, count: int) -> bytes:
        """Take bytes out; an empty FIFO gives the last byte that was read, again and again."""
        data = bytes(self._content[:count])
        del self._content[:count]
        if data:
            self._last = data[-1]
        return data + bytes([self._last]) * (count - len(data))

    def clear(self) -> None:
        """Forget everything that is in it; the overflow flag stays."""
        self._content.clear()

    def resize(self, size: int) -> None:
        """Hold another number of bytes from now on; the oldest go if it is fewer."""
        self.size = size
        if len(self._content) > size:
            self.push(b"")


class FifoFeed:
    """Puts a sampler's samples into a FIFO as time passes.

    Parameters
    ----------
    fifo
        Where they go.
    sampler
        Where they come from.
    """

    def __init__(self, fifo: Fifo, sampler: Sampler) -> None:
        self._fifo = fifo
        self._sampler = sampler
        self._columns: tuple[int, ...] = ()
        self._batch = -1
        self._data = b""
        self._done = 0  # bytes of `_data` that are in, or never will be

    def choose(self, columns: tuple[int, ...]) -> None:
        """Take these bytes of each sample from the next one on; a frame that is being written is cut off."""
        if columns != self._columns:
            self._columns = columns
            self._begin_batch()
            self._done = self._sampler.taken * len(columns)

    def fill(self, now_ns: int, *, keep_oldest: bool) -> None:
        """Put in what is written by now."""
        sampler, frame = self._sampler, len(self._columns)
        if not frame:
            return
        if self._batch != sampler.batch:
            self._begin_batch()
        if sampler.taken:
            last = sampler.taken - 1
            end = last * frame + min(frame, (now_ns - sampler.times[last]) * frame // WRITE_NS)
            if end > self._done:
                self._fifo.push(self._data[self._done : end], keep_oldest=keep_oldest)
                self._done = end

    def _begin_batch(self) -> None:
        rows = self._sampler.rows
        if 0 < len(self._columns) < ROW_BYTES:
            rows = np.frombuffer(rows, np.uint8).reshape(-1, ROW_BYTES)[:, self._columns].tobytes()
        self._data, self._done, self._batch = rows, 0, self._sampler.batch
