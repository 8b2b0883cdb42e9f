"""The facts of a span: what it is, what it took and cost, whom it was for."""

from __future__ import annotations

from tracetui.model import MODEL_CALLS, Cost, Node, Span, Usage
from tracetui.text import GLYPHS, STATUS_GLYPHS, count, duration, inert, money
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.columns import draw_value
from tracetui.tui.widgets.payload.paper import body, flow

_Pair = tuple[str, list[Ink]]


def draw_facts(node: Node) -> list[Block]:
    """The facts in a few lines, what went wrong first."""
    span = node.span
    lines = [_what(node), _figures(node), _whom(span), _ids(span)]
    return [*_failure(span), *(flow(line) for line in lines if line)]


def _failure(span: Span) -> list[Block]:
    if span.status not in ("error", "refused"):
        return [] if span.status_message is None else body(span.status_message, "muted", margin=())
    sign: Ink = (f"{STATUS_GLYPHS[span.status]} ", span.status)
    if not span.status_message:
        return [Inks(sign, (f"{span.status}, without a message", "error-text"))]
    tone = "error-text" if span.status == "error" else "warning"
    return body(span.status_message, tone, margin=[sign])


def _what(node: Node) -> list[_Pair]:
    span = node.span
    pairs: list[_Pair] = [
        ("", [(f"{GLYPHS[span.kind]} {span.kind}", f"kind-{span.kind}")]),
        ("", [(f"{STATUS_GLYPHS[span.status]} {span.status}", span.status)]),
    ]
    if span.model:
        pairs.append(
            ("", [(inert(span.model), "model"), *([(f" {inert(span.provider)}", "muted")] if span.provider else [])])
        )
    elif span.provider:
        pairs.append(("", [(inert(span.provider), "muted")]))
    if span.finish_reason:
        pairs.append(("finish", [(inert(span.finish_reason), "text")]))
    if node.is_orphan:
        pairs.append(("", [("orphan: its parent never came", "warning")]))
    return pairs


def _figures(node: Node) -> list[_Pair]:
    span = node.span
    pairs: list[_Pair] = [("took", [("running" if span.end_ns is None else duration(span.duration_ns), "strong")])]
    if span.ttft_ns is not None:
        pairs.append(("first token", [(duration(span.ttft_ns), "text")]))
    if span.usage.is_recorded or span.kind in MODEL_CALLS:
        pairs.append(("tokens", draw_usage(span.usage)))
    if node.repeats_usage:
        pairs.append(("", [("↺ counted on other spans", "warning")]))
    if span.cost.usd is not None or span.kind in MODEL_CALLS:
        pairs.append(("cost", draw_cost(span.cost)))
    return [*pairs, *((f"★ {inert(score.name)}", [(draw_value(score), "score")]) for score in node.scores)]


def draw_usage(usage: Usage) -> list[Ink]:
    """Tokens by bucket."""
    if not usage.is_recorded:
        return [("not recorded", "muted")]
    output = _bucket(usage.output, "output")
    if output and usage.reasoning:
        output += f" ({count(usage.reasoning)} reasoning)"
    written = _bucket(usage.cache_write, "written")
    if written and usage.cache_write_1h:
        written += f" ({count(usage.cache_write_1h)} for 1 h)"
    parts = [
        _bucket(usage.input, "fresh"), _bucket(usage.cache_read, "cached"), written, output,
    ]  # fmt: skip
    text = " + ".join(part for part in parts if part) or f"{count(usage.unsplit)} unsplit"
    return [(text, "text"), *([(" ! inconsistent usage", "warning")] if usage.inconsistent else [])]


def _bucket(tokens: int | None, name: str) -> str:
    return "" if tokens is None else f"{count(tokens)} {name}"


def draw_cost(cost: Cost) -> list[Ink]:
    """Money with where it comes from, or why there is none."""
    if cost.usd is not None:
        origin = " ".join(part for part in (cost.origin, inert(cost.price or "")) if part)
        return [(money(cost.usd), "strong"), (f" {origin}", "muted")]
    if cost.reason == "pending":
        return [("… not priced yet", "muted")]
    return [(f"– {inert(cost.reason or 'no price')}", "warning")]


def _whom(span: Span) -> list[_Pair]:
    prompt = " ".join(part for part in (span.prompt_name, span.prompt_version) if part)
    pairs = [
        ("prompt", prompt), ("user", span.user_id), ("session", span.session_id), ("feature", span.feature),
        ("tool", span.tool_name), ("env", span.environment), ("tags", ", ".join(span.tags)),
    ]  # fmt: skip
    return [(label, [(inert(text), "text")]) for label, text in pairs if text]


def _ids(span: Span) -> list[_Pair]:
    return [("trace", [(inert(span.trace_id), "muted")]), ("span", [(inert(span.span_id), "muted")])]
