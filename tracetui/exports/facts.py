"""The facts of a trace and of a span as named texts for people: what a report puts above the messages.

The texts are not yet inert. A fact that is not recorded is None and left out by whoever draws it.
"""

from __future__ import annotations

from typing import TypeAlias

from tracetui.model import Cost, Span, Trace, Usage
from tracetui.text import duration, iso, money

Fact: TypeAlias = tuple[str, str | None]


def trace_facts(trace: Trace) -> tuple[Fact, ...]:
    """What is said of a whole trace."""
    parts = f"{trace.generations} generations, {trace.tool_calls} tool calls, {trace.errors} failed"
    return (
        ("trace", trace.trace_id),
        ("status", _status(trace.status, trace.status_message)),
        ("start", iso(trace.start_ns)),
        ("duration", duration(trace.duration_ns)),
        ("spans", f"{trace.spans} ({parts})"),
        ("tokens", usage_text(trace.usage)),
        ("cost", trace_cost(trace)),
        ("user", trace.user_id),
        ("session", trace.session_id),
        ("feature", trace.feature),
        ("environment", trace.environment),
        ("models", ", ".join(trace.models)),
    )


def span_facts(span: Span) -> tuple[Fact, ...]:
    """What is said of one span."""
    return (
        ("span", span.span_id),
        ("kind", span.kind),
        ("status", _status(span.status, span.status_message)),
        ("duration", duration(span.duration_ns)),
        ("model", " / ".join(name for name in (span.provider, span.model) if name)),
        ("finish reason", span.finish_reason),
        ("prompt", " ".join(part for part in (span.prompt_name, span.prompt_version) if part)),
        ("tokens", usage_text(span.usage)),
        ("cost", _cost(span.cost)),
        ("tags", ", ".join(span.tags)),
    )


def usage_text(usage: Usage) -> str | None:
    """The buckets that were recorded, by name; None where none was."""
    if not usage.is_recorded:
        return None
    buckets = (
        ("input", usage.input),
        ("cache read", usage.cache_read),
        ("cache write", usage.cache_write),
        ("output", usage.output),
        ("of it reasoning", usage.reasoning),
        ("not split", usage.unsplit),
    )
    note = " (inconsistent usage)" if usage.inconsistent else ""
    return ", ".join(f"{name} {count:,}" for name, count in buckets if count is not None) + note


def trace_cost(trace: Trace) -> str:
    """The sum, with what it lacks."""
    amount = money(trace.cost_usd, partial=bool(trace.unpriced))
    calls = trace.priced + trace.unpriced
    return f"{amount} ({trace.priced} of {calls} priced)" if trace.unpriced else amount


def _status(status: str, message: str | None) -> str:
    return f"{status}: {message}" if message else status


def _cost(cost: Cost) -> str | None:
    if cost.usd is None:
        return f"none: {cost.reason}" if cost.reason else None
    return f"{money(cost.usd)} ({cost.origin}{', ' + cost.price if cost.price else ''})"
