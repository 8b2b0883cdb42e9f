"""No regular expression freezes the program: what may take long is searched elsewhere, and given up after a while."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.query import compile_regex, last_refusal, searching
from tracetui.query.fold import folds_like, like_pattern
from tracetui.query.searching import TooSlow, is_found


@pytest.fixture(autouse=True)
def searcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A searcher of its own with little patience."""
    monkeypatch.setattr(searching, "SECONDS", 0.05)
    own = searching._Searcher()
    monkeypatch.setattr(searching, "_SEARCHER", own)
    yield
    own.close()


def found(pattern: str, text: str) -> bool:
    return is_found(compile_regex(pattern), text)


ENDLESS = [
    ("(a+)+$", "a" * 40 + "!"),
    ("(a|a)*$", "a" * 40 + "!"),
    ("(a?){40}a{40}$", "a" * 39 + "!"),
    (r"(\w+\s*)*;", "word " * 20),
    (r"\w+@\w+\.com", "a" * 200_000),
    (r".*,.*,.*;", "a,b" * 10_000),
    (r"(?=(a+)+$)b", "a" * 40 + "b"),
    (r"(a)?(?(1)(b+)+$|x)", "a" + "b" * 40 + "!"),
]


@pytest.mark.parametrize(("pattern", "text"), ENDLESS, ids=[pattern for pattern, _ in ENDLESS])
def test_a_search_that_takes_too_long_is_given_up_and_says_what_to_change(pattern: str, text: str) -> None:
    with pytest.raises(TooSlow, match="bound what repeats"):
        found(pattern, text)
    said = last_refusal()
    assert said is not None
    assert said.startswith(f"/{pattern}/ was given up: a text of {len(text):,} characters")


def test_a_pattern_that_was_given_up_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooSlow):
        found(*ENDLESS[0])
    monkeypatch.setattr(subprocess, "Popen", None)
    with pytest.raises(TooSlow):
        found(ENDLESS[0][0], "a" * 50)


def test_another_pattern_is_searched_after_one_that_was_given_up() -> None:
    with pytest.raises(TooSlow):
        found(*ENDLESS[0])
    assert found("(b+)+c", "b" * 20 + "c")


@pytest.mark.parametrize("pattern", ["refund", "refund|return", "(?:timed|time) out", "^Error: .", "[0-9]{3} [a-z]"])
def test_what_repeats_without_choice_is_searched_at_once(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    assert not found(pattern, "x" * 300_000)


@pytest.mark.parametrize("pattern", [r"\w+ error", r"order.*late", r"^\s*\{", "colou?r"])
def test_usual_patterns_need_no_process_for_a_page_of_text(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    assert not found(pattern, "-" * 1_400)


@settings(max_examples=30)
@given(st.text(alphabet=st.characters(), max_size=60))
def test_the_process_finds_what_a_search_finds(text: str) -> None:
    expression = compile_regex(r"(\w\d?)+\b|(é|\ud800)+")
    searching.QUICK_STEPS, before = -1, searching.QUICK_STEPS
    try:
        assert is_found(expression, text) == (expression.search(text) is not None)
    finally:
        searching.QUICK_STEPS = before


def test_many_wildcards_take_no_longer_than_the_text_is() -> None:
    pattern = like_pattern(("a",) * 40 + ("b",), before=True, after=True)
    assert not folds_like("é" + "a" * 20_000, pattern)
    assert folds_like("é" + "a" * 20_000 + "b", pattern)


@settings(max_examples=200)
@given(st.text(alphabet="ab%_\\é", max_size=8), st.text(alphabet="abé", max_size=8))
def test_wildcards_mean_what_a_regular_expression_would(pattern: str, text: str) -> None:
    wild = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    expression = "".join(wild.get(piece) or re.escape(piece[-1]) for piece in pieces)
    assert folds_like(text, pattern) == (re.fullmatch(expression, text, re.DOTALL) is not None)
