"""The movement's curve in the characters of a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pi_service.dashboard.views import CurveView

#: From nothing to a whole cell, in eighths.
_EIGHTHS: Final = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_PARTS: Final = 8
#: A movement that is smaller than this does not fill the curve.
_LEAST_DEG: Final = 10.0


def curve_text(pieces: Sequence[CurveView], width: int, height: int, span_s: float) -> str:
    """Return the last seconds of a curve as rows of blocks, the newest at the right.

    Parameters
    ----------
    pieces
        In the order of time.
    width, height
        Room in cells.
    span_s
        How many seconds the width is.
    """
    if not pieces or width < 1 or height < 1:
        return "\n".join([""] * height)
    last = pieces[-1]
    end_s = last.start_s + len(last.values) / last.rate_hz
    tops_deg = [0.0] * width
    for piece in pieces:
        for at, value in enumerate(piece.values):
            before_s = end_s - (piece.start_s + (at + 0.5) / piece.rate_hz)
            column = width - 1 - int(before_s / span_s * width)
            if 0 <= column < width:
                tops_deg[column] = max(tops_deg[column], value)
    full_deg = max(_LEAST_DEG, *tops_deg)
    heights = [round(top / full_deg * height * _PARTS) for top in tops_deg]
    return "\n".join(_row(heights, row) for row in range(height - 1, -1, -1))


def _row(heights: Sequence[int], row: int) -> str:
    """Return one row of columns that are so many eighths of a cell high; row 0 is the lowest."""
    return "".join(_EIGHTHS[min(_PARTS, max(0, each - row * _PARTS))] for each in heights)
