"""What a row carried: its conversation, the tools, and everything else as attributes."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tracetui.model import (
    Content,
    Json,
    Kind,
    Message,
    Part,
    Payload,
    Text,
    ToolCall,
    ToolDefinition,
    ToolResult,
)
from tracetui.semconv.chat import (
    parse_content,
    parse_messages,
    parse_request,
    parse_response,
    parse_tools,
    system_message,
)
from tracetui.semconv.chat_request import is_request
from tracetui.semconv.chat_response import as_body, is_response
from tracetui.sources.columns.access import raw_getter
from tracetui.sources.columns.mapping import Mapping
from tracetui.sources.columns.values import Row, compact_json, opened, plain_value, settled

_CONVERSING = frozenset({"generation", "agent", "guardrail", "chain"})
_CONTENT = ("input", "system", "output", "tool_calls", "tool_arguments", "tool_result", "tools")
_BODIES = ("body", "json", "request", "response", "result", "data")


class Said(Struct, frozen=True):
    """Messages, and the tools that a request body offered."""

    messages: tuple[Message, ...] = ()
    tools: tuple[ToolDefinition, ...] = ()


def unfold(mapping: Mapping, row: Row, kind: Kind, raw: str | None = None) -> Payload:
    """The payload of a row of this kind. `raw` is the record as it stands in the source; None makes it of the row."""
    values = {field: settled(raw_getter(mapping, field)(row)) for field in _CONTENT}
    if kind == "generation":
        input, output, offered = _conversation(values)
    else:
        input, output, offered = _in_and_out(values, kind)
    tools = parse_tools(values["tools"]) if values["tools"] is not None else offered
    return Payload(
        input=input,
        output=output,
        tools=tools,
        attributes=_attributes(mapping, row),
        raw=compact_json({name: plain_value(value) for name, value in row.items()}) if raw is None else raw,
    )


def _conversation(values: dict[str, Json]) -> tuple[Content, Content, tuple[ToolDefinition, ...]]:
    asked = _asked(values["input"] if values["input"] is not None else values["tool_arguments"])
    messages = _with_system(values["system"], asked.messages)
    answer = _answered(values["output"] if values["output"] is not None else values["tool_result"])
    if values["output"] is None and not answer and len(messages) > 1 and messages[-1].role == "assistant":
        messages, answer = messages[:-1], messages[-1:]
    elif answer and answer[0].role != "assistant":
        messages, answer = _split_at_answer(messages, answer)
    answer = _with_calls(answer, opened(values["tool_calls"]))
    return messages or None, answer or None, asked.tools


def _asked(value: Json) -> Said:
    """What was asked: a request body, messages in any form, or text."""
    parsed = opened(value)
    if isinstance(parsed, dict) and (is_request(parsed) or _wraps(parsed)):
        request = parse_request(parsed)
        return Said(request.messages, request.tools)
    content = parse_content(parsed)
    if isinstance(content, tuple):
        return Said(content)
    if isinstance(value, str) and value:
        return Said((Message("user", (Text(value),)),))
    return Said(parse_messages(content, "user"))


def _wraps(value: dict[str, Json]) -> bool:
    inner = next((opened(value[key]) for key in _BODIES if key in value), None)
    return isinstance(inner, dict) and (is_request(inner) or is_response(inner) or _wraps_deeper(inner))


def _wraps_deeper(value: dict[str, Json]) -> bool:
    inner = next((opened(value[key]) for key in _BODIES if key in value), None)
    return isinstance(inner, dict) and (is_request(inner) or is_response(inner))


def _answered(value: Json) -> tuple[Message, ...]:
    """What was answered: a response body, a message, a list of them, or text."""
    parsed = as_body(opened(value))
    if parsed is None or parsed == "":
        return ()
    if isinstance(parsed, dict) and (is_response(parsed) or _wraps(parsed)):
        return parse_response(parsed).messages
    content = parse_content(parsed, role="assistant")
    if isinstance(content, tuple):
        return content
    if isinstance(value, str):
        return (Message("assistant", (Text(value),)),)
    return parse_messages(content, "assistant")


def _with_system(value: Json, messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """A system prompt that stands in a column of its own goes first, unless the messages have it already."""
    if value is None:
        return messages
    system = system_message(value)
    known = {message.parts for message in messages if message.role in ("system", "developer") and _plain(message.parts)}
    return (*(message for message in system if not _plain(message.parts) or message.parts not in known), *messages)


def _plain(parts: Sequence[Part]) -> bool:
    return all(isinstance(part, Text) for part in parts)


def _split_at_answer(
    messages: tuple[Message, ...], answer: tuple[Message, ...]
) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """An output that repeats the whole conversation: what follows the last word of others is the answer."""
    last = max((place for place, message in enumerate(answer) if message.role in ("user", "system")), default=-1)
    if last < 0:
        return messages, answer
    return messages or answer[: last + 1], answer[last + 1 :]


def _with_calls(answer: tuple[Message, ...], value: Json) -> tuple[Message, ...]:
    """Tool calls of a column of their own join the answer; results that stand with them follow as messages."""
    if value is None:
        return answer
    said = _calls_of(value)
    known = {part.id for message in answer for part in message.parts if isinstance(part, ToolCall) and part.id}
    names = [part.name for message in answer for part in message.parts if isinstance(part, ToolCall) and not part.id]
    fresh = [
        part for part in said if not isinstance(part, ToolCall) or (part.id not in known and part.name not in names)
    ]
    results = tuple(Message("tool", (part,)) for part in _results_of(value))
    if not fresh:
        return answer + results
    if answer and answer[-1].role == "assistant":
        last = Message("assistant", (*answer[-1].parts, *fresh), answer[-1].name)
        return (*answer[:-1], last, *results)
    return (*answer, Message("assistant", tuple(fresh)), *results)


def _calls_of(value: Json) -> tuple[Part, ...]:
    items = [{"id": item.get("tool_use_id"), **item} if isinstance(item, dict) else item for item in _listed(value)]
    calls = [{"name": item} if isinstance(item, str) else item for item in items]
    bare = [
        {key: item for key, item in call.items() if key not in _RESULTS} if isinstance(call, dict) else call
        for call in calls
    ]
    return (
        parse_messages({"role": "assistant", "content": None, "tool_calls": bare}, "assistant")[0].parts if bare else ()
    )


_RESULTS = ("result", "output", "response", "observation", "error")


def _results_of(value: Json) -> list[ToolResult]:
    found: list[ToolResult] = []
    for item in _listed(value):
        if not isinstance(item, dict):
            continue
        key = next((key for key in _RESULTS if item.get(key) is not None), None)
        if key is not None:
            call_id = next(
                (item[name] for name in ("id", "call_id", "tool_call_id", "tool_use_id") if name in item), None
            )
            name = item.get("name") or item.get("tool_name") or item.get("tool")
            found.append(
                ToolResult(
                    call_id if isinstance(call_id, str) else None,
                    opened(item[key]),
                    key == "error",
                    name if isinstance(name, str) else None,
                )
            )
    return found


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None or value == "" else [value]


def _in_and_out(values: dict[str, Json], kind: Kind) -> tuple[Content, Content, tuple[ToolDefinition, ...]]:
    """Input and output of a step that is no model call: a tool's arguments and result first."""
    first = ("tool_arguments", "input") if kind == "tool" else ("input", "tool_arguments")
    last = ("tool_result", "output") if kind == "tool" else ("output", "tool_result")
    asked = next((values[field] for field in first if values[field] is not None), None)
    given = next((values[field] for field in last if values[field] is not None), None)
    if kind not in _CONVERSING:
        return opened(asked), opened(given), ()
    input = parse_content(asked)
    if isinstance(input, tuple):
        input = _with_system(values["system"], input)
    output = parse_content(given, role="assistant")
    if values["tool_calls"] is not None:
        output = _with_calls(output if isinstance(output, tuple) else _answered(given), opened(values["tool_calls"]))
    return input, output, ()


def _attributes(mapping: Mapping, row: Row) -> dict[str, Json]:
    """Every column that is not part of the conversation, JSON parsed."""
    content = {
        column.path[0] for field in _CONTENT for column in mapping.fields.get(field, ()) if len(column.path) == 1
    }
    found: dict[str, Json] = {}
    for name, value in row.items():
        if name not in content and value is not None:
            found[name] = opened(settled(value))
    return found
