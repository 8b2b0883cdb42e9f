"""LangGraph's checkpoints against what the graph did; and that no object of a checkpoint is ever made."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.formats.databases import rows_of
from tests.formats.source_reading import read_source
from tests.formats.store_samples import DATA, SAMPLES, run_here
from tracetui.model import Text
from tracetui.sources.langgraph import LangGraphSource
from tracetui.sources.langgraph_plain import plain_value


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return SAMPLES["langgraph-checkpoints"].unpack(tmp_path)


def extension(code: int, *value: Any) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(code, msgspec.msgpack.encode(list(value)))


def insert(store: Path, table: str, **row: Any) -> None:
    conn = sqlite3.connect(store)
    conn.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    conn.commit()
    conn.close()


def test_each_thread_has_its_runs_and_its_last_answer(store: Path) -> None:
    source = LangGraphSource(store)
    reading = read_source(source)
    threads = json.loads((DATA / "langgraph" / "expected.json").read_text())["threads"]
    for thread, truth in threads.items():
        spans = [span for span in reading.spans.values() if span.session_id == thread]
        calls = sorted((s for s in spans if s.kind == "generation"), key=lambda s: s.start_ns)
        runs = [span for span in spans if span.kind == "agent"]
        assert len(calls) + len(runs) == truth["messages"]
        assert len(runs) * 4 == truth["checkpoints"]
        assert [s.name for s in spans if s.kind == "chain"] == ["model", "check"] * len(runs)
        output = source.payload(calls[-1], reading.references[calls[-1].trace_id, calls[-1].span_id]).output
        assert isinstance(output, tuple)
        part = output[0].parts[0]
        assert isinstance(part, Text)
        assert part.text.startswith(truth["last_prefix"])


def test_a_generation_has_its_usage_its_model_and_the_whole_conversation(store: Path) -> None:
    source = LangGraphSource(store)
    reading = read_source(source)
    calls = sorted(
        (s for s in reading.spans.values() if s.session_id == "t-0" and s.kind == "generation"),
        key=lambda s: s.start_ns,
    )
    assert [(s.usage.input, s.usage.output, s.finish_reason, s.model) for s in calls] == [
        (17, 56, "stop", "gpt-4o-mini-2024-07-18"),
        (97, 28, "stop", "gpt-4o-mini-2024-07-18"),
    ]
    said = source.payload(calls[1], reading.references[calls[1].trace_id, calls[1].span_id]).input
    assert [message.role for message in said] == ["user", "assistant", "user"]
    root = reading.spans[calls[0].trace_id, calls[0].trace_id]
    assert (root.user_id, root.name) == ("maria.santos", "How do I change the e-mail address of my account?")


def test_without_the_writes_the_steps_are_found_in_the_states(store: Path) -> None:
    whole = read_source(LangGraphSource(store))
    run_here(store, "DELETE FROM writes")
    reading = read_source(LangGraphSource(store))
    assert reading.facts()["tokens"] == whole.facts()["tokens"]
    assert reading.facts()["kinds"] == whole.facts()["kinds"]


def test_an_error_and_an_interrupt_are_the_state_of_their_task(store: Path) -> None:
    ((last,),) = rows_of(store, "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = 't-0'")
    task = {
        "thread_id": "t-0",
        "checkpoint_ns": "",
        "checkpoint_id": last,
        "task_path": "~__pregel_pull, tools",
        "type": "msgpack",
    }
    source = LangGraphSource(store)
    reading = read_source(source)
    value = msgspec.msgpack.encode("ValueError('kaputt')")
    insert(store, "writes", **task, task_id="x", idx=-1, channel="__error__", value=value)
    again = read_source(source, reading.cursor)
    failed = next(span for span in again.spans.values() if span.status == "error" and span.kind == "chain")
    assert (failed.name, failed.status_message) == ("tools", "ValueError('kaputt')")
    assert (
        next(span for span in again.spans.values() if span.status == "error" and span.kind == "agent").trace_id
        == failed.trace_id
    )
    run_here(store, "UPDATE writes SET channel = '__interrupt__' WHERE task_id = 'x'")
    paused = [s for s in read_source(LangGraphSource(store)).spans.values() if s.status == "running"]
    assert {span.kind for span in paused} == {"agent", "chain"}


def test_a_tools_message_is_a_tool_span(store: Path) -> None:
    ((last,),) = rows_of(store, "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = 't-0'")
    made = extension(5, "langchain_core.messages.tool", "ToolMessage",
                     {"content": "no such order", "name": "get_order", "tool_call_id": "c1", "status": "error", "id": "m9"},
                     "model_validate_json")  # fmt: skip
    insert(store, "writes", thread_id="t-0", checkpoint_ns="", checkpoint_id=last, task_id="x", idx=0, type="msgpack",
           task_path="~__pregel_pull, tools", channel="messages", value=msgspec.msgpack.encode([made]))  # fmt: skip
    span = next(s for s in read_source(LangGraphSource(store)).spans.values() if s.kind == "tool")
    assert (span.name, span.status, span.status_message) == ("get_order", "error", "no such order")


def test_a_subgraph_lies_under_the_task_that_ran_it_and_its_messages_are_counted_once(store: Path) -> None:
    whole: Any = read_source(LangGraphSource(store)).facts()["kinds"]
    conn = sqlite3.connect(store)
    task, point = conn.execute(
        "SELECT task_id, checkpoint_id FROM writes WHERE thread_id = 't-0' AND task_path LIKE '%model' ORDER BY 2"
    ).fetchone()
    value = conn.execute("SELECT value FROM writes WHERE task_id = ? AND channel = 'messages'", (task,)).fetchone()[0]
    conn.close()
    namespace = f"model:{task}"
    insert(store, "checkpoints", thread_id="t-0", checkpoint_ns=namespace, checkpoint_id=point[:-1] + "f", type="msgpack",
           checkpoint=msgspec.msgpack.encode({}), metadata=b'{"source": "input", "step": -1}')  # fmt: skip
    insert(store, "writes", thread_id="t-0", checkpoint_ns=namespace, checkpoint_id=point[:-1] + "f", task_id="inner", idx=0,
           type="msgpack", task_path="~__pregel_pull, think", channel="messages", value=value)  # fmt: skip
    spans = read_source(LangGraphSource(store)).spans
    inner = next(span for span in spans.values() if span.name == "think")
    assert inner.parent_id == f"{point}:{task}"
    generations = [span for span in spans.values() if span.kind == "generation"]
    assert len(generations) == whole["generation"]
    assert sum(span.parent_id == inner.span_id for span in generations) == 1


@pytest.mark.parametrize("code", range(7))
def test_objects_are_read_as_data_and_never_made(code: int, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    command = extension(code, "os", "system", f"touch {touched}", "__call__")
    assert plain_value("msgpack", msgspec.msgpack.encode([command])) == [f"touch {touched}"]
    assert not touched.exists()


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("pickle", b"cos\nsystem\n(S'true'\ntR.", "serialized as pickle, which is not read"),
        ("msgpack", b"\xc1", "no valid msgpack"),
        ("msgpack", b"\x91" * 100_000, "nested too deeply"),
        ("json", b"{", "no valid json"),
    ],
)
def test_what_is_not_read_says_why(kind: str, data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        plain_value(kind, data)


def test_older_json_constructors_are_read_as_data() -> None:
    data = (
        b'{"lc": 2, "type": "constructor", "id": ["langchain", "schema", "HumanMessage"], "kwargs": {"content": "hi"}}'
    )
    assert plain_value("json", data) == {"type": "human", "content": "hi"}


def test_versions_that_wrote_no_path_of_a_task_have_the_same_steps(store: Path) -> None:
    whole = read_source(LangGraphSource(store)).spans
    run_here(store, "ALTER TABLE writes DROP COLUMN task_path")
    spans = read_source(LangGraphSource(store)).spans
    assert {key: (span.kind, span.name) for key, span in spans.items()} == {
        key: (span.kind, span.name) for key, span in whole.items()
    }
