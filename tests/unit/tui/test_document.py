"""Long texts, wrapped where they are looked at."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screen.widget_data import HOSTILE
from tracetui.query import fold
from tracetui.text import cell_width, inert, wrap_cells
from tracetui.tui.lines.document import EXACT_BELOW, PIECE, UNWRAPPED, Document, Inks, cut, pieces
from tracetui.tui.lines.find import Finding, find_folded
from tracetui.tui.lines.palette import Ink


def text_of(document: Document, row: int) -> str:
    return "".join(text for text, _ in document.row(row)[0])


def all_rows(document: Document) -> list[str]:
    return [text_of(document, row) for row in range(document.height)]


def long_text(words: int) -> str:
    return " ".join(f"word{index}" for index in range(words))


@given(st.text(max_size=300), st.integers(1, 30))
def test_a_short_text_has_the_rows_that_wrapping_gives(text: str, width: int) -> None:
    document = Document(pieces(text, "text"), width)
    assert all_rows(document) == wrap_cells(inert(text, keep_newlines=True), width)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("width", [2, 7, 80])
def test_rows_are_inert_and_never_wider_than_the_page(text: str, width: int) -> None:
    for row in all_rows(Document(pieces(text, "text"), width)):
        assert row.isprintable()
        assert cell_width(row) <= width


@given(st.text(alphabet="ab ,\n", max_size=3 * 40))
def test_cutting_loses_nothing(text: str) -> None:
    cuts = cut(text * 2_000)
    assert cuts[0][0] == 0
    assert cuts[-1][1] == len(text * 2_000)
    assert all(end == start for (_, end), (start, _) in pairwise(cuts))
    assert all(end - start <= PIECE for start, end in cuts)


def test_a_text_of_many_pieces_is_drawn_without_a_seam() -> None:
    lines = [f"line {index}" for index in range(20_000)]
    document = Document(pieces("\n".join(lines), "text"), 80)
    assert document.height == len(lines)
    assert [text_of(document, row) for row in range(3_600, 3_800)] == lines[3_600:3_800]


def test_heights_of_a_huge_text_are_estimates_until_it_is_seen() -> None:
    text = long_text(EXACT_BELOW // 4)
    document = Document(pieces(text, "text"), 60)
    exact = Document(pieces(text[: EXACT_BELOW // 2], "text"), 60).height * len(text) / (EXACT_BELOW // 2)
    assert abs(document.height - exact) < exact / 5
    before = document.height
    document.measure_window(0, 50)
    document.measure_end(50)
    assert document.height != before
    assert text_of(document, 0).startswith("word0 word1")
    assert text_of(document, document.height - 1).endswith(text[-8:])


def test_a_text_that_is_not_wrapped_has_its_own_lines() -> None:
    document = Document(pieces("a" * 500 + "\nb", "text"), UNWRAPPED)
    assert all_rows(document) == ["a" * 500, "b"]


def test_inks_keep_their_tones_across_rows_and_the_rule_reaches_the_edge() -> None:
    margin: tuple[Ink, ...] = (("│ ", "rule"),)
    document = Document([Inks(("one two ", "strong"), ("three", "muted"), margin=margin, fill=("─", "rule"))], 10)
    assert document.row(0)[0] == [("│ ", "rule"), ("one two", "strong")]
    assert document.row(1)[0] == [("│ ", "rule"), ("three", "muted"), ("───", "rule")]


def test_an_empty_document_has_no_rows() -> None:
    document = Document([], 10)
    assert document.height == 0
    document.measure_window(0, 10)
    document.measure_end(10)


@pytest.mark.parametrize(
    ("text", "wanted", "total"),
    [
        ("Refund refund REFUND", "refund", 3),
        ("aaa", "aa", 1),
        ("Straße STRASSE", "straße", 2),
        ("STRASSE straße", "STRASSE", 2),
        ("İstanbul ISTANBUL ıstanbul", "istanbul", 3),
        ("cafe\u0301 CAFÉ café", "café", 3),
        ("ＦＵＬＬ ﬁt", "full", 1),
        ("ΟΔΟΣ οδος οδοσ", "οδός".replace("ό", "ο"), 3),
        ("ПОЧТА почта", "Почта", 2),
        ("x", "y", 0),
        ("İx", "x", 1),
    ],
)
def test_hits_are_found_in_any_case(text: str, wanted: str, total: int) -> None:
    finding = Finding(pieces(text, "text"), wanted)
    finding.advance(1.0)
    assert (finding.total, finding.is_done) == (total, True)


@given(st.text(), st.text(min_size=1))
def test_hits_are_the_wanted_text_and_do_not_overlap(text: str, wanted: str) -> None:
    at = 0
    for start, end in find_folded(text + wanted + text, fold(wanted)):
        assert at <= start < end
        assert fold(wanted) in fold((text + wanted + text)[start:end])
        at = end


def test_a_hit_across_two_pieces_is_found_once() -> None:
    text = "x" * (PIECE - 3) + "needle" + "x" * PIECE
    finding = Finding(pieces(text, "text"), "needle")
    while not finding.is_done:
        finding.advance(0.0)
    assert finding.total == 1


def test_a_hit_that_is_broken_at_the_edge_is_marked_in_both_rows() -> None:
    document = Document(pieces("one needle two", "text"), 7)
    hits = [(4, 14)]
    assert all_rows(document) == ["one", "needle", "two"]
    assert [document.row(row, hits)[1] for row in range(3)] == [[], [(0, 6)], [(0, 3)]]
    assert document.row_of(0, 11) == 2
