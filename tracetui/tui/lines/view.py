"""A list of rows with a cursor, of any length: only the rows that are seen are drawn."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tracetui.text import fit
from tracetui.tui.lines.moves import Moves
from tracetui.tui.lines.palette import Ink
from tracetui.tui.lines.tinted import Tinted

_DRAWN_ROWS_KEPT = 1_000


class LineView(Tinted, Moves, ScrollView, can_focus=True, inherit_bindings=False):
    """A column of one-line rows under an optional heading line, with a cursor and a gutter of one cell.

    Subclasses say how many rows there are (`reset_rows`), draw one (`draw_row`), and hear where the cursor went
    (`cursor_moved`, `cursor_chosen`). Drawn rows are kept until `redraw`; a move of the cursor repaints two rows.
    """

    DEFAULT_CSS = """
    LineView {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        background: $surface; border: round $foreground 20%;
        border-title-color: $text-muted; border-subtitle-color: $text-muted;
    }
    LineView:focus { border: round $border; border-title-color: $text; }
    """

    has_heading = False
    """Whether the first line is a heading (`draw_heading`) that does not scroll."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._row_count = 0
        self._cursor = 0
        self._empty = ""
        self._drawn: dict[int, Strip] = {}

    @property
    def row_count(self) -> int:
        """Rows that there are."""
        return self._row_count

    @property
    def cursor(self) -> int:
        """Row of the cursor; 0 where there are no rows."""
        return self._cursor

    @property
    def page(self) -> int:
        """Rows that are seen at once, at least 1."""
        return max(1, self.scrollable_content_region.height - self.has_heading)

    @property
    def row_width(self) -> int:
        """Cells that a row has, without its gutter."""
        return max(0, self.scrollable_content_region.width - 1)

    def set_empty(self, text: str) -> None:
        """Say what to draw where there are no rows; `text` may have several lines."""
        self._empty = text
        self.redraw()

    def reset_rows(self, count: int, cursor: int, *, hold: bool = True) -> None:
        """Take `count` rows and put the cursor on row `cursor`, where `hold` keeps it at its place on the screen."""
        offset = self._cursor - self.scroll_offset.y
        was_seen = 0 <= offset < self.page
        self._row_count = count
        self._cursor = max(0, min(cursor, count - 1))
        self._resize_virtually(Size(0, count + self.has_heading))
        self.redraw()
        if hold and was_seen and self.is_mounted:
            self.scroll_to(y=self._cursor - offset, animate=False, force=True)
        self._bring_into_view()

    def _resize_virtually(self, size: Size) -> None:
        """Take another virtual size. Where the scrollbar neither comes nor goes, nothing on the screen changes its place:
        laying all of it out anew, as Textual does for each new size, is half the cost of a row that arrives."""
        is_scrolled = size.height > self.scrollable_content_region.height
        if self.is_mounted and self.show_vertical_scrollbar and is_scrolled:
            self.set_reactive(LineView.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = size.height
        else:
            self.virtual_size = size

    def redraw(self) -> None:
        """Draw every row anew."""
        self._drawn.clear()
        self.refresh()

    def move(self, delta: int) -> None:
        """Move the cursor by `delta` rows, stopping at either end."""
        self.move_to(self._cursor + delta)

    def move_to(self, row: int) -> None:
        """Move the cursor to `row`, or to the nearest one that exists, and bring it into view."""
        row = max(0, min(row, self._row_count - 1))
        if row != self._cursor:
            old, self._cursor = self._cursor, row
            self._refresh_row(old)
            self._refresh_row(row)
            self._bring_into_view()
            self.cursor_moved()
        else:
            self._bring_into_view()

    def draw_row(self, index: int, width: int) -> Strip:
        """Draw row `index` in exactly `width` cells."""
        raise NotImplementedError

    def draw_heading(self, width: int) -> list[Ink]:
        """Draw the heading in at most `width` cells."""
        return []

    def edge(self, index: int, has_cursor: bool) -> Ink:
        """The one cell in front of a row, which shows the cursor where colours do not."""
        return ("▌" if has_cursor else " ", "cursor-edge")

    def cursor_moved(self) -> None:
        """Called after the cursor moved to another row."""

    def cursor_chosen(self) -> None:
        """Called when the row under the cursor is chosen."""

    def heading_clicked(self, x: int) -> None:
        """Called when the heading is clicked at cell `x`."""

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self._row_count:
            self.cursor_chosen()

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of what is seen."""
        width = self.scrollable_content_region.width
        palette = self.palette
        if self.has_heading and y == 0:
            return palette.line([(" ", "heading"), *self.draw_heading(width - 1)], width)
        if not self._row_count:
            return self._draw_empty(y - self.has_heading, width)
        row = self.scroll_offset.y + y - self.has_heading
        if row >= self._row_count:
            return Strip.blank(width, self.palette.blank)
        drawn = self._draw(row, width - 1)
        has_cursor = row == self._cursor
        sign, tone = self.edge(row, has_cursor)
        segments = [Segment(sign, palette[tone]), *drawn]
        if has_cursor:
            overlay = palette.cursor if self.has_focus else palette.resting_cursor
            segments = palette.lay(segments, overlay)
        return Strip(segments, width)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight. Rows of another width are drawn anew as they are seen; a bar that comes and goes below
        leaves them as they are."""
        self.refresh()
        self._bring_into_view()

    async def on_click(self, event: events.Click) -> None:
        """Select the clicked row; a second click chooses it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if self.has_heading and offset.y == 0:
            self.heading_clicked(offset.x - 1)
            return
        row = self.scroll_offset.y + offset.y - self.has_heading
        if row < self._row_count:
            self.move_to(row)
            if event.chain == 2:
                self.cursor_chosen()

    def retinted(self) -> None:
        """Forget rows drawn in other colours."""
        self._drawn.clear()

    def _draw(self, row: int, width: int) -> Strip:
        drawn = self._drawn.get(row)
        if drawn is None or drawn.cell_length != width:
            if len(self._drawn) > _DRAWN_ROWS_KEPT:
                self._drawn.clear()
            drawn = self._drawn[row] = self.draw_row(row, width)
        return drawn

    def _draw_empty(self, y: int, width: int) -> Strip:
        lines = self._empty.split("\n") if self._empty else []
        top = max(0, (self.page - len(lines)) // 3)
        text = lines[y - top] if 0 <= y - top < len(lines) else ""
        return self.palette.strip([(fit(text, width, align="^"), "muted")], width)

    def _refresh_row(self, row: int) -> None:
        self.refresh_line(row + self.has_heading)

    def _bring_into_view(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + self.page:
            self.scroll_to(y=self._cursor - self.page + 1, animate=False, force=True)
