"""Finding a text in a document: how often and where, any case, a bit at a time. Pure."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from tracetui.tui.lines.document import Block


class Finding:
    """Hits of `wanted` in the text of blocks as it is drawn. Counts are known for the blocks searched so far."""

    def __init__(self, blocks: Sequence[Block], wanted: str) -> None:
        self.wanted = wanted
        self.total = 0
        self._blocks = blocks
        self._counts: list[int] = []
        self._lower = wanted.lower()
        self._latest: tuple[int, list[tuple[int, int]]] = (-1, [])

    @property
    def is_done(self) -> bool:
        """Whether every block was searched."""
        return len(self._counts) == len(self._blocks)

    def advance(self, budget_s: float) -> None:
        """Search on for about `budget_s` seconds, at least one block."""
        until = time.perf_counter() + budget_s
        while not self.is_done:
            found = len(self.hits(len(self._counts)))
            self._counts.append(found)
            self.total += found
            if time.perf_counter() > until:
                return

    def hits(self, index: int) -> list[tuple[int, int]]:
        """Hits that begin in block `index`, as ranges of its text."""
        if self._latest[0] != index:
            self._latest = index, self._search(index)
        return self._latest[1]

    def _search(self, index: int) -> list[tuple[int, int]]:
        block = self._blocks[index]
        own = len(block.read())
        text = block.read(len(self.wanted))
        lower = text.lower()
        if len(lower) != len(text) or len(self._lower) != len(self.wanted):
            found = [match.span() for match in re.finditer(re.escape(self.wanted), text, re.IGNORECASE)]
        else:
            found = _find_all(lower, self._lower)
        return [(start, end) for start, end in found if start < own]

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


def _find_all(text: str, wanted: str) -> list[tuple[int, int]]:
    found, at = [], text.find(wanted)
    while at >= 0:
        found.append((at, at + len(wanted)))
        at = text.find(wanted, at + len(wanted))
    return found
