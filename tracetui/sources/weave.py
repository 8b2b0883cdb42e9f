"""W&B Weave's calls: JSON lines, JSON, CSV with a column a leaf. docs/formats/weave.md.

Every call carries the usage and the costs of all calls below it, so they are taken from calls that have none below.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import MODEL_CALLS, Cost, Json, Kind, Payload, Score, ScoreSource, Span, Status, Usage
from tracetui.semconv.chat import parse_content, parse_response, parse_tools
from tracetui.semconv.scalars import number_of
from tracetui.semconv.usage import count, usage_of
from tracetui.sources.export_file import SOMETHING_ELSE, ExportFile, RowGiven
from tracetui.sources.export_values import Row, listed, moment, score, table, text, texts, value
from tracetui.sources.head import Head
from tracetui.sources.weave_columns import nested

_KINDS: dict[str, Kind] = {
    "llm": "generation", "tool": "tool", "agent": "agent", "chain": "chain", "retriever": "retriever",
    "embedding": "embedding", "reranker": "reranker", "guardrail": "guardrail", "scorer": "evaluator",
    "evaluator": "evaluator", "workflow": "chain",
}  # fmt: skip
_CALLS = (
    "chat.completions.create", "chat.completions.parse", "completions.create", "responses.create", "messages.create",
    "messages.stream", "generate_content", "chat.complete", "converse",
)  # fmt: skip
_PROVIDERS = (
    "openai", "anthropic", "google", "vertexai", "mistral", "mistralai", "cohere", "groq", "litellm", "bedrock",
    "together", "cerebras", "huggingface",
)  # fmt: skip
_SCORED: tuple[tuple[str, str, ScoreSource], ...] = (
    ("wandb.annotation.", "value", "human"),
    ("wandb.runnable.", "output", "llm"),
)


class WeaveExport(ExportFile):
    """One file of calls."""

    format = "weave"
    pages = ("calls", "data")

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether the first record, or the header, is a call."""
        if head.columns:
            return _is_known(dict.fromkeys(head.columns))
        if not head.objects:
            return head.mentions("op_name", "started_at")
        return any(_is_known(_first(record)) for record in head.objects[:3])

    def is_row(self, record: Row) -> bool:
        """A call is never an answer."""
        return "op_name" in record

    def parse(self, data: bytes) -> Json:
        """A row of CSV has a column for each leaf: put together again."""
        record = super().parse(data)
        return nested(record) if self.header.names else record

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "tokens and costs of calls without calls below them: Weave writes the sums on every call above"
        yield "users are not known: wb_user_id is who ran the program; attributes are in the metadata"

    def map_row(self, row: Row, line: int) -> RowGiven:
        """A call."""
        span_id, start_ns = text(row, "id"), moment(row.get("started_at"))
        if span_id is None or not _is_known(row):
            return RowGiven(skipped="no call of Weave, or one without an id")
        if row.get("deleted_at") not in (None, ""):
            return SOMETHING_ELSE
        if start_ns is None:
            return RowGiven(skipped="a call without a start time")
        attributes, inputs, summary = table(row, "attributes"), table(row, "inputs"), table(row, "summary")
        name = op_name(text(row, "op_name") or "")
        own = table(summary, "usage") if _is_leaf(summary) else {}
        usage = _usage(row, own)
        kind = _kind(attributes, name, usage)
        is_call = kind in MODEL_CALLS
        output = value(row, "output")
        answer = parse_response(output) if kind == "generation" and isinstance(output, dict | list) else None
        end_ns = moment(row.get("ended_at"))
        about = table(summary, "weave")
        trace_id = text(row, "trace_id") or span_id
        span = Span(
            trace_id=trace_id,
            span_id=span_id,
            parent_id=text(row, "parent_id"),
            kind=kind,
            name=text(row, "display_name") or text(about, "trace_name") or name,
            start_ns=start_ns,
            end_ns=end_ns,
            status=_status(row, about, end_ns, answer is not None and answer.is_refusal),
            status_message=text(row, "exception"),
            model=_model(inputs, own, answer.model if answer else None) if is_call else None,
            provider=_provider(name, about),
            finish_reason=answer.finish_reason if answer else None,
            usage=usage if is_call else Usage(),
            cost=_cost(about, usage) if is_call and own else Cost(),
            session_id=text(row, "thread_id"),
            feature=text(attributes, "feature"),
            environment=text(attributes, "environment", "env"),
            prompt_name=_reference(inputs.get("prompt")) or _reference(inputs.get("self")),
            tool_name=name if kind == "tool" else None,
            tags=texts(listed(attributes, "tags")),
            metadata={key: item for key, item in attributes.items() if key != "weave" and item is not None},
        )
        return RowGiven(span, _scores(about, trace_id, span_id))

    def unfold_row(self, row: Row, span: Span) -> Payload:
        """Inputs and output in the shape of the library that was called; notes and reactions are events."""
        inputs = table(row, "inputs")
        is_call = span.kind in MODEL_CALLS
        shown: Json = {key: item for key, item in inputs.items() if key not in ("tools", "self")} or None
        output = value(row, "output")
        attributes = {key: item for key, item in row.items() if key not in ("inputs", "output") and item is not None}
        feedback = listed(table(table(row, "summary"), "weave"), "feedback")
        return Payload(
            parse_content(shown) if is_call else shown,
            parse_content(output, role="assistant") if is_call else output,
            parse_tools(inputs.get("tools")),
            attributes,
            tuple(about for about in feedback if isinstance(about, dict)),
        )


def _first(record: Row) -> Row:
    for key in WeaveExport.pages:
        rows = record.get(key)
        if isinstance(rows, list) and rows and isinstance(rows[0], dict) and "op_name" not in record:
            found: Row = rows[0]
            return found
    return record


def _is_known(row: Row) -> bool:
    return "op_name" in row and "started_at" in row and "trace_id" in row


def op_name(reference: str) -> str:
    """`weave:///entity/project/op/<name>:<digest>` → the name; a bare name stays."""
    if not reference.startswith("weave:///"):
        return reference
    tail = reference.partition("/op/")[2] or reference.rpartition("/")[2]
    return tail.rpartition(":")[0] or tail


def _reference(found: Json) -> str | None:
    """The name of an object that is referred to."""
    if not isinstance(found, str) or not found.startswith("weave:///"):
        return None
    return found.partition("/object/")[2].partition(":")[0] or None


def _is_leaf(summary: Row) -> bool:
    """Whether a call has none below it: the counts of statuses are of all calls from it down."""
    counts = [number for item in table(summary, "status_counts").values() if (number := count(item)) is not None]
    return sum(counts) <= 1


def _usage(row: Row, own: Row) -> Usage:
    """What the library's own answer counts, else the summary of a call without calls below it."""
    answer = table(row, "output").get("usage")
    found = usage_of(answer) if isinstance(answer, dict) else None
    if found is None:
        for about in own.values():
            found = usage_of(about) if isinstance(about, dict) else None
            if found is not None:
                break
    return found or Usage()


def _kind(attributes: Row, name: str, usage: Usage) -> Kind:
    word = text(table(attributes, "weave"), "kind")
    if word is not None:
        return _KINDS.get(word.lower(), "span")
    lowered = name.lower()
    if "embed" in lowered:
        return "embedding"
    if lowered.endswith(_CALLS):
        return "generation"
    return "generation" if usage.total else "span"


def _status(row: Row, about: Row, end_ns: int | None, refused: bool) -> Status:
    word = text(about, "status")
    if text(row, "exception") or word == "error":
        return "error"
    return "running" if end_ns is None else "refused" if refused else "success"


def _model(inputs: Row, own: Row, answered: str | None) -> str | None:
    return text(inputs, "model") or next(iter(own), None) or answered


def _provider(name: str, about: Row) -> str | None:
    word = name.partition(".")[0].lower()
    if word in _PROVIDERS:
        return word
    for cost in table(about, "costs").values():
        if isinstance(cost, dict) and (found := text(cost, "provider_id")):
            return found
    return None


def _cost(about: Row, usage: Usage) -> Cost:
    parts = [
        usd
        for cost in table(about, "costs").values()
        if isinstance(cost, dict)
        for key, item in cost.items()
        if key.endswith("_total_cost") and (usd := number_of(item)) is not None
    ]
    total = sum(parts)
    return Cost(total, "recorded") if parts and (total or not usage.total) else Cost()


def _scores(about: Row, trace_id: str, span_id: str) -> tuple[Score, ...]:
    """Annotations and results of scorers. Reactions and notes are no scores: they are events of the call."""
    found: list[Score | None] = []
    for place, feedback in enumerate(listed(about, "feedback")):
        if not isinstance(feedback, dict):
            continue
        word, payload = text(feedback, "feedback_type") or "", table(feedback, "payload")
        for prefix, key, source in _SCORED:
            if word.startswith(prefix):
                found += _scored(feedback, payload, word.removeprefix(prefix), key, source, trace_id, span_id, place)
    return tuple(one for one in found if one is not None)


def _scored(
    feedback: Row, payload: Row, name: str, key: str, source: ScoreSource, trace_id: str, span_id: str, place: int
) -> Iterable[Score | None]:
    given = value(payload, key)
    named = given.items() if isinstance(given, dict) else [(None, given)]
    for inner, item in named:
        yield score(
            trace_id,
            span_id,
            f"{name}.{inner}" if inner else name,
            item,
            source=source,
            author=text(feedback, "creator"),
            time_ns=moment(feedback.get("created_at")),
            place=place,
        )
