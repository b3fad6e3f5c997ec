"""Curves of sets: pieces are kept in memory while they come, and one small blob a set on disk.

A value is a tenth of a degree in two bytes, compressed: a minute at 25 values a second takes about 2 kB.
"""

from __future__ import annotations

import array
import sys
import zlib
from collections import deque
from dataclasses import dataclass
from typing import Final

from pi_service.history.rows import CurveRow
from pi_service.publish.payloads import CurvePayload

#: Seconds of the curve of each station that are kept in memory: the longest set whose curve is whole.
KEPT_S: Final = 600.0
#: So much before and after a set belongs to its picture (s).
AROUND_S: Final = 2.0
_STEP_DEG: Final = 0.1
_NOTHING: Final = -32768
_LARGEST: Final = 32767
#: Most values of a set, and most stations whose curves are remembered: both come from the network.
_MOST_VALUES: Final = 60_000
_MOST_STATIONS: Final = 500
#: Most pieces of a station: ten a second.
_MOST_PIECES: Final = round(10 * KEPT_S)


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve of a set as it is on disk."""

    start_s: float
    rate_hz: float
    samples: bytes


@dataclass(frozen=True, slots=True)
class _Piece:
    start_s: float
    rate_hz: float
    values: array.array[int]

    @property
    def end_s(self) -> float:
        return self.start_s + len(self.values) / self.rate_hz


class CurveMemory:
    """The last minutes of the curve of each station."""

    def __init__(self) -> None:
        self._pieces: dict[str, deque[_Piece]] = {}
        self._sessions: dict[str, str] = {}

    def take(self, piece: CurvePayload) -> None:
        """Remember a piece; one of another session, or of an earlier time, begins anew."""
        if not piece.movement_deg:
            return
        known = self._pieces.setdefault(piece.station, deque(maxlen=_MOST_PIECES))
        packed = array.array("h", (_packed(value) for value in piece.movement_deg))
        fresh = _Piece(piece.start_s, piece.rate_hz, packed)
        other = self._sessions.get(piece.station) != piece.session
        period_s = 1.0 / fresh.rate_hz
        if not other and known and abs(fresh.start_s - known[-1].start_s) < period_s / 2:
            return
        if other or (known and fresh.start_s < known[-1].end_s - period_s):
            known.clear()
        self._sessions[piece.station] = piece.session
        known.append(fresh)
        while fresh.end_s - known[0].end_s > KEPT_S:
            known.popleft()
        if len(self._pieces) > _MOST_STATIONS:
            forgotten = next(iter(self._pieces))
            del self._pieces[forgotten], self._sessions[forgotten]

    def cut(self, station: str, session: str, start_s: float, end_s: float) -> Curve | None:
        """Return the curve of a set and a little around it; None where none of it was heard."""
        if self._sessions.get(station) != session:
            return None
        first_s, last_s = start_s - AROUND_S, end_s + AROUND_S
        pieces = [
            each for each in self._pieces.get(station, ()) if each.end_s > first_s and each.start_s < last_s
        ]
        if not pieces:
            return None
        rate_hz = pieces[0].rate_hz
        begin_s = pieces[0].start_s
        count = round((pieces[-1].end_s - begin_s) * rate_hz)
        if any(each.rate_hz != rate_hz for each in pieces) or not 0 < count <= _MOST_VALUES:
            return None
        values = array.array("h", [_NOTHING]) * count
        for each in pieces:
            at = round((each.start_s - begin_s) * rate_hz)
            fits = each.values[: count - at]
            values[at : at + len(fits)] = fits
        return Curve(round(begin_s, 4), rate_hz, zlib.compress(_little_endian(values).tobytes()))


def unpack(curve: Curve) -> CurveRow:
    """Return the curve of a set in degrees."""
    values = array.array("h")
    values.frombytes(zlib.decompress(curve.samples))
    return CurveRow(
        start_s=curve.start_s,
        rate_hz=curve.rate_hz,
        values=tuple(
            None if each == _NOTHING else round(each * _STEP_DEG, 1) for each in _little_endian(values)
        ),
    )


def _packed(value_deg: float) -> int:
    return max(_NOTHING + 1, min(_LARGEST, round(max(-1e6, min(1e6, value_deg)) / _STEP_DEG)))


def _little_endian(values: array.array[int]) -> array.array[int]:
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values
