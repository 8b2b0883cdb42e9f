"""The moves that every view of lines offers as actions; which keys they have is the keymap's."""

from __future__ import annotations


class Moves:
    """Actions over four facts of a view: `row_count`, `page`, `move` by some rows, `move_to` a row."""

    @property
    def row_count(self) -> int:
        """Rows that there are."""
        raise NotImplementedError

    @property
    def page(self) -> int:
        """Rows that are seen at once, at least 1."""
        raise NotImplementedError

    def move(self, delta: int) -> None:
        """Move by `delta` rows, stopping at either end."""
        raise NotImplementedError

    def move_to(self, row: int) -> None:
        """Move to `row`, or to the nearest one that exists."""
        raise NotImplementedError

    def action_cursor_down(self) -> None:
        """One row down."""
        self.move(1)

    def action_cursor_up(self) -> None:
        """One row up."""
        self.move(-1)

    def action_half_down(self) -> None:
        """Half a page down."""
        self.move(max(1, self.page // 2))

    def action_half_up(self) -> None:
        """Half a page up."""
        self.move(-max(1, self.page // 2))

    def action_page_down(self) -> None:
        """A page down, one row of it staying in sight."""
        self.move(max(1, self.page - 1))

    def action_page_up(self) -> None:
        """A page up, one row of it staying in sight."""
        self.move(-max(1, self.page - 1))

    def action_top(self) -> None:
        """To the first row."""
        self.move_to(0)

    def action_bottom(self) -> None:
        """To the last row."""
        self.move_to(self.row_count - 1)
