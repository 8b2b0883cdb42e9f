"""A long text as blocks that are read, made inert and wrapped only where somebody looks. Pure.

A block knows a part of the text and how to paint it. A document of less than about 300 kB is wrapped at once, so that its
height is exact; of a longer one the heights are estimates until a block comes into sight.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import itemgetter

from tracetui.text import cell_width, fit, inert, wrap_cells
from tracetui.tui.lines.palette import Ink

EXACT_BELOW = 300_000
"""Effort up to which every height is exact from the start: characters, of which each in a block of more than ASCII
counts for twenty, because their cells have to be added up one by one (0.3 µs each)."""
_BEYOND_ASCII = 20
PIECE = 32_768
"""Characters of a long text that are wrapped together."""
UNWRAPPED = 1 << 30
"""The width of a text that is not wrapped."""
_BLOCKS_KEPT = 256
_SAMPLE = 256


class Block:
    """Some lines that are painted alike.

    `margin` stands before each row; `fill` is repeated from the end of the last row to the edge; `fold` names what a
    click on the block folds or unfolds.
    """

    def __init__(self, *, margin: Sequence[Ink] = (), fill: Ink | None = None, fold: str | None = None) -> None:
        self.margin = list(margin)
        self.margin_width = sum(cell_width(text) for text, _ in margin)
        self.fill = fill
        self.fold = fold

    def read(self, extra: int = 0) -> str:
        """The text, inert; with `extra` that many characters (as they came) of what follows without a break."""
        raise NotImplementedError

    def length(self) -> int:
        """About how many characters `read` gives."""
        raise NotImplementedError

    def effort(self) -> int:
        """About how much work wrapping it is, in characters of ASCII."""
        return self.length()

    @property
    def continues(self) -> bool:
        """Whether it goes on in the line that the block before began."""
        return False

    def paint(self, text: str, start: int, end: int) -> list[Ink]:
        """Colour `text[start:end]`, a row of the block's text."""
        raise NotImplementedError

    def wrap(self, text: str, width: int) -> list[str]:
        """Break the block's text into rows that are parts of it, with nothing but blanks and newlines between them."""
        return wrap_cells(text, width)

    def indent(self, text: str, start: int, width: int) -> int:
        """Blanks to draw before the row that begins at `start`, for which `wrap` left room."""
        return 0

    def estimate(self, width: int) -> int:
        """About how many rows it takes."""
        return max(1, -(-self.length() // width))


class Inks(Block):
    """Short text in several tones; its inks are inert already."""

    def __init__(
        self, *inks: Ink, margin: Sequence[Ink] = (), fill: Ink | None = None, fold: str | None = None
    ) -> None:
        super().__init__(margin=margin, fill=fill, fold=fold)
        self._text = "".join(text for text, _ in inks)
        self._tones = [tone for _, tone in inks]
        self._ends = list(accumulate(len(text) for text, _ in inks))

    def read(self, extra: int = 0) -> str:
        """The text of all inks."""
        return self._text

    def length(self) -> int:
        """How many characters there are."""
        return len(self._text)

    def paint(self, text: str, start: int, end: int) -> list[Ink]:
        """Colour a row as the inks say."""
        painted: list[Ink] = []
        at = bisect_right(self._ends, start)
        while start < end:
            stop = min(end, self._ends[at])
            painted.append((text[start:stop], self._tones[at]))
            start, at = stop, at + 1
        return painted


class Piece(Block):
    """A part of a text of any length, made inert when it is read, in one tone."""

    def __init__(self, source: str, start: int, end: int, tone: str, *, margin: Sequence[Ink] = ()) -> None:
        super().__init__(margin=margin)
        self._source = source
        self._start = start
        self._end = end
        self.tone = tone

    def read(self, extra: int = 0) -> str:
        """The part, made inert; a newline at its very end is not a line of its own."""
        part = self._source[self._start : self._end + extra]
        if not extra and part.endswith("\n") and self._end < len(self._source):
            part = part[:-1]
        return inert(part, keep_newlines=True)

    @property
    def continues(self) -> bool:
        """Whether the part begins within a line."""
        return self._start > 0 and self._source[self._start - 1] != "\n"

    def length(self) -> int:
        """How many characters the part has as it came."""
        return self._end - self._start

    def effort(self) -> int:
        """Characters, twenty times as many where they are not all ASCII."""
        return self.length() * (1 if self._source[self._start : self._end].isascii() else _BEYOND_ASCII)

    def paint(self, text: str, start: int, end: int) -> list[Ink]:
        """Colour a row in the one tone."""
        return [(text[start:end], self.tone)]

    def estimate(self, width: int) -> int:
        """Rows if its lines are about equally long and its characters about as wide as the first ones."""
        newlines = self._source.count("\n", self._start, self._end)
        sample = self._source[self._start : min(self._end, self._start + _SAMPLE)]
        cells = self.length() * max(1.0, cell_width(inert(sample)) / max(1, len(sample)))
        each = cells / (newlines + 1)
        return round((newlines + 1) * max(1.0, each / width + (0.5 if newlines else 0)))


def cut(source: str, start: int = 0) -> list[tuple[int, int]]:
    """Cut a text into pieces of about 32 K characters: after a newline where one is near, else after a blank or comma."""
    pieces: list[tuple[int, int]] = []
    while len(source) - start > PIECE:
        end = start + PIECE
        for mark, reach in (("\n", PIECE // 2), (" ", 256), (",", 256)):
            found = source.rfind(mark, end - reach, end)
            if found > start:
                end = found + 1
                break
        pieces.append((start, end))
        start = end
    return [*pieces, (start, len(source))]


def pieces(source: str, tone: str, *, margin: Sequence[Ink] = ()) -> list[Block]:
    """Blocks of a text of any length in one tone."""
    return [Piece(source, start, end, tone, margin=margin) for start, end in cut(source)]


class _Wrapped:
    """The text of a block, its rows, and where in the text they begin (found when first asked for)."""

    def __init__(self, text: str, rows: list[str]) -> None:
        self.text = text
        self.rows = rows
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """Where the rows begin; the blanks at a break belong to no row."""
        if self._starts is None:
            self._starts = []
            at = 0
            for row in self.rows:
                while not self.text.startswith(row, at):
                    at += 1
                self._starts.append(at)
                at += len(row) + self.text.startswith("\n", at + len(row))
        return self._starts


class Document:
    """Blocks, one under another, wrapped to a width. A row is counted from the top of the document."""

    def __init__(self, blocks: Sequence[Block], width: int) -> None:
        self.blocks = blocks
        self.width = max(1, width)
        self._heights = [1] * len(blocks)
        self._is_exact = bytearray(len(blocks))
        self._starts: list[int] | None = None
        self._texts: OrderedDict[int, _Wrapped] = OrderedDict()
        is_short = _is_short(blocks)
        for index, block in enumerate(blocks):
            if is_short:
                self.measure(index)
            else:
                self._heights[index] = 1 if self.width >= UNWRAPPED else block.estimate(self._room(block))

    @property
    def height(self) -> int:
        """Rows of the whole document, as far as known."""
        return self._offsets()[-1]

    def start(self, index: int) -> int:
        """First row of block `index`."""
        return self._offsets()[index]

    def block_height(self, index: int) -> int:
        """Rows of block `index`, as far as known."""
        return self._heights[index]

    def block_at(self, row: int) -> int:
        """Index of the block that row `row` belongs to, the last one for a row beyond the end."""
        return max(0, min(len(self.blocks) - 1, bisect_right(self._offsets(), row) - 1))

    def measure(self, index: int) -> None:
        """Make the height of block `index` exact."""
        if not self._is_exact[index]:
            self._is_exact[index] = 1
            height = len(self._wrapped(index).rows)
            if height != self._heights[index]:
                self._heights[index] = height
                self._starts = None

    def measure_window(self, row: int, count: int) -> None:
        """Make exact the heights of the blocks that are seen in `count` rows from `row` on."""
        index = self.block_at(row)
        rest = self.start(index) - row if self.blocks else count
        while index < len(self.blocks) and rest < count:
            self.measure(index)
            rest += self._heights[index]
            index += 1

    def measure_end(self, count: int) -> None:
        """Make exact the heights of the blocks in the last `count` rows."""
        for index in range(len(self.blocks) - 1, -1, -1):
            self.measure(index)
            count -= self._heights[index]
            if count <= 0:
                return

    def row(self, row: int, hits: Sequence[tuple[int, int]] = ()) -> tuple[list[Ink], list[tuple[int, int]]]:
        """Inks of row `row`, and where in their joined text the `hits` (ascending ranges of the block's text) lie."""
        index = self.block_at(row)
        block, at = self.blocks[index], row - self.start(index)
        wrapped = self._wrapped(index)
        if not 0 <= at < len(wrapped.rows):
            return [], []
        start = wrapped.starts[at]
        end = start + len(wrapped.rows[at])
        indent = block.indent(wrapped.text, start, self._room(block))
        blanks = [(" " * indent, "text")] if indent else []
        inks = [*block.margin, *blanks, *block.paint(wrapped.text, start, end)]
        if block.fill and at == len(wrapped.rows) - 1 and self.width < UNWRAPPED:
            room = self.width - block.margin_width - cell_width(wrapped.rows[at])
            inks.append((fit(block.fill[0] * room, room, ellipsis=""), block.fill[1]))
        shift = sum(len(text) for text, _ in block.margin) + indent - start
        seen = [(max(first, start) + shift, min(last, end) + shift) for first, last in _between(hits, start, end)]
        return inks, seen

    def extract(self, first: tuple[int, int], last: tuple[int, int]) -> str:
        """The text from one place to another, each a row and a character in what is drawn of it.

        Rows that were broken at the edge are one line again, and margins are left out.
        """
        begin, end = self.block_at(first[0]), self.block_at(last[0])
        parts: list[str] = []
        for index in range(begin, end + 1):
            text = self._wrapped(index).text
            start = self._offset(index, *first) if index == begin else 0
            stop = self._offset(index, *last) if index == end else len(text)
            if index > begin and not self.blocks[index].continues:
                parts.append("\n")
            parts.append(text[start:stop])
        return "".join(parts)

    def _offset(self, index: int, row: int, column: int) -> int:
        """Where in the text of a block a character of a row stands."""
        block, wrapped = self.blocks[index], self._wrapped(index)
        at = max(0, min(len(wrapped.rows) - 1, row - self.start(index)))
        start = wrapped.starts[at]
        before = sum(len(text) for text, _ in block.margin) + block.indent(wrapped.text, start, self._room(block))
        return start + max(0, min(len(wrapped.rows[at]), column - before))

    def row_of(self, index: int, offset: int) -> int:
        """Row in which character `offset` of the text of block `index` is drawn."""
        self.measure(index)
        return self.start(index) + max(0, bisect_right(self._wrapped(index).starts, offset) - 1)

    def _wrapped(self, index: int) -> _Wrapped:
        kept = self._texts.get(index)
        if kept is None:
            block = self.blocks[index]
            text = block.read()
            kept = self._texts[index] = _Wrapped(text, block.wrap(text, self._room(block)))
            if len(self._texts) > _BLOCKS_KEPT:
                self._texts.popitem(last=False)
        else:
            self._texts.move_to_end(index)
        return kept

    def _room(self, block: Block) -> int:
        return max(1, self.width - block.margin_width)

    def _offsets(self) -> list[int]:
        if self._starts is None:
            self._starts = list(accumulate(self._heights, initial=0))
        return self._starts


def _is_short(blocks: Sequence[Block]) -> bool:
    effort = 0
    for block in blocks:
        effort += block.effort()
        if effort >= EXACT_BELOW:
            return False
    return True


def _between(hits: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Those of the ascending ranges that touch `start … end`; they do not overlap each other."""
    at = bisect_right(hits, start, key=itemgetter(1))
    while at < len(hits) and hits[at][0] < end:
        yield hits[at]
        at += 1
