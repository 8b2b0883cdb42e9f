"""Vercel AI SDK DevTools: `.devtools/generations.json`, runs and their steps, with JSON inside of strings.

A run is a trace, a step a generation; a tool lasts from the step that called it to the next one.
docs/formats/vercel-devtools.md explains it to users.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from msgspec import Struct

from tracetui.model import REFUSALS, Content, Json, Payload, Span, Status, Usage
from tracetui.semconv.chat import parse_messages, parse_tools
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import duration_of, text_of
from tracetui.semconv.usage import count, is_anthropic, split_usage
from tracetui.sources.cells import MS, Dict, dict_of, list_of, raw_text, time_ns
from tracetui.sources.head import Head
from tracetui.sources.record_file import Given
from tracetui.sources.rewritten_file import RewrittenFile
from tracetui.wire.reasons import describe


class Part(Struct, frozen=True):
    """One span, and what loads its payload."""

    span: Span
    payload: Callable[[], Payload]


class VercelDevtoolsSource(RewrittenFile):
    """One `generations.json`, which the SDK writes anew at each step."""

    format = "vercel-ai-devtools"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it is an object of runs and steps. The object may be far larger than what is looked at."""
        if any(_is_document(record) for record in head.objects):
            return True
        text = head.text
        return (
            text.lstrip("\ufeff \r\n\t").startswith("{")
            and '"runs"' in text
            and ('"steps"' in text and '"run_id"' in text and '"step_number"' in text)
        )

    def notes(self) -> Iterable[str]:
        """What is derived."""
        yield from super().notes()
        yield "a tool has no times of its own: it lasts from its call to the start of the next step"

    def map(self, record: Json, line: int) -> Given:
        """All runs of the file."""
        if not isinstance(record, dict) or not isinstance(record.get("steps"), list):
            return Given(skipped=(describe(record, "a file of DevTools"),))
        skipped: list[str] = []
        parts = list(_parts(record, skipped.append))
        return Given(tuple(part.span for part in parts), skipped=tuple(skipped))

    def unfold(self, record: Json, item: int, span: Span, raw: str) -> Payload:
        """What the run, the step or the tool carried."""
        return list(_parts(record, lambda _: None))[item].payload()


def _is_document(record: Dict) -> bool:
    steps = record.get("steps")
    return (
        isinstance(record.get("runs"), list)
        and isinstance(steps, list)
        and all("run_id" in dict_of(step) and "step_number" in dict_of(step) for step in steps)
    )


def _parts(record: Dict, complain: Callable[[str], None]) -> Iterator[Part]:
    runs = {text_of(dict_of(run).get("id")): dict_of(run) for run in list_of(record.get("runs"))}
    steps: dict[str, list[Dict]] = {}
    for number, step in enumerate(list_of(record.get("steps"))):
        run_id = text_of(dict_of(step).get("run_id"))
        if run_id is None or text_of(step.get("id")) is None:
            complain(f"step {number + 1} has no id or no run_id")
            continue
        steps.setdefault(run_id, []).append(_opened(step, complain))
    for run_id in runs:
        if run_id is not None and run_id not in steps:
            steps[run_id] = []
    for run_id, own in steps.items():
        own.sort(key=lambda step: (count(step.get("step_number")) or 0, str(step.get("started_at"))))
        yield from _run(run_id, runs.get(run_id, {}), own)


_TEXTS = ("input", "output", "usage", "raw_request", "raw_response", "raw_chunks", "provider_options")


def _opened(step: Dict, complain: Callable[[str], None]) -> Dict:
    """The step with the JSON in its strings parsed."""
    found = {**step, **{name: opened(step.get(name)) for name in _TEXTS}}
    for name in ("input", "output", "usage"):
        if isinstance(found[name], str) and name != "output":
            complain(f"{name} of step {str(step.get('id'))[:60]} is not JSON")
    return found


def _start(step: Dict) -> int:
    return time_ns(step.get("started_at")) or 0


def _end(step: Dict) -> int | None:
    lasted = duration_of(step.get("duration_ms"), MS) if step.get("duration_ms") is not None else None
    if lasted is None:
        return _start(step) if step.get("error") is not None else None
    return _start(step) + lasted


def _run(run_id: str, run: Dict, steps: list[Dict]) -> Iterator[Part]:
    starts = [start for step in steps if (start := _start(step))]
    start = min(starts, default=time_ns(run.get("started_at")) or 0)
    ends = [_end(step) for step in steps]
    is_open = None in ends
    end = max([start, *(moment for moment in ends if moment is not None)])
    failed = bool(steps) and steps[-1].get("error") is not None
    first, last = (steps[0], steps[-1]) if steps else ({}, {})
    root = Span(
        trace_id=run_id,
        span_id=run_id,
        kind="agent",
        name=text_of(run.get("function_id")) or text_of(first.get("model_id")) or "run",
        start_ns=start,
        end_ns=None if is_open else end,
        status="error" if failed else "running" if is_open else "success",
        status_message=text_of(last.get("error")) if failed else None,
    )
    yield Part(root, lambda: Payload(_said(first), _answered(last), raw=raw_text(run)))
    for number, step in enumerate(steps):
        yield _generation(root, step)
        yield from _tools(root, step, steps[number + 1] if number + 1 < len(steps) else None)


def _finish(step: Dict) -> str | None:
    reason = dict_of(step.get("output")).get("finishReason")
    return text_of(reason.get("unified")) or text_of(reason.get("raw")) if isinstance(reason, dict) else text_of(reason)


def _generation(root: Span, step: Dict) -> Part:
    finish, end = _finish(step), _end(step)
    refused = finish is not None and finish.lower().replace("-", "_") in REFUSALS
    failed = step.get("error") is not None
    status: Status = "error" if failed else "refused" if refused else "running" if end is None else "success"
    span = Span(
        trace_id=root.trace_id,
        span_id=str(step.get("id")),
        parent_id=root.span_id,
        kind="generation",
        name=text_of(step.get("model_id")) or "generation",
        start_ns=_start(step),
        end_ns=end,
        status=status,
        status_message=text_of(step.get("error")),
        model=text_of(step.get("model_id")),
        provider=text_of(step.get("provider")),
        finish_reason=finish,
        usage=_usage(step),
        response_id=text_of(dict_of(dict_of(step.get("output")).get("response")).get("id")),
        metadata={"type": step["type"]} if step.get("type") is not None else {},
    )
    return Part(span, partial(_payload, step))


def _usage(step: Dict) -> Usage:
    """Nested since version 6 of the SDK: totals include the cache. Before: flat, with the cache in the input except
    where the provider is Anthropic."""
    usage = dict_of(step.get("usage"))
    before, after = usage.get("inputTokens"), usage.get("outputTokens")
    if isinstance(before, dict) or isinstance(after, dict):
        before, after = dict_of(before), dict_of(after)
        total = count(before.get("total"))
        fresh = count(before.get("noCache"))
        return split_usage(
            input=fresh if fresh is not None else total,
            output=count(after.get("total")),
            cache_read=count(before.get("cacheRead")),
            cache_write=count(before.get("cacheWrite")),
            reasoning=count(after.get("reasoning")),
            cached_in_input=fresh is None,
        )
    return split_usage(
        input=count(before) if before is not None else count(usage.get("promptTokens")),
        output=count(after) if after is not None else count(usage.get("completionTokens")),
        cache_read=count(usage.get("cachedInputTokens")),
        reasoning=count(usage.get("reasoningTokens")),
        total=count(usage.get("totalTokens")),
        cached_in_input=not is_anthropic(text_of(step.get("provider"))),
    )


def _payload(step: Dict) -> Payload:
    given = dict_of(step.get("input"))
    settings = {key: value for key, value in given.items() if key not in ("prompt", "tools")}
    attributes = {**settings, **{name: step[name] for name in ("provider_options", "usage") if step.get(name)}}
    return Payload(
        _said(step),
        _answered(step),
        parse_tools(given.get("tools")),
        attributes,
        raw=raw_text(step),
    )


def _said(step: Dict) -> Content:
    given = step.get("input")
    prompt = given.get("prompt") if isinstance(given, dict) and "prompt" in given else given
    return None if prompt is None else parse_messages(prompt, "user")


def _answered(step: Dict) -> Content:
    output = step.get("output")
    if not isinstance(output, dict):
        return output
    content = list_of(output.get("content"))
    if not content:
        reasoning = [
            {"type": "reasoning", "text": dict_of(part).get("text")} for part in list_of(output.get("reasoningParts"))
        ]
        texts = [{"type": "text", "text": dict_of(part).get("text")} for part in list_of(output.get("textParts"))]
        calls = [{"type": "tool-call", **dict_of(call)} for call in list_of(output.get("toolCalls"))]
        content = [*reasoning, *texts, *calls]
    return parse_messages([{"role": "assistant", "content": content}], "assistant") if content else output


def _calls(step: Dict) -> list[Dict]:
    output = dict_of(step.get("output"))
    parts = [dict_of(part) for part in list_of(output.get("content"))]
    streamed = [dict_of(call) for call in list_of(output.get("toolCalls"))]
    return [part for part in parts if part.get("type") == "tool-call"] or streamed


def _tools(root: Span, step: Dict, after: Dict | None) -> Iterator[Part]:
    for number, call in enumerate(_calls(step)):
        call_id, name = text_of(call.get("toolCallId")), text_of(call.get("toolName")) or "tool"
        result = _result(after, call_id) if after is not None else None
        value = dict_of(result).get("output", dict_of(result).get("result"))
        kind = text_of(value.get("type")) if isinstance(value, dict) else None
        failed = dict_of(result).get("isError") is True or (kind is not None and kind.startswith("error"))
        shown = value.get("value") if isinstance(value, dict) and kind is not None and "value" in value else value
        start = _end(step) or _start(step)
        span = Span(
            trace_id=root.trace_id,
            span_id=f"{step.get('id')}:{call_id or number}",
            parent_id=root.span_id,
            kind="tool",
            name=name,
            tool_name=name,
            start_ns=start,
            end_ns=max(start, _start(after)) if after is not None else start,
            status="error" if failed else "success",
            status_message=text_of(shown) if failed else None if result is not None else "no result recorded",
        )
        arguments = call.get("input") if call.get("input") is not None else call.get("args")
        raw = raw_text({"call": call, "result": result})
        yield Part(span, partial(Payload, opened(arguments), shown, raw=raw))


def _result(after: Dict, call_id: str | None) -> Json:
    for message in list_of(dict_of(after.get("input")).get("prompt")):
        for part in list_of(dict_of(message).get("content")):
            if dict_of(part).get("type") == "tool-result" and part.get("toolCallId") == call_id:
                return part
    return None
