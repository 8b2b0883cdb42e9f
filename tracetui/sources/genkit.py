"""Genkit's trace store: a JSON document a trace in `.genkit/traces/`, written anew as its spans arrive.

docs/formats/genkit.md explains it to users.
"""

from __future__ import annotations

from tracetui.model import REFUSALS, Content, Json, Kind, Payload, Span, Status, Usage
from tracetui.semconv.chat import parse_messages, parse_tools
from tracetui.semconv.json_text import parse_scalar_text
from tracetui.semconv.scalars import text_of
from tracetui.semconv.usage import count, split_usage
from tracetui.sources.cells import Dict, dict_of, list_of, raw_text, time_ns
from tracetui.sources.head import Head
from tracetui.sources.record_file import Given
from tracetui.sources.rewritten_file import RewrittenFile
from tracetui.wire.reasons import describe

_PREFIX = "genkit:"
_KINDS: dict[str, Kind] = {
    "model": "generation", "background-model": "generation", "tool": "tool", "tool.v2": "tool", "embedder": "embedding",
    "retriever": "retriever", "reranker": "reranker", "evaluator": "evaluator", "flow": "chain", "agent": "agent",
    "prompt": "chain", "executable-prompt": "agent", "indexer": "span", "util": "span",
}  # fmt: skip


class GenkitSource(RewrittenFile):
    """One trace."""

    format = "genkit"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it is an object of spans with Genkit's attributes."""
        if any(_is_trace(record) for record in head.objects):
            return True
        text = head.text
        return text.lstrip("\ufeff \r\n\t").startswith("{") and '"spans"' in text and f'"{_PREFIX}' in text

    def map(self, record: Json, line: int) -> Given:
        """The spans of the trace."""
        if not isinstance(record, dict) or not isinstance(record.get("spans"), dict):
            return Given(skipped=(describe(record, "a trace of Genkit"),))
        trace_id = text_of(record.get("traceId")) or self.path.name
        skipped: list[str] = []
        spans = []
        for span_id, raw in record["spans"].items():
            span = _span(trace_id, span_id, dict_of(raw))
            if span is None:
                skipped.append(f"span {span_id[:60]} has no start")
            else:
                spans.append(span)
        return Given(tuple(spans), skipped=tuple(skipped))

    def unfold(self, record: Json, item: int, span: Span, raw: str) -> Payload:
        """What the span carried."""
        return _payload(dict_of(record["spans"].get(span.span_id)), span.kind)


def _is_trace(record: Dict) -> bool:
    spans = record.get("spans")
    if not isinstance(spans, dict) or not ("traceId" in record or "displayName" in record):
        return False
    names = [name for span in spans.values() for name in dict_of(dict_of(span).get("attributes"))]
    return any(name.startswith(_PREFIX) for name in names)


def _fact(attributes: Dict, name: str) -> Json:
    value = attributes.get(_PREFIX + name)
    return parse_scalar_text(value) if isinstance(value, str) else value


def _span(trace_id: str, span_id: str, raw: Dict) -> Span | None:
    start = time_ns(raw.get("startTime"))
    if start is None:
        return None
    end = time_ns(raw.get("endTime"))
    attributes = dict_of(raw.get("attributes"))
    kind = _kind(attributes)
    name = text_of(attributes.get(f"{_PREFIX}name")) or text_of(raw.get("displayName")) or "span"
    output = dict_of(_fact(attributes, "output")) if kind in ("generation", "embedding") else {}
    finish = text_of(output.get("finishReason"))
    status = _status(dict_of(raw.get("status")), attributes, finish, end)
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=text_of(raw.get("parentSpanId")),
        kind=kind,
        name=name,
        start_ns=start,
        end_ns=None if end is None else max(start, end),
        status=status,
        status_message=_message(raw, attributes) if status in ("error", "refused") else None,
        model=name if kind in ("generation", "embedding") else None,
        provider=name.partition("/")[0] if kind == "generation" and "/" in name else None,
        finish_reason=finish,
        usage=_usage(dict_of(output.get("usage"))),
        session_id=text_of(attributes.get("genkit:sessionId")),
        tool_name=name if kind == "tool" else None,
        metadata={key: value for key, value in attributes.items() if key.startswith("genkitx:")},
    )


def _kind(attributes: Dict) -> Kind:
    word = text_of(attributes.get(f"{_PREFIX}metadata:subtype")) or text_of(attributes.get(f"{_PREFIX}type")) or ""
    if word == "flowStep":
        return "chain"
    return _KINDS.get(word, "span")


def _status(status: Dict, attributes: Dict, finish: str | None, end: int | None) -> Status:
    if status.get("code") == 2 or attributes.get("genkit:state") == "error":
        return "error"
    if finish is not None and finish.lower() in REFUSALS:
        return "refused"
    return "running" if end is None else "success"


def _message(raw: Dict, attributes: Dict) -> str | None:
    said = text_of(dict_of(raw.get("status")).get("message"))
    return said or text_of(dict_of(_fact(attributes, "output")).get("finishMessage"))


def _usage(usage: Dict) -> Usage:
    """Thoughts stand beside the output where the total says so."""
    before, after = count(usage.get("inputTokens")), count(usage.get("outputTokens"))
    thoughts, total = count(usage.get("thoughtsTokens")), count(usage.get("totalTokens"))
    return split_usage(
        input=before,
        output=after,
        cache_read=count(usage.get("cachedContentTokens")),
        reasoning=thoughts,
        total=total,
    )


def _payload(raw: Dict, kind: Kind) -> Payload:
    attributes = dict_of(raw.get("attributes"))
    given, answered = _fact(attributes, "input"), _fact(attributes, "output")
    tools: Json = dict_of(given).get("tools")
    said: Content = given
    output: Content = answered
    if kind == "generation":
        if list_of(dict_of(given).get("messages")):
            said = parse_messages([_spoken(message) for message in given["messages"]], "user")
        message = dict_of(answered).get("message") or _first_candidate(answered)
        if isinstance(message, dict):
            output = parse_messages([_spoken(message)], "assistant")
    rest = {key: value for key, value in attributes.items() if key not in ("genkit:input", "genkit:output")}
    if kind == "generation":
        rest |= {key: value for key, value in dict_of(given).items() if key not in ("messages", "tools")}
    events = tuple(
        event for event in list_of(dict_of(raw.get("timeEvents")).get("timeEvent")) if isinstance(event, dict)
    )
    return Payload(said, output, parse_tools(tools) if tools else (), rest, events, raw_text(raw))


def _first_candidate(answered: Json) -> Json:
    candidates = list_of(dict_of(answered).get("candidates"))
    return dict_of(candidates[0]).get("message") if candidates else None


def _spoken(message: Json) -> Json:
    """A message with Genkit's own parts in words that others use too."""
    found = dict_of(message)
    content = found.get("content")
    return {**found, "content": [_part(part) for part in content]} if isinstance(content, list) else message


def _part(part: Json) -> Json:
    found = dict_of(part)
    asked, answer, media = (dict_of(found.get(name)) for name in ("toolRequest", "toolResponse", "media"))
    if asked:
        return {"type": "tool_call", "id": asked.get("ref"), "name": asked.get("name"), "arguments": asked.get("input")}
    if answer:
        return {
            "type": "tool_result",
            "call_id": answer.get("ref"),
            "name": answer.get("name"),
            "content": answer.get("output"),
        }
    if media:
        return {"type": "file", "file": {"file_data": media.get("url"), "media_type": media.get("contentType")}}
    if text_of(found.get("reasoning")):
        return {"type": "reasoning", "text": found["reasoning"]}
    if text_of(found.get("text")) and found.keys() <= {"text", "metadata"}:
        return {"type": "text", "text": found["text"]}
    return part
