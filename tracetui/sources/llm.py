"""The `llm` command line tool: `logs.db` in its old form (`responses`), its new one (`turns`), and both in one file.

A conversation is a trace, a call of a model a generation, a tool call a span under the generation that asked for it.
The tool keeps no failed calls, no calls in progress, no cost and no scores. docs/formats/llm.md explains it to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from tracetui.model import REFUSALS, Json, Payload, Span, Status, ToolCall, ToolResult, Usage
from tracetui.semconv.chat import parse_tools
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import duration_of, text_of
from tracetui.semconv.usage import usage_of
from tracetui.sources.cells import MS, Dict, dict_of, json_cell, object_cell, raw_text, shortened, text_cell, time_ns
from tracetui.sources.head import Head
from tracetui.sources.llm_calls import Answer, Call
from tracetui.sources.llm_new import load_turns
from tracetui.sources.llm_old import load_responses
from tracetui.sources.sqlite_file import Group, SqliteFile
from tracetui.sources.sqlite_read import ROW_ID, Database, Row
from tracetui.sources.sqlite_watch import Watched


class LlmSource(SqliteFile):
    """One `logs.db`."""

    format = "llm"
    watched = (
        Watched("responses", "conversation_id", otherwise="id"),
        Watched("turns", "thread_id", otherwise="id"),
    )
    scores_inside = True

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it has the table of the tool's migrations, or the tables that these make."""
        tables = head.tables
        has_calls = head.has_columns("turns", "thread_id") or head.has_columns("responses", "conversation_id")
        return has_calls and ("_llm_migrations" in tables or head.has_columns("conversations", "id", "model"))

    def notes(self) -> Iterable[str]:
        """What the tool does not record."""
        yield "llm keeps no failed calls and no cost; costs are computed from its token counts"
        yield "a tool's time is the gap between the answer that called it and the call that got its result"

    def read_group(self, db: Database, key: Any) -> Group:
        """A conversation: its responses of the old form, its turns of the new one, in order of time."""
        group = Group()
        calls = {call.id: call for call in load_responses(db, key)}
        calls |= {call.id: call for call in load_turns(db, key)}
        ordered = sorted(calls.values(), key=lambda call: (_start(call.row), call.id))
        name = next((call.conversation for call in ordered if call.conversation), None)
        for number, call in enumerate(ordered):
            _add_call(group, str(key), call, name if number == 0 else None)
        for number, call in enumerate(ordered):
            _add_tools(group, str(key), call, ordered[number + 1 :])
        return group


def _start(row: Row) -> int:
    return time_ns(row.get("datetime_utc")) or 0


def _end(row: Row) -> int:
    """A row is only written when the answer is complete."""
    return _start(row) + (duration_of(row.get("duration_ms"), MS) or 0)


def _add_call(group: Group, trace_id: str, call: Call, name: str | None) -> None:
    row = call.row

    def complain(reason: str) -> None:
        group.skip(call.table, row[ROW_ID], reason)

    if not _start(row):
        complain("datetime_utc is no time")
    details = object_cell(row, "token_details", complain)
    body = dict_of(json_cell(row, "response_json", lambda _: None))
    finish = text_of(body.get("finish_reason")) or text_of(body.get("stop_reason"))
    counts = {"input_tokens": row.get("input_tokens"), "output_tokens": row.get("output_tokens")}
    usage = usage_of({**details, **{key: count for key, count in counts.items() if count is not None}})
    span = Span(
        trace_id=trace_id,
        span_id=call.id,
        kind="generation",
        name=name or _name(call),
        start_ns=_start(row),
        end_ns=_end(row),
        status=_status(finish),
        model=text_cell(row, "model"),
        finish_reason=finish,
        session_id=trace_id,
        usage=usage or Usage(),
        metadata=_metadata(row),
    )
    group.add(span, lambda: _payload(call, body))


def _name(call: Call) -> str:
    return shortened(call.prompt, 32) if call.prompt.strip() else text_cell(call.row, "model") or "generation"


def _status(finish: str | None) -> Status:
    return "refused" if finish is not None and finish.lower() in REFUSALS else "success"


def _metadata(row: Row) -> Dict:
    names = ("resolved_model", "schema_id")
    found = {name: row[name] for name in names if row.get(name) is not None}
    options = dict_of(json_cell(row, "options_json", lambda _: None))
    return {**found, "options": options} if options else found


def _payload(call: Call, body: Dict) -> Payload:
    said, answered = call.load()
    schema = call.load_schema()
    attributes: Dict = dict(_metadata(call.row))
    if schema is not None:
        attributes["schema"] = json_cell(schema, "content", lambda _: None) or schema.get("content")
    if body:
        attributes["response_json"] = body
    return Payload(said, answered, parse_tools(_offered(call)), attributes, raw=raw_text(call.row))


def _offered(call: Call) -> list[Json]:
    return [{**tool, "input_schema": opened(tool.get("input_schema"))} for tool in call.load_tools()]


def _add_tools(group: Group, trace_id: str, call: Call, later: list[Call]) -> None:
    """A span for each tool call, from the answer that asked for it to the call that got its result."""
    for number, asked in enumerate(call.asked):
        found = [(other, answer) for other in later for answer in other.answered if _answers(answer.result, asked)]
        receiver, answer = found[0] if found else (call, None)
        start = _end(call.row)
        failed = answer is not None and answer.result.is_error
        span = Span(
            trace_id=trace_id,
            span_id=f"{call.id}:{asked.id or number}",
            parent_id=call.id,
            kind="tool",
            name=asked.name,
            tool_name=asked.name,
            start_ns=start,
            end_ns=max(start, _start(receiver.row)),
            status="error" if failed else "success",
            status_message="no result recorded" if answer is None else answer.exception,
            session_id=trace_id,
        )
        group.add(span, partial(_tool_payload, asked, answer))


def _answers(result: ToolResult, asked: ToolCall) -> bool:
    return result.call_id == asked.id if asked.id else result.name == asked.name


def _tool_payload(asked: ToolCall, answer: Answer | None) -> Payload:
    output = None if answer is None else answer.result.content
    attributes = {} if answer is None or answer.exception is None else {"exception": answer.exception}
    return Payload(asked.arguments, output, attributes=attributes, raw=raw_text({"tool_call_id": asked.id}))
