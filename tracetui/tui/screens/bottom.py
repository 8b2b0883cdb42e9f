"""What the top line and the bottom lines say, put together from what the screen knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.model import Node
from tracetui.text import duration, inert, money, tokens
from tracetui.tui.keymap import show_key
from tracetui.tui.widgets.crumbs import Crumb
from tracetui.tui.widgets.status_line import Hint, Status
from tracetui.tui.widgets.status_line_ink import Part, plain

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen


def show_top(screen: MainScreen) -> None:
    """Source ▸ trace ▸ span, and the facts of the span."""
    names = screen.start.names
    source = "tracetui" if not names else names[0] if len(names) == 1 else f"{len(names)} sources"
    crumbs = [Crumb(inert(source), "list_pane", screen.pane is screen.traces)]
    tree, node = screen.reading.tree, screen.reading.node
    if tree is not None:
        crumbs.append(Crumb(inert(tree.trace.name) or "trace", "tree_pane", screen.pane is screen.spans))
    if node is not None and node.depth:
        crumbs.append(Crumb(inert(node.span.name) or "span", "payload_pane", screen.pane is screen.payload))
    screen.crumbs.show(crumbs, _facts(node) if node is not None else ())


def _facts(node: Node) -> list[Part]:
    span = node.span
    usage = span.usage
    facts = [plain(1, duration(span.duration_ns) if span.end_ns is not None else "running")]
    if usage.is_recorded:
        given = (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)
        facts.append(plain(2, f"{tokens(given)}→{tokens(usage.output)} tok"))
    if span.cost.usd is not None:
        facts.append(plain(3, money(span.cost.usd), tone="strong"))
    if node.scores:
        score = node.scores[-1]
        shown = inert(score.label) if score.label is not None else f"{score.value:g}" if score.value is not None else ""
        facts.append(plain(4, f"★ {shown}", tone="score"))
    return facts


def show_bottom(screen: MainScreen) -> None:
    """The modes, the filter, the totals, the last message and the hints."""
    listing, changes = screen.listing, screen.changes
    mode = (
        "follow"
        if screen.is_following
        else "paused"
        if screen.is_paused or screen.arrivals.count
        else "live"
        if screen.start.follow
        else "frozen"
    )
    if not listing.has_opened:
        mode = "opening"
    text, tone = screen.said
    filter_ = listing.filter
    # What is said and what is filtered by need the room more than keys do.
    beside = screen.start.beside
    most = screen.size.width // (40 if text else 24 if filter_ or beside else 12)
    offered = screen.keymap.hints(screen.where())[: max(2, most)]
    hints = [Hint(show_key(action.keys[0]), action.hint, action.id) for action in offered]
    screen.status.show(
        Status(
            mode=mode,  # type: ignore[arg-type]
            arrived=screen.arrivals.count,
            is_indexing=changes.indexing,
            done=changes.done,
            total=changes.total,
            search=f"searching {listing.searched or '…'}  {screen.keymap.show('escape')} stops"
            if listing.is_searching
            else "",
            skipped=screen.skipped,
            collecting="" if beside is None else inert(beside.told()),
            marked=len(screen.traces.marked),
            is_ranging=screen.doing.marking.is_ranging,
            filter="" if filter_ is None else inert(screen.masked(filter_.text)),
            is_masked=screen.questions.is_masked,
            is_filter_on=listing.is_filter_on,
            totals=listing.totals,
            is_zoomed=screen.is_zoomed,
            message=inert(text),
            message_tone=tone,
            hints=tuple(hints),
        )
    )
