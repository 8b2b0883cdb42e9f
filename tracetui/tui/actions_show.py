"""Menus and pages: sorting, themes, the palette, the help."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracetui.tui.actions_palette import Finding
from tracetui.tui.memory import Memory
from tracetui.tui.screens.choose import Choose
from tracetui.tui.screens.columns import ChooseColumns, Offered
from tracetui.tui.screens.help import NAMES, make_help
from tracetui.tui.screens.page import Page
from tracetui.tui.screens.palette import Palette
from tracetui.tui.screens.recall import choose_columns
from tracetui.tui.themes import OUR_THEMES
from tracetui.tui.widgets.columns import COLUMNS

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace

_SORTS = (
    ("start", "s", "start"), ("latency", "l", "latency"), ("cost", "c", "cost"), ("tokens", "t", "tokens"),
    ("errors", "x", "errors"), ("score", "r", "mean score"), ("spans", "n", "number of spans"), ("name", "a", "name"),
)  # fmt: skip


class Showing:
    """Opens menus and pages over the screen."""

    def __init__(self, screen: MainScreen, do: Callable[[str], None]) -> None:
        self.screen = screen
        self._do = do

    def sort(self) -> None:
        """Choose what to sort by."""
        self.screen.app.push_screen(Choose("Sort by", _SORTS), self._sorted)

    def _sorted(self, key: str | None) -> None:
        if key is not None:
            self.screen.listing.set_sort(key if key == "name" else f"-{key}")

    def reverse(self) -> None:
        """Turn the order round."""
        sort = self.screen.listing.sort
        self.screen.listing.set_sort(sort[1:] if sort.startswith("-") else f"-{sort}")

    def theme(self) -> None:
        """Choose colours."""
        options = [(theme.name, "", theme.name.removeprefix("tracetui-")) for theme in OUR_THEMES]
        self.screen.app.push_screen(Choose("Colours", options), self._tint)

    def _tint(self, name: str | None) -> None:
        if name is not None:
            self.screen.app.theme = name
            self.screen.remembering.keep_theme(name)

    def columns(self) -> None:
        """Choose the columns of the list, among them every score and metadata key that was seen."""
        screen = self.screen
        memory = screen.remembering.memory

        def chosen(columns: list[Offered] | None) -> None:
            if columns is not None:
                choose_columns(screen, [(one.id, one.width) for one in columns])

        def seen(values: tuple[list[str], list[str]]) -> None:
            screen.app.push_screen(ChooseColumns(offer_columns(memory, *values)), chosen)

        screen.questions.ask("columns", _observed_keys, seen, lambda text: screen.say(text, "error-text"))

    def palette(self) -> None:
        """Every action, saved filter and theme by its name; traces and spans by id or name."""
        finding = Finding(self.screen)
        self.screen.app.push_screen(
            Palette(finding.entries(), finding.look, finding.offer), lambda choice: self._chosen(finding, choice)
        )

    def _chosen(self, finding: Finding, choice: str | None) -> None:
        if choice is not None and not finding.run(choice, self._tint):
            self._do(choice)

    def help(self) -> None:
        """The keys of the pane that has the focus."""
        screen = self.screen
        where = screen.where()
        body = make_help(screen.keymap.offered(where), screen.size.width)
        screen.app.push_screen(Page(f"Keys in {NAMES.get(where, 'this field')}", body))


def _observed_keys(workspace: Workspace) -> tuple[list[str], list[str]]:
    scores, metadata = workspace.observed("score"), workspace.observed("metadata")
    return [name for name, _ in scores], [key for key, _ in metadata]


def offer_columns(memory: Memory, scores: list[str], metadata: list[str]) -> list[Offered]:
    """The chosen columns in their order, then every other that there may be."""
    labels = {column.id: column.title for column in COLUMNS if column.id != "status"}
    labels |= {f"score.{name}": f"score {name}" for name in scores} | {
        f"metadata.{key}": f"metadata {key}" for key in metadata
    }
    shown = {choice.id: choice.width for choice in memory.columns} or {column.id: 0 for column in COLUMNS}
    first = [Offered(each, labels.get(each, each), True, width) for each, width in shown.items() if each != "status"]
    return [*first, *[Offered(each, label, False) for each, label in labels.items() if each not in shown]]
