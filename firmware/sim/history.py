"""What a simulated chip really produced: the truth that a driver's output is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Every sample that a chip produced while it was awake.

    Attributes
    ----------
    t_ns : int64 array, shape (n,)
        When the chip put the sample into its registers, on the host's clock.
    words : int16 array, shape (n, 7)
        Acceleration, temperature, angular rate in counts, in register order.
    genuine : bool array, shape (n,)
        False while the chip was frozen and only repeated its last sample.
    """

    t_ns: npt.NDArray[np.int64]
    words: npt.NDArray[np.int16]
    genuine: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.t_ns)


class HistoryKeeper:
    """Collects pieces of history without copying them each time."""

    def __init__(self) -> None:
        self._parts: list[History] = []

    def add(self, part: History) -> None:
        """Append consecutive samples."""
        self._parts.append(part)

    def whole(self) -> History:
        """Return everything so far as one piece."""
        if not self._parts:
            return History(np.empty(0, np.int64), np.empty((0, 7), np.int16), np.empty(0, np.bool_))
        if len(self._parts) > 1:
            joined = History(
                np.concatenate([part.t_ns for part in self._parts]),
                np.concatenate([part.words for part in self._parts]),
                np.concatenate([part.genuine for part in self._parts]),
            )
            self._parts = [joined]
        return self._parts[0]
