"""The corpus: what is accepted and what it means, what is rejected and how that is said."""

from __future__ import annotations

import sqlite3

import pytest

from tracetui.errors import FilterError
from tracetui.query import compile_filter, explain, parse

from .conftest import compiled, marked, nearby, probed, selected
from .corpus import ACCEPTED, REJECTED
from .hostile import NOW_NS, Payloads


@pytest.mark.parametrize(("text", "sentence"), ACCEPTED)
def test_an_accepted_filter_is_explained_in_words(text: str, sentence: str) -> None:
    assert explain(text) == sentence


@pytest.mark.parametrize("text", [text for text, _ in ACCEPTED])
def test_an_accepted_filter_runs(hostile: tuple[sqlite3.Connection, Payloads], text: str) -> None:
    conn, _ = hostile
    assert selected(conn, text) == probed(conn, text) == nearby(conn, text)
    assert {trace_id for trace_id, _ in marked(conn, text)} <= selected(conn, text)


@pytest.mark.parametrize(("text", "message", "underlined"), REJECTED)
def test_a_rejected_filter_says_why_and_where(text: str, message: str, underlined: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    error = caught.value
    assert error.message == message
    assert text[error.start : error.end] == underlined
    assert error.text == text


@pytest.mark.parametrize("text", [text for text, _ in ACCEPTED if text.strip()])
def test_each_prefix_of_an_accepted_filter_is_accepted_or_says_what_is_wrong(text: str) -> None:
    for end in range(len(text)):
        try:
            compile_filter(text[:end], now_ns=NOW_NS)
        except FilterError as error:
            assert 0 <= error.start <= end
            assert error.start < error.end <= end + 1
            assert error.message == error.message.strip()
            assert "\n" not in error.message
            assert len(error.message) > 8


def test_an_empty_filter_selects_everything() -> None:
    filter_ = compiled("  ")
    assert filter_.is_empty
    assert (filter_.trace_sql, filter_.span_sql, filter_.marks_spans) == ("1", "1", False)


@pytest.mark.parametrize(
    ("text", "reads_text"),
    [("refund", True), ("@a:1", True), ("has:@a", True), ("-any(response_text:x) is:error", True), ("name:*a*", False)],
)
def test_a_filter_says_whether_it_reads_payloads(text: str, reads_text: bool) -> None:
    assert compiled(text).reads_text is reads_text


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("is:error", True), ("any(is:error)", True), ("root(is:error) since:2h", True), ("since:2h OR is:leaf", True),
        ("-is:error", False), ("since:2h", False), ("all(is:leaf)", False), ("-any(is:error)", False),
    ],
)  # fmt: skip
def test_a_filter_says_whether_it_is_about_some_spans_rather_than_all(text: str, marks: bool) -> None:
    assert compiled(text).marks_spans is marks
