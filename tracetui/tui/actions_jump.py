"""Jumps within the trace: to the span that took longest, cost most, or used most tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracetui.tui.widgets.ranking import Figure, say_figure

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen

_JUMPS: tuple[tuple[str, str, str, Figure, str], ...] = (
    ("slowest_span", "s", "slowest by its own time", "time", "slowest"),
    ("costliest_span", "c", "costliest", "cost", "costliest"),
    ("largest_span", "t", "most tokens", "tokens", "most tokens"),
)
"""Action, key in the menu, label there, figure, and what is said of where one landed."""


class Jumping:
    """Goes to the spans that lead by a figure, one after the other."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen

    def table(self) -> dict[str, Callable[[], object]]:
        """What each action does."""
        jumps: dict[str, Callable[[], object]] = {"jump": self.choose}
        jumps.update({action: self._jump(figure, word) for action, _, _, figure, word in _JUMPS})
        return jumps

    def choose(self) -> None:
        """Offer the jumps."""
        from tracetui.tui.screens.choose import Choose

        table = self.table()

        def chosen(action: str | None) -> None:
            if action is not None:
                table[action]()

        options = [(action, key, label) for action, key, label, _, _ in _JUMPS]
        self.screen.app.push_screen(Choose("Jump to the span that is", options), chosen)

    def _jump(self, figure: Figure, word: str) -> Callable[[], None]:
        def go() -> None:
            screen = self.screen
            ranked = screen.spans.go_to_ranked(figure)
            node = screen.spans.selected_node
            if ranked is None or node is None:
                screen.say(f"no span of this trace has {'a cost' if figure == 'cost' else figure}", "muted")
                return
            own_ns = screen.spans.timing.own_ns[ranked.node]
            screen.say(f"{word}: {ranked.place} of {ranked.of} · {say_figure(node, own_ns, figure)}", "success")
            if screen.spans.has_class("away") or screen.pane is screen.traces:
                screen.go_to(screen.spans)

        return go
