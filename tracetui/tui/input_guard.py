"""What comes from the terminal before Textual reads it: bytes that are no UTF-8 and answers that nobody waits for.

Textual decodes strictly, so one pasted Latin-1 byte ends its input thread; and it takes a terminal's late answer to a
question (OSC, DCS) for keys, each of which would do something.
"""

from __future__ import annotations

import codecs
import re

_ANSWERS = re.compile(r"\x1b(?:\][0-9]+;[^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\)")
_BEGUN = re.compile(r"\x1b(?:\][0-9]+(?:;[^\x07\x1b]*\x1b?)?|P[0-9>+!|][^\x1b]*\x1b?)$")
_MOST_HELD = 4_096


class GuardedDecoder:
    """An incremental decoder of UTF-8 that never fails and leaves answers of the terminal out."""

    def __init__(self, held: str = "") -> None:
        """`held` is the beginning of an answer that came before."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = held

    def decode(self, data: bytes, final: bool = False) -> str:
        """The text of more bytes; the beginning of an answer is held back until its end comes."""
        text, begun = split_answer(self._held + self._decoder.decode(data, final))
        self._held = "" if final else begun
        return text


def split_answer(text: str) -> tuple[str, str]:
    """The text without answers of the terminal, and the beginning of one at its end."""
    text = _ANSWERS.sub("", text)
    begun = _BEGUN.search(text)
    if begun is None or len(text) - begun.start() > _MOST_HELD:
        return text, ""
    return text[: begun.start()], text[begun.start() :]


def guard_input(held: str = "") -> None:
    """Make Textual's driver decode with GuardedDecoder; where a later version has no such place, nothing happens."""
    from textual.drivers import linux_driver

    if hasattr(linux_driver, "getincrementaldecoder"):
        first = iter([held])
        linux_driver.getincrementaldecoder = lambda _: lambda: GuardedDecoder(next(first, ""))
