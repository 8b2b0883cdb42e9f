"""LangSmith's runs (dumps of `list_runs`, answers of its API, nested trees, CSV) and its feedback.

Chains repeat the sums of what is below them, so tokens and costs are taken from model calls alone. docs/formats/langsmith.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tracetui.model import MODEL_CALLS, Cost, Json, Kind, Payload, Span, Status, Usage
from tracetui.semconv.chat import is_refusal, parse_content, parse_response, parse_tools
from tracetui.semconv.scalars import number_of
from tracetui.semconv.usage import count, split_usage
from tracetui.sources.export_file import SOMETHING_ELSE, ExportFile, Row, RowGiven
from tracetui.sources.export_values import (
    after,
    between,
    listed,
    moment,
    recorded,
    row_id,
    score,
    table,
    text,
    texts,
    value,
)
from tracetui.sources.head import Head
from tracetui.sources.langsmith_scores import SOURCES, scores_of_stats

_KINDS: dict[str, Kind] = {
    "llm": "generation", "tool": "tool", "retriever": "retriever", "embedding": "embedding", "chain": "chain",
}  # fmt: skip
_PLACES = ("dotted_order", "parent_run_id", "trace_id", "parent_run_ids")
_SESSIONS = ("session_id", "thread_id", "conversation_id")
_EPHEMERAL = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


NOTES = (
    "tokens and costs of model calls only: LangSmith writes the sums of the runs below on every chain",
    "feedback_stats are sums over several scores; with more than two of a name each gets their mean",
)
"""What is assumed of runs."""


class LangsmithExport(ExportFile):
    """One file of runs or of feedback."""

    format = "langsmith"
    pages = ("runs", "data", "items", "feedback")

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record, or the header, is a run or a piece of feedback."""
        if head.columns:
            return _is_known(dict.fromkeys(head.columns))
        if not head.objects:
            return head.mentions("run_type", "dotted_order") or head.mentions("run_type", "parent_run_id")
        return any(_is_known(row) for record in head.objects[:3] for row in _of_page(record)[:1])

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield from NOTES

    def rows(self, record: Json) -> Iterator[Json]:
        """The runs of an answer, those nested in others included, a parent before its children."""
        stack = list(reversed(_of_page(record))) if isinstance(record, dict) else [record]
        while stack:
            row = stack.pop()
            children = row.get("child_runs") if isinstance(row, dict) else None
            if isinstance(children, list) and isinstance(row, dict):
                parent = {"parent_run_id": row.get("id"), "trace_id": row.get("trace_id")}
                stack += (
                    {**parent, **{key: item for key, item in child.items() if item is not None}}
                    if isinstance(child, dict)
                    else child
                    for child in reversed(children)
                )
                row = {key: item for key, item in row.items() if key != "child_runs"}
            yield row

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A run with its aggregated feedback, or one piece of feedback."""
        if _is_feedback(row):
            return map_feedback(row)
        if "run_type" not in row:
            return RowGiven(skipped="neither a run nor feedback of LangSmith")
        return map_run(row)

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """Inputs, outputs, tools, events, and everything else as attributes."""
        return unfold_run(row)


def unfold_run(row: Row) -> Payload:
    """Inputs, outputs, tools, events of a run, and everything else as attributes."""
    said, answered = value(row, "inputs", "inputs_preview"), value(row, "outputs", "outputs_preview")
    extra = table(row, "extra")
    offered = table(extra, "invocation_params").get("tools") or (said.get("tools") if isinstance(said, dict) else ())
    shown = {key: item for key, item in said.items() if key != "tools"} if isinstance(said, dict) else said
    hidden = ("inputs", "outputs", "events", "child_runs")
    return Payload(
        parse_content(shown),
        parse_content(answered, role="assistant"),
        parse_tools(offered),
        {key: item for key, item in row.items() if key not in hidden and item not in (None, [], {})},
        tuple(event for event in listed(row, "events") if isinstance(event, dict)),
    )


def _of_page(record: Row) -> list[Json]:
    if "run_type" not in record and not _is_feedback(record):
        for key in LangsmithExport.pages:
            if isinstance(record.get(key), list):
                found: list[Json] = record[key]
                return found
    return [record]


def _is_known(row: Json) -> bool:
    if not isinstance(row, dict):
        return False
    return ("run_type" in row and "id" in row and any(key in row for key in _PLACES)) or _is_feedback(row)


def _is_feedback(row: Row) -> bool:
    return "run_id" in row and "key" in row and ("score" in row or "value" in row)


def map_run(row: Row) -> RowGiven:
    """A run, with the scores of its aggregated feedback."""
    span_id, start_ns = text(row, "id"), moment(row.get("start_time"))
    if span_id is None:
        return RowGiven(skipped="a run without an id")
    if start_ns is None:
        return RowGiven(skipped="a run without a start time")
    path = _path(row)
    parents = texts(listed(row, "parent_run_ids"))
    parent_id = text(row, "parent_run_id") or (parents[-1] if parents else path[-2] if len(path) > 1 else None)
    trace_id = text(row, "trace_id") or (path[0] if path else parents[0] if parents else span_id)
    kind = _KINDS.get((text(row, "run_type") or "").lower(), "span")
    extra = table(row, "extra")
    metadata = {**table(row, "metadata"), **table(extra, "metadata")}
    invoked = table(extra, "invocation_params")
    is_call = kind in MODEL_CALLS
    answer = parse_response(value(row, "outputs")) if is_call else None
    end_ns = moment(row.get("end_time")) or after(start_ns, row.get("latency_seconds"), 1e9)
    finish = (answer.finish_reason if answer else None) or text(metadata, "finish_reason")
    refused = answer is not None and (answer.is_refusal or is_refusal(finish))
    usage = _usage(row, metadata) if is_call else Usage()
    span = Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=parent_id if parent_id != span_id else None,
        kind=kind,
        name=text(row, "name") or kind,
        start_ns=start_ns,
        end_ns=end_ns,
        ttft_ns=_ttft(row, start_ns),
        status=_status(row, end_ns, refused),
        status_message=_error(row),
        model=text(metadata, "ls_model_name")
        or text(invoked, "model", "model_name")
        or (answer.model if answer else None)
        if is_call
        else None,
        provider=_lower(text(metadata, "ls_provider")),
        finish_reason=finish,
        usage=usage,
        cost=_cost(row, usage) if is_call else Cost(),
        user_id=text(metadata, "user_id"),
        session_id=text(metadata, *_SESSIONS) or text(row, "thread_id"),
        feature=text(metadata, "feature"),
        environment=text(metadata, "environment", "env"),
        prompt_name=text(metadata, "lc_hub_repo"),
        prompt_version=text(metadata, "lc_hub_commit_hash"),
        tool_name=text(row, "name") if kind == "tool" else None,
        tags=texts(listed(row, "tags")),
        metadata={key: item for key, item in metadata.items() if not key.startswith("ls_") and key != "usage_metadata"},
    )
    return RowGiven(span, scores_of_stats(trace_id, span_id, table(row, "feedback_stats")))


def _path(row: Row) -> list[str]:
    """The ids from the root to the run: `20261102T061339611000Z<id>` for each level."""
    order = text(row, "dotted_order")
    return [part.partition("Z")[2] or part for part in order.split(".")] if order else []


def _lower(word: str | None) -> str | None:
    return word.lower() if word else None


def _ttft(row: Row, start_ns: int) -> int | None:
    found = between(start_ns, row.get("first_token_time"))
    if found is not None:
        return found
    for event in listed(row, "events"):
        if isinstance(event, dict) and event.get("name") == "new_token":
            return between(start_ns, event.get("time"))
    return None


_STACK = re.compile(r"Traceback \(most recent call last\)|\n\s+at ")
"""Where the stack of Python, and of JavaScript, begins."""


def _error(row: Row) -> str | None:
    """What an error says, without the stack that SDKs put behind it, LangChain's without an end of the line."""
    said = text(row, "error", "error_preview") or ""
    return _STACK.split(said, maxsplit=1)[0].strip() or said or None


def _status(row: Row, end_ns: int | None, refused: bool) -> Status:
    word = (text(row, "status") or "").lower()
    if word == "error" or (text(row, "error") and word != "success"):
        return "error"
    if end_ns is None or word == "pending":
        return "running"
    return "refused" if refused else "success"


def _usage(row: Row, metadata: Row) -> Usage:
    """The model's own count where it is kept, else the run's; 0 without details was not recorded."""
    own = table(metadata, "usage_metadata") or table(table(row, "outputs"), "usage_metadata")
    if own:
        before, after = own.get("input_tokens"), own.get("output_tokens")
        given, made = table(own, "input_token_details"), table(own, "output_token_details")
    else:
        before, after = row.get("prompt_tokens"), row.get("completion_tokens")
        given, made = table(row, "prompt_token_details"), table(row, "completion_token_details")
    written = count(given.get("cache_creation"))
    by_age = [number for key in _EPHEMERAL if (number := count(given.get(key)))]
    if not written and by_age:
        written = sum(by_age)
    total = count(own.get("total_tokens") if own else row.get("total_tokens"))
    if not count(before) and not count(after) and not total and not given and not made:
        return Usage()
    return split_usage(
        input=count(before),
        output=count(after),
        cache_read=count(given.get("cache_read")),
        cache_write=written,
        cache_write_1h=count(given.get("ephemeral_1h_input_tokens")),
        reasoning=count(made.get("reasoning")),
        total=total,
    )


def _cost(row: Row, usage: Usage) -> Cost:
    total = number_of(row.get("total_cost"))
    if total is None:
        parts = [usd for key in ("prompt_cost", "completion_cost") if (usd := number_of(row.get(key))) is not None]
        total = sum(parts) if parts else None
    return recorded(total, usage)


def map_feedback(row: Row) -> RowGiven:
    """One piece of feedback; the run's id stands in for a trace that is not named."""
    run_id, name = text(row, "run_id"), text(row, "key")
    if run_id is None or name is None:
        return SOMETHING_ELSE
    given = row.get("score")
    found = score(
        text(row, "trace_id") or run_id,
        run_id,
        name,
        given if given is not None and given != "" else value(row, "value"),
        source=SOURCES.get(text(table(row, "feedback_source"), "type") or "", "api"),
        comment=text(row, "comment"),
        time_ns=moment(row.get("created_at")),
        identity=text(row, "id") or row_id(row),
    )
    return RowGiven(scores=(found,)) if found is not None else SOMETHING_ELSE
