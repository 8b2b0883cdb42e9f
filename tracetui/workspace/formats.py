"""THE table of formats: a new one is a row here, a file in `sources/`, a test file and a page of docs.

The first row whose class recognises a file has it, so what has a name of its own stands before what is guessed from
columns. A class is imported when a file of its family is looked at.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from tracetui.errors import TracetuiError
from tracetui.sources.base import Source
from tracetui.sources.head import Head

Family: TypeAlias = Literal["sqlite", "zip", "text"]


class Format(Struct, frozen=True):
    """One row. `family` is what kind of file it is, `place` the module in `sources/` and the class in it.

    `how` says for users by what a file is recognised; `has_mapping` is for columns that a user may map.
    """

    title: str
    family: Family
    place: str
    how: str
    has_mapping: bool = False

    def load(self) -> Any:
        """Its class: `recognise(head)` and the constructor with a path (where it has columns, also with the user's mappings
        and with what was learnt while it was recognised)."""
        return _class_at(self.place)

    def open(self, head: Head) -> Source:
        """The source of a file that was recognised. Raises UnreadableSource."""
        made = self.load()
        source: Source = made(head.path, head.mappings, head.learnt) if self.has_mapping else made(head.path)
        return source


@lru_cache
def _class_at(place: str) -> Any:
    module, name = place.split(":")
    return getattr(importlib.import_module(f"tracetui.sources.{module}"), name)


FORMATS: tuple[Format, ...] = (
    Format("tracetui store", "sqlite", "tracetui_store:TracetuiStore", "its application id, or its four tables"),
    Format("llm", "sqlite", "llm:LlmSource", "tables _llm_migrations and responses or turns"),
    Format("promptfoo", "sqlite", "promptfoo:PromptfooSource", "tables evals and eval_results"),
    Format(
        "OpenAI Agents SDK session",
        "sqlite",
        "openai_agents:OpenAIAgentsSource",
        "a table with session_id and message_data",
    ),
    Format("agno", "sqlite", "agno:AgnoSource", "tables of sessions and runs with agno's columns"),
    Format("LangGraph checkpoints", "sqlite", "langgraph:LangGraphSource", "tables checkpoints and writes"),
    Format("goose", "sqlite", "goose:GooseSource", "tables sessions and messages with content_json"),
    Format("opencode", "sqlite", "opencode:OpencodeSource", "tables message and part with data"),
    Format("Copilot agent traces", "sqlite", "copilot:CopilotSource", "a table spans with chat_session_id"),
    Format("tracecraft", "sqlite", "tracecraft:TracecraftStore", "tables traces and steps with tracecraft's columns"),
    Format("Arize Phoenix", "sqlite", "phoenix:PhoenixSource", "the tables projects, traces and spans of phoenix.db"),
    Format("MLflow", "sqlite", "mlflow:MlflowSource", "the tables experiments and trace_info"),
    Format(
        "hand-rolled SQLite", "sqlite", "sqlite_table:SqliteTableSource", "a table with columns of model calls", True
    ),
    Format(
        "tracetui JSONL", "text", "tracetui_jsonl:TracetuiJsonlSource", "spans as `export --format jsonl` writes them"
    ),
    Format("Claude Code", "text", "claude_code:ClaudeCodeSource", "lines with sessionId, uuid and parentUuid"),
    Format("Codex CLI", "text", "codex_cli:CodexCliSource", "lines with timestamp, type and payload"),
    Format("codex exec", "text", "codex_exec:CodexExec", "an event thread.started with a thread_id"),
    Format("Gemini CLI", "text", "gemini_cli:GeminiCliSource", "a first object with sessionId and projectHash"),
    Format("opencode export", "text", "opencode_export:OpencodeExport", "info and messages with info and parts each"),
    Format(
        "opencode storage",
        "text",
        "opencode_storage:OpencodeStorage",
        "a session with projectID and title, or a message or a part with sessionID",
    ),
    Format(
        "goose JSONL", "text", "goose_jsonl:GooseJsonl", "a first line with working_dir, or messages with toolRequest"
    ),
    Format("aider", "text", "aider:AiderSource", "a first line TO LLM or LLM RESPONSE with a time"),
    Format("aider chat history", "text", "aider_chat:AiderChat", "a first line # aider chat started at"),
    Format("aider analytics", "text", "aider_analytics:AiderAnalytics", "events with properties, user_id and a time"),
    Format("Inspect AI archive", "zip", "inspect_log:InspectLog", "a ZIP with header.json or a journal"),
    Format("Inspect AI log", "text", "inspect_log:InspectLog", "one JSON object with version, eval, run_id and task"),
    Format("LangSmith Parquet", "text", "langsmith_parquet:LangsmithParquet", "Parquet with run_type and dotted_order"),
    Format("Phoenix Parquet", "text", "phoenix_parquet:PhoenixParquet", "Parquet with context.span_id and span_kind"),
    Format(
        "Phoenix export", "text", "phoenix_export:PhoenixExport", "span_kind with context.span_id, or annotator_kind"
    ),
    Format("Genkit", "text", "genkit:GenkitSource", "spans by id with attributes genkit:…"),
    Format("OTLP JSON", "text", "otlp:OtlpSource", "resourceSpans or resourceLogs, or spans of the console exporter"),
    Format("tracecraft JSONL", "text", "tracecraft_jsonl:TracecraftJsonlSource", "runs with their steps and totals"),
    Format("Vercel AI SDK DevTools", "text", "vercel_devtools:VercelDevtoolsSource", "an object of runs and steps"),
    Format(
        "Langfuse", "text", "langfuse:LangfuseExport", "observations, traces or scores of Langfuse, by their columns"
    ),
    Format(
        "LangSmith", "text", "langsmith:LangsmithExport", "run_type beside dotted_order, trace_id or a parent; feedback"
    ),
    Format(
        "Helicone",
        "text",
        "helicone:HeliconeExport",
        "response_id, request_created_at and a request's body or properties",
    ),
    Format("Helicone tables", "text", "helicone_tables:HeliconeTables", "dumps of its tables request and response"),
    Format("Datadog LLM Observability", "text", "datadog:DatadogExport", "span_id, start_ns and span_kind or ml_app"),
    Format("Braintrust", "text", "braintrust:BraintrustExport", "root_span_id beside span_attributes or _xact_id"),
    Format("Weave", "text", "weave:WeaveExport", "op_name, started_at and trace_id"),
    Format("ClickHouse otel_traces", "text", "clickhouse:ClickhouseExport", "TraceId, SpanId and SpanAttributes"),
    Format("LiteLLM", "text", "litellm:LitellmExport", "call_type, startTime and spend or response_cost"),
    Format("OpenAI Agents SDK traces", "text", "agents_traces:AgentsTraces", 'objects "trace" and "trace.span"'),
    Format("batches", "text", "batches:BatchFile", "custom_id, or answers of OpenAI as objects of their own"),
    Format("hand-rolled CSV", "text", "csv_table:CsvTable", "a header with columns of model calls", True),
    Format("hand-rolled JSONL", "text", "jsonl:JsonlSource", "objects with fields of model calls", True),
)


def format_of(source: Source) -> Format | None:
    """The row whose class an opened source is of."""
    kind = type(source)
    return format_at(f"{kind.__module__.rpartition('.')[2]}:{kind.__qualname__}")


def format_at(place: str) -> Format | None:
    """The row of a class, by its place."""
    return next((row for row in FORMATS if row.place == place), None)


def find_format(head: Head) -> Format | None:
    """The format of a file; None where no format knows it. Raises UnreadableSource."""
    family: Family = "sqlite" if head.is_sqlite else "zip" if head.is_zip else "text"
    return next((row for row in FORMATS if row.family == family and _recognises(row, head)), None)


def _recognises(row: Format, head: Head) -> bool:
    """Whether a format knows the file. What one of them stumbles over is no file of its own."""
    try:
        return bool(row.load().recognise(head))
    except TracetuiError:
        raise
    except Exception:  # noqa: BLE001  a defect in one format must not keep a file from all the others
        return False
