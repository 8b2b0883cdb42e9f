from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.input_guard import GuardedDecoder


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([b"abc"], "abc"),
        ([b"\xff\xe9x"], "\ufffd\ufffdx"),
        (["日".encode()[:2], "日".encode()[2:]], "日"),
        ([b"a\x1b]11;rgb:ffff/ffff/ffff\x1b\\b"], "ab"),
        ([b"a\x1b]11;rgb:ff", b"ff/ffff/ffff\x07b"], "ab"),
        ([b"\x1b]11;rgb:ffff/ffff/ffff\x1b", b"\\j"], "j"),
        ([b"\x1bP1+r436f=32\x1b\\x"], "x"),
        ([b"\x1b[A\x1b[<0;1;1M"], "\x1b[A\x1b[<0;1;1M"),
        ([b"\x1b", b"[A"], "\x1b[A"),
        ([b"\x1b]", b"j"], "\x1b]j"),
    ],
)
def test_answers_of_the_terminal_and_broken_bytes_are_no_keys(pieces: list[bytes], text: str) -> None:
    decoder = GuardedDecoder()
    assert "".join(decoder.decode(piece) for piece in pieces) == text


@given(st.lists(st.binary(max_size=40)))
def test_no_bytes_end_it(pieces: list[bytes]) -> None:
    decoder = GuardedDecoder()
    for piece in pieces:
        decoder.decode(piece)
    decoder.decode(b"", final=True)


@given(st.text(alphabet=st.characters(exclude_characters="\x1b", codec="utf-8")), st.integers(1, 5))
def test_text_comes_through_as_it_is(text: str, step: int) -> None:
    data = text.encode()
    decoder = GuardedDecoder()
    assert "".join(decoder.decode(data[at : at + step]) for at in range(0, len(data), step)) == text
