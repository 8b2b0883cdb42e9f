"""Draws everything with ASCII signs: a filter over each finished line, so that no widget has to know of it."""

from __future__ import annotations

from collections.abc import Mapping

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tracetui.text import speaks_unicode, to_ascii


class PlainSigns(LineFilter):
    """Changes the program's signs to ASCII, cell for cell; `is_strict` also what a trace says beyond ASCII."""

    def __init__(self, *, is_strict: bool) -> None:
        super().__init__()
        self._is_strict = is_strict

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """One line in ASCII signs."""
        return [Segment(to_ascii(text, is_strict=self._is_strict), style, control) for text, style, control in segments]


def find_signs(glyphs: str, environ: Mapping[str, str]) -> PlainSigns | None:
    """The filter that `ui.glyphs` and the locale ask for, or None."""
    if glyphs == "unicode":
        return None
    is_strict = not speaks_unicode(environ)
    return PlainSigns(is_strict=is_strict) if is_strict or glyphs == "ascii" else None
