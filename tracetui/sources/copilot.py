"""GitHub Copilot Chat's `agent-traces.db`: spans of agents, model calls and tools, with attributes by the GenAI names.

docs/formats/copilot.md explains it to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import msgspec

from tracetui.model import Json, Kind, Span
from tracetui.semconv.attributes import RawSpan, interpret, unfold
from tracetui.semconv.json_text import opened
from tracetui.semconv.raw import RawEvent
from tracetui.semconv.scalars import duration_of, text_of
from tracetui.semconv.usage import count, split_usage
from tracetui.sources.cells import MS, Dict, object_cell, raw_text, text_cell, time_ns
from tracetui.sources.head import Head
from tracetui.sources.sqlite_file import Group, SqliteFile
from tracetui.sources.sqlite_read import ROW_ID, Database, Row
from tracetui.sources.sqlite_watch import Watched

_KINDS: dict[str, Kind] = {
    "chat": "generation", "invoke_agent": "agent", "execute_tool": "tool", "embeddings": "embedding",
    "text_completion": "generation", "generate_content": "generation", "create_agent": "agent",
}  # fmt: skip
_COLUMNS = {
    "operation_name": "gen_ai.operation.name",
    "provider_name": "gen_ai.provider.name",
    "agent_name": "gen_ai.agent.name",
    "request_model": "gen_ai.request.model",
    "response_model": "gen_ai.response.model",
    "tool_name": "gen_ai.tool.name",
    "tool_call_id": "gen_ai.tool.call.id",
    "tool_type": "gen_ai.tool.type",
    "conversation_id": "gen_ai.conversation.id",
}
"""Columns → the attributes that they were made of."""


class CopilotSource(SqliteFile):
    """One `agent-traces.db`."""

    format = "copilot-agent-traces"
    watched = (Watched("spans", "trace_id", stamp="end_time_ms"),)

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it has the table of spans with Copilot's columns."""
        return head.has_columns("spans", "span_id", "trace_id", "chat_session_id", "operation_name")

    def notes(self) -> Iterable[str]:
        """Where a count differs from the tool's own."""
        yield "an agent's span repeats the tokens of its chats: they are counted once; input includes what was cached"
        yield "Copilot's billing units (nano_aiu) are no dollars, so costs are computed from the tokens"

    def read_group(self, db: Database, key: Any) -> Group:
        """All spans of a trace."""
        group = Group()
        rows = db.rows("spans", {"trace_id": key}, order=("start_time_ms",))
        ids = [row["span_id"] for row in rows if "span_id" in row]
        attributes: dict[str, Dict] = {}
        for found in db.rows("span_attributes", {"span_id": ids}):
            attributes.setdefault(str(found.get("span_id")), {})[str(found.get("key"))] = text_cell(found, "value")
        for row in rows:
            raw = _raw_span(group, row, attributes.get(str(row.get("span_id")), {}))
            if raw is not None:
                group.add(_span(raw, row), partial(_payload, db, raw, row, group))
        return group


def _raw_span(group: Group, row: Row, attributes: Dict) -> RawSpan | None:
    span_id, start = text_cell(row, "span_id"), time_ns(row.get("start_time_ms"))
    if span_id is None or start is None:
        group.skip("spans", row[ROW_ID], "no span: without an id or a start")
        return None
    columns = {name: row[column] for column, name in _COLUMNS.items() if row.get(column) is not None}
    status = row.get("status_code")
    return RawSpan(
        text_cell(row, "trace_id") or "",
        span_id,
        text_cell(row, "parent_span_id"),
        text_cell(row, "name") or "",
        start,
        time_ns(row.get("end_time_ms")),
        status if isinstance(status, int) else 0,
        text_cell(row, "status_message"),
        {**columns, **attributes},
        raw=raw_text({**row, "attributes": attributes}),
    )


def _span(raw: RawSpan, row: Row) -> Span:
    """As the attributes say, and the columns, which have the last word."""
    span = interpret(raw)
    kind = _KINDS.get(str(row.get("operation_name")), span.kind)
    usage = split_usage(
        input=count(row.get("input_tokens")),
        output=count(row.get("output_tokens")),
        cache_read=count(row.get("cached_tokens")),
        cache_write=count(raw.attributes.get("gen_ai.usage.cache_creation.input_tokens")),
        reasoning=count(row.get("reasoning_tokens")),
    )
    model = text_cell(row, "response_model", "request_model") or span.model
    return msgspec.structs.replace(
        span,
        kind=kind,
        model=model,
        provider=text_cell(row, "provider_name") or span.provider,
        usage=usage if usage.is_recorded else span.usage,
        ttft_ns=duration_of(row.get("ttft_ms"), MS) if row.get("ttft_ms") is not None else span.ttft_ns,
        session_id=text_cell(row, "conversation_id", "chat_session_id") or span.session_id,
        tool_name=text_cell(row, "tool_name") or (span.tool_name if kind == "tool" else None),
        feature=text_cell(row, "agent_name") or span.feature,
    )


def _payload(db: Database, raw: RawSpan, row: Row, group: Group) -> Any:
    rows = db.rows("span_events", {"span_id": raw.span_id}, order=("timestamp_ms",))
    events = tuple(
        RawEvent(
            text_cell(found, "name") or "",
            time_ns(found.get("timestamp_ms")) or 0,
            object_cell(found, "attributes", partial(group.skip, "span_events", found[ROW_ID])),
        )
        for found in rows
    )
    payload = unfold(msgspec.structs.replace(raw, events=events))
    if row.get("operation_name") != "execute_tool":
        return payload
    return msgspec.structs.replace(
        payload,
        input=payload.input if payload.input is not None else _opened(raw, "gen_ai.tool.call.arguments"),
        output=payload.output if payload.output is not None else _opened(raw, "gen_ai.tool.call.result"),
    )


def _opened(raw: RawSpan, name: str) -> Json:
    value = raw.attributes.get(name)
    return opened(value) if text_of(value) else None
