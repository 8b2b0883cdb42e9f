"""JSON as text."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracetui.model import Message, Text
from tracetui.text import cell_width, inert
from tracetui.tui.lines.document import PIECE, Document
from tracetui.tui.widgets.payload.json_text import json_blocks, lex, looks_like_json, pretty, write_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_that_is_written_reads_back_as_the_same(value: object) -> None:
    assert json.loads(write_json(value)) == value
    assert json.loads(write_json(value, compact=True)) == value


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), "\ud800", {"\udfff": [float("nan")]}, 10**400])
def test_what_json_cannot_say_is_still_shown(value: object) -> None:
    assert write_json(value).strip()
    assert "null" not in write_json(value)


def test_our_own_values_are_written_with_the_names_of_their_fields() -> None:
    text = write_json((Message("user", (Text("hi"),)),), compact=True)
    assert json.loads(text) == [{"role": "user", "parts": [{"type": "text", "text": "hi"}], "name": None}]


def test_laying_out_keeps_numbers_and_escapes_as_they_are_written() -> None:
    assert pretty('{"a":1.50,"b":"\\u00e9"}') == '{\n  "a": 1.50,\n  "b": "\\u00e9"\n}'
    assert pretty("{nope") is None
    assert pretty('{"a": NaN}') is None
    assert pretty('"\ud800"') is None


@pytest.mark.parametrize(("text", "expected"), [(' {"a"', True), ("[1]", True), ("", False), ("text [", False)])
def test_only_objects_and_arrays_are_tried(text: str, expected: bool) -> None:
    assert looks_like_json(text) == expected


def test_tokens_have_the_tones_of_their_types() -> None:
    inks = lex('"key": ["a\\"b", -1.5e3, true, null],')
    assert [(text, tone) for text, tone in inks if tone != "json-mark"] == [
        ('"key"', "json-key"), ('"a\\"b"', "json-string"), ("-1.5e3", "json-number"), ("true", "json-word"),
        ("null", "json-word"),
    ]  # fmt: skip


@given(st.text(max_size=80), st.booleans())
def test_the_lexer_loses_no_character(row: str, in_string: bool) -> None:
    assert "".join(text for text, _ in lex(row, in_string=in_string)) == row


def test_a_string_keeps_its_tone_over_rows_and_pieces() -> None:
    text = write_json({"a": "word " * (PIECE // 2), "b": 1})
    document = Document(json_blocks(text), 60)
    rows = [document.row(row)[0] for row in range(document.height)]
    assert all(row[0] == ("  ", "text") and row[1][1] == "json-string" and len(row) == 2 for row in rows[3:-3])
    assert ('"b"', "json-key") in rows[-2]


@given(JSON, st.integers(1, 40))
@example({"⺀": None}, 2)
def test_rows_of_any_json_fit_and_lose_nothing_but_blanks(value: object, width: int) -> None:
    document = Document(json_blocks(write_json(value)), width)
    rows = ["".join(text for text, _ in document.row(row)[0]) for row in range(document.height)]
    assert all(cell_width(row) <= max(2, width) for row in rows)
    drawn = "".join(rows).replace(" ", "").replace("\n", "")
    assert drawn == inert(write_json(value), keep_newlines=True).replace(" ", "").replace("\n", "")
