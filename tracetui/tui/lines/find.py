"""Finding a text in a document: how often and where, any case and script, a bit at a time. Pure."""

from __future__ import annotations

import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

from tracetui.query.fold import fold
from tracetui.tui.lines.document import Block


class Finding:
    """Hits of `wanted` in the text of blocks as it is drawn. Counts are known for the blocks searched so far."""

    def __init__(self, blocks: Sequence[Block], wanted: str) -> None:
        self.wanted = wanted
        self.total = 0
        self._blocks = blocks
        self._counts: list[int] = []
        self._folded = fold(wanted)
        self._latest: tuple[int, list[tuple[int, int]]] = (-1, [])

    @property
    def is_done(self) -> bool:
        """Whether every block was searched."""
        return len(self._counts) == len(self._blocks)

    def advance(self, budget_s: float) -> None:
        """Search on for about `budget_s` seconds, at least one block."""
        until = time.perf_counter() + budget_s
        while not self.is_done:
            found = self._count(len(self._counts))
            self._counts.append(found)
            self.total += found
            if time.perf_counter() > until:
                return

    def hits(self, index: int) -> list[tuple[int, int]]:
        """Hits that begin in block `index`, as ranges of its text."""
        if self._latest[0] != index:
            self._latest = index, self._search(index)
        return self._latest[1]

    def _count(self, index: int) -> int:
        """How many hits begin in a block; without listing them where that is enough."""
        block = self._blocks[index]
        own = len(block.read())
        text = block.read(len(self.wanted))
        if text.isascii() and self._folded:
            return text[: own + len(self._folded) - 1].lower().count(self._folded)
        return len(self.hits(index))

    def _search(self, index: int) -> list[tuple[int, int]]:
        block = self._blocks[index]
        own = len(block.read())
        return [hit for hit in find_folded(block.read(len(self.wanted)), self._folded) if hit[0] < own]

    def next_block(self, index: int, step: int) -> int | None:
        """The nearest searched block from `index` on, in direction `step`, around the end, that has hits."""
        size = len(self._counts)
        for distance in range(size):
            at = (index + step * distance) % size
            if self._counts[at]:
                return at
        return None

    def ordinal(self, index: int, hit: int) -> int:
        """Which of all hits, from 1 on, the one numbered `hit` of block `index` is."""
        return sum(self._counts[:index]) + hit + 1


def find_folded(text: str, wanted: str) -> list[tuple[int, int]]:
    """Ranges of `text` that are `wanted` (folded) in any case and any form of its characters; they do not overlap."""
    if not wanted:
        return []
    folded = fold(text)
    if len(folded) == len(text):
        found = _find_all(folded, wanted)
        if text.isascii() or all(fold(text[start:end]) == wanted for start, end in found):
            return found
    elif wanted not in folded:
        return []
    return _find_by_letters(text, wanted)


def _find_by_letters(text: str, wanted: str) -> list[tuple[int, int]]:
    """As `find_folded`, where folding changes lengths: each letter with its marks is folded by itself."""
    letters = [match.span() for match in _LETTER.finditer(text)]
    folded = [_fold_letter(text[start:end]) for start, end in letters]
    starts = list(accumulate(map(len, folded), initial=0))
    found: list[tuple[int, int]] = []
    for start, end in _find_all("".join(folded), wanted):
        first, last = bisect_right(starts, start) - 1, bisect_left(starts, end) - 1
        hit = letters[first][0], letters[last][1]
        if not found or hit[0] >= found[-1][1]:
            found.append(hit)
    return found


_LETTER = re.compile(r"[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]*|.", re.DOTALL)
"""A character with the accents that stand behind it."""
_fold_letter = lru_cache(maxsize=4096)(fold)


def _find_all(text: str, wanted: str) -> list[tuple[int, int]]:
    found, at = [], text.find(wanted)
    while at >= 0:
        found.append((at, at + len(wanted)))
        at = text.find(wanted, at + len(wanted))
    return found
