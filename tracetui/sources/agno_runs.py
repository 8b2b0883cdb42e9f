"""One run of agno → an agent span, a generation for each answer with metrics, and a span for each tool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from msgspec import Struct

from tracetui.model import Cost, Json, Payload, Span, Status, Usage
from tracetui.semconv.chat import parse_content, parse_messages
from tracetui.semconv.scalars import duration_of, number_of, text_of
from tracetui.semconv.usage import count, is_anthropic, split_usage
from tracetui.sources.cells import SECOND, Dict, dict_of, list_of, raw_text, time_ns
from tracetui.sources.sqlite_file import Group

_STATUSES: Mapping[str, Status] = {
    "ERROR": "error", "FAILED": "error", "CANCELLED": "error", "RUNNING": "running", "PENDING": "running",
    "PAUSED": "running",
}  # fmt: skip
_NESTED = ("member_responses", "step_executor_runs")


class Run(Struct, frozen=True):
    """A run as agno keeps it; `parent_id` is the run of the team or workflow that started it."""

    run_id: str
    parent_id: str | None
    data: Dict


def nested_runs(run: Run, depth: int) -> Iterator[Run]:
    """The runs of members that a run holds itself."""
    for name in _NESTED:
        for item in list_of(run.data.get(name)):
            run_id = text_of(dict_of(item).get("run_id"))
            if run_id is not None and depth:
                inner = Run(run_id, text_of(item.get("parent_run_id")) or run.run_id, item)
                yield inner
                yield from nested_runs(inner, depth - 1)


def add_run(group: Group, session: str, run: Run, runs: Mapping[str, Run], user: str | None, metadata: Dict) -> None:
    """Add the spans of one run. `runs` are all runs of the session by id."""
    data = run.data
    start = time_ns(data.get("created_at"), SECOND)
    if start is None:
        group.skip("runs", None, f"created_at of run {run.run_id[:60]} is no time")
    status = _STATUSES.get(str(data.get("status")).upper().rpartition(".")[2], "success")
    metrics = dict_of(data.get("metrics"))
    parts = _Parts(group, run, session, start or 0)
    parts.lay()
    end = max((start or 0) + (duration_of(metrics.get("duration"), SECOND) or 0), parts.end_ns)
    name = next((found for key in ("agent_name", "team_name", "workflow_name", "agent_id", "team_id", "workflow_id")
                 if (found := text_of(data.get(key)))), None)  # fmt: skip
    ttft = duration_of(metrics.get("time_to_first_token"), SECOND)
    own = dict_of(data.get("metadata"))
    span = Span(
        trace_id=_root_of(run, runs),
        span_id=run.run_id,
        parent_id=_parent_of(run, runs),
        kind="agent",
        name=name or "run",
        start_ns=start or 0,
        end_ns=None if status == "running" else end,
        ttft_ns=ttft,
        status=status,
        status_message=_failure(data) if status == "error" else None,
        model=text_of(data.get("model")),
        provider=text_of(data.get("model_provider")),
        usage=_usage(metrics, text_of(data.get("model_provider"))),
        cost=_cost(metrics),
        user_id=text_of(data.get("user_id")) or user,
        session_id=session,
        feature=name,
        metadata={**metadata, **own},
    )
    group.add(span, partial(_run_payload, data))
    parts.add(span.trace_id)


def _root_of(run: Run, runs: Mapping[str, Run]) -> str:
    """The run that began the trace; a circle of parents ends where it began."""
    seen = {run.run_id}
    while run.parent_id is not None and run.parent_id in runs and run.parent_id not in seen:
        run = runs[run.parent_id]
        seen.add(run.run_id)
    return run.run_id


def _parent_of(run: Run, runs: Mapping[str, Run]) -> str | None:
    """The tool call that delegated to this run, else the run above it."""
    above = runs.get(run.parent_id or "")
    for tool in list_of(above.data.get("tools")) if above is not None else []:
        call_id = text_of(dict_of(tool).get("tool_call_id"))
        if call_id is not None and dict_of(tool).get("child_run_id") == run.run_id:
            return f"{run.parent_id}:{call_id}"
    return run.parent_id


def _failure(data: Dict) -> str | None:
    status = str(data.get("status")).upper()
    return text_of(data.get("content")) or ("cancelled" if "CANCEL" in status else None)


def _usage(metrics: Dict, provider: str | None) -> Usage:
    """agno passes the provider's own input count on: with the cached tokens in it, except Anthropic's."""
    return split_usage(
        input=count(metrics.get("input_tokens")),
        output=count(metrics.get("output_tokens")),
        cache_read=count(metrics.get("cache_read_tokens")),
        cache_write=count(metrics.get("cache_write_tokens")),
        reasoning=count(metrics.get("reasoning_tokens")),
        total=count(metrics.get("total_tokens")),
        cached_in_input=not is_anthropic(provider),
    )


def _cost(metrics: Dict) -> Cost:
    usd = number_of(metrics.get("cost"))
    return Cost() if usd is None else Cost(usd, "recorded")


def _run_payload(data: Dict) -> Payload:
    given = data.get("input")
    said = given.get("input_content") if isinstance(given, dict) and "input_content" in given else given
    thought = text_of(data.get("reasoning_content"))
    answer = {"role": "assistant", "content": data.get("content"), "reasoning_content": thought}
    rest = {key: value for key, value in data.items() if key not in ("messages", "input", "content", *_NESTED)}
    events = tuple(event for event in list_of(data.get("events")) if isinstance(event, dict))
    output = parse_messages([answer], "assistant") if isinstance(data.get("content"), str) else data.get("content")
    return Payload(parse_content(said), output, attributes=rest, events=events, raw=raw_text(data))


class _Parts:
    """The generations and tools of one run, laid one after another from its start."""

    def __init__(self, group: Group, run: Run, session: str, start_ns: int) -> None:
        self._group, self._run, self._session = group, run, session
        self._messages = [item for item in list_of(run.data.get("messages")) if isinstance(item, dict)]
        self._tools = {str(item.get("tool_call_id")): item for item in list_of(run.data.get("tools"))
                       if isinstance(item, dict)}  # fmt: skip
        self._times: dict[str, tuple[int, int]] = {}
        self._generations: list[tuple[int, int, int]] = []
        self.end_ns = start_ns

    def lay(self) -> None:
        """Find when everything was."""
        answers = [(place, item) for place, item in enumerate(self._messages) if self._is_answer(item)]
        has_metrics = any(isinstance(item.get("metrics"), dict) for _, item in answers)
        for place, item in answers:
            calls = [self._tools[call_id] for call in list_of(item.get("tool_calls"))
                     if (call_id := str(dict_of(call).get("id"))) in self._tools]  # fmt: skip
            if has_metrics and not isinstance(item.get("metrics"), dict):
                self._lay_tools(calls)
                continue
            lasted = duration_of(dict_of(item.get("metrics")).get("duration"), SECOND) or 0
            started = min((moment for tool in calls if (moment := _began(tool)) is not None), default=None)
            end = self.end_ns + lasted if started is None else max(self.end_ns, started)
            self._generations.append((place, max(self.end_ns, end - lasted), end))
            self.end_ns = end
            self._lay_tools(calls)
        self._lay_tools([tool for call_id, tool in self._tools.items() if call_id not in self._times])

    @staticmethod
    def _is_answer(item: Dict) -> bool:
        return item.get("role") in ("assistant", "model") and item.get("from_history") is not True

    def _lay_tools(self, tools: list[Dict]) -> None:
        """Tools of one answer run side by side."""
        start, last = self.end_ns, self.end_ns
        for tool in tools:
            metrics = dict_of(tool.get("metrics"))
            began = max(start, _began(tool) or start)
            end = began + (duration_of(metrics.get("duration"), SECOND) or 0)
            self._times[str(tool.get("tool_call_id"))] = (began, end)
            last = max(last, end)
        self.end_ns = last

    def add(self, trace_id: str) -> None:
        """Add the spans."""
        for place, start, end in self._generations:
            self._add_generation(trace_id, place, start, end)
        for number, (call_id, tool) in enumerate(self._tools.items()):
            self._add_tool(trace_id, tool, call_id if tool.get("tool_call_id") is not None else f"tool {number}")

    def _add_generation(self, trace_id: str, place: int, start: int, end: int) -> None:
        message, data = self._messages[place], self._run.data
        metrics = dict_of(message.get("metrics"))
        provider = text_of(data.get("model_provider"))
        model = text_of(data.get("model"))
        span = Span(
            trace_id=trace_id,
            span_id=f"{self._run.run_id}:{text_of(message.get('id')) or place}",
            parent_id=self._run.run_id,
            kind="generation",
            name=model or "generation",
            start_ns=start,
            end_ns=end,
            ttft_ns=duration_of(metrics.get("time_to_first_token"), SECOND),
            model=model,
            provider=provider,
            usage=_usage(metrics, provider),
            cost=_cost(metrics),
            session_id=self._session,
            response_id=text_of(dict_of(message.get("provider_data")).get("id")),
        )
        self._group.add(span, partial(_generation_payload, self._messages[:place], message))

    def _add_tool(self, trace_id: str, tool: Dict, call_id: str) -> None:
        name = text_of(tool.get("tool_name")) or "tool"
        start, end = self._times[str(tool.get("tool_call_id"))]
        failed = tool.get("tool_call_error") is True
        waits = tool.get("result") is None and str(self._run.data.get("status")).upper().endswith(("PAUSED", "RUNNING"))
        span = Span(
            trace_id=trace_id,
            span_id=f"{self._run.run_id}:{call_id}",
            parent_id=self._run.run_id,
            kind="tool",
            name=name,
            tool_name=name,
            start_ns=start,
            end_ns=None if waits else end,
            status="error" if failed else "running" if waits else "success",
            status_message=text_of(tool.get("result")) if failed else None,
            session_id=self._session,
        )
        self._group.add(span, partial(_tool_payload, tool))


def _began(tool: Dict) -> int | None:
    return time_ns(dict_of(tool.get("metrics")).get("start_time"), SECOND)


def _generation_payload(before: list[Dict], message: Dict) -> Payload:
    return Payload(
        parse_messages([_spoken(item) for item in before], "user") or None,
        parse_messages([_spoken(message)], "assistant"),
        attributes={key: value for key, value in message.items() if key in ("id", "metrics", "provider_data")},
        raw=raw_text(message),
    )


_SPOKEN = (
    "role", "content", "tool_calls", "tool_call_id", "tool_name", "name", "reasoning_content", "images", "audio",
    "refusal", "files", "videos",
)  # fmt: skip


def _spoken(message: Dict) -> Json:
    """A message without agno's own bookkeeping."""
    spoken = {key: message[key] for key in _SPOKEN if message.get(key) is not None}
    return {**spoken, "is_error": True} if message.get("tool_call_error") is True else spoken


def _tool_payload(tool: Dict) -> Payload:
    rest = {key: value for key, value in tool.items() if key not in ("tool_args", "result") and value is not None}
    return Payload(
        tool.get("tool_args"),
        parse_content(tool.get("result")),
        attributes=rest,
        raw=raw_text(tool),
    )
