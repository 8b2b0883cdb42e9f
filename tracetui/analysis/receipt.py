"""How the cost of a call came about: which counts were recorded where, how they were split, what they were charged.

Pure: a span, its payload and a price book in, a receipt out. docs/cost.md explains one to users.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tracetui.errors import TracetuiError
from tracetui.model import MODEL_CALLS, Json, Node, Payload, Span, Usage
from tracetui.pricing import PriceBook
from tracetui.pricing.book import NoPrice
from tracetui.pricing.rates import NotPriced, charge
from tracetui.pricing.receipt import Itemised, itemise
from tracetui.semconv.scalars import number_of

Convention: TypeAlias = Literal["inside", "beside", "both", "apart", "no cache", "unknown"]

_COUNT_KEY = re.compile(r"token|usage|cached|cache_read|cache_write|cache_creation|reasoning", re.IGNORECASE)
_INPUT_KEY = re.compile(r"input|prompt", re.IGNORECASE)
_CACHE_KEY = re.compile(r"cache", re.IGNORECASE)
_NOT_A_COUNT = re.compile(r"cost|price|usd|limit|max|per_second|rate|time|duration|budget|requests", re.IGNORECASE)
_MOST_COUNTS = 40
_DEEPEST = 8


class Count(Struct, frozen=True):
    """A number of tokens as it was recorded: where (attribute or path of keys in the record), and the value as it is."""

    where: str
    value: Json


class Receipt(Struct, frozen=True):
    """How the cost of one call came about.

    `convention`: whether the recorded input count has the cached tokens inside it or beside it, told from the numbers, or
    is there in both ways; "apart" where the record has no counts, and `counts` are our own buckets, which do not overlap.
    `computed` is what the price list makes of the usage, `why_not` the sentence why it makes nothing. `counted` is
    False where its money is in the cost of other spans already, and is shown and not added. `not_loaded` is the sentence
    why what was captured of the call could not be looked at.
    """

    trace_id: str
    span_id: str
    name: str
    provider: str | None
    model: str | None
    service_tier: str | None
    usage: Usage
    counts: tuple[Count, ...]
    convention: Convention
    recorded_usd: float | None
    computed: Itemised | None
    why_not: str | None
    counted: bool = True
    not_loaded: str | None = None

    @property
    def usd(self) -> float | None:
        """What is added up: the recorded cost where there is one, else the computed one."""
        if self.recorded_usd is not None:
            return self.recorded_usd
        return None if self.computed is None else self.computed.usd

    @property
    def difference_usd(self) -> float | None:
        """Recorded minus computed, where there are both."""
        if self.recorded_usd is None or self.computed is None:
            return None
        return self.recorded_usd - self.computed.usd


def has_receipt(span: Span) -> bool:
    """Whether a span is a call that is paid for, or carries a usage or a cost."""
    return span.kind in MODEL_CALLS or span.usage.is_recorded or span.cost.usd is not None


def receipt_of(node: Node, payload: Payload, book: PriceBook) -> Receipt:
    """The receipt of one span."""
    span = node.span
    counts = tuple(find_counts(payload))
    convention: Convention = "apart" if span.usage.is_recorded else "no cache"
    if counts:
        convention = convention_of(counts, span.usage)
    computed, why_not = _computed(span, book)
    return Receipt(
        span.trace_id,
        span.span_id,
        span.name,
        span.provider,
        span.model,
        span.service_tier,
        span.usage,
        counts or tuple(_stored_counts(span.usage)),
        convention,
        span.cost.usd if span.cost.origin == "recorded" else None,
        computed,
        why_not,
        not node.repeats_cost,
    )


def receipts_of(nodes: Iterable[Node], load: Callable[[Node], Payload], book: PriceBook) -> list[Receipt]:
    """The receipts of those that are paid for; `load` gives what a span carried, or raises TracetuiError."""
    return [_receipt(node, load, book) for node in nodes if has_receipt(node.span)]


def _receipt(node: Node, load: Callable[[Node], Payload], book: PriceBook) -> Receipt:
    try:
        payload = load(node)
    except TracetuiError as error:
        return replace(receipt_of(node, Payload(), book), not_loaded=str(error))
    return receipt_of(node, payload, book)


def _computed(span: Span, book: PriceBook) -> tuple[Itemised | None, str | None]:
    if not span.usage.is_recorded:
        return None, "No price: no token counts were recorded."
    if span.usage.inconsistent:
        return None, "No price: the token counts contradict each other."
    price = book.find(span.provider, span.model, span.start_ns, span.service_tier)
    if isinstance(price, NoPrice):
        return None, price.sentence
    charged = charge(price, span.usage)
    if isinstance(charged, NotPriced):
        return None, f"No price: {charged.reason}."
    return itemise(price, span.usage), None


def find_counts(payload: Payload) -> Iterator[Count]:
    """The token counts in what was captured: of the attributes, else of the record as it stands. The first forty."""
    found = list(_leaves(payload.attributes, ""))
    if not found and payload.raw:
        found = list(_leaves(_parsed(payload.raw), ""))
    yield from found[:_MOST_COUNTS]


def _stored_counts(usage: Usage) -> Iterator[Count]:
    """The buckets of a store that has no other record of them than these."""
    for field in ("input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning", "unsplit"):
        value = getattr(usage, field)
        if value is not None:
            yield Count(f"{field}_tokens", value)


def _parsed(raw: str) -> Json:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None


def _leaves(value: Json, path: str, depth: int = 0) -> Iterator[Count]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key), depth + 1)
    elif number_of(value) is not None and _COUNT_KEY.search(path) and not _NOT_A_COUNT.search(path):
        yield Count(path, value)
    elif isinstance(value, str) and value[:1] == "{" and _COUNT_KEY.search(path):
        yield from _leaves(_parsed(value), path, depth + 1)


def convention_of(counts: Sequence[Count], usage: Usage) -> Convention:
    """Whether the recorded input contains the cached tokens: the recorded number says so, whatever its name. Where one
    number does and another does not, none of them is taken for the one that was meant."""
    cached = (usage.cache_read or 0) + (usage.cache_write or 0)
    if not cached:
        return "no cache"
    if usage.input is None or usage.inconsistent:
        return "unknown"
    named = (count for count in counts if _INPUT_KEY.search(count.where) and not _CACHE_KEY.search(count.where))
    inputs = {number_of(count.value) for count in named}
    is_inside, is_beside = usage.input + cached in inputs, usage.input in inputs
    if is_inside and is_beside:
        return "both"
    if is_inside:
        return "inside"
    return "beside" if is_beside else "unknown"
