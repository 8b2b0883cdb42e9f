"""Spans as they arrive, for `tracetui follow` and the library."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tracetui.model import Node

if TYPE_CHECKING:
    from tracetui.query import Filter
    from tracetui.workspace import Workspace

_POLL_S = 0.1


def follow_spans(
    workspace: Workspace, filter_: Filter | None, *, from_start: bool, pause: Callable[[float], None] = time.sleep
) -> Iterator[Node]:
    """Yield each span once when it appears, and once more when it ends, in order of start; never ends by itself."""
    seen: dict[tuple[str, str], bool] = {}
    workspace.catch_up()
    every = workspace.trace_ids(None, "start")
    if from_start:
        yield from _new(workspace, every, filter_, seen)
    else:
        _note(workspace, every, seen)
    while True:
        changes = workspace.poll()
        if changes.trace_ids:
            present = [trace.trace_id for trace in workspace.page(sorted(changes.trace_ids))]
            yield from _new(workspace, present, filter_, seen)
        if not changes.indexing:
            pause(_POLL_S)


def _note(workspace: Workspace, trace_ids: list[str], seen: dict[tuple[str, str], bool]) -> None:
    for trace_id in trace_ids:
        for node in workspace.tree(trace_id).nodes:
            seen[(trace_id, node.span.span_id)] = node.span.end_ns is not None


def _new(
    workspace: Workspace, trace_ids: list[str], filter_: Filter | None, seen: dict[tuple[str, str], bool]
) -> Iterator[Node]:
    for trace_id in trace_ids:
        fresh = []
        for node in workspace.tree(trace_id, filter_).nodes:
            key, has_ended = (trace_id, node.span.span_id), node.span.end_ns is not None
            if key in seen and (seen[key] or not has_ended):
                continue
            seen[key] = has_ended
            if filter_ is None or node.matches:
                fresh.append(node)
        yield from sorted(fresh, key=lambda node: node.span.start_ns)
