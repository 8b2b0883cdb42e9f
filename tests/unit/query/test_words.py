"""Which words a filter looks for in payloads."""

from __future__ import annotations

import pytest

from tracetui.query import searched_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sealant", ("sealant",)),
        ('status:error "brake pads" x', ("brake pads", "x")),
        ("text:refund OR any(kind:tool response_text:late)", ("refund", "late")),
        ("-refund model:gpt-5", ()),
        ("back*order", ("order", "back")),
        ("(((", ()),
        ("", ()),
    ],
)
def test_words_of_a_filter_longest_first(text: str, words: tuple[str, ...]) -> None:
    assert sorted(searched_words(text)) == sorted(words)
    assert [len(word) for word in searched_words(text)] == sorted(map(len, words), reverse=True)
