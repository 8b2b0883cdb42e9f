"""What holds of any text at all."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tracetui.text import cell_width, fit, inert, inert_pieces, middle, pieces_of, wrap_cells

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\x00\x1b\x07\t\r\n\x7f\x85\x9b\xad\u0301\u034f\u061c\u20e3\u200b\u200c\u200d\u202e\u2066\ufe0e\ufe0f\ufeff"
        ),
        st.sampled_from("漢字👍⚠❤1#می ක්a b\ud800\udfff\U0001f3fd\U0001f1ec\U000e0041"),
    ),
    max_size=60,
)


@given(NASTY, st.booleans())
def test_inert_text_is_left_alone(text: str, keep: bool) -> None:
    once = inert(text, keep_newlines=keep)
    assert inert(once, keep_newlines=keep) == once


@given(NASTY, st.booleans())
def test_inert_text_has_no_character_that_acts(text: str, keep: bool) -> None:
    allowed = {"\u200c", "\n"} if keep else {"\u200c"}
    shown = inert(text, keep_newlines=keep)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in allowed]
    shown.encode()


@given(NASTY)
def test_width_is_what_rich_measures(text: str) -> None:
    assert cell_width(inert(text)) == cell_len(inert(text))


@given(NASTY, st.integers(0, 30), st.sampled_from("<>^"))
def test_fit_is_exact(text: str, width: int, align: str) -> None:
    assert cell_width(fit(inert(text), width, align=align)) == width


@given(NASTY, st.integers(0, 30))
def test_middle_never_exceeds_the_width(text: str, width: int) -> None:
    assert cell_width(middle(inert(text), width)) <= width


@given(NASTY, st.integers(2, 20))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    shown = inert(text, keep_newlines=True)
    lines = wrap_cells(shown, width)
    assert all(cell_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == shown.replace("\n", "").replace(" ", "")


@given(NASTY, st.integers(1, 8))
def test_pieces_made_inert_are_the_whole_made_inert(text: str, length: int) -> None:
    assert "".join(pieces_of(text, length)) == text
    assert "".join(inert_pieces(text, length)) == inert(text, keep_newlines=True)
