"""A receipt as lines of text; every line is inert."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracetui.analysis.receipt import Receipt
from tracetui.cli.output import Output
from tracetui.pricing.receipt import Itemised, Line
from tracetui.text import ABSENT, count, inert, money

_CONVENTIONS = {
    "inside": "the recorded input contains the cached tokens: {input} + {cached} = {whole}",
    "beside": "the recorded input stands beside the cached tokens: {input}, and {cached} cached",
    "apart": "the source keeps fresh and cached input apart",
    "no cache": "",
    "unknown": "how the recorded input relates to the cached tokens cannot be told from what was captured",
}


def receipt_lines(receipt: Receipt, output: Output) -> Iterator[str]:
    """The receipt of one call."""
    who = " ".join(part for part in (receipt.provider, receipt.model) if part) or "no model recorded"
    tier = f" · {receipt.service_tier}" if receipt.service_tier else ""
    yield output.paint(inert(f"{receipt.name or receipt.span_id} · {who}{tier}"), "heading")
    yield inert(f"  trace {receipt.trace_id} · span {receipt.span_id}")
    yield from _counts_lines(receipt, output)
    if receipt.computed is not None:
        yield from _itemised_lines(receipt.computed)
    elif receipt.why_not:
        yield "  " + output.paint(inert(receipt.why_not), "refused")
    yield from _verdict(receipt, output)
    if not receipt.counted:
        yield "  this usage repeats what its child spans have: it is shown, and not added"
    yield ""


def _counts_lines(receipt: Receipt, output: Output) -> Iterator[str]:
    if receipt.counts:
        yield output.paint("  recorded", "faint")
        width = max(len(one.where) for one in receipt.counts)
        yield from (inert(f"    {one.where:<{width}}  {_number(one.value):>12}") for one in receipt.counts)
    usage = receipt.usage
    cached = (usage.cache_read or 0) + (usage.cache_write or 0)
    sentence = _CONVENTIONS[receipt.convention].format(
        input=count(usage.input), cached=count(cached), whole=count((usage.input or 0) + cached)
    )
    if sentence:
        yield f"  {sentence}"


def _number(value: object) -> str:
    text = str(value)
    return count(int(text)) if text.isdigit() else text


def _itemised_lines(itemised: Itemised) -> Iterator[str]:
    yield inert(f"  {itemised.price}")
    if itemised.above is not None:
        yield f"    rates for more than {count(itemised.above)} input tokens"
    for line in itemised.lines:
        yield f"    {line.bucket:<16}{count(line.tokens):>12} × {_rate(line):>12} / M = {exact(line.usd):>14}{_like(line)}"
    if itemised.call_usd:
        yield f"    {'the call itself':<16}{'':>33} = {exact(itemised.call_usd):>14}"


def _rate(line: Line) -> str:
    return ABSENT if line.per_million_usd is None else f"${line.per_million_usd:g}"


def _like(line: Line) -> str:
    return f"  (charged like {line.like}: no rate of its own)" if line.like else ""


def exact(usd: float | None) -> str:
    """Money with every digit that is charged, down to a hundred-millionth of a dollar."""
    return ABSENT if usd is None else f"${usd:,.8f}"


def _verdict(receipt: Receipt, output: Output) -> Iterator[str]:
    if receipt.computed is not None:
        yield output.paint(f"    {'computed':<16}{'':>33} = {exact(receipt.computed.usd):>14}", "heading")
    if receipt.recorded_usd is not None:
        yield output.paint(f"    {'recorded':<16}{'':>33} = {exact(receipt.recorded_usd):>14}", "heading")
        yield "    the recorded cost is what counts"
    difference = receipt.difference_usd
    if difference is not None and abs(difference) >= 5e-9:
        sign = "+" if difference > 0 else "−"
        yield f"    recorded − computed = {sign}{exact(abs(difference))}"


def sum_lines(receipts: Sequence[Receipt], output: Output) -> Iterator[str]:
    """What the receipts come to: the sum, what it lacks and why, and what was not added."""
    counted = [receipt for receipt in receipts if receipt.counted]
    known = [receipt.usd for receipt in counted if receipt.usd is not None]
    lacking = len(counted) - len(known)
    amount = money(sum(known) if known else None, partial=bool(lacking and known))
    total = exact(sum(known)) if known else ABSENT
    yield output.paint(f"∑ {amount} = {total} ({len(known)} of {len(counted)} priced)", "heading")
    repeated = len(receipts) - len(counted)
    if repeated:
        yield f"  {count(repeated)} usage repeated on a parent was not added"
