"""Spans of an OpenTelemetry SDK straight into a store."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import Link, SpanKind, StatusCode

from tracetui.errors import TracetuiError
from tracetui.otel import StoreSpanExporter
from tracetui.store.captured import transaction
from tracetui.store.connection import open_store
from tracetui.workspace import open_workspace

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from tracetui.otel import StoreSpanExporter
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(StoreSpanExporter(sys.argv[1])))
for number in range(25):
    with provider.get_tracer("t").start_as_current_span("call"):
        pass
provider.shutdown()
"""


def provider_of(exporter: StoreSpanExporter) -> TracerProvider:
    provider = TracerProvider(resource=Resource({"deployment.environment.name": "dev"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


def test_a_call_and_its_agent_are_in_the_store_when_they_have_ended(tmp_path: Path) -> None:
    provider = provider_of(StoreSpanExporter(tmp_path / "dev.db"))
    tracer = provider.get_tracer("openinference.instrumentation.openai")
    asked = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-5-mini", "llm.token_count.prompt": 7}
    with tracer.start_as_current_span("agent", attributes={"openinference.span.kind": "AGENT"}):
        call = tracer.start_span("call", attributes=asked)
        call.set_attribute("tag.tags", ["a", "b"])
        call.record_exception(ValueError("boom"))
        call.set_status(StatusCode.ERROR, "ValueError: boom")
        call.end()
    provider.shutdown()
    with open_workspace([tmp_path / "dev.db"]) as workspace:
        workspace.catch_up()
        (trace_id,) = workspace.trace_ids()
        agent, failed = (node.span for node in workspace.tree(trace_id).nodes)
    assert (agent.kind, agent.environment, failed.parent_id) == ("agent", "dev", agent.span_id)
    assert (failed.kind, failed.status, failed.status_message) == ("generation", "error", "ValueError: boom")
    assert (failed.usage.input, failed.tags) == (7, ("a", "b"))


def test_links_and_the_kind_of_a_span_are_kept(tmp_path: Path) -> None:
    provider = provider_of(StoreSpanExporter(tmp_path / "dev.db"))
    tracer = provider.get_tracer("t")
    earlier = tracer.start_span("earlier")
    earlier.end()
    tracer.start_span("later", kind=SpanKind.CLIENT, links=[Link(earlier.get_span_context(), {"why": "retry"})]).end()
    provider.shutdown()
    with open_workspace([tmp_path / "dev.db"]) as workspace:
        workspace.catch_up()
        spans = [node.span for trace_id in workspace.trace_ids() for node in workspace.tree(trace_id).nodes]
        first, second = sorted(spans, key=lambda span: span.start_ns)
        kept = workspace.payload(second.trace_id, second.span_id).attributes
    assert kept["span_kind"] == "client"
    assert kept["links"] == [{"trace_id": first.trace_id, "span_id": first.span_id, "attributes": {"why": "retry"}}]


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    words = [sys.executable, "-c", PROGRAM, str(tmp_path / "dev.db")]
    running = [subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]
    assert [one.communicate(timeout=120)[1] for one in running] == [b"", b"", b""]
    with open_workspace([tmp_path / "dev.db"]) as workspace:
        workspace.catch_up()
        assert workspace.totals().spans == 75


def test_a_database_without_tables_becomes_a_store(tmp_path: Path) -> None:
    """Another process that makes the store has got this far when we look."""
    path = tmp_path / "dev.db"
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.close()
    assert path.stat().st_size > 0
    StoreSpanExporter(path).shutdown()


def test_a_locked_store_fails_the_batch_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "dev.db"
    exporter = StoreSpanExporter(path)
    assert exporter._conn is not None
    exporter._conn.execute("PRAGMA busy_timeout = 1")
    other = open_store(path)
    with caplog.at_level(logging.WARNING), transaction(other, path):
        assert exporter.export([]) is SpanExportResult.FAILURE
    other.close()
    assert "locked" in caplog.text
    assert exporter.export([]) is SpanExportResult.SUCCESS
    exporter.shutdown()


def test_what_is_no_place_for_a_store_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(TracetuiError, match="nowhere"):
        StoreSpanExporter(tmp_path / "nowhere" / "dev.db")


def test_what_is_exported_is_redacted_where_it_is_asked_for(tmp_path: Path) -> None:
    for redact in (True, False):
        exporter = StoreSpanExporter(tmp_path / f"{redact}.db", redact=redact)
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        with provider.get_tracer("t").start_as_current_span("to alice@example.com"):
            pass
        provider.shutdown()
        with closing(sqlite3.connect(tmp_path / f"{redact}.db")) as conn, conn:
            (name,) = conn.execute("SELECT name FROM spans").fetchone()
        assert name == ("to [EMAIL]" if redact else "to alice@example.com")


def test_the_configuration_says_whether_what_is_exported_is_redacted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path))
    (tmp_path / "config.toml").write_text("[collect]\nredact = true\n")
    exporter = StoreSpanExporter(tmp_path / "dev.db")
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("t").start_as_current_span("to alice@example.com"):
        pass
    provider.shutdown()
    conn = sqlite3.connect(tmp_path / "dev.db")
    assert conn.execute("SELECT name FROM spans").fetchone() == ("to [EMAIL]",)
    conn.close()
