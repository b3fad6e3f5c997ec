"""Frames on their way out: the last of each read waits for proof, equal frames for a different one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Segment:
    """Consecutive frames that may be given out.

    Attributes
    ----------
    first_index
        Number of the first frame since the FIFO was started, from 1.
    data
        The frames.
    frozen_before
        Whether frames before it were dropped because they only repeated the one before them.
    """

    first_index: int
    data: bytearray
    frozen_before: bool


def joined(segments: list[Segment], frame_bytes: int) -> list[Segment]:
    """Return the segments with those in one that follow each other without a break."""
    out: list[Segment] = []
    for segment in segments:
        last = out[-1] if out else None
        if (
            last is not None
            and not segment.frozen_before
            and segment.first_index == last.first_index + len(last.data) // frame_bytes
        ):
            last.data += segment.data
        else:
            out.append(segment)
    return out


class FrameQueue:
    """Holds back what is not certain yet.

    - A read of the FIFO that breaks off without an error leaves bytes behind, which the next count shows.
      Where it breaks off inside a frame before the last, the frames after it are no frames (see
      `frames_check.is_echo`); so only the last frame of a read has to wait for the next count.
    - Equal frames wait until a different one comes: a few may be chance, many are a frozen sensor. The
      first ones of all are dropped up to there: the sensor may have been frozen before.

    Parameters
    ----------
    frame_bytes
        Length of a frame.
    run_limit
        So many equal frames in a row are a frozen sensor (`frames_check.equal_run_limit`).
    """

    def __init__(self, frame_bytes: int, run_limit: int) -> None:
        self._frame_bytes = frame_bytes
        self._run_limit = run_limit
        self._unproved: list[tuple[int, bytes]] = []
        self._previous: bytes | None = None
        self._run: list[tuple[int, bytes]] = []
        self._fresh = True
        self._frozen_before = False

    @property
    def frozen_frames(self) -> int:
        """Frames held back that equal the one before them, once they are too many for chance."""
        return len(self._run) if len(self._run) >= self._run_limit else 0

    def forget(self) -> None:
        """Drop everything that waits, because what comes next does not join on."""
        self._unproved = []
        self._previous = None
        self._run = []
        self._fresh = True
        self._frozen_before = False

    def prove(self) -> list[Segment]:
        """Take note that the last read was whole; return what may go out now."""
        proved, self._unproved = self._unproved, []
        return self._living(proved)

    def add(self, first_index: int, data: bytes, *, suspect: bool = False) -> list[Segment]:
        """Take a read of whole frames; return what may go out now.

        Of a suspect read everything waits for the next count, not only the last frame.
        """
        size = self._frame_bytes
        frames = [
            (first_index + number, data[start : start + size])
            for number, start in enumerate(range(0, len(data), size))
        ]
        self._unproved = frames if suspect else [frames.pop()]
        return [] if suspect else self._living(frames)

    def _living(self, frames: list[tuple[int, bytes]]) -> list[Segment]:
        """Return the frames that differ from the one before them, with runs too short to be frozen."""
        out: list[Segment] = []
        for index, frame in frames:
            if frame == self._previous or self._previous is None:
                self._previous = frame
                self._run.append((index, frame))
                continue
            if self._run:
                if self._fresh:
                    pass
                elif len(self._run) >= self._run_limit:
                    self._frozen_before = True
                else:
                    for held in self._run:
                        self._append(out, *held)
                self._run = []
            self._append(out, index, frame)
            self._previous, self._fresh = frame, False
        return out

    def _append(self, out: list[Segment], index: int, frame: bytes) -> None:
        if out and not self._frozen_before:
            out[-1].data += frame
            return
        out.append(Segment(index, bytearray(frame), self._frozen_before))
        self._frozen_before = False
