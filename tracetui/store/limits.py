"""Numbers that no call can have are left out before they are written: one of them would make every sum wrong, and some
of them no table can hold. Pure."""

from __future__ import annotations

import math

import msgspec

from tracetui.model import Cost, Score, Span, Usage

MOST_TOKENS = 10**10
"""A thousand times what any model reads at once; sums of nine hundred million spans of it still fit 64 bits."""
MOST_NS = 2**62
"""The year 2116: what lies beyond is a time that was read wrongly."""
MOST_USD = 1e12
_MOST_VALUE = 10**308
"""What a floating-point number holds."""

_replace = msgspec.structs.replace


def within_limits(span: Span) -> Span:
    """The span itself, or one without the numbers that cannot be. Usage that loses a count is marked inconsistent, and
    ids that a database holds as bytes or numbers become text."""
    if type(span.trace_id) is not str or type(span.span_id) is not str:
        span = _replace(span, trace_id=_as_text(span.trace_id), span_id=_as_text(span.span_id))
    start, end, ttft, usd = span.start_ns, span.end_ns, span.ttft_ns, span.cost.usd
    if not -MOST_NS <= start <= MOST_NS or (end is not None and not -MOST_NS <= end <= MOST_NS):
        start = start if -MOST_NS <= start <= MOST_NS else 0
        end = start if end is not None and not (start <= end <= MOST_NS) else end
        span = _replace(span, start_ns=start, end_ns=end)
    if ttft is not None and not (0 <= ttft <= MOST_NS):
        span = _replace(span, ttft_ns=None)
    if usd is not None and not (math.isfinite(usd) and abs(usd) <= MOST_USD):
        span = _replace(span, cost=Cost(reason="impossible cost recorded"))
    if not _is_possible(span.usage):
        span = _replace(span, usage=_possible(span.usage))
    return span


def score_within_limits(score: Score) -> Score:
    """The score itself, or one without the numbers that cannot be."""
    if not -MOST_NS <= score.time_ns <= MOST_NS:
        score = _replace(score, time_ns=0)
    if isinstance(score.value, int) and abs(score.value) > _MOST_VALUE:
        score = _replace(score, value=None, label=score.label or "a number too large to be kept")
    return score


def _as_text(identity: object) -> str:
    """An id out of a column that holds bytes or numbers in some rows."""
    return identity.hex() if isinstance(identity, bytes) else str(identity)


def _is_possible(usage: Usage) -> bool:
    for count in (
        usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning, usage.unsplit,
        usage.cache_write_1h,
    ):  # fmt: skip
        if count is not None and not (0 <= count <= MOST_TOKENS):
            return False
    return True


def _possible(usage: Usage) -> Usage:
    def possible(count: int | None) -> int | None:
        return count if count is not None and 0 <= count <= MOST_TOKENS else None

    return Usage(
        possible(usage.input),
        possible(usage.cache_read),
        possible(usage.cache_write),
        possible(usage.output),
        possible(usage.reasoning),
        possible(usage.unsplit),
        True,
        possible(usage.cache_write_1h),
    )
