"""The keys of one pane as a page: in two columns where there is room."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tracetui.tui.keymap import GROUPS, Action, show_key

NAMES: dict[str, str] = {"list": "the list of traces", "tree": "the tree of spans", "payload": "the payload"}
TWO_COLUMNS_FROM = 92
"""Cells of the screen."""


def make_help(offered: Sequence[Action], width: int) -> RenderableType:
    """The keys of what is offered, by groups."""
    groups = [(group, [each for each in offered if each.group == group and each.keys]) for group in GROUPS]
    drawn = [_draw_group(group, actions) for group, actions in groups if actions]
    if width < TWO_COLUMNS_FROM:
        return Text("\n").join(drawn)
    lines = [str(text).count("\n") + 1 for text in drawn]
    cut = min(range(1, len(drawn) + 1), key=lambda at: max(sum(lines[:at]), sum(lines[at:])))
    table = Table.grid(padding=(0, 3))
    table.add_column(no_wrap=True, ratio=1)
    table.add_column(no_wrap=True, ratio=1)
    table.add_row(Text("\n").join(drawn[:cut]), Text("\n").join(drawn[cut:]))
    return table


def _draw_group(group: str, actions: list[Action]) -> Text:
    text = Text(f"{group}\n", "bold")
    for action in actions:
        text.append(f"  {show_keys(action):<12} ", "bold")
        text.append(f"{action.label}\n", "not bold")
    return text


def show_keys(action: Action) -> str:
    """All keys of an action as they are drawn."""
    return " ".join(show_key(key) for key in action.keys)
