"""The screen as it was left: taken up again at the start, written down at the end, and jumps to a trace or span."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tracetui.tui.memory import ColumnChoice
from tracetui.tui.widgets.columns import COLUMNS

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen


def recall(screen: MainScreen) -> None:
    """Take up what was remembered, before anything is asked."""
    memory = screen.remembering.memory
    if memory.sort.removeprefix("-") in [column.sort for column in COLUMNS]:
        screen.listing.sort = memory.sort
    screen.traces.set_sort(screen.listing.sort)
    screen.traces.relative_times = memory.relative_times
    screen.traces.set_columns([(choice.id, choice.width) for choice in memory.columns])
    screen.split = max(-30, min(30, memory.split))
    screen.is_zoomed = memory.is_zoomed
    screen.spans.timeline = memory.is_timeline
    screen.payload.show_tab(memory.tab)
    if not screen.start.query:
        screen.listing.wanted = memory.trace_id
        screen.reading.wanted_span = memory.span_id


def remember(screen: MainScreen) -> None:
    """Write down what the next start takes up. At the newest trace none is remembered: the next start shows its own."""
    if not screen.listing.has_opened:
        return
    filter_, node = screen.listing.filter, screen.reading.node
    is_at_top = screen.traces.cursor == 0
    memory = replace(
        screen.remembering.memory,
        filter="" if filter_ is None else filter_.text,
        is_filter_on=screen.listing.is_filter_on,
        sort=screen.listing.sort,
        trace_id=None if is_at_top else screen.traces.selected_id,
        span_id=None if is_at_top or node is None else node.span.span_id,
        split=screen.split,
        is_zoomed=screen.is_zoomed,
        is_timeline=bool(screen.spans.timeline),
        relative_times=screen.traces.relative_times,
        tab=screen.payload.tab,
    )
    screen.remembering.keep(memory)


def choose_columns(screen: MainScreen, choices: list[tuple[str, int]]) -> None:
    """Show other columns, and remember them at once."""
    memory = replace(screen.remembering.memory, columns=tuple(ColumnChoice(*choice) for choice in choices))
    reason = screen.remembering.keep(memory)
    screen.traces.set_columns(choices)
    screen.listing.ask_extras(screen.traces.known_ids())
    if reason is not None:
        screen.say(f"the columns are not remembered ({reason})", "warning")


def jump(screen: MainScreen, trace_id: str, span_id: str | None) -> None:
    """Go to a trace or span; where the filter hides the trace, it is turned off."""
    screen.reading.wanted_span = span_id
    tree = screen.reading.tree
    if tree is not None and tree.trace.trace_id == trace_id and span_id is not None:
        screen.spans.select(span_id)
    if not screen.traces.select(trace_id):
        screen.listing.wanted = trace_id
        if screen.listing.active is not None:
            screen.doing.filtering.toggle()
            screen.say("the filter is off: it hid this trace", "muted")
        else:
            screen.listing.refresh()
    screen.go_to(screen.spans)
