"""A sieve tells of stored JSON that a text is not in it, and is never wrong about that."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.query.fold import fold
from tracetui.query.sieve import _COMPATIBLE, _LONGEST, REACH, sieve_for

ODD = "ſßﬁﬅ™№ªKÅİıi\u0307é\u00a0\u3000ｆ𝐟🅰…½²'\"\\/\n\t<>&😀\x00"
texts = st.text(st.one_of(st.sampled_from("aefhilmnorstz ,:" + ODD), st.characters(codec="utf-8")), max_size=30)


@given(texts, texts, texts, st.booleans(), st.booleans())
def test_no_text_that_is_there_is_held_back(
    before: str, within: str, after: str, is_escaped: bool, is_twice: bool
) -> None:
    whole = before + within + after
    stored = json.dumps({"a": whole}, ensure_ascii=is_escaped)
    if is_twice:
        stored = json.dumps([stored], ensure_ascii=is_escaped)
    sieve = sieve_for(within)
    if sieve is not None and fold(within) in fold(whole):
        assert sieve.may_hold(stored.encode())
        assert sieve.may_hold(whole.encode())


@given(texts, st.lists(st.tuples(texts, st.booleans(), texts, st.booleans()), max_size=6))
def test_of_a_block_the_records_are_told_that_each_for_itself_may_hold_the_text(
    within: str, parts: list[tuple[str, bool, str, bool]]
) -> None:
    sieve = sieve_for(within)
    wholes = [before + within * has_it + after for before, has_it, after, _ in parts]
    records = [json.dumps(whole, ensure_ascii=part[3]).encode() for whole, part in zip(wholes, parts, strict=True)]
    starts = [sum(len(record) + 1 for record in records[:number]) for number in range(len(records))]
    if sieve is not None and records:
        found = sieve.holding(b"\n".join(records), starts)
        assert found == {number for number, record in enumerate(records) if sieve.may_hold(record)}
        assert found >= {number for number, whole in enumerate(wholes) if fold(within) in fold(whole)}


def test_a_text_across_the_border_of_two_records_is_in_no_more_than_one_of_them() -> None:
    sieve = sieve_for("border line")
    assert sieve is not None
    assert len(sieve.holding(b'{"a":1}border line{"b":2}', [0, 11, 18])) <= 1
    assert sieve.holding(b"border line, border line, none", [0, 13, 26]) == {0, 1}


def test_a_text_stands_within_its_reach_however_long_it_is_and_however_its_letters_are_written() -> None:
    sieve = sieve_for("i" * 9_999)
    widest = "\N{MATHEMATICAL BOLD SMALL I}\u0307" * _LONGEST
    assert sieve is not None
    assert sieve.may_hold(widest.encode())
    assert not sieve.may_hold(widest.encode()[6:])
    assert len(widest.encode()) <= REACH


@pytest.mark.parametrize(
    ("searched", "stored"),
    [
        ("Strasse", "die Straße"),
        ("office", "the oﬃce"),
        ("istanbul", "İSTANBUL"),
        ("istanbul", "i\u0307stanbul"),
        ("first half", "FIRST\u00a0HALF"),
        ("kelvin", "\u212aelvin"),
        ("full width", "ｆｕｌｌ　ｗｉｄｔｈ"),
        ("trademark", "𝐭𝐫𝐚𝐝𝐞𝐦𝐚𝐫𝐤"),
    ],
)
def test_a_text_is_found_in_whatever_characters_it_is_written(searched: str, stored: str) -> None:
    sieve = sieve_for(searched)
    assert sieve is not None
    assert sieve.may_hold(json.dumps(stored, ensure_ascii=False).encode())
    assert sieve.may_hold(json.dumps(stored).encode())
    assert not sieve.may_hold("ein Spaß in İzmir, ｆｕｎ".encode())


def test_letters_that_are_escaped_one_by_one_are_found() -> None:
    sieve = sieve_for("secret")
    assert sieve is not None
    assert sieve.may_hold(b'"\\u0053ecret"')
    assert not sieve.may_hold(b'"\\u0041 \\u00e9 \\ud83d\\ude00"')


@pytest.mark.parametrize("text", ["", "ab", "1.5", "1000", "deadbeef", "sha256:ab", "256", "配送", '"":', "3e-7"])
def test_nothing_is_said_of_what_may_be_written_otherwise_or_computed(text: str) -> None:
    assert sieve_for(text) is None


def test_the_characters_that_are_compared_as_ascii_all_lie_where_they_are_looked_for() -> None:
    inside = [code for start, end in _COMPATIBLE for code in range(start, end)]
    outside = set(range(0x80, 0x110000)) - {*inside, *range(0xD800, 0xE000)}
    assert not set(fold("".join(map(chr, sorted(outside))))) & set(map(chr, range(0x80)))
