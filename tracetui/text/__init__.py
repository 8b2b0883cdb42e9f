"""What may reach a terminal: untrusted text made inert, its width in cells, numbers and times, the glyphs.

There is one formatter for each kind of value, and everything that is drawn or printed goes through it.

`untrusted` makes text inert, `pieces` what is long · `cells` measures, cuts and wraps · `numbers` and `times` format · `glyphs` are the signs.
"""

from __future__ import annotations

from tracetui.text.bars import bar, spark
from tracetui.text.cells import cell_width, fit, middle, wrap_cells
from tracetui.text.glyphs import (
    ASCII_GLYPHS,
    ASCII_STATUS_GLYPHS,
    GLYPHS,
    STATUS_GLYPHS,
    speaks_unicode,
    to_ascii,
)
from tracetui.text.numbers import ABSENT, about, count, money, percent, size, tokens
from tracetui.text.pieces import PIECE, inert_pieces, pieces_of
from tracetui.text.times import ago, clock, duration, iso, short_clock
from tracetui.text.untrusted import inert

__all__ = [
    "ABSENT",
    "ASCII_GLYPHS",
    "ASCII_STATUS_GLYPHS",
    "GLYPHS",
    "PIECE",
    "STATUS_GLYPHS",
    "about",
    "ago",
    "bar",
    "cell_width",
    "clock",
    "count",
    "duration",
    "fit",
    "inert",
    "inert_pieces",
    "iso",
    "middle",
    "money",
    "percent",
    "pieces_of",
    "short_clock",
    "size",
    "spark",
    "speaks_unicode",
    "to_ascii",
    "tokens",
    "wrap_cells",
]
