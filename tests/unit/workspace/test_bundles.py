"""Sessions, users, and the turns of a conversation."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from tracetui.errors import WrongUse
from tracetui.figures import Bundle
from tracetui.model import Message, Payload, Text, ToolCall, Trace
from tracetui.store.bundles import BUNDLE_SORTS
from tracetui.workspace import Workspace, open_workspace
from tracetui.workspace.turns import answered, asked, first_line

SAMPLES = Path(__file__).parents[3] / "sample_traces"
Write = Callable[..., None]


@pytest.fixture(scope="module")
def samples() -> Iterator[Workspace]:
    """The sample store."""
    opened = open_workspace([SAMPLES / "support.db"], wait=True)
    yield opened
    opened.close()


@pytest.mark.parametrize("of", ["session", "user"])
def test_a_row_is_what_its_traces_add_up_to(samples: Workspace, of: Literal["session", "user"]) -> None:
    members: dict[str, list[Trace]] = defaultdict(list)
    for trace in samples.traces():
        members[getattr(trace, f"{of}_id")].append(trace)
    ids = samples.bundle_ids(of)
    assert set(ids) == set(members)
    for row in samples.bundles(of, ids):
        traces = members[row.id]
        values = [float(score.value) for trace in traces for score in trace.scores if score.value is not None]
        assert row.traces == len(traces)
        assert row.calls == sum(trace.generations for trace in traces)
        assert row.errors == sum(trace.errors for trace in traces)
        assert row.refused == sum(trace.refused for trace in traces)
        assert row.usage.total == sum(trace.usage.total for trace in traces)
        assert row.cost_usd == pytest.approx(sum(trace.cost_usd or 0 for trace in traces))
        assert (row.priced, row.unpriced) == (sum(t.priced for t in traces), sum(t.unpriced for t in traces))
        assert row.last_ns == max(trace.start_ns for trace in traces)
        assert row.mean_score == (pytest.approx(sum(values) / len(values)) if values else None)


SORTED: dict[str, Callable[[Bundle], object]] = {
    "last": lambda row: row.last_ns,
    "traces": lambda row: row.traces,
    "calls": lambda row: row.calls,
    "errors": lambda row: row.errors,
    "cost": lambda row: row.cost_usd,
    "tokens": lambda row: row.usage.total,
    "score": lambda row: row.mean_score,
    "id": lambda row: row.id,
}


@pytest.mark.parametrize("key", BUNDLE_SORTS)
def test_each_order_is_by_its_figure_and_the_other_way_round_with_a_minus(samples: Workspace, key: str) -> None:
    up = [SORTED[key](row) for row in samples.bundles("user", samples.bundle_ids("user", None, key))]
    down = [SORTED[key](row) for row in samples.bundles("user", samples.bundle_ids("user", None, f"-{key}"))]
    known = [value for value in up if value is not None]
    assert up[: len(known)] == sorted(known)  # type: ignore[type-var]
    assert down[: len(known)] == known[::-1]


def test_the_last_seen_is_first_and_an_unknown_order_is_refused(samples: Workspace) -> None:
    seen = [row.last_ns for row in samples.bundles("session", samples.bundle_ids("session"))]
    assert seen == sorted(seen, reverse=True)
    with pytest.raises(WrongUse, match="cannot sort by"):
        samples.bundle_ids("session", None, "-colour")


def test_a_filter_chooses_sessions_and_leaves_their_figures_whole(samples: Workspace) -> None:
    failed = {trace.session_id for trace in samples.traces("status:error")}
    ids = samples.bundle_ids("session", "status:error")
    assert set(ids) == failed
    whole = {row.id: row for row in samples.bundles("session", samples.bundle_ids("session"))}
    assert all(row == whole[row.id] for row in samples.bundles("session", ids))


def test_a_hundred_thousand_sessions_are_listed_in_one_pass_over_the_traces(index: sqlite3.Connection) -> None:
    from tracetui.store.bundles import list_bundles, load_bundles

    columns = "trace_id, name, start_ns, status, spans, generations, tool_calls, errors, refused, running, recorded_usd, computed_usd, priced, unpriced, session_id, changed"
    rows = ((str(n), "", n, "success", 1, 1, 0, 0, 0, 0, 0.0, 0.0, 0, 0, f"s{n}", n) for n in range(100_000))
    index.executemany(f"INSERT INTO traces ({columns}) VALUES ({', '.join('?' * 16)})", rows)
    ids = list_bundles(index, "session")
    assert (len(ids), ids[0]) == (100_000, "s99999")
    assert [row.id for row in load_bundles(index, "session", ids[:80])] == ids[:80]


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    """An empty index in memory."""
    from tracetui.store.schema import INDEX_SCHEMA

    conn = sqlite3.connect(":memory:")
    conn.executescript(INDEX_SCHEMA)
    yield conn
    conn.close()


def test_the_turns_of_a_session_are_its_traces_in_time_order(samples: Workspace) -> None:
    session = samples.bundle_ids("session", None, "-traces")[0]
    traces = list(samples.page(samples.turn_ids(session)))
    assert len(traces) == 4
    assert [trace.start_ns for trace in traces] == sorted(trace.start_ns for trace in traces)
    assert {trace.session_id for trace in traces} == {session}


def test_a_turn_is_what_the_user_said_and_what_came_back(workspace: Workspace, write: Write) -> None:
    write("t", "root", kind="agent", session_id="s")
    said = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "\n Where is it?\nNow!"}]
    write("t", "a", parent_id="root", kind="generation", start_ns=1_100, input=said, output="Let me look.")
    answer = [{"role": "assistant", "content": "It was shipped."}]
    write("t", "b", parent_id="root", kind="generation", start_ns=1_500, input=said, output=answer)
    workspace.catch_up()
    turn = workspace.turn("t")
    assert (turn.user, turn.answer) == ("Where is it?", "It was shipped.")


def test_the_root_tells_a_turn_where_it_has_anything_to_tell(workspace: Workspace, write: Write) -> None:
    write("t", "root", kind="agent", input={"question": "Who?"}, output={"answer": "Me.", "sources": []})
    write("t", "a", parent_id="root", kind="generation", input="other", output="other")
    workspace.catch_up()
    turn = workspace.turn("t")
    assert (turn.user, turn.answer) == ("Who?", "Me.")


def test_a_turn_of_which_nothing_was_captured_says_nothing(workspace: Workspace, write: Write) -> None:
    write("t", "root")
    workspace.catch_up()
    assert (workspace.turn("t").user, workspace.turn("t").answer) == (None, None)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, None),
        ("", None),
        ("\n\n  hello \nmore", "hello"),
        ({"input": "hi"}, "hi"),
        ({"x": 1}, '{"x":1}'),
        ([1, 2], "[1,2]"),
        ((Message("user", (Text("first"),)), Message("user", (Text("last"),))), "last"),
        ((Message("system", (Text("rules"),)),), None),
        ((Message("user", (Text("real"),)), Message("user", ())), "real"),
    ],
)
def test_any_form_of_input_gives_its_first_line(content: object, line: str | None) -> None:
    assert asked(Payload(input=content)) == line


def test_an_answer_that_only_calls_tools_says_nothing_in_words() -> None:
    called = (Message("assistant", (ToolCall("1", "get_order"),)),)
    assert answered(Payload(output=called)) is None


def test_a_line_of_a_megabyte_is_cut() -> None:
    assert len(first_line("x" * 1_000_000) or "") == 400
