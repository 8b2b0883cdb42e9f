"""Menus and pages: sorting, themes, the palette, the help."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.text import Text

from tracetui.tui.keymap import GROUPS, Action, show_key
from tracetui.tui.screens.choose import Choose
from tracetui.tui.screens.page import Page
from tracetui.tui.themes import OUR_THEMES

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen

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
        app = self.screen.app
        options = [(theme.name, "", theme.name.removeprefix("tracetui-")) for theme in OUR_THEMES]

        def chosen(name: str | None) -> None:
            if name is not None:
                app.theme = name

        app.push_screen(Choose("Colours", options), chosen)

    def palette(self) -> None:
        """Every action that there is where the focus is."""
        offered = self.screen.keymap.offered(self.screen.where())
        options = [
            (action.id, "", f"{action.label}  [{_keys(action)}]") for action in offered if action.id != "palette"
        ]

        def chosen(action_id: str | None) -> None:
            if action_id is not None:
                self._do(action_id)

        self.screen.app.push_screen(Choose("All actions", options), chosen)

    def help(self) -> None:
        """The keys of the pane that has the focus."""
        where = self.screen.where()
        offered = self.screen.keymap.offered(where)
        body = Text()
        for group in GROUPS:
            actions = [action for action in offered if action.group == group and action.keys]
            if actions:
                body.append(f"{group}\n", "bold")
                for action in actions:
                    body.append(f"  {_keys(action):<16} {action.label}\n")
        names = {"list": "the list of traces", "tree": "the tree of spans", "payload": "the payload"}
        self.screen.app.push_screen(Page(f"Keys in {names.get(where, 'this field')}", body))


def _keys(action: Action) -> str:
    return " ".join(show_key(key) for key in action.keys)
