"""The events of one sample of an Inspect AI log → the spans of a trace. Pure."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from tracetui.model import Cost, Json, Kind, Span, Status, Usage
from tracetui.semconv.chat import is_refusal
from tracetui.semconv.scalars import number_of, text_of
from tracetui.semconv.usage import count, split_usage
from tracetui.sources.cells import dict_of
from tracetui.sources.inspect_sample import Eval, events_of, moment_of, objects_in, trace_id_of

_KINDS: dict[str, Kind] = {"agent": "agent"}
_RECENT = 30


class Node(Struct):
    """A span with what it carried, until the sample is read to its end."""

    span: Span
    source: dict[str, Json]
    events: list[dict[str, Json]]


def nodes_of(sample: dict[str, Json], run: Eval) -> list[Node]:
    """The spans of a sample: one for the sample itself, then its events in their order."""
    trace_id = trace_id_of(sample, run)
    root = Node(_root(sample, run, trace_id), sample, [])
    reader = _Reader(root)
    reader.read(events_of(sample))
    if not any(node.span.kind == "generation" for node in reader.nodes):
        reader.add_answer(sample, run)
    reader.finish()
    return reader.nodes


def _root(sample: dict[str, Json], run: Eval, trace_id: str) -> Span:
    error = dict_of(sample.get("error"))
    times = [time for event in events_of(sample) if (time := moment_of(event.get("timestamp"))) is not None]
    start_ns = moment_of(sample.get("started_at")) or min(times, default=0)
    end_ns = moment_of(sample.get("completed_at")) or (None if run.is_running else max(times, default=start_ns))
    epoch = sample.get("epoch")
    status: Status = "error" if error else "running" if end_ns is None else "success"
    metadata = {**dict_of(sample.get("metadata")), "sample": sample.get("id"), "epoch": epoch}
    return Span(
        trace_id=trace_id,
        span_id=trace_id,
        kind="chain",
        name=f"{run.task}/{sample.get('id')}" + (f" (epoch {epoch})" if isinstance(epoch, int) and epoch > 1 else ""),
        start_ns=start_ns,
        end_ns=end_ns,
        status=status,
        status_message=text_of(error.get("message")),
        session_id=run.run_id,
        feature=run.task or None,
        tags=run.tags,
        metadata=metadata,
    )


class _Reader:
    """Walks the events of one sample. Old logs have steps that only follow each other; a stack knows their parents."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.nodes = [root]
        self._by_id: dict[str, Node] = {}
        self._stack: list[Node] = []
        self._called: set[str] = set()
        self._number = 0

    def read(self, events: Json, parent: Node | None = None) -> None:
        """Read events; `parent` is the tool call that they happened in."""
        for event in objects_in(events):
            self._number += 1
            kind = event.get("event")
            if kind == "span_begin" or (kind == "step" and event.get("action") == "begin"):
                self._begin(event, parent)
            elif kind == "span_end" or (kind == "step" and event.get("action") == "end"):
                self._end(event)
            elif kind == "model":
                self._append(_generation(event, self._place(event, parent)), event)
            elif kind in ("tool", "subtask"):
                holder = self._place(event, self._call_of(event) or parent)
                node = self._append(_call(event, holder), event)
                self.read(event.get("events"), node)
            else:
                self._holder(event, parent).events.append(event)

    def _holder(self, event: dict[str, Json], parent: Node | None) -> Node:
        if parent is not None:
            return parent
        known = self._by_id.get(text_of(event.get("span_id")) or "")
        return known or (self._stack[-1] if self._stack and event.get("span_id") is None else self.root)

    def _place(self, event: dict[str, Json], parent: Node | None) -> tuple[Span, str]:
        """The span that an event is in, and the event's own id."""
        holder = self._holder(event, parent)
        return holder.span, text_of(event.get("uuid")) or f"{self.root.span.trace_id}#{self._number}"

    def _append(self, span: Span, event: dict[str, Json]) -> Node:
        node = Node(span, event, [])
        self.nodes.append(node)
        return node

    def _begin(self, event: dict[str, Json], parent: Node | None) -> None:
        span_id = text_of(event.get("id")) or f"{self.root.span.trace_id}#{self._number}"
        above = self._by_id.get(text_of(event.get("parent_id")) or "")
        if above is None:
            above = parent or (self._stack[-1] if self._stack and event.get("event") == "step" else self.root)
        span = Span(
            trace_id=self.root.span.trace_id,
            span_id=span_id,
            parent_id=above.span.span_id,
            kind=_KINDS.get(text_of(event.get("type")) or "", "chain"),
            name=text_of(event.get("name")) or text_of(event.get("type")) or "",
            start_ns=moment_of(event.get("timestamp")) or above.span.start_ns,
            end_ns=None,
            status="running",
            session_id=self.root.span.session_id,
        )
        node = self._append(span, event)
        if event.get("event") == "step":
            self._stack.append(node)
        else:
            self._by_id[span_id] = node

    def _end(self, event: dict[str, Json]) -> None:
        node = self._by_id.get(text_of(event.get("id")) or "")
        if event.get("event") == "step" and self._stack:
            node = self._stack.pop()
        if node is not None:
            _finish(node, moment_of(event.get("timestamp")))

    def _call_of(self, event: dict[str, Json]) -> Node | None:
        """The span that Inspect opened around a tool call: a recent one of its name, in the same span."""
        for node in reversed(self.nodes[-_RECENT:]):
            source = node.source
            is_its = source.get("type") == "tool" and source.get("name") == event.get("function")
            if is_its and source.get("event") == "span_begin" and node.span.span_id not in self._called:
                self._called.add(node.span.span_id)
                return node
        return None

    def add_answer(self, sample: dict[str, Json], run: Eval) -> None:
        """Logs without events still have the answer and what it used."""
        output = dict_of(sample.get("output"))
        if not output.get("choices"):
            return
        event = {"model": output.get("model") or run.model, "input": _before_answer(sample), "output": output}
        root = self.root.span
        span = _generation(event, (root, f"{root.trace_id}#answer"))
        used = [_usage(dict_of(item), {}) for item in dict_of(sample.get("model_usage")).values()]
        if len(used) == 1:
            span = replace(span, usage=used[0])
        self._append(replace(span, start_ns=root.start_ns, end_ns=root.end_ns), event)

    def finish(self) -> None:
        """Spans without an end are over when the sample is."""
        for node in self.nodes:
            if node.span.end_ns is None:
                _finish(node, self.root.span.end_ns)


def _before_answer(sample: dict[str, Json]) -> Json:
    messages = sample.get("messages")
    return messages[:-1] if isinstance(messages, list) and messages else sample.get("input")


def _finish(node: Node, end_ns: int | None) -> None:
    if end_ns is not None:
        node.span = replace(node.span, end_ns=end_ns, status="success")


def _generation(event: dict[str, Json], place: tuple[Span, str]) -> Span:
    above, span_id = place
    output = dict_of(event.get("output"))
    choices = objects_in(output.get("choices"))
    finish = text_of(choices[0].get("stop_reason")) if choices else None
    error = text_of(event.get("error")) or text_of(output.get("error"))
    model = text_of(event.get("model")) or text_of(output.get("model"))
    usage = dict_of(output.get("usage"))
    start_ns = moment_of(event.get("timestamp")) or above.start_ns
    end_ns = moment_of(event.get("completed")) or (
        None if event.get("pending") is True else _after(start_ns, output.get("time"))
    )
    status: Status = (
        "error" if error else "refused" if is_refusal(finish) else "running" if end_ns is None else "success"
    )
    cost = number_of(usage.get("total_cost"))
    span = Span(
        trace_id=above.trace_id,
        span_id=span_id,
        parent_id=above.span_id,
        kind="generation",
        name=model or "model",
        start_ns=start_ns,
        end_ns=end_ns,
        status=status,
        status_message=error,
        model=model,
        provider=model.partition("/")[0].lower() if model and "/" in model else None,
        finish_reason=finish,
        usage=_usage(usage, output),
        session_id=above.session_id,
        response_id=text_of(output.get("response_id")),
        metadata={"role": event["role"]} if isinstance(event.get("role"), str) else {},
    )
    return span if cost is None else replace(span, cost=Cost(cost, "recorded"))


def _usage(usage: dict[str, Json], output: dict[str, Json]) -> Usage:
    """Inspect's input stands beside the cached tokens; a context count equal to the input alone proves the opposite."""
    given = count(usage.get("input_tokens"))
    cache_read, cache_write = count(usage.get("input_tokens_cache_read")), count(usage.get("input_tokens_cache_write"))
    context = count(output.get("input_context_tokens"))
    return split_usage(
        input=given,
        output=count(usage.get("output_tokens")),
        cache_read=cache_read,
        cache_write=cache_write,
        reasoning=count(usage.get("reasoning_tokens")),
        cached_in_input=bool(cache_read or cache_write) and context is not None and context == given,
    )


def _call(event: dict[str, Json], place: tuple[Span, str]) -> Span:
    above, span_id = place
    error = event.get("error")
    message = text_of(dict_of(error).get("message")) or text_of(error)
    name = text_of(event.get("function")) or text_of(event.get("name")) or ""
    is_tool = event.get("event") == "tool"
    start_ns = moment_of(event.get("timestamp")) or above.start_ns
    end_ns = moment_of(event.get("completed")) or (
        None if event.get("pending") is True else _after(start_ns, event.get("working_time"))
    )
    return Span(
        trace_id=above.trace_id,
        span_id=span_id,
        parent_id=above.span_id,
        kind="tool" if is_tool else "chain",
        name=name,
        start_ns=start_ns,
        end_ns=end_ns,
        status="error" if error else "running" if end_ns is None else "success",
        status_message=message,
        session_id=above.session_id,
        tool_name=(name or None) if is_tool else None,
    )


def _after(start_ns: int, seconds: Json) -> int:
    return start_ns + round((number_of(seconds) or 0.0) * 1e9)
