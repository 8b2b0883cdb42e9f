"""A text of many megabytes is written in pieces, and the pieces are what the whole would be."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from html import escape

import pytest

from tests.unit.exports.made import T0, TRACE, selected
from tracetui.exports.contract import write_trace_json
from tracetui.exports.csv import csv_line, csv_pieces, write_csv
from tracetui.exports.html import write_html
from tracetui.exports.jsonl import write_jsonl
from tracetui.exports.markdown import write_markdown
from tracetui.exports.otlp import write_otlp
from tracetui.exports.selection import Selected
from tracetui.model import Message, Payload, Span, Text
from tracetui.text import PIECE, inert

LONG = 'where is my "parcel", 返品? `café`\u2019s\x1b ' * (PIECE // 18)
Write = Callable[[Iterable[Selected]], Iterator[str]]


@pytest.fixture(autouse=True)
def long_cells() -> Iterator[None]:
    before = csv.field_size_limit(20 * PIECE)
    yield
    csv.field_size_limit(before)


def trace(text: str = LONG) -> Selected:
    span = Span(TRACE, "b7ad6b7169203331", None, "generation", "chat", T0, T0 + 1000)
    payload = Payload(input=(Message("user", (Text(text),)),), output="short")
    return selected([span], {span.span_id: payload})


def pieces(write: Write, text: str = LONG) -> list[str]:
    found = list(write([trace(text)]))
    # Twice, where every character stands as two.
    assert max(map(len, found)) <= 2 * PIECE + 100
    return found


@pytest.mark.parametrize("write", [write_markdown, write_html, write_csv, write_otlp, write_jsonl])
def test_no_piece_of_any_form_holds_a_long_text_whole(write: Write) -> None:
    assert len(pieces(write)) > 3


def test_markdown_and_html_have_all_of_it_inert() -> None:
    said = inert(LONG, keep_newlines=True)
    assert f"```\n{said}\n```" in "".join(pieces(write_markdown))
    assert f"<pre>\n{escape(said)}</pre>" in "".join(pieces(write_html))


def test_json_lines_and_otlp_have_all_of_it() -> None:
    [line] = "".join(pieces(write_jsonl)).splitlines()
    assert json.loads(line)["input"][0]["parts"][0]["text"] == LONG
    [line] = "".join(pieces(write_otlp)).splitlines()
    [span] = json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    values = {attribute["key"]: attribute["value"] for attribute in span["attributes"]}
    assert json.loads(values["gen_ai.input.messages"]["stringValue"])[0]["parts"][0]["content"] == LONG
    document = json.loads("".join(write_trace_json(trace())))
    assert document["root"][0]["input"][0]["parts"][0]["text"] == LONG


@pytest.mark.parametrize("text", [LONG, "=1+1 " + "parcel " * (PIECE // 6), "plain " * (PIECE // 5)])
def test_a_long_cell_reads_back_and_is_no_formula(text: str) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(pieces(write_csv, text)), newline=""), strict=True))
    assert rows[0]["input"] == f"user:\n{text}"
    assert rows[0]["output"] == "short"
    assert rows[0]["status"] == "success"


@pytest.mark.parametrize("text", [LONG, "=1+1 " + "parcel " * (PIECE // 6), "1" * (PIECE + 9), "plain " * (PIECE // 5)])
def test_a_long_cell_is_written_as_a_short_one_would_be(text: str) -> None:
    cells = ["", None, 1.5, True, "a,b", text, "=2"]
    written = next(csv.reader(io.StringIO("".join(csv_pieces(cells)), newline=""), strict=True))
    expected = next(csv.reader(io.StringIO(csv_line(cells), newline=""), strict=True))
    assert written == expected
