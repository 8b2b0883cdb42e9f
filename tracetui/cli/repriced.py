"""What the same calls would have cost otherwise, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracetui.analysis.repricing import Repriced, reprice
from tracetui.cli.output import Output
from tracetui.cli.table import Column, key_columns, table_lines
from tracetui.figures import Key
from tracetui.model import Json
from tracetui.pricing import PriceBook, seller_of
from tracetui.store.calls import Call
from tracetui.text import ABSENT, count, money


def reprice_calls(calls: Iterable[tuple[Key, Call]], book: PriceBook, other: str | None) -> list[Repriced]:
    """`other` is another model, with its provider and a slash before it where that matters."""
    provider, slash, model = (other or "").partition("/")
    if slash and seller_of(provider):
        return reprice(calls, book, model=model, provider=provider)
    return reprice(calls, book, model=other)


def print_repriced(output: Output, by: Sequence[str], rows: Sequence[Repriced], as_json: bool) -> None:
    """A line a group: what it costs now, what it would have cost, the difference."""
    if as_json:
        for row in rows:
            output.json(_json(by, row))
        return
    if not rows:
        output.line("no calls in this period; --since all looks at everything")
    for line in table_lines(_columns(by), rows, output.width, output.paint):
        output.line(line)


def _json(by: Sequence[str], row: Repriced) -> dict[str, Json]:
    return {
        **dict(zip(by, row.key, strict=True)),
        "now_usd": row.now_usd,
        "then_usd": row.then_usd,
        "difference_usd": row.difference_usd,
        "compared": row.compared,
        "left_out": row.left_out,
    }


def _columns(by: Sequence[str]) -> list[Column[Repriced]]:
    return [
        *key_columns(by, lambda row: row.key),
        Column("now", lambda row: money(row.now_usd), ">"),
        Column("then", lambda row: money(row.then_usd), ">"),
        Column("difference", _difference, ">"),
        Column("calls", lambda row: count(row.compared), ">", rank=1),
        Column("no price", lambda row: count(row.left_out) if row.left_out else "", ">", rank=2),
    ]


def _difference(row: Repriced) -> str:
    difference = row.difference_usd
    if difference is None:
        return ABSENT
    factor = f" ({row.then_usd / row.now_usd:.2f} ×)" if row.then_usd is not None and row.now_usd else ""
    return f"{'+' if difference > 0 else ''}{money(difference)}{factor}"
