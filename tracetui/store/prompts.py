"""The calls that used a prompt: where its text can be looked up."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from tracetui.model import MODEL_CALLS
from tracetui.store.pages import EVERYTHING, Where
from tracetui.store.schema import USAGE_COUNTS


class PromptCall(Struct, frozen=True):
    """A call, and when it began."""

    trace_id: str
    span_id: str
    start_ns: int


_CALLS = ", ".join(f"'{kind}'" for kind in sorted(MODEL_CALLS))
_OF_PROMPT = (
    "SELECT s.trace_id, s.span_id, s.start_ns FROM traces t CROSS JOIN spans s ON s.trace_id = t.trace_id"
    f" WHERE ({{where}}) AND s.kind IN ({_CALLS}) AND {USAGE_COUNTS}"
    " AND nullif(CAST(s.prompt_name AS TEXT), '') IS ? AND nullif(CAST(s.prompt_version AS TEXT), '') IS ?"
    " ORDER BY s.start_ns, s.trace_id, s.span_id"
)


def list_prompt_calls(
    conn: sqlite3.Connection, name: str | None, version: str | None, where: Where = EVERYTHING
) -> list[PromptCall]:
    """The calls of the selected traces that used a version of a prompt, the oldest first; None: not recorded.

    One pass over the spans of those traces, found by the primary key of `spans`.
    """
    rows = conn.execute(_OF_PROMPT.format(where=where.sql), (*where.params, name, version))
    return [PromptCall(*row) for row in rows]
