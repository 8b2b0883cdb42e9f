"""A reader that finds text: highlights every hit, goes from one to the next, counts them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import partial

from textual.message import Message

from tracetui.tui.lines.document import Block, Document
from tracetui.tui.lines.find import Finding
from tracetui.tui.lines.reader import Reader

_SLICE_S = 0.01
"""Searching holds the screen for this long at a time."""


_PAUSE_S = 0.002
"""Between two slices. Callbacks that follow each other at once would let nothing else have a turn."""


class SearchingReader(Reader):
    """A reader with `find`. A text that takes longer than a moment to search is searched while one reads on."""

    class Found(Message):
        """The count of hits changed; `current` is which of them was gone to, 0 for none; `is_done` when all is searched."""

        def __init__(self, text: str, current: int, total: int, is_done: bool) -> None:
            super().__init__()
            self.text = text
            self.current = current
            self.total = total
            self.is_done = is_done

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._finding: Finding | None = None
        self._current: tuple[int, int] | None = None
        self._goes_when_seen = False

    @property
    def finding(self) -> str:
        """The text that is being looked for, "" for none."""
        return self._finding.wanted if self._finding else ""

    @property
    def hit_count(self) -> int:
        """Hits found so far."""
        return self._finding.total if self._finding else 0

    def find(self, text: str) -> None:
        """Look for `text` in any case and go to the first hit from the top of the page on; "" ends it."""
        self._current = None
        self._goes_when_seen = False
        self._finding = Finding(self._shown, text) if text else None
        if self._finding:
            self._search_on(self._finding, goes=True)
        self.tell_found()
        self.refresh()

    def action_find_next(self) -> None:
        """Go to the next hit, around the end."""
        self._go(1)

    def action_find_previous(self) -> None:
        """Go to the previous hit, around the beginning."""
        self._go(-1)

    def set_blocks(self, blocks: Sequence[Block], document: Document | None = None) -> None:
        """Show another text and look for the same in it."""
        super().set_blocks(blocks, document)
        if self._finding:
            self._current = None
            self._finding = Finding(blocks, self._finding.wanted)
            self._search_on(self._finding, goes=self._goes_when_seen)
            self.tell_found()

    def hits(self, block: int) -> list[tuple[int, int]]:
        """Hits in a block."""
        return self._finding.hits(block) if self._finding else []

    def current_hit(self, block: int) -> tuple[int, int] | None:
        """The hit that was gone to, if it is in this block."""
        if self._current is None or self._current[0] != block:
            return None
        return self.hits(block)[self._current[1]]

    def tell_found(self) -> None:
        """Tell how many hits there are."""
        if self._finding:
            current = self._finding.ordinal(*self._current) if self._current else 0
            self.tell(self.Found(self._finding.wanted, current, self._finding.total, self._finding.is_done))
        else:
            self.tell(self.Found("", 0, 0, True))

    def _search_on(self, finding: Finding, *, goes: bool) -> None:
        if finding is not self._finding:
            return
        finding.advance(_SLICE_S)
        if goes and finding.total:
            self._go(1)
            goes = False
        if not finding.is_done:
            self.set_timer(_PAUSE_S, partial(self._search_on, finding, goes=goes))
        self.tell_found()

    def _go(self, step: int) -> None:
        finding = self._finding
        if finding is None or not finding.total:
            return
        # Where nothing of it is seen, there is no width and nothing is wrapped: it goes there once it is.
        self._goes_when_seen = self.document.blocks is not self._shown
        if self._goes_when_seen:
            return
        self._current = self._after(finding, self._current, step) if self._current else self._first(finding, step)
        if self._current:
            block, hit = self._current
            row = self.document.row_of(block, finding.hits(block)[hit][0])
            self._take_height()
            if not self.scroll_offset.y <= row < self.scroll_offset.y + self.page:
                self.move_to(row - self.page // 3)
        self.tell_found()
        self.refresh()

    def _first(self, finding: Finding, step: int) -> tuple[int, int] | None:
        block = finding.next_block(self.document.block_at(self.scroll_offset.y), step)
        if block is None:
            return None
        hits = finding.hits(block)
        below = bisect_left(hits, self.scroll_offset.y, key=lambda hit: self.document.row_of(block, hit[0]))
        return block, min(below, len(hits) - 1)

    def _after(self, finding: Finding, current: tuple[int, int], step: int) -> tuple[int, int] | None:
        block, hit = current
        if 0 <= hit + step < len(finding.hits(block)):
            return block, hit + step
        other = finding.next_block(block + step, step)
        return None if other is None else (other, 0 if step > 0 else len(finding.hits(other)) - 1)
