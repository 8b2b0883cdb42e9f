"""`tracetui cost`: what was spent, by feature or by anything else; and how the cost of one call came about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import click
import msgspec

from tracetui.analysis.periods import joined
from tracetui.analysis.receipt import Receipt, receipts_of
from tracetui.analysis.receipt_text import Said, bill_lines, receipt_lines, sum_lines
from tracetui.analysis.repricing import saved_by_cache
from tracetui.analysis.spending import Spending, spend
from tracetui.cli import options
from tracetui.cli.narrate import warn
from tracetui.cli.output import Output, open_output
from tracetui.cli.question import Question, asked
from tracetui.cli.repriced import print_repriced, reprice_calls
from tracetui.cli.table import Column, key_columns, table_lines
from tracetui.config import load_config
from tracetui.errors import WrongUse
from tracetui.exports.csv import csv_line
from tracetui.figures import Group
from tracetui.model import Json, Node, Payload
from tracetui.pricing import PriceBook, open_book
from tracetui.query import quote
from tracetui.query.times import parse_moment
from tracetui.text import about, bar, count, money, percent, tokens

_BAR = 12
_ALL = ""
"""What `--explain` is without an ID."""
_BILL = ("model", "price")


@click.command()
@options.sources
@options.query
@click.option("--by", "by", default="feature", show_default=True, metavar="A[,B]", help="What to group by, one or two.")
@click.option("--since", default="7d", show_default=True, metavar="WHEN", help="2h, 7d, a date; all: everything.")
@click.option(
    "--explain",
    metavar="[ID]",
    is_flag=False,
    flag_value=_ALL,
    help="Show how the cost of a span, of each call of a trace, or (without ID) of everything that is asked for came about.",
)
@click.option("--prices", metavar="FILE", type=click.Path(dir_okay=False), help="Your own prices, before the list's.")
@click.option("--reprice", metavar="FILE", type=click.Path(dir_okay=False), help="Compare with the prices of a file.")
@click.option("--on", "other", metavar="[PROVIDER/]MODEL", help="Compare with what another model would have cost.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@options.mapping
@options.as_json
@options.colour
def cost(
    sources: tuple[str, ...], query: str | None, by: str, since: str, explain: str | None, prices: str | None,
    reprice: str | None, other: str | None, as_csv: bool, mapping: str | None, as_json: bool, colour: str,
) -> None:  # fmt: skip
    """Add up what the traces of SOURCE... cost: spend, share, calls, cost per call and per trace, cached share.

    Group by feature, model, provider, user, session, prompt, price, name, environment, tag, day, hour or metadata.KEY; two
    with a comma between.
    """
    _refuse_what_does_not_go_together(as_csv, as_json, explain is not None, reprice is not None or other is not None)
    output = open_output(colour)
    with asked(sources, query, mapping, prices) as question:
        keys, period = by.split(","), _period(question, query, since)
        if explain == _ALL:
            _print_bill(output, question.workspace.groups(_BILL, period), as_json)
            return
        if explain is not None:
            _print_receipts(output, _receipts(question, explain, _book(prices)), as_json)
            return
        if reprice is not None or other is not None:
            book = _book(reprice or prices)
            print_repriced(output, keys, reprice_calls(question.workspace.calls(keys, period), book, other), as_json)
            return
        saved = saved_by_cache(question.workspace.calls(keys, period), _book(prices))
        rows = spend(question.workspace.groups(keys, period), saved)
        if as_json:
            for row in rows:
                output.json(spending_json(keys, row))
        elif as_csv:
            _print_csv(output, keys, rows)
        else:
            _print_table(output, keys, rows)


def _refuse_what_does_not_go_together(as_csv: bool, as_json: bool, explains: bool, reprices: bool) -> None:
    if as_csv and as_json:
        raise WrongUse("--json and --csv are two forms of the same; give one of them")
    if explains and reprices:
        raise WrongUse(
            "--explain says how a cost came about, --on and --reprice what it would have been; ask one of them"
        )
    if as_csv and (explains or reprices):
        raise WrongUse("--csv is of what was spent; --explain, --on and --reprice have --json")


def _period(question: Question, query: str | None, since: str) -> str | None:
    """The filter, within the period. Raises FilterError with the caret in the user's own filter first, and WrongUse."""
    question.workspace.compile(query)
    if since == "all":
        return query
    if parse_moment(since) is None:
        raise WrongUse(f'--since: "{since}" is no time; write one such as 2h, 7d, today or 2026-11-20, or all')
    return joined(query, f"since:{quote(since)}")


def _book(prices: str | None) -> PriceBook:
    return open_book(prices or load_config().prices.path)


def _receipts(question: Question, identity: str, book: PriceBook) -> list[Receipt]:
    workspace = question.workspace
    trace_id, span_id = workspace.find(identity)

    def load(node: Node) -> Payload:
        return workspace.payload(node.span.trace_id, node.span.span_id)

    nodes = [node for node in workspace.tree(trace_id).nodes if span_id in (None, node.span.span_id)]
    found = receipts_of(nodes, load, book)
    if not found:
        raise WrongUse(f"{identity} is no model call and has no usage and no cost; name a call or a trace with some")
    return found


def _print_receipts(output: Output, receipts: Sequence[Receipt], as_json: bool) -> None:
    if as_json:
        for receipt in receipts:
            if receipt.not_loaded is not None:
                warn(f"{receipt.not_loaded}; the receipt shows tracetui's own counts")
            output.json(receipt_json(receipt))
        return
    for receipt in receipts:
        _print_said(output, receipt_lines(receipt))
    if len(receipts) > 1:
        _print_said(output, sum_lines(receipts))


def _print_bill(output: Output, groups: Sequence[Group], as_json: bool) -> None:
    if not as_json:
        _print_said(output, bill_lines(groups))
        return
    for row in spend(groups):
        output.json(spending_json(_BILL, row))


def _print_said(output: Output, lines: Iterable[Said]) -> None:
    for line in lines:
        output.line(output.paint(line.text, line.style))


def receipt_json(receipt: Receipt) -> dict[str, Json]:
    """The object of `cost --explain --json`, a line a call; docs/json.md describes it."""
    return {
        **msgspec.to_builtins(receipt),
        "usd": receipt.usd,
        "difference_usd": receipt.difference_usd,
    }


def spending_json(by: Sequence[str], row: Spending) -> dict[str, Json]:
    """The object of `cost --json`, a line a group; docs/json.md describes it."""
    group = row.group
    usage = group.usage
    return {
        **dict(zip(by, group.key, strict=True)),
        "cost_usd": group.cost_usd,
        "share": row.share,
        "calls": group.calls,
        "traces": group.traces,
        "errors": group.errors,
        "refused": group.refused,
        "cost_per_call_usd": row.per_call_usd,
        "cost_per_trace_usd": row.per_trace_usd,
        "tokens": {
            "input": usage.input,
            "cache_read": usage.cache_read,
            "cache_write": usage.cache_write,
            "output": usage.output,
            "reasoning": usage.reasoning,
            "unsplit": usage.unsplit,
        },
        "cache_hit_rate": row.cache_hit_rate,
        "saved_usd": row.saved_usd,
        "priced": group.priced,
        "unpriced": group.unpriced,
        **({"estimate": True} if group.is_estimate else {}),
    }


def _columns(by: Sequence[str]) -> list[Column[Spending]]:
    return [
        *key_columns(by, lambda row: row.group.key),
        _figure("spend", _spend, 0),
        Column("", lambda row: bar(row.share or 0.0, _BAR), rank=6),
        _figure("share", lambda row: percent(row.share), 2),
        _figure("calls", lambda row: count(row.group.calls), 0),
        _figure("$/call", lambda row: money(row.per_call_usd), 1),
        _figure("$/trace", lambda row: money(row.per_trace_usd), 5),
        _figure("tokens", lambda row: tokens(row.group.usage.total), 3),
        _figure("cached", lambda row: percent(row.cache_hit_rate), 4),
        _figure("saved", lambda row: "" if row.saved_usd is None else money(row.saved_usd), 8),
        _figure("priced", _priced, 7),
    ]


def _figure(title: str, cell: Callable[[Spending], str], rank: int) -> Column[Spending]:
    """A column of figures, which are marked where they are estimates."""
    return Column(title, lambda row: about(cell(row), row.group.is_estimate), ">", rank=rank)


def _spend(row: Spending) -> str:
    return money(row.group.cost_usd, partial=bool(row.group.unpriced and row.group.priced))


def _priced(row: Spending) -> str:
    calls = row.group.priced + row.group.unpriced
    return f"{count(row.group.priced)} of {count(calls)}" if row.group.unpriced else ""


def _print_table(output: Output, by: Sequence[str], rows: Sequence[Spending]) -> None:
    if not rows:
        output.line("no traces in this period; --since all looks at everything")
    for line in table_lines(_columns(by), rows, output.width, output.paint):
        output.line(line)


def _print_csv(output: Output, by: Sequence[str], rows: Sequence[Spending]) -> None:
    blank = spend([Group((None,) * len(by))])
    names = [name for name, _ in _flat(spending_json(by, blank[0]))]
    if any(row.group.is_estimate for row in rows):
        names.append("estimate")
    output.raw(csv_line(names))
    for row in rows:
        cells = dict(_flat(spending_json(by, row)))
        output.raw(csv_line(cells.get(name, False) for name in names))


def _flat(row: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from ((f"{inner}_{key}", item) for inner, item in value.items())
        else:
            yield key, value
