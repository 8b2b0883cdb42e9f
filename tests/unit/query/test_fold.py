"""Text is compared in any case and any script, and patterns mean what they say."""

from __future__ import annotations

import sqlite3

import pytest

from tracetui.query import SQL_FUNCTIONS, compile_regex, fold
from tracetui.query.fold import folds_like, like_pattern, matches_regex

from .conftest import selected
from .hostile import Payloads, insert, insert_trace


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello", "hELLO"), ("Straße", "STRASSE"), ("İstanbul", "istanbul"), ("ISI", "ısı"), ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Ｆｕｌｌ", "full"), ("ﬁsh", "FISH"), ("a\u030a", "Å"), ("ПРИВЕТ", "привет"), ("Ⅻ", "xii"), ("K", "k"),
        ("東京", "東京"), ("ǅ", "ǆ"),
    ],
)  # fmt: skip
def test_these_are_the_same_text(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a", "á"), ("o", "ø"), ("東京", "京都"), ("", " "), ("e\u0301", "e")])
def test_these_are_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "parts", "is_like"),
    [
        ("100%", ("100%",), 1), ("100x", ("100%",), 0), ("a_b", ("a_b",), 1), ("axb", ("a_b",), 0),
        ("back\\slash", ("back\\slash",), 1), ("two\nlines", ("two", "lines"), 1), ("Straße 5", ("strasse", "5"), 1),
        ("％", ("%",), 1), (5, ("5",), 1), (None, ("",), 0), ("", ("",), 1), ("abc", ("", "b", ""), 1),
    ],
)  # fmt: skip
def test_a_pattern_is_literal_but_for_its_gaps(text: str | float | None, parts: tuple[str, ...], is_like: int) -> None:
    assert folds_like(text, like_pattern(tuple(fold(part) for part in parts))) == is_like


@pytest.mark.parametrize("pattern", ["a(", "a{9999999999}", "(" * 5000, "(?L)a", "(?au)a", "*", "[z-a]", "a(?i)", "\\"])
def test_what_is_wrong_with_a_regular_expression_is_a_value_error(pattern: str) -> None:
    with pytest.raises(ValueError):
        compile_regex(pattern)


@pytest.mark.parametrize("pattern", ["[[a]", "[a&&b]", "(?i)x", "(?-i:X)", "(?m)^a", r"\d+", "a|b"])
def test_a_regular_expression_compiles_without_a_warning(pattern: str) -> None:
    assert compile_regex(pattern)


def test_a_regular_expression_is_found_anywhere_in_any_case() -> None:
    assert matches_regex("A refund", "REF(UND)?") == 1
    assert matches_regex("A refund", "(?-i:REF)") == 0
    assert matches_regex(None, "") == 0
    assert matches_regex(500, "^5") == 1


def test_sqlite_compares_text_as_folding_does(empty: tuple[sqlite3.Connection, Payloads]) -> None:
    """Each of these names is found by each of its spellings, whichever way the SQL takes."""
    conn, _ = empty
    families = (
        ("Straße", "STRASSE", "strasse"),
        ("İstanbul", "istanbul", "ISTANBUL"),
        ("Ｆｕｌｌ", "full"),
        ("ﬁsh", "Fish"),
    )
    for family in families:
        for name in family:
            insert_trace(conn, name)
            insert(conn, "spans", trace_id=name, span_id="s", name=name, start_ns=0)
    for family in families:
        for spelling in family:
            assert selected(conn, f'name:"{spelling}"') == set(family)
            assert selected(conn, f"name:*{spelling[1:]}") == set(family)
            assert selected(conn, f"name:={spelling}") == {spelling}


def test_the_functions_have_the_names_that_the_sql_calls() -> None:
    assert set(SQL_FUNCTIONS) == {"folds_like", "matches_regex"}
