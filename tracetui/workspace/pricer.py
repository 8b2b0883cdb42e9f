"""Give each model call without a recorded cost its computed one, off the screen's path.

The table of prices takes half a second to load, so it is loaded when the first call needs it and not before.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tracetui.model import MODEL_CALLS, Cost, Span, Usage

PENDING = "pending"
"""The reason of a cost that is still to be computed."""

_replace = msgspec.structs.replace
PriceCall = Callable[[str | None, str | None, Usage, int, str | None], Cost]


class Pricer:
    """Prices spans; recorded costs are left alone. `prices` is the user's own price file, which wins."""

    def __init__(self, prices: str | None = None) -> None:
        self._prices = prices
        self._price_call: PriceCall | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether the table of prices is in memory."""
        return self._price_call is not None

    def needs_price(self, span: Span) -> bool:
        """Whether a cost must be computed: a model call whose source recorded none."""
        cost = span.cost
        return span.kind in MODEL_CALLS and cost.usd is None and (cost.reason is None or cost.reason == PENDING)

    def mark_pending(self, span: Span) -> Span:
        """Leave the span for later, unless it is plain that there is nothing to compute."""
        if not self.needs_price(span):
            return span
        if not span.usage.is_recorded:
            return _replace(span, cost=Cost(reason="no usage"))
        return _replace(span, cost=Cost(reason=PENDING))

    def price(self, span: Span) -> Span:
        """The span with a computed cost, or with the reason why there is none."""
        if not self.needs_price(span):
            # The word may be a source's own: it is not waited for what nobody is going to compute.
            is_waiting = span.cost.reason == PENDING
            return _replace(span, cost=_replace(span.cost, reason=None)) if is_waiting else span
        if not span.usage.is_recorded:
            return _replace(span, cost=Cost(reason="no usage"))
        if self._price_call is None:
            from tracetui.pricing import open_book

            self._price_call = open_book(self._prices).price_call
        cost = self._price_call(span.provider, span.model, span.usage, span.start_ns, span.service_tier)
        return _replace(span, cost=cost)
