"""A view of a document of any length: scrolls, wraps, finds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tracetui.tui.lines.document import UNWRAPPED, Block, Document
from tracetui.tui.lines.moves import Moves
from tracetui.tui.lines.palette import Ink, Palette
from tracetui.tui.lines.tinted import Tinted


class Reader(Tinted, Moves, ScrollView, can_focus=True, inherit_bindings=False):
    """Blocks of text under a heading of `heading_height` lines. It has no cursor: moving scrolls."""

    DEFAULT_CSS = """
    Reader {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        scrollbar-gutter: stable; background: $surface; border: round $foreground 20%;
        border-title-color: $text-muted; border-subtitle-color: $text-muted;
    }
    Reader:focus { border: round $border; border-title-color: $text; }
    """

    heading_height = 1

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.document = Document((), 1)
        self._shown: Sequence[Block] = ()
        self._is_wrapped = True
        self._left = 0

    @property
    def row_count(self) -> int:
        """Rows of the document, as far as known."""
        return self.document.height

    @property
    def page(self) -> int:
        """Rows that are seen at once, at least 1."""
        return max(1, self.scrollable_content_region.height - self.heading_height)

    @property
    def wrap(self) -> bool:
        """Whether lines are broken at the edge. Where not, `action_left` and `action_right` show the rest."""
        return self._is_wrapped

    @wrap.setter
    def wrap(self, is_wrapped: bool) -> None:
        top = self.document.block_at(self.scroll_offset.y)
        self._is_wrapped = is_wrapped
        self._left = 0
        self.set_blocks(self._shown)
        self.move_to(self.document.start(top) if self.document.blocks else 0)

    @property
    def text_width(self) -> int:
        """Cells that the document is wrapped to, 0 before there is a width."""
        width = max(0, self.scrollable_content_region.width - 1)
        return width if self._is_wrapped or not width else UNWRAPPED

    def set_blocks(self, blocks: Sequence[Block], document: Document | None = None) -> None:
        """Show another text, scrolled as far as the one before; it is wrapped once there is a width to wrap it to.

        `document` may have been made of the blocks beforehand; one of another width is made anew.
        """
        self._shown = blocks
        width = self.text_width
        if width > 0:
            self.document = document if document and document.width == width else Document(blocks, width)
            self._settle(came_from_below=False)
            self.refresh()

    def move(self, delta: int) -> None:
        """Scroll by `delta` rows."""
        self.move_to(self.scroll_offset.y + delta)

    def move_to(self, row: int) -> None:
        """Scroll until `row` is the first that is seen, or as near to that as the end allows."""
        self.scroll_to(y=max(0, row), animate=False, force=True)

    def action_bottom(self) -> None:
        """To the last row."""
        self.document.measure_end(self.page)
        self._take_height()
        self.move_to(self.document.height)

    def action_right(self) -> None:
        """Show what is further right, where lines are not wrapped."""
        if not self._is_wrapped:
            self._left += max(1, self.scrollable_content_region.width // 2)
            self.refresh()

    def action_left(self) -> None:
        """Go back to the left, where lines are not wrapped."""
        self._left = max(0, self._left - max(1, self.scrollable_content_region.width // 2))
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Make what came into sight exact before it is painted."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._settle(came_from_below=new_value < old_value)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap to the new width, the first block in sight staying there."""
        width = self.scrollable_content_region.width - 1
        if width == self.document.width or (self.document.blocks and not self._is_wrapped):
            self._settle(came_from_below=False)
            return
        top = self.document.block_at(self.scroll_offset.y)
        into = self.scroll_offset.y - self.document.start(top) if self.document.blocks else 0
        self.set_blocks(self._shown)
        if self.document.blocks:
            self.move_to(self.document.start(top) + min(into, self.document.block_height(top) - 1))

    def draw_heading(self, y: int, width: int) -> list[Ink]:
        """Draw line `y` of the heading in at most `width` cells."""
        return []

    def hits(self, block: int) -> list[tuple[int, int]]:
        """Ranges of the text of block `block` to highlight."""
        return []

    def current_hit(self, block: int) -> tuple[int, int] | None:
        """The hit in block `block` that was gone to, if it is there."""
        return None

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of what is seen."""
        width = self.scrollable_content_region.width
        if y < self.heading_height:
            return self.palette.line(self.draw_heading(y, width), width)
        row = self.scroll_offset.y + y - self.heading_height
        if row >= self.document.height:
            return Strip.blank(width, self.palette.blank)
        return self._draw(row, width)

    def _draw(self, row: int, width: int) -> Strip:
        block = self.document.block_at(row)
        palette = self.palette
        inks, seen = self.document.row(row, self.hits(block))
        segments = [Segment(" ", palette.blank), *_segments(self, inks)]
        current = self.current_hit(block)
        if seen:
            segments = _overlay(palette, segments, seen, palette.hit)
        if current:
            segments = _overlay(palette, segments, self.document.row(row, [current])[1], palette.current_hit)
        selected = self._selected(row, segments)
        if selected:
            segments = _overlay(palette, segments, [selected], palette.cursor)
        strip = Strip(segments)
        if self._left:
            strip = strip.crop_extend(self._left, self._left + width, None)
        return strip.adjust_cell_length(width, self.palette.blank).apply_offsets(self._left, row)

    def _selected(self, row: int, segments: list[Segment]) -> tuple[int, int] | None:
        """What the mouse has selected of a row, as a range of the text behind its first blank."""
        span = None if self.text_selection is None else self.text_selection.get_span(row)
        if span is None:
            return None
        length = sum(len(segment.text) for segment in segments)
        return max(0, span[0] - 1), (length if span[1] < 0 else span[1]) - 1

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, in which lines that were broken at the edge are whole."""
        if not self.document.blocks:
            return None
        first, last = selection.start, selection.end
        end = (self.document.height - 1, UNWRAPPED) if last is None else (last.y, last.x - 1)
        return self.document.extract((0, 0) if first is None else (first.y, first.x - 1), end), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Show what is selected."""
        self.refresh()

    def _settle(self, *, came_from_below: bool) -> None:
        """Measure what is seen; where its first block grows or shrinks, stay at the same place in it."""
        if self.document.blocks:
            top = self.scroll_offset.y
            block = self.document.block_at(top)
            into, before = top - self.document.start(block), self.document.block_height(block)
            self.document.measure_window(top, self.page)
            after = self.document.block_height(block)
            if came_from_below and before != after:
                into = max(0, after - (before - into))
                self._take_height()
                self.set_reactive(Reader.scroll_y, float(self.document.start(block) + into))
                self.set_reactive(Reader.scroll_target_y, self.scroll_y)
                self.document.measure_window(round(self.scroll_y), self.page)
        self._take_height()

    def _take_height(self) -> None:
        size = Size(0, self.document.height + self.heading_height)
        if size != self.virtual_size:
            self.virtual_size = size


def _segments(reader: Reader, inks: list[Ink]) -> list[Segment]:
    palette = reader.palette
    return [Segment(text.replace("\xa0", " "), palette[tone]) for text, tone in inks if text]


def _overlay(palette: Palette, segments: list[Segment], ranges: list[tuple[int, int]], style: Style) -> list[Segment]:
    """Lay a style over ranges of characters of the joined segments, of which the first is one blank of ours."""
    result: list[Segment] = []
    at = -1
    for text, own, _ in segments:
        cuts = sorted({0, len(text)} | {min(max(0, edge - at), len(text)) for pair in ranges for edge in pair})
        for start, end in pairwise(cuts):
            is_hit = any(first <= at + start < last for first, last in ranges)
            result.append(Segment(text[start:end], palette.over(own, style) if is_hit else own))
        at += len(text)
    return result
