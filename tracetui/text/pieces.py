"""Long texts in pieces, so that what is made of them is never held whole a second time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tracetui.text.untrusted import inert

PIECE = 1 << 20
"""Characters of a piece, and some more up to a place where it can end."""
_LETTERS = r"[ -~\u4e00-\u9fff\uac00-\ud7a3]"
"""Between two of these neither side takes part in anything with the other: no mark, joiner, selector or line end is near."""


def pieces_of(text: str, length: int = PIECE) -> Iterator[str]:
    """The text in pieces of about `length` characters: made inert one by one they are the whole made inert.

    What has tabs, whose width depends on all before them, ends at line ends only.
    """
    start = 0
    has_tabs = len(text) > length and "\t" in text
    while start < len(text):
        end = _end(text, start + length, has_tabs)
        yield text[start:end] if start or end < len(text) else text
        start = end


def inert_pieces(text: str, length: int = PIECE) -> Iterator[str]:
    """`inert(text, keep_newlines=True)` in pieces."""
    return (inert(piece, keep_newlines=True) for piece in pieces_of(text, length))


def _end(text: str, wanted: int, has_tabs: bool) -> int:
    if wanted >= len(text):
        return len(text)
    if has_tabs:
        return text.find("\n", wanted) + 1 or len(text)
    found = _between_letters().search(text, wanted)
    return len(text) if found is None else found.start()


@lru_cache(maxsize=1)
def _between_letters() -> re.Pattern[str]:
    """Made at its first use: that takes longer than all that most commands do with texts."""
    return re.compile(f"(?<={_LETTERS})(?={_LETTERS})")
