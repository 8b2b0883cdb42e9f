"""Menus and pages: sorting, themes, the palette, the help, the totals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.text import Text

from tracetui.text import count, inert, money, percent
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

    def totals(self) -> None:
        """What is listed, added up in full."""
        screen = self.screen
        filter_ = screen.listing.active

        def answered(stats: dict[str, Any]) -> None:
            screen.app.push_screen(Page("Totals", totals_text(stats, "" if filter_ is None else filter_.text)))

        screen.say("adding up…", "muted")
        screen.questions.ask(
            "stats", lambda workspace: workspace.stats(filter_), answered, lambda text: screen.say(text, "error-text")
        )


def _keys(action: Action) -> str:
    return " ".join(show_key(key) for key in action.keys)


def totals_text(stats: dict[str, Any], filter_: str) -> Text:
    """The object of `stats` as a page."""
    body = Text()

    def line(name: str, value: str) -> None:
        body.append(f"{name:<22}", "dim")
        body.append(f"{value}\n")

    if filter_:
        line("filter", inert(filter_))
    line("traces", count(stats["traces"]))
    line("spans", count(stats["spans"]) + "   " + _listed(stats["kinds"]))
    line("status of traces", _listed(stats["trace_statuses"]))
    tokens = stats["tokens"]
    line("tokens", "   ".join(f"{name.replace('_', ' ')} {count(number)}" for name, number in tokens.items()))
    cost = stats["cost"]
    total = cost["priced"] + cost["unpriced"]
    shown = money(cost["usd"] if cost["priced"] else None, partial=bool(cost["unpriced"]))
    line("cost", f"{shown}  ({count(cost['priced'])} of {count(total)} calls priced)")
    line("  recorded, computed", f"{money(cost['recorded_usd'])}, {money(cost['computed_usd'])}")
    for reason, number in cost["reasons"].items():
        line("  not priced", f"{count(number)} × {inert(reason)}")
    for name, key in (("latency of traces", "latency_ms"), ("time to first token", "ttft_ms")):
        line(name, "   ".join(f"{place} {'–' if ms is None else f'{ms:,.0f} ms'}" for place, ms in stats[key].items()))
    line("users, sessions", f"{count(stats['users'])}, {count(stats['sessions'])}")
    _append_models(body, stats)
    _append_scores(body, stats)
    return body


def _append_models(body: Text, stats: dict[str, Any]) -> None:
    models: dict[str, int] = stats["models"]
    if models:
        body.append("\nGenerations by model\n", "bold")
        whole, most = sum(models.values()), max(models.values())
        for name, number in models.items():
            bar = "━" * max(1, round(20 * number / most))
            body.append(f"  {inert(name):<34.34} {count(number):>8} {percent(number / whole):>5}  {bar}\n")


def _append_scores(body: Text, stats: dict[str, Any]) -> None:
    if stats["scores"]:
        body.append("\nScores\n", "bold")
        for name, score in stats["scores"].items():
            mean = "" if score["mean"] is None else f"mean {score['mean']:.2f}"
            labels = _listed({inert(label): number for label, number in score["labels"].items()})
            body.append(f"  {inert(name):<34.34} {count(score['count']):>8}  {mean} {labels}\n")


def _listed(counts: dict[str, int]) -> str:
    return "   ".join(f"{name} {count(number)}" for name, number in counts.items() if number)
