from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.analysis.words import Piece, diff_words

TEXT = st.text() | st.lists(st.sampled_from(["refund", " ", "\n", "policy", ".", "é", "退款", "{}"]), max_size=40).map(
    "".join
)


@given(TEXT, TEXT)
def test_the_pieces_give_both_texts_back(one: str, other: str) -> None:
    pieces = diff_words(one, other)
    assert "".join(piece.text for piece in pieces if piece.change != "added") == one
    assert "".join(piece.text for piece in pieces if piece.change != "removed") == other


@given(TEXT, TEXT)
def test_neighbours_are_of_different_kinds_and_never_empty(one: str, other: str) -> None:
    pieces = diff_words(one, other)
    assert all(piece.text for piece in pieces)
    assert all(a.change != b.change for a, b in pairwise(pieces))


@pytest.mark.parametrize(
    ("one", "other", "pieces"),
    [
        ("", "", []),
        ("same", "same", [Piece("same", "same")]),
        ("be kind", "be brief", [Piece("same", "be "), Piece("removed", "kind"), Piece("added", "brief")]),
        ("", "new", [Piece("added", "new")]),
        (
            "one\ntwo\nthree\n",
            "one\n2\nthree\n",
            [Piece("same", "one\n"), Piece("removed", "two"), Piece("added", "2"), Piece("same", "\nthree\n")],
        ),
    ],
)
def test_only_the_words_that_differ_are_marked(one: str, other: str, pieces: list[Piece]) -> None:
    assert diff_words(one, other) == pieces


def test_long_texts_without_a_common_line_are_taken_as_replaced() -> None:
    one, other = "a b " * 40_000, "c d " * 40_000
    assert [piece.change for piece in diff_words(one, other)] == ["removed", "added"]


def test_a_line_that_changed_in_a_long_text_is_found() -> None:
    lines = [f"{number} word word word word\n" for number in range(2_000)]
    pieces = diff_words("".join(lines), "".join([*lines[:1_000], "other\n", *lines[1_001:]]))
    assert [piece.change for piece in pieces] == ["same", "removed", "added", "same"]
