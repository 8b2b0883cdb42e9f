"""The record as it stands in the source."""

from __future__ import annotations

from tracetui.text import size
from tracetui.tui.lines.document import Block, pieces
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.json_text import json_blocks, pretty
from tracetui.tui.widgets.payload.subject import How, Subject


def draw_raw(subject: Subject, how: How) -> list[Block]:
    """The record, laid out where it is JSON; a very long one only in the JSON mode."""
    if subject.payload is None:
        return []
    raw = subject.payload.raw
    if not raw:
        return [paper.note("the source keeps no record of its own here: not captured", "faint", margin=())]
    if how.mode == "raw":
        return pieces(raw, "text")
    if how.mode != "json" and len(raw) >= paper.LAID_OUT_BELOW:
        return [
            paper.note(f"{size(len(raw))} as recorded; the JSON mode lays it out", "faint", margin=()),
            *pieces(raw, "text"),
        ]
    laid_out = pretty(raw)
    return pieces(raw, "text") if laid_out is None else json_blocks(laid_out)
