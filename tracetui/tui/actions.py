"""What each action of the keymap does. Filtering, rating, marking and taking away have files of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.widget import Widget

from tracetui.tui.actions_filter import Filtering
from tracetui.tui.actions_jump import Jumping
from tracetui.tui.actions_rate import Marking, Rating
from tracetui.tui.actions_step import Stepping
from tracetui.tui.actions_views import Viewing

if TYPE_CHECKING:
    from tracetui.tui.actions_export import Exporting
    from tracetui.tui.actions_find import Finding
    from tracetui.tui.actions_mask import Masking
    from tracetui.tui.actions_show import Showing
    from tracetui.tui.actions_take import Taking
    from tracetui.tui.screens.main import MainScreen
    from tracetui.tui.widgets.payload.view import PayloadView
    from tracetui.tui.widgets.span_tree import SpanTree
    from tracetui.tui.widgets.trace_list import TraceList

_OF_THE_PANE = (
    "cursor_down", "cursor_up", "half_down", "half_up", "page_down", "page_up", "top", "bottom",
)  # fmt: skip
_OF_THE_TREE = {
    "next_sibling": "next_sibling", "previous_sibling": "previous_sibling", "toggle_node": "toggle_node",
    "expand_subtree": "expand_subtree", "expand_all": "expand_all", "collapse_all": "collapse_all",
}  # fmt: skip
_OF_THE_PAYLOAD = {
    "toggle_fold": "toggle_fold", "scroll_right": "right", "wrap": "toggle_wrap", "cycle_mode": "cycle_mode",
    "scroll_payload_down": "half_down", "scroll_payload_up": "half_up",
}  # fmt: skip
_TABS = ("messages_tab", "output_tab", "tools_tab", "attributes_tab", "scores_tab", "raw_tab")
_COMPARED = "prompts are shown against the call before; d shows messages again"
_NOTHING_BEFORE = "no call comes before this one; later calls show what they changed"
_OF_AN_INPUT = ("accept", "complete", "choose_down", "choose_up")


class Doing:
    """Does actions by their ids."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen
        self.filtering = Filtering(screen)
        self.rating = Rating(screen)
        self.marking = Marking(screen)
        self.stepping = Stepping(screen)
        self.jumping = Jumping(screen)
        self.viewing = Viewing(screen)
        self._table = self._make_table()

    # What is not needed for the first rows is imported when a key asks for it.

    @cached_property
    def finding(self) -> Finding:
        """Finding text and spans."""
        from tracetui.tui.actions_find import Finding

        return Finding(self.screen)

    @cached_property
    def taking(self) -> Taking:
        """Copying, and handing over to other programs."""
        from tracetui.tui.actions_take import Taking

        return Taking(self.screen)

    @cached_property
    def exporting(self) -> Exporting:
        """Writing what is marked to a file."""
        from tracetui.tui.actions_export import Exporting

        return Exporting(self.screen)

    @cached_property
    def masking(self) -> Masking:
        """The mask for sharing the screen."""
        from tracetui.tui.actions_mask import Masking

        return Masking(self.screen)

    @cached_property
    def showing(self) -> Showing:
        """Menus, help, palette and themes."""
        from tracetui.tui.actions_show import Showing

        return Showing(self.screen, self.do)

    def do(self, action_id: str) -> None:
        """Do one action; an unknown id does nothing."""
        step = self._table.get(action_id)
        if step is not None:
            step()

    def begin_with(self, query: str | None) -> None:
        """List what the command line asked for, else what was listed last."""
        memory = self.screen.remembering.memory
        if query or (memory.filter and memory.is_filter_on):
            self.filtering.apply(query or memory.filter, is_typed=False)
        else:
            self.filtering.begin_off(memory.filter)

    def _make_table(self) -> dict[str, Callable[[], object]]:
        screen = self.screen
        table: dict[str, Callable[[], object]] = {}
        for name in _OF_THE_PANE:
            table[name] = self._call(lambda: screen.pane, name)
        for action_id, name in _OF_THE_TREE.items():
            table[action_id] = self._call(lambda: screen.spans, name)
        for action_id, name in _OF_THE_PAYLOAD.items():
            table[action_id] = self._call(lambda: screen.payload, name)
        for number, action_id in enumerate(_TABS, start=1):
            table[action_id] = self._tab(number)
        for name in _OF_AN_INPUT:
            table[name] = self._call(self._bar, name)
        return table | {
            "open": self._open, "close": self._close, "up_level": self._up_level,
            "next_pane": lambda: self._step_pane(1), "previous_pane": lambda: self._step_pane(-1),
            "list_pane": lambda: screen.go_to(screen.traces), "tree_pane": lambda: screen.go_to(screen.spans),
            "payload_pane": lambda: screen.go_to(screen.payload),
            "next_trace": lambda: self.stepping.trace(1), "previous_trace": lambda: self.stepping.trace(-1),
            "next_error": lambda: self.stepping.error(1), "previous_error": lambda: self.stepping.error(-1),
            "next_hit": lambda: self.stepping.hit(1), "previous_hit": lambda: self.stepping.hit(-1),
            "columns": lambda: self.showing.columns(), "export": lambda: self.exporting.open(), "compare_prompt": self._compare_prompt,
            "find": lambda: self.finding.open_payload(), "find_spans": lambda: self.finding.open_trace(),
            "filter": self.filtering.open, "toggle_filter": self.filtering.toggle,
            "filter_by_value": self.filtering.by_value, "sort": lambda: self.showing.sort(), "reverse_sort": lambda: self.showing.reverse(),
            "follow": self._follow, "rate": self.rating.open, "undo": self.rating.undo,
            "mark": self.marking.toggle, "mark_range": self.marking.span, "mark_all": self.marking.all,
            "zoom": self._zoom, "split_left": lambda: self._move_split(-6), "split_right": lambda: self._move_split(6),
            **self.jumping.table(), **self.viewing.table(),
            "mask": lambda: self.masking.toggle(), "timeline": self._timeline, "relative_times": self._relative_times,
            "theme": lambda: self.showing.theme(), "copy": lambda: self.taking.copy(), "copy_pane": lambda: self.taking.copy_pane(),
            "mouse": lambda: self.taking.toggle_mouse(), "edit": lambda: self.taking.edit(), "pager": lambda: self.taking.page(),
            "palette": lambda: self.showing.palette(), "help": lambda: self.showing.help(), "escape": self._escape, "back": self._back,
            "quit": self._quit, "copy_or_quit": self._copy_or_quit, "suspend": self._suspend,
        }  # fmt: skip

    @staticmethod
    def _call(target: Callable[[], object], name: str) -> Callable[[], None]:
        def step() -> None:
            action = getattr(target(), f"action_{name}", None)
            if action is not None:
                action()

        return step

    def _tab(self, number: int) -> Callable[[], None]:
        def step() -> None:
            self.screen.payload.show_tab(number)
            if self.screen.payload.has_class("away"):
                self.screen.go_to(self.screen.payload)

        return step

    def _bar(self) -> Widget | None:
        screen = self.screen
        return next((bar for bar in (screen.filter_bar, screen.rating, screen.find_bar) if bar.display), None)

    def _open(self) -> None:
        screen = self.screen
        if screen.pane is screen.traces:
            screen.traces.action_choose()
        else:
            screen.spans.action_expand()

    def _close(self) -> None:
        screen = self.screen
        if screen.pane is screen.payload and screen.payload.scroll_offset.x:
            screen.payload.action_left()
        elif screen.pane is screen.spans and self._can_collapse():
            screen.spans.action_collapse()
        else:
            self._up_level()

    def _can_collapse(self) -> bool:
        node = self.screen.spans.selected_node
        return node is not None and (node.depth > 0 or (node.children > 0 and not self._is_collapsed()))

    def _is_collapsed(self) -> bool:
        return self.screen.spans.node in self.screen.spans.outline.collapsed

    def _up_level(self) -> bool:
        screen = self.screen
        if screen.pane is screen.traces:
            return False
        screen.go_to(screen.spans if screen.pane is screen.payload else screen.traces)
        return True

    def _step_pane(self, step: int) -> None:
        screen = self.screen
        panes: tuple[TraceList | SpanTree | PayloadView, ...] = (screen.traces, screen.spans, screen.payload)
        screen.go_to(panes[(panes.index(screen.pane) + step) % 3])

    def _follow(self) -> None:
        screen = self.screen
        screen.is_following = not screen.is_following
        screen.listing.stays_at_top = screen.is_following
        screen.is_paused = False
        if screen.is_following:
            if screen.listing.sort != "-start":
                screen.listing.set_sort("-start")
            screen.traces.move_to(0)
            screen.count_arrived()
            screen.settle()
        screen.refresh_lines()

    def _zoom(self) -> None:
        self.screen.is_zoomed = not self.screen.is_zoomed
        self.screen.lay_out()

    def _move_split(self, step: int) -> None:
        self.screen.split = max(-30, min(30, self.screen.split + step))
        self.screen.lay_out()

    def _compare_prompt(self) -> None:
        screen = self.screen

        def said(is_compared: bool) -> None:
            if is_compared:
                screen.payload.show_tab(1)
                if screen.payload.has_class("away"):
                    screen.go_to(screen.payload)
            screen.say(_COMPARED if is_compared else _NOTHING_BEFORE, "muted")

        screen.reading.compare(said)

    def _timeline(self) -> None:
        self.screen.spans.timeline = not self.screen.spans.timeline
        self.screen.go_to(self.screen.spans)

    def _relative_times(self) -> None:
        self.screen.traces.relative_times = not self.screen.traces.relative_times

    def _escape(self) -> None:
        """One thing less, in this order; it never quits."""
        screen = self.screen
        bar = self._bar()
        if bar is not None:
            bar.action_escape()  # type: ignore[attr-defined]
        elif screen.listing.stop_search():
            screen.say("search stopped", "muted")
        elif self.exporting.stop():
            pass
        elif self.marking.is_ranging:
            self.marking.stop_range()
        elif screen.payload.finding:
            screen.reading.drop_words()
        elif screen.reading.narrowed:
            screen.reading.narrow("")
        elif screen.is_zoomed:
            self._zoom()
        else:
            self._up_level()

    def _back(self) -> None:
        if self.screen.is_zoomed:
            self._zoom()
        elif not self._up_level():
            self._quit()

    def _quit(self) -> None:
        self.screen.app.exit()

    def _copy_or_quit(self) -> None:
        selected = self.screen.get_selected_text()
        if selected:
            self.taking.put(selected, "selection")
        else:
            self._quit()

    def _suspend(self) -> None:
        try:
            self.screen.app.action_suspend_process()
        except SuspendNotSupported:
            self.screen.say("this terminal cannot suspend a program", "warning")
