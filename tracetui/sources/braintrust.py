"""Braintrust's project logs and experiments: JSON lines, CSV, answers of fetch and of BTQL. docs/formats/braintrust.md."""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import MODEL_CALLS, Cost, Json, Kind, Payload, Score, Span, Status, Usage
from tracetui.semconv.chat import parse_content, parse_response, parse_tools
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import duration_of, number_of, text_of
from tracetui.semconv.usage import count, split_usage
from tracetui.sources.export_file import ExportFile, RowGiven
from tracetui.sources.export_values import Row, listed, moment, recorded, score, table, text, texts, value
from tracetui.sources.head import Head

_KINDS: dict[str, Kind] = {
    "llm": "generation", "tool": "tool", "function": "span", "task": "chain", "eval": "span", "score": "evaluator",
}  # fmt: skip
_WRITES_BY_AGE = ("prompt_cache_creation_5m_tokens", "prompt_cache_creation_1h_tokens")


class BraintrustExport(ExportFile):
    """One file of events."""

    format = "braintrust"
    pages = ("events", "data")

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record, or the header, is an event."""
        if head.columns:
            return _is_known(dict.fromkeys(head.columns))
        if not head.objects:
            return head.mentions("root_span_id", "span_attributes") or head.mentions("root_span_id", "_xact_id")
        return any(_is_known(_first(record)) for record in head.objects[:3])

    def is_row(self, record: Row) -> bool:
        """An event can have any keys in its `input`, but its own are known."""
        return "root_span_id" in record

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "times are seconds as floating-point numbers: exact to about a microsecond"
        yield "tokens and costs of llm spans only; prompt_tokens contains the cached tokens"

    def map_row(self, row: Row, line: int) -> RowGiven:
        """An event."""
        span_id = text(row, "span_id", "id")
        if span_id is None or not _is_known(row):
            return RowGiven(skipped="no event of Braintrust, or one without an id")
        metrics, metadata, about = table(row, "metrics"), table(row, "metadata"), table(row, "span_attributes")
        start_ns = moment(metrics.get("start")) or moment(row.get("created"))
        if start_ns is None:
            return RowGiven(skipped="an event without a time")
        kind, word = _kind(row, about, metadata)
        is_call = kind in MODEL_CALLS
        parents = texts(listed(row, "span_parents"))
        trace_id = text(row, "root_span_id") or span_id
        answer = parse_response(_as_answer(value(row, "output"))) if kind == "generation" else None
        usage = _usage(metrics) if is_call else Usage()
        prompt = table(metadata, "prompt")
        origin = table(row, "origin")
        end_ns = moment(metrics.get("end"))
        span = Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_id=parents[0] if parents and parents[0] != span_id else None,
            kind=kind,
            name=text(about, "name") or word or kind,
            start_ns=start_ns,
            end_ns=end_ns,
            ttft_ns=duration_of(metrics.get("time_to_first_token"), 1e9),
            status=_status(row, end_ns, answer is not None and answer.is_refusal),
            status_message=_error(row.get("error")),
            model=text(metadata, "model") if is_call else None,
            provider=_lower(text(metadata, "provider")),
            finish_reason=answer.finish_reason if answer else None,
            usage=usage,
            cost=recorded(number_of(metrics.get("estimated_cost")), usage) if is_call else Cost(),
            user_id=text(metadata, "user_id", "userId", "user"),
            session_id=text(metadata, "session_id", "thread_id", "sessionId"),
            feature=text(metadata, "feature"),
            environment=text(metadata, "environment", "env"),
            prompt_name=text(prompt, "key", "id") or (text(origin, "id") if _is_prompt(origin) else None),
            prompt_version=text(prompt, "version") or (text(origin, "_xact_id") if _is_prompt(origin) else None),
            tool_name=text(about, "name") if kind == "tool" else None,
            tags=texts(listed(row, "tags")),
            metadata=_kept(metadata, parents, word),
        )
        return RowGiven(span, _scores(row, trace_id, span_id), version=_version(row))

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """Messages of model calls; input and output of everything else as they are."""
        metadata = table(row, "metadata")
        said, answered = value(row, "input"), value(row, "output")
        attributes = {key: item for key, item in row.items() if key not in ("input", "output") and item is not None}
        return Payload(
            parse_content(said),
            parse_content(_as_answer(answered), role="assistant"),
            parse_tools(metadata.get("tools")),
            attributes,
        )


def _first(record: Row) -> Row:
    for key in BraintrustExport.pages:
        rows = record.get(key)
        if isinstance(rows, list) and rows and isinstance(rows[0], dict) and "root_span_id" not in record:
            found: Row = rows[0]
            return found
    return record


def _is_known(row: Row) -> bool:
    return "root_span_id" in row and ("span_attributes" in row or "_xact_id" in row)


def _version(row: Row) -> str | None:
    """The transaction that wrote a row: of two rows of one id the later one holds."""
    found = text(row, "_xact_id")
    return found.rjust(24, "0") if found else None


def _kind(row: Row, about: Row, metadata: Row) -> tuple[Kind, str | None]:
    word = text(about, "type")
    kind = _KINDS.get(word or "", "span")
    if kind == "generation" and _is_embedding(row, metadata):
        return "embedding", word
    return kind, None if word in _KINDS else word


def _is_embedding(row: Row, metadata: Row) -> bool:
    return "embed" in (text(metadata, "model") or "").lower()


def _as_answer(output: Json) -> Json:
    """Braintrust keeps the `choices` of an answer without what was around them."""
    if isinstance(output, list) and output and all(isinstance(item, dict) and "message" in item for item in output):
        return {"choices": output}
    return output


def _status(row: Row, end_ns: int | None, refused: bool) -> Status:
    if row.get("error") not in (None, ""):
        return "error"
    return "running" if end_ns is None else "refused" if refused else "success"


def _error(error: Json) -> str | None:
    error = opened(error)
    if isinstance(error, dict):
        kind, said = text(error, "name", "type"), text(error, "message")
        return f"{kind}: {said}" if kind and said else said or kind or str(error)
    return text_of(error)


def _lower(word: str | None) -> str | None:
    return word.lower() if word else None


def _usage(metrics: Row) -> Usage:
    write = count(metrics.get("prompt_cache_creation_tokens"))
    by_age = [number for key in _WRITES_BY_AGE if (number := count(metrics.get(key))) is not None]
    return split_usage(
        input=count(metrics.get("prompt_tokens")),
        output=count(metrics.get("completion_tokens")),
        cache_read=count(metrics.get("prompt_cached_tokens")),
        cache_write=write if write or not by_age else sum(by_age),
        cache_write_1h=count(metrics.get("prompt_cache_creation_1h_tokens")),
        reasoning=count(metrics.get("completion_reasoning_tokens")),
        total=count(metrics.get("tokens")),
    )


def _is_prompt(origin: Row) -> bool:
    return origin.get("object_type") == "prompt"


def _kept(metadata: Row, parents: tuple[str, ...], word: str | None) -> Row:
    """The metadata without the tools that were offered, with what has no place elsewhere."""
    kept = {key: item for key, item in metadata.items() if key != "tools"}
    if len(parents) > 1:
        kept["span_parents"] = list(parents)
    if word is not None:
        kept["span_type"] = word
    return kept


def _scores(row: Row, trace_id: str, span_id: str) -> tuple[Score, ...]:
    """Null is a scorer that failed: no score."""
    found = (score(trace_id, span_id, name, given) for name, given in table(row, "scores").items())
    return tuple(one for one in found if one is not None)
