"""The floor: what the smallest Textual program costs on this machine.

`python -m benchmarks.floor_app` paints one line; with `list` it has a list of 100 rows with a cursor.
"""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.widgets import OptionList, Static


class Bare(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        """Show one line."""
        yield Static("bare floor")


class BareList(App[None]):
    """A list of 100 rows."""

    BINDINGS = [("j", "down", "down")]  # noqa: RUF012

    def compose(self) -> ComposeResult:
        """Show 100 rows and the number of the one under the cursor."""
        yield Static("at 0", id="at")
        yield OptionList(*[f"row {number}" for number in range(100)])

    def action_down(self) -> None:
        """Move down, and say where."""
        options = self.query_one(OptionList)
        options.action_cursor_down()
        self.query_one("#at", Static).update(f"at {options.highlighted}")


if __name__ == "__main__":
    (BareList() if "list" in sys.argv[1:] else Bare()).run()
