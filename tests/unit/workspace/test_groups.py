"""Groupings, held to plain Python over the traces and their trees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tracetui.errors import WrongUse
from tracetui.figures import Group, Key
from tracetui.model import MODEL_CALLS, Node, Trace, Usage
from tracetui.store.totals import percentile
from tracetui.workspace import Workspace, open_workspace

SAMPLES = Path(__file__).parents[3] / "sample_traces"


@pytest.fixture(scope="module")
def samples() -> Iterator[Workspace]:
    """The sample store."""
    opened = open_workspace([SAMPLES / "support.db"], wait=True)
    yield opened
    opened.close()


def _day(trace: Trace) -> str:
    return datetime.fromtimestamp(trace.start_ns // 10**9, UTC).strftime("%Y-%m-%d")


def _prompt(node: Node) -> str | None:
    span = node.span
    return span.prompt_name if span.prompt_version is None else f"{span.prompt_name or ''}@{span.prompt_version}"


VALUES: dict[str, Callable[[Node, Trace], str | None]] = {
    "model": lambda node, trace: node.span.model,
    "provider": lambda node, trace: node.span.provider,
    "prompt": lambda node, trace: _prompt(node),
    "name": lambda node, trace: node.span.name,
    "feature": lambda node, trace: node.span.feature or trace.feature,
    "user": lambda node, trace: node.span.user_id or trace.user_id,
    "session": lambda node, trace: node.span.session_id or trace.session_id,
    "environment": lambda node, trace: node.span.environment or trace.environment,
    "day": lambda node, trace: _day(trace),
}
OF_CALLS = {"model", "provider", "prompt"}


def _buys(node: Node) -> bool:
    span = node.span
    has_usage = not node.repeats_usage and span.usage.is_recorded
    return span.kind in MODEL_CALLS or has_usage or (not node.repeats_cost and span.cost.usd is not None)


def expected(workspace: Workspace, by: Sequence[str], filter: str | None) -> dict[Key, dict[str, Any]]:
    """What SQL has to give, by the plainest Python."""
    members: dict[Key, list[tuple[Node, Trace]]] = defaultdict(list)
    is_of_calls = bool(OF_CALLS & set(by))
    for trace in workspace.traces(filter):
        for node in workspace.tree(trace.trace_id).nodes:
            if not is_of_calls or _buys(node):
                members[tuple(VALUES[name](node, trace) or None for name in by)].append((node, trace))
    return {key: _figures(group, is_of_calls, "name" in by) for key, group in members.items()}


def _figures(group: list[tuple[Node, Trace]], is_of_calls: bool, is_of_spans: bool) -> dict[str, Any]:
    own = [node.span for node, _ in group if not node.repeats_usage]
    calls = [span for span in own if span.kind in MODEL_CALLS]
    traces = {trace.trace_id: trace for _, trace in group}
    timed = calls if is_of_calls else [node.span for node, _ in group] if is_of_spans else list(traces.values())
    paying = [node.span for node, _ in group if not node.repeats_cost]
    priced = [span.cost.usd for span in paying if span.cost.usd is not None]
    return {
        "calls": len(calls),
        "traces": len(traces),
        "errors": sum(node.span.status == "error" for node, _ in group),
        "refused": sum(node.span.status == "refused" for node, _ in group),
        "usage": Usage(*(_sum(getattr(span.usage, name) for span in own) for name in Usage.__struct_fields__[:6])),
        "cost_usd": pytest.approx(sum(priced)) if priced else None,
        "priced": len(priced),
        "unpriced": sum(
            span.cost.usd is None and (span.kind in MODEL_CALLS or span.usage.is_recorded) for span in paying
        ),
        "latency": _percentiles(item.duration_ns for item in timed),
        "ttft": _percentiles(span.ttft_ns for span in own),
        "is_estimate": False,
    }


def _sum(counts: Iterator[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _percentiles(durations: Iterator[int | None]) -> tuple[int | None, ...]:
    ordered = sorted(duration for duration in durations if duration is not None)
    return tuple(percentile(ordered, percent) for percent in (50, 95, 99))


def figures(group: Group) -> dict[str, Any]:
    """A group as `expected` says it."""
    found = {name: getattr(group, name) for name in Group.__struct_fields__ if name != "key"}
    for name in ("latency", "ttft"):
        found[name] = (found[name].p50_ns, found[name].p95_ns, found[name].p99_ns)
    return found


@pytest.mark.parametrize("filter", [None, "status:error", "feature:docs-bot model:gpt*"])
@pytest.mark.parametrize("by", [*((name,) for name in VALUES), ("model", "day"), ("feature", "model")])
def test_a_grouping_gives_what_plain_python_adds_up(
    samples: Workspace, by: tuple[str, ...], filter: str | None
) -> None:
    wanted = expected(samples, by, filter)
    found = {group.key: figures(group) for group in samples.groups(by, filter)}
    assert set(found) == set(wanted)
    for key in wanted:
        assert found[key] == wanted[key], key


@pytest.mark.parametrize("by", ["model", "feature", "session", "name", "hour"])
def test_groups_add_up_to_the_totals_of_the_filter(samples: Workspace, by: str) -> None:
    totals, groups = samples.totals("-status:error"), samples.groups([by], "-status:error")
    assert sum(group.cost_usd or 0 for group in groups) == pytest.approx(totals.cost_usd)
    assert sum(group.usage.total for group in groups) == totals.usage.total
    assert sum(group.priced for group in groups) == totals.priced
    assert sum(group.unpriced for group in groups) == totals.unpriced


def test_several_groupings_in_one_pass_are_what_each_is_by_itself(samples: Workspace) -> None:
    by = [["model"], ["day"], ["tag", "model"], ["feature"]]
    said: list[tuple[int, int]] = []
    together = samples.groupings(by, "-status:error", lambda done, of: said.append((done, of)))
    for each, groups in zip(by, together, strict=True):
        alone = {group.key: group for group in samples.groups(each, "-status:error")}
        assert {group.key: figures(group) for group in groups} == {
            key: {**figures(group), "cost_usd": None if group.cost_usd is None else pytest.approx(group.cost_usd)}
            for key, group in alone.items()
        }
    assert said == [(0, samples.totals("-status:error").spans)]


def test_the_dearest_group_is_first(samples: Workspace) -> None:
    costs = [group.cost_usd or 0 for group in samples.groups(["model"])]
    assert costs == sorted(costs, reverse=True)


def test_a_list_of_traces_stands_for_a_filter(samples: Workspace) -> None:
    some = samples.trace_ids(limit=3)
    assert sum(group.traces for group in samples.groups(["feature"], some)) == 3


def test_usage_that_a_parent_repeats_is_added_once(workspace: Workspace, write: Callable[..., None]) -> None:
    write("t", "root", kind="agent", model="gpt-5", input_tokens=7, cost_usd=0.5)
    write("t", "call", parent_id="root", kind="generation", model="gpt-5", input_tokens=7, cost_usd=0.5)
    workspace.catch_up()
    (group,) = workspace.groups(["model"])
    assert (group.cost_usd, group.usage.input, group.calls, group.priced) == (0.5, 7, 1, 1)


def test_a_cost_recorded_on_an_agent_is_its_own_and_that_of_its_calls_is_not_added(
    workspace: Workspace, write: Callable[..., None]
) -> None:
    write("t", "root", kind="agent", model="crew", cost_usd=0.5, cost_origin="recorded")
    write(
        "t",
        "call",
        parent_id="root",
        kind="generation",
        model="gpt-5",
        input_tokens=7,
        cost_usd=0.1,
        cost_origin="computed",
    )
    workspace.catch_up()
    found = {group.key[0]: (group.cost_usd, group.usage.input, group.unpriced) for group in workspace.groups(["model"])}
    assert found == {"crew": (0.5, None, 0), "gpt-5": (None, 7, 0)}
    assert workspace.stats()["cost"]["usd"] == 0.5


def test_what_has_no_price_is_counted_and_not_added_as_zero(workspace: Workspace, write: Callable[..., None]) -> None:
    write("t", "a", kind="generation", model="mine", input_tokens=7)
    workspace.catch_up()
    (group,) = workspace.groups(["model"])
    assert (group.cost_usd, group.priced, group.unpriced) == (None, 0, 1)


@pytest.mark.parametrize("tags", ['["a", "b"]', "a, b"])
def test_a_trace_counts_in_the_group_of_each_of_its_tags(
    workspace: Workspace, write: Callable[..., None], tags: str
) -> None:
    write("t", "root", tags=tags)
    write("t", "call", parent_id="root", kind="generation", model="m", cost_usd=0.5)
    write("u", "call", kind="generation", model="m", cost_usd=0.25)
    workspace.catch_up()
    assert {group.key: group.cost_usd for group in workspace.groups(["tag"])} == {
        ("a",): 0.5, ("b",): 0.5, (None,): 0.25,
    }  # fmt: skip


def test_tags_of_a_root_are_those_of_its_calls_too(workspace: Workspace, write: Callable[..., None]) -> None:
    write("t", "root", kind="agent", tags='["beta"]')
    write("t", "call", parent_id="root", kind="generation", model="m", cost_usd=0.5)
    workspace.catch_up()
    assert [group.key for group in workspace.groups(["tag", "model"])] == [("beta", "m")]


def test_two_keys_of_the_metadata_make_groups_together(workspace: Workspace, write: Callable[..., None]) -> None:
    write("t", "root", metadata='{"tier": "gold", "beta": true}')
    write("u", "root", metadata="no object")
    workspace.catch_up()
    found = {group.key: group.traces for group in workspace.groups(["metadata.tier", "metadata.beta"])}
    assert found == {("gold", "true"): 1, (None, None): 1}


def test_what_one_cannot_group_by_is_said_with_what_one_can(workspace: Workspace) -> None:
    with pytest.raises(WrongUse, match='cannot group by "colour"; choose one or two of model'):
        workspace.groups(["colour"])
    with pytest.raises(WrongUse, match="one or two"):
        workspace.groups([])


def test_keys_are_bound_and_never_become_sql(workspace: Workspace, write: Callable[..., None]) -> None:
    write("t", "root", metadata='{"x": "1"}')
    workspace.catch_up()
    assert workspace.groups(["metadata.x'); DROP TABLE spans; --"])[0].key == (None,)
    assert workspace.groups(["metadata.x"])[0].key == ("1",)
