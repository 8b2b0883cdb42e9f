"""Samples, held to plain Python over the traces and their trees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tracetui.figures import Sample
from tracetui.model import MODEL_CALLS, Node, Score, Trace
from tracetui.workspace import Workspace, open_workspace

SAMPLES = Path(__file__).parents[3] / "sample_traces"


@pytest.fixture(scope="module")
def samples() -> Iterator[Workspace]:
    """The sample store."""
    opened = open_workspace([SAMPLES / "support.db"], wait=True)
    yield opened
    opened.close()


KEYS: dict[tuple[str, ...], Callable[[Node, Trace], tuple[str | None, ...]]] = {
    (): lambda node, trace: (),
    ("feature",): lambda node, trace: (node.span.feature or trace.feature,),
    ("model",): lambda node, trace: (node.span.model,),
    ("prompt_name", "prompt_version"): lambda node, trace: (node.span.prompt_name, node.span.prompt_version),
}
OF_CALLS = [("model",), ("prompt_name", "prompt_version")]


def expected(workspace: Workspace, by: tuple[str, ...], filter: str | None) -> dict[Any, dict[str, Any]]:
    """What SQL has to give, by the plainest Python."""
    members: dict[Any, list[tuple[Node, Trace]]] = defaultdict(list)
    for trace in workspace.traces(filter):
        for node in workspace.tree(trace.trace_id).nodes:
            if by not in OF_CALLS or (node.span.kind in MODEL_CALLS and not node.repeats_usage):
                members[KEYS[by](node, trace)].append((node, trace))
    return {key: _figures(group, by in OF_CALLS) for key, group in members.items()}


def _figures(group: list[tuple[Node, Trace]], is_of_calls: bool) -> dict[str, Any]:
    traces = {trace.trace_id: trace for _, trace in group}
    calls = [node.span for node, _ in group if node.span.kind in MODEL_CALLS and not node.repeats_usage]
    tools = [node.span for node, _ in group if node.span.kind == "tool"]
    timed = [one for one in calls if one.duration_ns and one.usage.output is not None]
    costs = [node.span.cost.usd for node, _ in group if not node.repeats_usage and node.span.cost.usd is not None]
    spans = {node.span.span_id for node, _ in group}
    return {
        "traces": len(traces),
        "errors": sum(trace.status == "error" for trace in traces.values()),
        "refused": sum(trace.status == "refused" for trace in traces.values()),
        "calls": len(calls),
        "call_errors": sum(call.status == "error" for call in calls),
        "call_refused": sum(call.status == "refused" for call in calls),
        "tools": len(tools),
        "tool_errors": sum(tool.status == "error" for tool in tools),
        "trace_ns": sorted(trace.duration_ns for trace in traces.values() if trace.duration_ns is not None),
        "call_ns": sorted(call.duration_ns for call in calls if call.duration_ns is not None),
        "ttft_ns": sorted(call.ttft_ns for call in calls if call.ttft_ns is not None),
        "trace_usd": pytest.approx(sorted(_whole_costs(group))),
        "call_usd": sorted(call.cost.usd for call in calls if call.cost.usd is not None),
        "call_tokens": sorted(call.usage.total for call in calls if call.usage.is_recorded),
        "output_tokens": sum(call.usage.output or 0 for call in timed),
        "output_ns": sum(call.duration_ns or 0 for call in timed),
        "cost_usd": pytest.approx(sum(costs)) if costs else None,
        "priced": len(costs),
        "unpriced": sum(call.cost.usd is None for call in calls),
        "ratings": sorted(
            (score.name, float(score.value or 0))
            for trace in traces.values()
            for score in trace.scores
            if not is_of_calls or _is_of(score, trace, spans)
        ),
        "first_ns": min(node.span.start_ns for node, _ in group),
        "last_ns": max(node.span.start_ns for node, _ in group),
        "weighting": None,
    }


def _whole_costs(group: list[tuple[Node, Trace]]) -> Iterator[float]:
    for trace_id in {trace.trace_id for _, trace in group}:
        own = [node.span for node, trace in group if trace.trace_id == trace_id and not node.repeats_usage]
        costs = [span.cost.usd for span in own if span.cost.usd is not None]
        if costs and not any(span.cost.usd is None and span.kind in MODEL_CALLS for span in own):
            yield sum(costs)


def _is_of(score: Score, trace: Trace, spans: set[str]) -> bool:
    return score.span_id in (None, trace.root_id) or score.span_id in spans


def figures(sample: Sample) -> dict[str, Any]:
    """A sample as `expected` says it."""
    found = {name: getattr(sample, name) for name in Sample.__struct_fields__ if name != "key"}
    found["ratings"] = [(rating.name, rating.value) for rating in sample.ratings]
    return {name: sorted(value) if isinstance(value, list) else value for name, value in found.items()}


@pytest.mark.parametrize("filter", [None, "status:error", "version:4"])
@pytest.mark.parametrize("by", list(KEYS))
def test_a_sample_is_what_plain_python_collects(samples: Workspace, by: tuple[str, ...], filter: str | None) -> None:
    wanted = expected(samples, by, filter)
    found = {sample.key: figures(sample) for sample in samples.samples(by, filter)}
    assert set(found) == set(wanted)
    for key in wanted:
        assert found[key] == wanted[key], key


def test_usage_that_a_parent_repeats_is_one_call(workspace: Workspace, write: Callable[..., None]) -> None:
    write("t", "root", kind="agent", model="gpt-5", input_tokens=7, cost_usd=0.5)
    write("t", "call", parent_id="root", kind="generation", model="gpt-5", input_tokens=7, cost_usd=0.5)
    workspace.catch_up()
    (sample,) = workspace.samples()
    assert (sample.calls, sample.cost_usd, sample.trace_usd, sample.call_usd) == (1, 0.5, [0.5], [0.5])


def test_a_trace_that_is_not_wholly_priced_gives_no_cost_of_a_trace(
    workspace: Workspace, write: Callable[..., None]
) -> None:
    write("t", "a", kind="generation", model="mine", cost_usd=0.5)
    write("t", "b", kind="generation", model="mine", input_tokens=7)
    workspace.catch_up()
    (sample,) = workspace.samples()
    assert (sample.trace_usd, sample.call_usd, sample.priced, sample.unpriced) == ([], [0.5], 1, 1)


def test_calls_whose_cost_is_in_that_of_an_agent_are_calls_and_add_up_to_the_totals(
    workspace: Workspace, write: Callable[..., None]
) -> None:
    write("t", "agent", kind="agent", input_tokens=10, cost_usd=0.5, cost_origin="recorded")
    write(
        "t", "a", parent_id="agent", kind="generation", model="gpt-5", prompt_name="p", input_tokens=4, output_tokens=1
    )
    write(
        "t", "b", parent_id="agent", kind="generation", model="gpt-5", prompt_name="p", input_tokens=6, output_tokens=1
    )
    workspace.catch_up()
    totals = workspace.totals()
    assert (totals.cost_usd, totals.priced, totals.unpriced) == (0.5, 1, 0)
    for by in ((), ("model",), ("prompt_name",), ("feature",)):
        samples = workspace.samples(by)
        assert sum(sample.calls for sample in samples) == 2, by
        assert sum(sample.cost_usd or 0 for sample in samples) == 0.5, by
        assert (sum(sample.priced for sample in samples), sum(sample.unpriced for sample in samples)) == (1, 0), by
        assert sorted(tokens for sample in samples for tokens in sample.call_tokens) == [5, 7], by
    assert [call.span_id for call in workspace.prompt_calls("p", None)] == ["a", "b"]


def test_without_traces_there_is_no_sample(workspace: Workspace) -> None:
    assert workspace.samples() == []
