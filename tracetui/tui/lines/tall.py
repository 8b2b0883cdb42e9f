"""A list whose rows are several lines high."""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.strip import Strip

from tracetui.tui.lines.palette import Ink
from tracetui.tui.lines.view import LineView


class TallView(LineView):
    """Like `LineView`, each row `row_height` lines: subclasses draw one line of a row with `draw_line`."""

    row_height = 2

    @property
    def page(self) -> int:
        """Whole rows that are seen at once, at least 1."""
        return max(1, self.scrollable_content_region.height // self.row_height)

    def reset_rows(self, count: int, cursor: int, *, hold: bool = True) -> None:
        """Take `count` rows and put the cursor on row `cursor`."""
        self._row_count = count
        self._cursor = max(0, min(cursor, count - 1))
        self.virtual_size = Size(0, count * self.row_height)
        self.redraw()
        self._bring_into_view()

    def draw_line(self, index: int, line: int, width: int) -> list[Ink]:
        """Draw line `line` of row `index` in at most `width` cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Draw line `y` of what is seen."""
        width = self.scrollable_content_region.width
        if not self._row_count:
            return self._draw_empty(y, width)
        row, line = divmod(self.scroll_offset.y + y, self.row_height)
        if row >= self._row_count:
            return Strip.blank(width, self.palette.blank)
        palette = self.palette
        has_cursor = row == self._cursor
        sign, tone = self.edge(row, has_cursor)
        strip = palette.line([(sign, tone), *self.draw_line(row, line, width - 1)], width)
        if not has_cursor:
            return strip
        overlay = palette.cursor if self.has_focus else palette.resting_cursor
        return Strip(palette.lay(strip, overlay), width)

    async def on_click(self, event: events.Click) -> None:
        """Select the clicked row; a second click chooses it."""
        event.prevent_default()
        offset = event.get_content_offset(self)
        if offset is not None and (row := (self.scroll_offset.y + offset.y) // self.row_height) < self._row_count:
            self.move_to(row)
            if event.chain == 2:
                self.cursor_chosen()

    def _refresh_row(self, row: int) -> None:
        self.refresh()

    def _bring_into_view(self) -> None:
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        first = self._cursor * self.row_height
        last = first + self.row_height
        if first < top or height < self.row_height:
            self.scroll_to(y=first, animate=False, force=True)
        elif last > top + height:
            self.scroll_to(y=last - height, animate=False, force=True)
