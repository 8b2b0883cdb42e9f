"""One thread of a graph → traces: runs, their tasks, and the messages that these wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from tracetui.model import REFUSALS, Json, Payload, Span, Status, Usage
from tracetui.semconv.chat import parse_content, parse_messages
from tracetui.semconv.scalars import text_of
from tracetui.semconv.usage import usage_of
from tracetui.sources.cells import Dict, dict_of, list_of, raw_text, shortened
from tracetui.sources.langgraph_write import Checkpoint, Write
from tracetui.sources.sqlite_file import Group

_START, _ERROR, _INTERRUPT = "__start__", "__error__", "__interrupt__"
_BRANCH = "branch:to:"
_OWN = frozenset({"source", "step", "parents", "writes", "thread_id", "checkpoint_ns", "checkpoint_id", "run_id"})


class Task(Struct):
    """One task of a step: what it wrote after `before`, until `end_ns`."""

    span_id: str
    trace_id: str
    parent_id: str
    node: str
    before: Checkpoint
    end_ns: int | None
    writes: list[Write]


class Run(Struct):
    """The checkpoints of the main graph from one input to the next."""

    trace_id: str
    checkpoints: list[Checkpoint]
    is_last: bool = False


class Thread:
    """Builds the spans of one thread into `group`."""

    def __init__(self, group: Group, thread: str, checkpoints: list[Checkpoint], writes: list[Write]) -> None:
        self._group, self._thread = group, thread
        self._checkpoints = checkpoints
        self._written: dict[tuple[str, str], list[Write]] = {}
        for write in writes:
            self._written.setdefault((write.namespace, write.checkpoint_id), []).append(write)
        self._tasks: dict[str, Task] = {}

    def add(self) -> None:
        """Add all spans."""
        main = [checkpoint for checkpoint in self._checkpoints if not checkpoint.namespace]
        runs = _runs(self._thread, main or self._checkpoints)
        for run in runs:
            self._take_tasks(run.trace_id, run.trace_id, run.checkpoints)
        if main:
            self._take_subgraphs(runs)
        self._claim()
        for run in runs:
            self._add_run(run)

    def _take_tasks(self, trace_id: str, parent_id: str, checkpoints: list[Checkpoint]) -> None:
        for number, checkpoint in enumerate(checkpoints):
            after = checkpoints[number + 1] if number + 1 < len(checkpoints) else None
            end = after.start_ns if after is not None else None
            by_task: dict[str, list[Write]] = {}
            for write in self._written.get((checkpoint.namespace, checkpoint.id), []):
                by_task.setdefault(write.task_id, []).append(write)
            if not by_task and after is not None:
                by_task = _writes_from_states(checkpoint, after)
            for task_id, writes in by_task.items():
                node = writes[0].node or _node_of(checkpoint, after)
                if node != _START:
                    span_id = f"{checkpoint.id}:{task_id}"
                    self._tasks[task_id] = Task(span_id, trace_id, parent_id, node, checkpoint, end, writes)

    def _take_subgraphs(self, runs: list[Run]) -> None:
        """Checkpoints of a subgraph name in their namespace the task under which it ran: `node:task|node:task`."""
        names = sorted(
            {point.namespace for point in self._checkpoints if point.namespace}, key=lambda ns: ns.count("|")
        )
        for namespace in names:
            points = [point for point in self._checkpoints if point.namespace == namespace]
            above = self._tasks.get(namespace.rpartition("|")[2].rpartition(":")[2])
            if above is not None:
                trace_id, parent_id = above.trace_id, above.span_id
            else:
                trace_id = parent_id = _run_at(runs, points[0].start_ns).trace_id
            self._take_tasks(trace_id, parent_id, points)

    def _claim(self) -> None:
        """A message that a subgraph wrote is written again by the task above it: the deepest task has it."""
        owners: dict[tuple[str, str], tuple[int, str]] = {}
        for task in self._tasks.values():
            depth = task.before.namespace.count("|") + bool(task.before.namespace)
            for message in _messages(task.writes):
                key = (task.trace_id, _identity(message))
                if key not in owners or depth > owners[key][0]:
                    owners[key] = (depth, task.span_id)
        self._owners = {key: span_id for key, (_, span_id) in owners.items()}

    def _add_run(self, run: Run) -> None:
        tasks = [task for task in self._tasks.values() if task.trace_id == run.trace_id]
        first, last = run.checkpoints[0], run.checkpoints[-1]
        statuses = {_status_of(task) for task in tasks}
        failed = any(_status_of(task) == "error" for task in tasks if task.end_ns is None)
        is_open = not failed and run.is_last and ("running" in statuses or _has_next(last))
        end = max([last.start_ns, *(task.end_ns for task in tasks if task.end_ns is not None)])
        said = [message for write in self._input(first) for message in _messages([write])]
        metadata = {key: value for key, value in first.metadata.items() if key not in _OWN}
        name = next(
            (
                text
                for key in ("graph_id", "assistant_id", "langgraph_graph", "name")
                if (text := text_of(metadata.get(key)))
            ),
            None,
        )
        root = Span(
            trace_id=run.trace_id,
            span_id=run.trace_id,
            kind="agent",
            name=name or shortened(_text(said)) or "graph",
            start_ns=first.start_ns,
            end_ns=None if is_open else end,
            status="error" if failed else "running" if is_open else "success",
            status_message=next((text for task in tasks if (text := _failure(task))), None) if failed else None,
            user_id=text_of(metadata.get("user_id")) or text_of(metadata.get("user")),
            session_id=self._thread,
            feature=name,
            metadata=metadata,
        )
        self._group.add(root, partial(_run_payload, self._input(first), last))
        for task in tasks:
            self._add_task(task, root)

    def _input(self, first: Checkpoint) -> list[Write]:
        """What the run was given: what its first task passed on, or the state that waits at the start."""
        writes = [write for write in self._written.get((first.namespace, first.id), []) if write.node == _START]
        given = [write for write in writes if write.value is not None]
        if given:
            return given
        values = dict_of(dict_of(first.state().get("channel_values")).get(_START))
        return [Write("", first.id, "", _START, channel, value) for channel, value in values.items()]

    def _add_task(self, task: Task, root: Span) -> None:
        status = _status_of(task)
        end = None if status == "running" else task.before.start_ns if task.end_ns is None else task.end_ns
        end = None if end is None else max(end, task.before.start_ns)
        span = Span(
            trace_id=task.trace_id,
            span_id=task.span_id,
            parent_id=task.parent_id,
            kind="chain",
            name=task.node or "step",
            start_ns=task.before.start_ns,
            end_ns=end,
            status=status,
            status_message=_failure(task),
            session_id=self._thread,
            metadata={"step": task.before.metadata["step"]} if "step" in task.before.metadata else {},
        )
        self._group.add(span, partial(_task_payload, task))
        for message in _messages(task.writes):
            if self._owners.get((task.trace_id, _identity(message))) == task.span_id:
                self._add_message(span, message, task)

    def _add_message(self, step: Span, message: Dict, task: Task) -> None:
        kind = message.get("type")
        if kind in ("ai", "AIMessageChunk"):
            span = _generation(step, message)
            self._group.add(span, partial(_generation_payload, task.before, message))
        elif kind == "tool":
            self._group.add(_tool(step, message), partial(_tool_payload, task.before, message))


def _runs(thread: str, checkpoints: list[Checkpoint]) -> list[Run]:
    runs: list[Run] = []
    for checkpoint in checkpoints:
        if checkpoint.source == "input" or not runs:
            runs.append(Run(f"{thread}:{checkpoint.id}", []))
        runs[-1].checkpoints.append(checkpoint)
    if runs:
        runs[-1].is_last = True
    return runs


def _run_at(runs: list[Run], moment: int) -> Run:
    return next((run for run in reversed(runs) if run.checkpoints[0].start_ns <= moment), runs[0])


def _writes_from_states(before: Checkpoint, after: Checkpoint) -> dict[str, list[Write]]:
    """Where the rows of `writes` are gone: nodes from the metadata (older versions), messages from what the state has
    more of than before."""
    nodes = list(dict_of(after.metadata.get("writes"))) or _next_nodes(before)
    old = {_identity(message) for message in _state_messages(before)}
    fresh = [message for message in _state_messages(after) if _identity(message) not in old]
    if not nodes or after.source == "input":
        return {}
    writes = [Write(before.namespace, before.id, f"step {node}", node, "", None) for node in nodes]
    writes.append(Write(before.namespace, before.id, f"step {nodes[-1]}", nodes[-1], "messages", fresh))
    found: dict[str, list[Write]] = {}
    for write in writes:
        found.setdefault(f"{before.id} {write.task_id}", []).append(write)
    return found


def _node_of(before: Checkpoint, after: Checkpoint | None) -> str:
    """The node of a task in versions that did not write it down: what the step after it says, or the channels that
    waited for it."""
    if before.source == "input":
        return _START
    told = list(dict_of(after.metadata.get("writes"))) if after is not None else []
    return ", ".join(told or _next_nodes(before))


def _next_nodes(checkpoint: Checkpoint) -> list[str]:
    values = dict_of(checkpoint.state().get("channel_values"))
    return [name.removeprefix(_BRANCH) for name in values if name.startswith(_BRANCH)] or (
        [_START] if _START in values else []
    )


def _has_next(checkpoint: Checkpoint) -> bool:
    return bool(_next_nodes(checkpoint))


def _state_messages(checkpoint: Checkpoint) -> list[Dict]:
    values = dict_of(checkpoint.state().get("channel_values"))
    return list(_found_messages(list(values.values())))


def _messages(writes: list[Write]) -> list[Dict]:
    found: dict[str, Dict] = {}
    for write in writes:
        for message in _found_messages(write.value):
            found.setdefault(_identity(message), message)
    return list(found.values())


def _found_messages(value: Json) -> Iterator[Dict]:
    """Messages in a value, or in a list of it, or in the fields of an object (a command, a state)."""
    if isinstance(value, dict):
        if "content" in value and ("type" in value or "role" in value):
            yield value
        else:
            for item in value.values():
                if isinstance(item, list):
                    yield from _found_messages(item)
    elif isinstance(value, list):
        for item in value:
            yield from _found_messages(item)


def _identity(message: Dict) -> str:
    return text_of(message.get("id")) or json.dumps(message, sort_keys=True, default=str)


def _text(messages: list[Dict]) -> str:
    return next((text for message in messages if (text := text_of(message.get("content")))), "")


def _failure(task: Task) -> str | None:
    errors = [write.value for write in task.writes if write.channel == _ERROR]
    if not errors:
        return None
    value = errors[0]
    if isinstance(value, list):
        value = ", ".join(str(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value)


def _status_of(task: Task) -> Status:
    channels = {write.channel for write in task.writes}
    if _ERROR in channels:
        return "error"
    return "running" if _INTERRUPT in channels and task.end_ns is None else "success"


def _generation(step: Span, message: Dict) -> Span:
    told = dict_of(message.get("response_metadata"))
    finish = text_of(told.get("finish_reason")) or text_of(told.get("stop_reason")) or text_of(told.get("done_reason"))
    extra = dict_of(message.get("additional_kwargs"))
    refused = bool(extra.get("refusal")) or (finish is not None and finish.lower() in REFUSALS)
    model = text_of(told.get("model_name")) or text_of(told.get("model"))
    usage = usage_of(message.get("usage_metadata")) or usage_of(told.get("token_usage")) or Usage()
    return Span(
        trace_id=step.trace_id,
        span_id=f"{step.span_id}:{_identity(message)[:200]}",
        parent_id=step.span_id,
        kind="generation",
        name=model or "generation",
        start_ns=step.start_ns,
        end_ns=step.end_ns if step.end_ns is not None else step.start_ns,
        status="refused" if refused else "success",
        model=model,
        provider=text_of(told.get("model_provider")),
        finish_reason=finish,
        usage=usage,
        session_id=step.session_id,
        service_tier=text_of(told.get("service_tier")),
        response_id=text_of(told.get("id")),
    )


def _tool(step: Span, message: Dict) -> Span:
    name = text_of(message.get("name")) or "tool"
    failed = message.get("status") == "error"
    return Span(
        trace_id=step.trace_id,
        span_id=f"{step.span_id}:{text_of(message.get('tool_call_id')) or _identity(message)[:200]}",
        parent_id=step.span_id,
        kind="tool",
        name=name,
        tool_name=name,
        start_ns=step.start_ns,
        end_ns=step.end_ns if step.end_ns is not None else step.start_ns,
        status="error" if failed else "success",
        status_message=text_of(message.get("content")) if failed else None,
        session_id=step.session_id,
    )


def _run_payload(given: list[Write], last: Checkpoint) -> Payload:
    state = last.state()
    said = [message for write in given for message in _messages([write])]
    values = dict_of(state.get("channel_values"))
    spoken = _state_messages(last)
    shown = {key: value for key, value in values.items() if not key.startswith(_BRANCH)}
    return Payload(
        parse_messages([_spoken(message) for message in said], "user") if said else {w.channel: w.value for w in given},
        parse_messages([_spoken(spoken[-1])], "assistant") if spoken else shown,
        attributes={"state": shown, "metadata": last.metadata},
        raw=raw_text(state),
    )


def _task_payload(task: Task) -> Payload:
    written = {write.channel: write.value for write in task.writes if not write.channel.startswith(_BRANCH)}
    state = {key: value for key, value in dict_of(task.before.state().get("channel_values")).items()
             if not key.startswith(_BRANCH)}  # fmt: skip
    raw = [{"channel": write.channel, "value": write.value} for write in task.writes]
    return Payload(parse_content(state.get("messages")) if "messages" in state else state, written,
                   attributes={"metadata": task.before.metadata}, raw=raw_text(raw))  # fmt: skip


def _generation_payload(before: Checkpoint, message: Dict) -> Payload:
    said = [_spoken(item) for item in _state_messages(before)]
    told = {key: value for key, value in message.items() if key in ("id", "response_metadata", "usage_metadata")}
    return Payload(
        parse_messages(said, "user") if said else None,
        parse_messages([_spoken(message)], "assistant"),
        attributes=told,
        raw=raw_text(message),
    )


def _tool_payload(before: Checkpoint, message: Dict) -> Payload:
    calls = [dict_of(call) for item in _state_messages(before) for call in list_of(item.get("tool_calls"))]
    asked = next((call for call in calls if call.get("id") == message.get("tool_call_id")), {})
    return Payload(asked.get("args"), parse_content(message.get("content")), raw=raw_text(message))


_SPOKEN = ("type", "role", "content", "tool_calls", "tool_call_id", "name", "status", "additional_kwargs")


def _spoken(message: Dict) -> Json:
    return {key: message[key] for key in _SPOKEN if message.get(key) is not None}
