"""A row a span, for spreadsheets and data frames. What a spreadsheet would run as a formula is written as text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from tracetui.exports.contract import score_json
from tracetui.exports.json_text import dump_json
from tracetui.exports.plain import content_text
from tracetui.exports.selection import Selected
from tracetui.model import Json, Node, Payload, Score, Weight
from tracetui.text import PIECE, iso, pieces_of

Cell = Json
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""OWASP's list; a Japanese or Chinese spreadsheet takes the wide signs for the narrow ones."""
_LINE_END = "\r\n"
_TO_QUOTE = re.compile('[",\r\n]')
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class Row(Struct, frozen=True):
    """What one row is made of. A score of the whole trace stands on the trace's first root."""

    node: Node
    payload: Payload
    scores: tuple[Score, ...]
    weight: Weight | None = None


class Column(Struct, frozen=True):
    """One column: its name in the first line and where its cell comes from."""

    name: str
    cell: Callable[[Row], Cell]


def _milliseconds(duration_ns: int | None) -> float | None:
    return None if duration_ns is None else duration_ns / 1e6


def _json_or_none(value: Json) -> str | None:
    return dump_json(value) if value else None


COLUMNS: tuple[Column, ...] = (
    Column("trace_id", lambda row: row.node.span.trace_id),
    Column("span_id", lambda row: row.node.span.span_id),
    Column("parent_id", lambda row: row.node.span.parent_id),
    Column("depth", lambda row: row.node.depth),
    Column("kind", lambda row: row.node.span.kind),
    Column("name", lambda row: row.node.span.name),
    Column("start", lambda row: iso(row.node.span.start_ns)),
    Column("end", lambda row: iso(row.node.span.end_ns)),
    Column("duration_ms", lambda row: _milliseconds(row.node.span.duration_ns)),
    Column("ttft_ms", lambda row: _milliseconds(row.node.span.ttft_ns)),
    Column("status", lambda row: row.node.span.status),
    Column("status_message", lambda row: row.node.span.status_message),
    Column("model", lambda row: row.node.span.model),
    Column("provider", lambda row: row.node.span.provider),
    Column("finish_reason", lambda row: row.node.span.finish_reason),
    Column("input_tokens", lambda row: row.node.span.usage.input),
    Column("cache_read_tokens", lambda row: row.node.span.usage.cache_read),
    Column("cache_write_tokens", lambda row: row.node.span.usage.cache_write),
    Column("output_tokens", lambda row: row.node.span.usage.output),
    Column("reasoning_tokens", lambda row: row.node.span.usage.reasoning),
    Column("unsplit_tokens", lambda row: row.node.span.usage.unsplit),
    Column("repeats_usage", lambda row: row.node.repeats_usage),
    Column("repeats_cost", lambda row: row.node.repeats_cost),
    Column("cost_usd", lambda row: row.node.span.cost.usd),
    Column("cost_origin", lambda row: row.node.span.cost.origin),
    Column("cost_reason", lambda row: row.node.span.cost.reason),
    Column("cost_price", lambda row: row.node.span.cost.price),
    Column("user_id", lambda row: row.node.span.user_id),
    Column("session_id", lambda row: row.node.span.session_id),
    Column("feature", lambda row: row.node.span.feature),
    Column("environment", lambda row: row.node.span.environment),
    Column("release", lambda row: row.node.span.release),
    Column("prompt_name", lambda row: row.node.span.prompt_name),
    Column("prompt_version", lambda row: row.node.span.prompt_version),
    Column("tool_name", lambda row: row.node.span.tool_name),
    Column("tags", lambda row: _json_or_none(row.node.span.tags)),
    Column("metadata", lambda row: _json_or_none(row.node.span.metadata)),
    Column("scores", lambda row: _json_or_none([score_json(score) for score in row.scores])),
    Column("weight", lambda row: None if row.weight is None else row.weight.weight),
    Column("kept_for", lambda row: None if row.weight is None else row.weight.reason),
    Column("input", lambda row: content_text(row.payload.input)),
    Column("output", lambda row: content_text(row.payload.output)),
)


def write_csv(selection: Iterable[Selected]) -> Iterator[str]:
    """A line of names, then a row a span in drawing order (RFC 4180, UTF-8, lines end with CR LF).

    `repeats_usage` and `repeats_cost` are true where the tokens, and the cost, are counted on other rows already.
    """
    yield csv_line(column.name for column in COLUMNS)
    for selected in selection:
        for row in _rows(selected):
            yield from csv_pieces([column.cell(row) for column in COLUMNS])


def inert_cell(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula: a leading apostrophe where the text begins like one."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return "'" + cell if isinstance(cell, str) and _is_formula(cell) else cell


def _is_formula(cell: str) -> bool:
    return cell.startswith(_FORMULA_STARTS) and _NUMBER.fullmatch(cell) is None


def _rows(selected: Selected) -> Iterator[Row]:
    of_trace = tuple(score for score in selected.tree.trace.scores if score.span_id is None)
    for node in selected.tree.nodes:
        yield Row(node, selected.load(node.span), of_trace + node.scores, selected.tree.trace.weight)
        of_trace = ()


def csv_pieces(cells: Sequence[Cell]) -> Iterator[str]:
    """As `csv_line`; the long texts of a row in pieces."""
    if not any(isinstance(cell, str) and len(cell) > PIECE for cell in cells):
        yield csv_line(cells)
        return
    for number, cell in enumerate(cells):
        yield "," if number else ""
        if isinstance(cell, str) and len(cell) > PIECE:
            yield from _quoted(cell)
        elif cell is not None and cell != "":
            yield csv_line([cell]).removesuffix(_LINE_END)
    yield _LINE_END


def _quoted(cell: str) -> Iterator[str]:
    mark = '"' if _TO_QUOTE.search(cell) else ""
    yield mark
    yield "'" if _is_formula(cell) else ""
    for piece in pieces_of(cell):
        yield piece.replace('"', '""')
    yield mark


def csv_line(cells: Iterable[Cell]) -> str:
    """One row with its line end (CR LF); no cell of it is taken for a formula."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([inert_cell(cell) for cell in cells])
    return buffer.getvalue()
