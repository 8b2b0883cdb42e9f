"""Telling of stored JSON, without reading it, that a text stands nowhere in it.

Reading a gigabyte of payloads takes forty times as long as looking through its bytes, and most texts that one searches for
stand in few of them. A sieve never holds back what has the text; what it lets pass is to be read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from tracetui.query.fold import fold

_APART = re.compile(r"[^0-9a-z ;!?()._+=*#@%^~|`$-]+")
"""What need not stand in stored JSON as it is searched for: it may be escaped, or be put between texts by who reads them."""
_COMPUTED = re.compile(r"[0-9a-f .:+-]*|.*sha256.*|s?h?a?2?5?6?")
"""Numbers, which may be written in other ways, and digests of attachments, which are not stored at all."""
_SHORTEST = 3
_LONGEST = 500
REACH = 4096
"""Bytes within which a text stands that a sieve looks for, however its letters are written: four bytes each, and two for a
dot above. Of a record that is looked through in pieces, each begins so many bytes before the end of the one before."""
_COMPATIBLE = ((0x80, 0x3400), (0xA000, 0xAC00), (0xF900, 0x20000))
"""Where characters lie that are compared as ASCII: there are none among Chinese characters, Hangul and behind them."""
_BETWEEN = "\ue000"
"""A character that is compared as itself, whatever stands around it."""
_TOGETHER = 64
_DOT_ABOVE = "\u0307"


class Sieve:
    """Looks for one text in stored JSON."""

    def __init__(self, part: str) -> None:
        """`part` is folded ASCII that stands in one piece wherever the whole text does."""
        self._part = part.encode()
        stand_ins = _stand_ins(part)
        self._stand_ins = {char.encode(): folded for char, folded in stand_ins.items()}
        self._others = re.compile(_any_of(self._stand_ins))
        # All bytes that begin no stand-in; what is left of a character that is none of them has no beginning.
        leads = {char[0] for char in self._stand_ins}
        self._left_out = bytes(byte for byte in range(0x100) if byte not in leads and not 0x80 <= byte < 0xC0)
        self._escaped = re.compile(_escapes_of({*stand_ins, *part, *part.upper()}))

    def may_hold(self, stored: bytes) -> bool:
        """Whether the text may be in what is stored: UTF-8, JSON or several pieces of it."""
        return self._part in stored.lower() or self._is_there_otherwise(stored)

    def holding(self, block: bytes, starts: Sequence[int]) -> set[int]:
        """The numbers of the records in which the text may be, out of many that lie in a block one after the other.

        `starts` says where each begins, in order, the first of them at 0.
        """
        found = self._holding_plainly(block.lower(), starts)
        if not self._has_others(block) and not self._has_escaped(block):
            return found
        ends = (*starts[1:], len(block))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if number not in found and self._is_there_otherwise(block[start:end]):
                found.add(number)
        return found

    def _holding_plainly(self, lowered: bytes, starts: Sequence[int]) -> set[int]:
        found: set[int] = set()
        at = lowered.find(self._part)
        while at >= 0:
            after = bisect_right(starts, at)
            found.add(after - 1)
            if after == len(starts):
                break
            at = lowered.find(self._part, starts[after])
        return found

    def _is_there_otherwise(self, stored: bytes) -> bool:
        """Whether the text may be there in characters beyond ASCII, or escaped."""
        return (not stored.isascii() and self._is_there_in_other_characters(stored)) or self._has_escaped(stored)

    def _has_others(self, stored: bytes) -> bool:
        return not stored.isascii() and self._others.search(stored.translate(None, self._left_out)) is not None

    def _is_there_in_other_characters(self, stored: bytes) -> bool:
        others = set(self._others.findall(stored.translate(None, self._left_out)))
        for char in others:
            stored = stored.replace(char, self._stand_ins[char])
        return bool(others) and self._part in stored.lower()

    def _has_escaped(self, stored: bytes) -> bool:
        # One byte is found much faster than a backslash with something behind it.
        return b"\\" in stored and self._escaped.search(stored) is not None


def sieve_for(text: str) -> Sieve | None:
    """The sieve for a text as it is compared (see `fold`); None where stored JSON can say nothing of it."""
    parts = (part.strip() for part in _APART.split(fold(text)))
    part = max(parts, key=len, default="")
    if len(part) < _SHORTEST or _COMPUTED.fullmatch(part):
        return None
    return Sieve(part[:_LONGEST].strip())


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
    return tuple(pair for chars in _blocks() for pair in _folded(chars) if any(one < "\x80" for one in pair[1]))


def _blocks() -> Iterator[str]:
    for start, end in _COMPATIBLE:
        for first in range(start, end, _TOGETHER):
            yield "".join(map(chr, range(first, min(end, first + _TOGETHER))))


def _folded(chars: str) -> Iterator[tuple[str, str]]:
    """Some characters, each with what it is compared as; none where all of them are compared as themselves."""
    written = _BETWEEN.join(chars)
    folded = fold(written)
    if folded != written:
        yield from zip(chars, folded.split(_BETWEEN), strict=True)


def _any_of(codes: Collection[bytes]) -> bytes:
    """A regular expression of some characters in UTF-8, in which what several begin with stands once."""
    rests: dict[bytes, list[bytes]] = {}
    for code in codes:
        rests.setdefault(code[:1], []).append(code[1:])
    branches = (re.escape(first) + (b"" if rest == [b""] else _any_of(rest)) for first, rest in rests.items())
    return b"(?:" + b"|".join(branches) + b")"


def _escapes_of(chars: Collection[str]) -> bytes:
    """A regular expression of what JSON escapes these characters as; of two surrogates the first one says enough."""
    units = {char.encode("utf-16-be")[:2].hex().encode() for char in chars}
    return rb"\\u" + re.sub(rb"[a-f]", lambda digit: b"[%b%b]" % (digit[0], digit[0].upper()), _any_of(units))
