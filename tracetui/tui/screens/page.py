"""A page of text over the screen: the help, the totals."""

from __future__ import annotations

from rich.console import RenderableType
from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tracetui.tui.screens.popup import Popup


class Page(Popup[None]):
    """Shows what was made beforehand of inert text; any of esc, q, enter, ? leaves."""

    DEFAULT_CSS = """
    Page { align: center middle; background: $background 40%; }
    Page VerticalScroll { width: 112; max-width: 96%; height: auto; max-height: 92%; border: round $border; background: $panel; padding: 0 1; }
    Page Static { width: 1fr; height: auto; background: $panel; }
    """

    def __init__(self, title: str, body: RenderableType) -> None:
        super().__init__()
        self._title = title
        self._body = body

    def compose(self) -> ComposeResult:
        """The text in a scroll."""
        scroll = VerticalScroll(Static(self._body, markup=False))
        scroll.border_title = self._title
        scroll.border_subtitle = "j k scroll · esc leaves"
        yield scroll

    def on_mount(self) -> None:
        """Let keys scroll."""
        self.query_one(VerticalScroll).focus()

    def on_key(self, event: events.Key) -> None:
        """Leave, or scroll with vi keys."""
        scroll = self.query_one(VerticalScroll)
        if event.key in ("escape", "q", "enter", "ctrl+c") or event.character in ("?", "$"):
            event.stop()
            self.dismiss(None)
        elif event.key == "j":
            scroll.scroll_down(animate=False)
        elif event.key == "k":
            scroll.scroll_up(animate=False)
        elif event.key in ("ctrl+d", "space"):
            scroll.scroll_page_down(animate=False)
        elif event.key == "ctrl+u":
            scroll.scroll_page_up(animate=False)
        elif event.character in ("g", "G"):
            (scroll.scroll_home if event.character == "g" else scroll.scroll_end)(animate=False)
