"""A word is in a text where it is in what both are compared as, however that is found out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.query import fold
from tracetui.workspace.haystack import matches

ODD = "aeikst AEIKST\u0301\u0307\u030a\u0131\u0130\u212a\u00df\ufb01\ufb05\u00e9\u00c5\uff4b\u3000\u4e00\ud83d"
texts = st.text(st.one_of(st.sampled_from(ODD), st.characters()), max_size=30)


@given(texts, texts, texts)
def test_a_word_is_found_where_the_folded_text_has_it(before: str, word: str, after: str) -> None:
    for text in (before + word + after, before + word.swapcase() + after, before + after):
        assert matches([text], "word", word) == (fold(word) in fold(text))


@pytest.mark.parametrize(
    ("word", "text", "is_found"),
    [
        ("cafe", "a cafe\u0301 and a cafe, é", True),
        ("cafe", "a cafe\u0301, é", False),
        ("cafe\u0301", "a CAFÉ, é", True),
        ("timeout", "ein TIMEOUT für Größen", True),
        ("timeout", "für Größen ｔｉｍｅｏｕｔ", True),
        ("istanbul", "İSTANBUL é", True),
    ],
)
def test_a_letter_with_an_accent_is_another_one_and_full_width_is_not(word: str, text: str, is_found: bool) -> None:
    assert matches([text], "word", word) is is_found
