"""Numbers and scores in the rows of Langfuse, under the names of its exports, its API, its tables and its version 2."""

from __future__ import annotations

from collections.abc import Iterator

from tracetui.model import Json, Score, ScoreSource, Usage
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import number_of
from tracetui.semconv.usage import count, split_usage
from tracetui.semconv.usage_buckets import usage_of_buckets
from tracetui.sources.export_values import Row, fingerprint, moment, number, score, table, text, truth

_SOURCES: dict[str, ScoreSource] = {"ANNOTATION": "human", "EVAL": "llm", "API": "api"}
_FIELDS = frozenset(
    [
        "id",
        "traceId",
        "projectId",
        "environment",
        "parentObservationId",
        "startTime",
        "endTime",
        "name",
        "metadata",
        "type",
        "level",
        "statusMessage",
        "version",
        "createdAt",
        "updatedAt",
        "input",
        "output",
        "model",
        "internalModelId",
        "modelParameters",
        "completionStartTime",
        "promptId",
        "promptName",
        "promptVersion",
        "latency",
        "timeToFirstToken",
        "usageDetails",
        "costDetails",
        "providedUsageDetails",
        "providedCostDetails",
        "inputCost",
        "outputCost",
        "totalCost",
        "inputUsage",
        "outputUsage",
        "totalUsage",
        "usagePricingTierId",
        "usagePricingTierName",
        "toolDefinitions",
        "toolCalls",
        "toolCallNames",
        "traceName",
        "traceTags",
        "traceTimestamp",
        "userId",
        "toolDefinitionsCount",
        "toolCallsCount",
        "modelId",
        "inputPrice",
        "outputPrice",
        "totalPrice",
        "comments",
        "timestamp",
        "sessionId",
        "release",
        "tags",
        "bookmarked",
        "public",
        "externalId",
        "observations",
        "scores",
        "htmlPath",
        "usage",
        "promptTokens",
        "completionTokens",
        "totalTokens",
        "unit",
        "calculatedInputCost",
        "calculatedOutputCost",
        "calculatedTotalCost",
        "providedModelName",
        "provided_model_name",
        "trace_id",
        "project_id",
        "parent_observation_id",
        "start_time",
        "end_time",
        "status_message",
        "tool_calls",
        "tool_call_names",
        "tool_definitions",
        "trace_tags",
        "user_id",
        "session_id",
        "created_at",
        "updated_at",
        "usage_details",
        "cost_details",
        "model_parameters",
        "trace_name",
        "prompt_name",
        "prompt_version",
        "prompt_id",
        "completion_start_time",
        "total_cost",
        "time_to_first_token",
        "model_id",
        "usage_pricing_tier_name",
        "input_price",
        "output_price",
        "total_price",
        "is_root_observation",
        "external_id",
        "internal_model",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "input_cost",
        "output_cost",
        "calculated_input_cost",
        "calculated_output_cost",
        "calculated_total_cost",
        "provided_usage_details",
        "provided_cost_details",
    ]
)
"""Columns that Langfuse writes itself; any other one that holds a list is the scores of that name."""


def usage_of_row(row: Row) -> Usage:
    """The buckets of `usageDetails`, else the older counts (which repeat it, so they are never added)."""
    for key in ("usageDetails", "usage_details", "providedUsageDetails", "usage"):
        details = opened(row.get(key))
        if isinstance(details, dict):
            buckets = {name: item for name, item in details.items() if name != "unit" and item is not None}
            usage = usage_of_buckets(buckets)
            if usage is not None:
                return usage
    counts = [
        next((found for key in keys if (found := count(row.get(key))) is not None), None)
        for keys in (
            ("promptTokens", "prompt_tokens", "inputUsage"),
            ("completionTokens", "completion_tokens", "outputUsage"),
            ("totalTokens", "total_tokens", "totalUsage"),
        )
    ]
    # Langfuse writes 0 where nothing was recorded.
    if not any(counts):
        return Usage()
    return split_usage(input=counts[0], output=counts[1], total=counts[2])


def cost_of(row: Row) -> float | None:
    """US dollars; None for 0, which Langfuse writes where it knows no price."""
    details = table(row, "costDetails", "cost_details")
    parts = [number_of(item) or 0.0 for name, item in details.items() if name != "total"]
    found = (
        number_of(details.get("total")),
        sum(parts) if parts else None,
        *(
            number_of(row.get(key))
            for key in ("totalCost", "total_cost", "calculatedTotalCost", "calculated_total_cost")
        ),
    )
    return next((usd for usd in found if usd), None)


def column_scores(row: Row, trace_id: str, span_id: str | None) -> tuple[Score, ...]:
    """Scores that an export has as columns of their own: a list, because a name can be scored often.

    The second and further ones of a name get an author, as nobody says who gave them: otherwise they would be
    taken for corrections of the first.
    """
    return tuple(_column_scores(row, trace_id, span_id))


def _column_scores(row: Row, trace_id: str, span_id: str | None) -> Iterator[Score]:
    for name, cell in row.items():
        if name in _FIELDS or not isinstance(given := opened(cell), list):
            continue
        for place, item in enumerate(given):
            author = f"no. {place + 1}" if place else None
            found = score(trace_id, span_id, name, item, author=author, place=place)
            if found is not None:
                yield found


def score_of(row: Row) -> Score | None:
    """A row of scores; None where it is about a session or a run of a data set, not about a trace."""
    trace_id, name = text(row, "traceId", "trace_id"), text(row, "name")
    if trace_id is None or name is None:
        return None
    span_id = text(row, "observationId", "observation_id")
    return score(
        trace_id,
        span_id,
        name,
        _value(row),
        source=_SOURCES.get((text(row, "source") or "").upper(), "api"),
        comment=text(row, "comment"),
        author=text(row, "authorUserId", "author_user_id"),
        time_ns=moment(row.get("timestamp") or row.get("createdAt") or row.get("created_at")),
        identity=text(row, "id") or fingerprint("langfuse", trace_id, span_id or "", name),
    )


def _value(row: Row) -> Json:
    """By type: a number, a boolean, or a text. The number of a category is only its place in a list."""
    kind = (text(row, "dataType", "data_type") or "").upper()
    label = text(row, "stringValue", "string_value")
    if kind in ("CATEGORICAL", "TEXT"):
        return label
    given = number(row.get("value"))
    if kind == "BOOLEAN":
        return bool(given) if given is not None else truth(label or "")
    return given if given is not None else label
