"""Telling of stored JSON, without reading it, that a text stands nowhere in it.

Reading a gigabyte of payloads takes forty times as long as looking through its bytes, and most texts that one searches for
stand in few of them. A sieve never holds back what has the text; what it lets pass is to be read.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tracetui.query.fold import fold

_APART = re.compile(r"[^0-9a-z ;!?()._+=*#@%^~|`$-]+")
"""What need not stand in stored JSON as it is searched for: it may be escaped, or be put between texts by who reads them."""
_COMPUTED = re.compile(r"[0-9a-f .:+-]*|.*sha256.*|s?h?a?2?5?6?")
"""Numbers, which may be written in other ways, and digests of attachments, which are not stored at all."""
_SHORTEST = 3
_ASCII = bytes(range(0x80))
_ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")
_COMPATIBLE = ((0x80, 0x3400), (0xA000, 0xAC00), (0xF900, 0x20000))
"""Where characters lie that are compared as ASCII: there are none among Chinese characters, Hangul and behind them."""
_DOT_ABOVE = "\u0307"


class Sieve:
    """Looks for one text in stored JSON."""

    def __init__(self, part: str) -> None:
        """`part` is folded ASCII that stands in one piece wherever the whole text does."""
        self._part = part.encode()
        self._stand_ins = _stand_ins(part)
        self._escaped = frozenset(map(_first_unit, (*self._stand_ins, *part, *part.upper())))

    def may_hold(self, stored: bytes) -> bool:
        """Whether the text may be in what is stored: UTF-8, JSON or several pieces of it."""
        if self._part in stored.lower():
            return True
        if not stored.isascii() and self._is_there_in_other_characters(stored):
            return True
        # One byte is found much faster than two.
        if b"\\" not in stored or b"\\u" not in stored:
            return False
        return any(int(code, 16) in self._escaped for code in set(_ESCAPE.findall(stored)))

    def _is_there_in_other_characters(self, stored: bytes) -> bool:
        others = stored.translate(None, _ASCII).decode("utf-8", "replace")
        if self._stand_ins.keys().isdisjoint(others):
            return False
        for char in self._stand_ins.keys() & set(others):
            stored = stored.replace(char.encode(), self._stand_ins[char])
        return self._part in stored.lower()


def sieve_for(text: str) -> Sieve | None:
    """The sieve for a text as it is compared (see `fold`); None where stored JSON can say nothing of it."""
    parts = (part.strip() for part in _APART.split(fold(text)))
    part = max(parts, key=len, default="")
    if len(part) < _SHORTEST or _COMPUTED.fullmatch(part):
        return None
    return Sieve(part)


def _stand_ins(part: str) -> dict[str, bytes]:
    """Characters beyond ASCII that may be compared as the part, as some of it, or as its beginning or end; and as what."""
    found = {char: folded.encode() for char, folded in _folded_to_ascii() if _meets(folded, part)}
    return found | {_DOT_ABOVE: b""} if "i" in part else found


def _meets(folded: str, part: str) -> bool:
    if folded in part or part in folded:
        return True
    shorter = range(1, min(len(folded), len(part)))
    return any(folded.endswith(part[:size]) or folded.startswith(part[-size:]) for size in shorter)


@lru_cache(maxsize=1)
def _folded_to_ascii() -> tuple[tuple[str, str], ...]:
    """Each character beyond ASCII that is compared as text with ASCII in it, and that text."""
    chars = (chr(code) for start, end in _COMPATIBLE for code in range(start, end))
    pairs = ((char, fold(char)) for char in chars)
    return tuple((char, folded) for char, folded in pairs if any(one < "\x80" for one in folded))


def _first_unit(char: str) -> int:
    """The number by which JSON escapes a character; of two surrogates the first one says enough."""
    return int.from_bytes(char.encode("utf-16-be")[:2])
