"""What the same calls would have cost otherwise, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tracetui.analysis.repricing import Repriced, reprice
from tracetui.cli.output import Output
from tracetui.cli.table import Column, key_columns, table_lines
from tracetui.figures import Key
from tracetui.model import Json
from tracetui.pricing import PriceBook, seller_of
from tracetui.store.calls import Call
from tracetui.text import ABSENT, about, count, money


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
        **({"estimate": True} if row.is_estimate else {}),
    }


def _columns(by: Sequence[str]) -> list[Column[Repriced]]:
    return [
        *key_columns(by, lambda row: row.key),
        _figure("now", lambda row: money(row.now_usd), 0),
        _figure("then", lambda row: money(row.then_usd), 0),
        _figure("difference", _difference, 0),
        _figure("calls", lambda row: count(row.compared), 1),
        _figure("no price", lambda row: count(row.left_out) if row.left_out else "", 2),
    ]


def _figure(title: str, cell: Callable[[Repriced], str], rank: int) -> Column[Repriced]:
    """A column of figures, which are marked where they are estimates."""
    return Column(title, lambda row: about(cell(row), row.is_estimate), ">", rank=rank)


def _difference(row: Repriced) -> str:
    difference = row.difference_usd
    if difference is None:
        return ABSENT
    factor = f" ({row.then_usd / row.now_usd:.2f} ×)" if row.then_usd is not None and row.now_usd else ""
    return f"{'+' if difference > 0 else ''}{money(difference)}{factor}"
