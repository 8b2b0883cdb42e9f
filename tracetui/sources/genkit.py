"""Traces that Genkit's developer tools keep: a JSON object a trace in `.genkit/traces/`, rewritten as spans arrive.

docs/formats/genkit.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import REFUSALS, Content, Json, Kind, Payload, Span, Status, ToolDefinition, Usage
from tracetui.semconv.chat import parse_content
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import number_of, text_of
from tracetui.semconv.usage import count
from tracetui.sources.head import Head
from tracetui.sources.record_file import Given
from tracetui.sources.rewritten_file import RewrittenFile

Dict = dict[str, Json]

_KINDS: dict[str, Kind] = {
    "model": "generation", "background-model": "generation", "tool": "tool", "tool.v2": "tool", "embedder": "embedding",
    "retriever": "retriever", "reranker": "reranker", "evaluator": "evaluator", "flow": "agent", "agent": "agent",
    "prompt": "chain", "executable-prompt": "chain", "flowStep": "chain", "util": "chain",
}  # fmt: skip
_SUBTYPE, _TYPE, _INPUT, _OUTPUT = "genkit:metadata:subtype", "genkit:type", "genkit:input", "genkit:output"


class GenkitSource(RewrittenFile):
    """One trace."""

    format = "genkit"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it is an object with spans by id, of which one has attributes of Genkit's."""
        if head.objects:
            return _is_trace(head.objects[0])
        text = head.text.lstrip("\ufeff \r\n\t")
        return text.startswith("{") and '"spans"' in text and '"genkit:' in text and '"traceId"' in text

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "spans that render prompts are dropped by the tool, so a parent may be missing"

    def map(self, record: Json, line: int) -> Given:
        """The spans of a trace."""
        spans = record.get("spans") if isinstance(record, dict) else None
        if not isinstance(spans, dict):
            return Given(skipped=("no trace of Genkit",))
        found = []
        reasons = []
        for key, value in spans.items():
            start = _time(value.get("startTime")) if isinstance(value, dict) else None
            if start is None:
                reasons.append("a span without a start" if isinstance(value, dict) else "a span that is no object")
            else:
                found.append(self._span(record, key, value, start))
        return Given(tuple(found), skipped=tuple(reasons))

    def _span(self, trace: Dict, key: str, value: Dict, start: int) -> Span:
        attributes = _dict(value.get("attributes"))
        subtype, kind_word = text_of(attributes.get(_SUBTYPE)), text_of(attributes.get(_TYPE))
        kind = _KINDS.get(subtype or "") or _KINDS.get(kind_word or "") or "span"
        status, message = _status(value)
        output = opened(attributes.get(_OUTPUT)) if kind in ("generation", "embedding") else None
        answer = _dict(output)
        finish = text_of(answer.get("finishReason"))
        if status == "success" and finish is not None and finish.lower() in REFUSALS:
            status, message = "refused", text_of(answer.get("finishMessage"))
        name = text_of(attributes.get("genkit:name")) or text_of(value.get("displayName")) or key
        seller, _, _ = name.partition("/")
        end = _time(value.get("endTime"))
        return Span(
            trace_id=text_of(value.get("traceId")) or text_of(trace.get("traceId")) or self.path.name.partition(".")[0],
            span_id=text_of(value.get("spanId")) or key,
            parent_id=text_of(value.get("parentSpanId")),
            kind=kind,
            name=name,
            start_ns=start,
            end_ns=end,
            status="running" if end is None and status == "success" else status,
            status_message=message,
            model=name if kind in ("generation", "embedding") else None,
            provider=seller if kind in ("generation", "embedding") and "/" in name else None,
            finish_reason=finish,
            usage=_usage(_dict(answer.get("usage"))),
            tool_name=name if kind == "tool" else None,
            session_id=text_of(attributes.get("genkit:sessionId")),
            metadata=_metadata(attributes),
        )

    def unfold(self, record: Json, item: int, span: Span, raw: str) -> Payload:
        """Input and output of a span, as messages where they are some, and its other attributes."""
        values = [value for value in record["spans"].values() if isinstance(value, dict)]
        value = next((value for value in values if text_of(value.get("spanId")) == span.span_id), None)
        value = value if value is not None else _dict(record["spans"].get(span.span_id))
        attributes = _dict(value.get("attributes"))
        given, output = opened(attributes.get(_INPUT)), opened(attributes.get(_OUTPUT))
        is_model = span.kind == "generation"
        said = _said(output) if is_model else None
        events = value.get("timeEvents")
        listed = _dict(events).get("timeEvent") if isinstance(events, dict) else events
        return Payload(
            input=_conversation(given) if is_model else parse_content(given),
            output=parse_content([_translated(said)] if said is not None else output, role="assistant"),
            tools=_tools(given) if is_model else (),
            attributes={key: item for key, item in attributes.items() if key not in (_INPUT, _OUTPUT)},
            events=tuple(event for event in listed if isinstance(event, dict)) if isinstance(listed, list) else (),
            raw=raw,
        )


def _conversation(given: Json) -> Content:
    messages = given.get("messages") if isinstance(given, dict) else None
    return parse_content([_translated(message) for message in messages] if isinstance(messages, list) else given)


def _said(output: Json) -> Json:
    """The message of an answer; versions before 1.0 had candidates."""
    answer = _dict(output)
    candidates = answer.get("candidates")
    if answer.get("message") is None and isinstance(candidates, list) and candidates:
        return _dict(candidates[0]).get("message")
    return answer.get("message")


def _translated(message: Json) -> Json:
    """A message whose parts for tools have the form that all others have."""
    content = message.get("content") if isinstance(message, dict) else None
    return {**message, "content": [_part(part) for part in content]} if isinstance(content, list) else message


def _part(part: Json) -> Json:
    call, answer = _dict(_dict(part).get("toolRequest")), _dict(_dict(part).get("toolResponse"))
    if call:
        return {"type": "tool_call", "id": call.get("ref"), "name": call.get("name"), "arguments": call.get("input")}
    if answer:
        return {
            "type": "tool_result",
            "call_id": answer.get("ref"),
            "name": answer.get("name"),
            "content": answer.get("output"),
        }
    if isinstance(part, dict) and isinstance(part.get("reasoning"), str):
        return {"type": "thinking", "thinking": part["reasoning"]}
    media = _dict(_dict(part).get("media"))
    if media.get("url"):
        return {"type": "image_url", "image_url": {"url": media["url"]}}
    return part


def _tools(given: Json) -> tuple[ToolDefinition, ...]:
    tools = _dict(given).get("tools")
    found = [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    return tuple(
        ToolDefinition(name, text_of(tool.get("description")), tool.get("inputSchema"))
        for tool in found
        if (name := text_of(tool.get("name")))
    )


def _is_trace(record: Dict) -> bool:
    spans = record.get("spans")
    if not isinstance(spans, dict) or not ("traceId" in record or "displayName" in record):
        return False
    return any(key.startswith("genkit:") for span in spans.values() for key in _dict(_dict(span).get("attributes")))


def _dict(value: Json) -> Dict:
    return value if isinstance(value, dict) else {}


def _time(value: Json) -> int | None:
    """Milliseconds with fractions → ns; whole microseconds survive the float."""
    number = number_of(value)
    return round(number * 1000) * 1000 if number else None


def _status(value: Dict) -> tuple[Status, str | None]:
    status = _dict(value.get("status"))
    if status.get("code") == 2 or _dict(value.get("attributes")).get("genkit:state") == "error":
        return "error", text_of(status.get("message"))
    return "success", None


def _usage(usage: Dict) -> Usage:
    """Cached tokens are inside the input; thoughts are beside the output where the total says so."""
    fresh, output = count(usage.get("inputTokens")), count(usage.get("outputTokens"))
    thoughts, cached = count(usage.get("thoughtsTokens")), count(usage.get("cachedContentTokens"))
    total = count(usage.get("totalTokens"))
    if fresh is None and output is None:
        return Usage(unsplit=total)
    if thoughts and total == (fresh or 0) + (output or 0) + thoughts:
        output = (output or 0) + thoughts
    if cached and fresh is not None:
        if cached > fresh:
            return Usage(fresh, cached, None, output, thoughts, None, True)
        fresh -= cached
    return Usage(fresh, cached, None, output, thoughts)


def _metadata(attributes: Dict) -> Dict:
    """The user's own attributes."""
    return {key.removeprefix("genkitx:"): value for key, value in attributes.items() if key.startswith("genkitx:")}
