from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tracetui.exports.csv import COLUMNS, inert_cell, write_csv
from tracetui.model import Payload, Span

from . import made


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_line_of_names_and_then_a_row_a_span_in_drawing_order() -> None:
    rows = rows_of("".join(write_csv([made.hard_trace()])))
    assert list(rows[0]) == [column.name for column in COLUMNS]
    assert [row["kind"] for row in rows] == ["agent", "generation", "tool", "generation"]
    call = rows[1]
    assert (call["input_tokens"], call["cache_read_tokens"], call["cost_usd"]) == ("10", "5", "0.0031")
    assert call["start"] == "2026-11-18T11:06:40.000001Z"
    assert "Where is it?" in call["input"]
    assert rows[3]["cost_reason"] == "unknown model"
    assert rows[3]["end"] == ""


def test_a_score_of_the_whole_trace_stands_on_its_root() -> None:
    rows = rows_of("".join(write_csv([made.hard_trace()])))
    assert "user_rating" in rows[0]["scores"]
    assert "user_rating" not in rows[1]["scores"]
    assert "hallucination" in rows[1]["scores"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("-2+3", "'-2+3"),
        ("@import", "'@import"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\n=1", "'\n=1"),
        ("＝1+1", "'＝1+1"),
        ("＠import", "'＠import"),
        ("-2", "-2"),
        ("+1.5e3", "+1.5e3"),
        ("-.5", "-.5"),
        ("-٣", "'-٣"),
        ("text", "text"),
        ("", ""),
        (-2, -2),
        (True, "true"),
        (None, None),
    ],
)
def test_what_a_spreadsheet_would_run_as_a_formula_is_text(cell: Any, written: Any) -> None:
    assert inert_cell(cell) == written


def test_no_cell_of_a_hostile_trace_begins_like_a_formula() -> None:
    span = Span("=t", "+s", "@p", name="=cmd|' /C calc'!A0", user_id="\t=1", tags=("=x",))
    text = "".join(write_csv([made.selected([span], {"+s": Payload(input="=1\n=2", output="-x")})]))
    for cell in rows_of(text)[0].values():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_text_with_quotes_newlines_and_separators_reads_back() -> None:
    hostile = 'a "quoted", text\r\nwith\nlines\x00'
    text = "".join(write_csv([made.selected([Span("t", "s", name=hostile)])]))
    assert rows_of(text)[0]["name"] == hostile
