"""Figures that are read from across a room: digits of blocks, as large as a terminal has room for."""

from __future__ import annotations

from typing import Final

#: Three columns by five rows each; a point and a dash are narrower and flatter.
_GLYPHS: Final = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    ".": (" ", " ", " ", " ", "#"),
    "-": ("   ", "   ", "###", "   ", "   "),
}
_ROWS: Final = 5
#: A cell of a terminal is about twice as high as it is wide.
_CELLS_WIDE: Final = 2
_BLOCK: Final = "\u2588"


def big(figure: str, width: int, height: int) -> str:
    """Return a figure in blocks, as large as fits.

    Parameters
    ----------
    figure
        Digits, a point, a dash.
    width, height
        Room in cells; the figure itself where not even the smallest blocks fit.
    """
    glyphs = [_GLYPHS[each] for each in figure]
    columns = sum(len(glyph[0]) for glyph in glyphs) + len(glyphs) - 1
    scale = min(height // _ROWS, width // (columns * _CELLS_WIDE))
    if scale < 1:
        return figure
    lines = []
    for row in range(_ROWS):
        bits = " ".join(glyph[row] for glyph in glyphs).replace("#", _BLOCK)
        lines += ["".join(bit * _CELLS_WIDE * scale for bit in bits)] * scale
    return "\n".join(lines)
