"""Two versions of a prompt compared, as a sheet to scroll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tracetui.analysis.prompts import VersionChange, compare_versions, list_prompts, pick_versions
from tracetui.text import inert
from tracetui.tui.lines.document import Inks
from tracetui.tui.lines.reader import Reader
from tracetui.tui.screens.view_screen import ViewScreen
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.status_line_ink import Part, plain
from tracetui.tui.widgets.version_text import draw_versions

if TYPE_CHECKING:
    from tracetui.query import Filter
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace


class VersionScreen(ViewScreen):
    """The text of both with what came and went marked, then each figure's change."""

    crumb = "versions"

    def __init__(self, main: MainScreen, titles: Sequence[str]) -> None:
        """`titles` are two versions, `answer@3` and `answer@4`, or one that is compared with the one before."""
        super().__init__(main)
        self._titles = tuple(titles)
        self._change: VersionChange | None = None
        self._sheet = Reader()
        self._sheet.heading_height = 0
        self._sheet.border_title = "Two versions"

    @property
    def pane(self) -> Reader:
        """The sheet."""
        return self._sheet

    def facts(self) -> list[Part]:
        """The names of both."""
        if self._change is None:
            return []
        return [plain(0, f"{inert(self._change.one.title)} → {inert(self._change.other.title)}", tone="strong")]

    def ask(self) -> None:
        """Compare in a thread: calls of both are read for their texts."""
        titles, filter_ = self._titles, self.filter
        self.asking("comparing…")
        if self._change is None:
            self._sheet.set_blocks([paper.note("comparing…", margin=())])
        self.questions.ask("versions", lambda workspace: _compare(workspace, filter_, titles), self._take, self.failed)

    def stop(self) -> bool:
        """Stop comparing."""
        self.questions.forget("versions")
        if self._change is None:
            self._sheet.set_blocks([paper.note("stopped before they were compared", margin=())])
        return True

    def show_failure(self, sentence: str) -> None:
        """Show why there is no comparison."""
        self._sheet.set_blocks([Inks((sentence, "error-text"))])

    def _take(self, change: VersionChange) -> None:
        self._change = change
        # What is compared stays the same two, whatever arrives.
        self._titles = (change.one.title, change.other.title)
        self._sheet.set_blocks(draw_versions(change))
        self.answered()


def _compare(workspace: Workspace, filter_: Filter | None, titles: Sequence[str]) -> VersionChange:
    """In a thread."""
    from tracetui.config import load_config

    limits = load_config().check
    one, other = pick_versions(list_prompts(workspace, filter_, limits, reads_texts=False), titles)
    return compare_versions(workspace, filter_, one, other, limits)
