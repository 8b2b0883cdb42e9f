"""What changed between two texts, word by word, in time that grows with the texts and not with their product."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

from msgspec import Struct

Change: TypeAlias = Literal["same", "removed", "added"]

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_WORDS = 4_000
"""Words of a changed piece up to which it is compared word by word; a longer one is compared line by line."""

_SENTENCE = 12
_LEAST_KEPT = 0.4
"""Share of the shorter piece that has to be in both: two different sentences are not shown as one of scattered words."""


class Piece(Struct, frozen=True):
    """A run of text that is in both texts, only in the first (removed), or only in the second (added)."""

    change: Change
    text: str


def diff_words(one: str, other: str) -> list[Piece]:
    """The pieces of both texts in order: those that are not "added" give `one`, those not "removed" give `other`.

    Lines are compared first and only the words of lines that differ after that, so that long prompts stay cheap.
    """
    if one == other:
        return [Piece("same", one)] if one else []
    pieces: list[Piece] = []
    for change, left, right in _differing(_lines(one), _lines(other)):
        if change == "same":
            pieces.append(Piece("same", left))
        else:
            pieces += _within(left, right)
    return _joined(pieces)


def _within(left: str, right: str) -> list[Piece]:
    words, others = _WORD.findall(left), _WORD.findall(right)
    if not words or not others or len(words) + len(others) > _MOST_WORDS:
        return _replaced(left, right)
    pieces: list[Piece] = []
    kept = 0
    for change, before, after in _differing(words, others):
        pieces += [Piece("same", before)] if change == "same" else _replaced(before, after)
        kept += len(before.strip()) if change == "same" else 0
    is_short = min(len(words), len(others)) < _SENTENCE
    is_same_text = kept >= _LEAST_KEPT * min(len(left.strip()), len(right.strip()))
    return pieces if is_short or is_same_text else _replaced(left, right)


def _replaced(left: str, right: str) -> list[Piece]:
    return [piece for piece in (Piece("removed", left), Piece("added", right)) if piece.text]


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _differing(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """("same" or "changed", text of the first, text of the second) of each run."""
    start, end, end_other = _common_ends(one, other)
    if start:
        yield "same", "".join(one[:start]), "".join(other[:start])
    middle, middle_other = one[start:end], other[start:end_other]
    for tag, a, b, c, d in SequenceMatcher(None, middle, middle_other, autojunk=len(middle) > 2000).get_opcodes():
        yield ("same" if tag == "equal" else "changed"), "".join(middle[a:b]), "".join(middle_other[c:d])
    if end < len(one):
        yield "same", "".join(one[end:]), "".join(other[end_other:])


def _common_ends(one: Sequence[str], other: Sequence[str]) -> tuple[int, int, int]:
    """Where the common beginning ends, and where the common end begins in each."""
    shortest = min(len(one), len(other))
    start = 0
    while start < shortest and one[start] == other[start]:
        start += 1
    end, end_other = len(one), len(other)
    while end > start and end_other > start and one[end - 1] == other[end_other - 1]:
        end -= 1
        end_other -= 1
    return start, end, end_other


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours of the same kind as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].change == piece.change:
            joined[-1] = Piece(piece.change, joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return joined
