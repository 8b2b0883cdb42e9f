"""Records that are only looked at: their longest texts are cut, everything else is as it was."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.sources import lines_cut
from tracetui.sources.lines_cut import cutting, is_cut, read_cut


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        small(patched)
        yield


def small(patched: pytest.MonkeyPatch, block: int = 64) -> None:
    for name, value in {"LONG": 300, "KEPT": 100, "KEPT_LATER": 20, "BLOCK": block, "_FEW": 4, "_SAMPLE": 50}.items():
        patched.setattr(lines_cut, name, value)


def read(value: Any, block: int = 64, *, as_ascii: bool = False) -> tuple[Any, int]:
    data = json.dumps(value, ensure_ascii=as_ascii).encode()
    with cutting() as cut:
        found = read_cut(io.BytesIO(data).read, len(data))
    assert found is not None
    return json.loads(found), cut.left_out


def test_a_long_text_is_cut_and_says_by_how_much_and_what_stands_around_it_is_kept() -> None:
    found, left_out = read({"a": 1, "text": "word " * 1_000, "after": [True, "b"]})
    assert found["text"].startswith("word word ")
    assert " … 4.9 kB more, left out here (" in found["text"]
    assert left_out == 4_900
    assert (found["a"], found["after"]) == (1, [True, "b"])


def test_texts_that_differ_in_what_is_left_out_differ_in_what_is_shown() -> None:
    one, other = (read("word " * 1_000 + last)[0] for last in "ab")
    assert one != other


def test_only_long_records_are_cut_and_only_where_somebody_just_looks() -> None:
    assert not is_cut(10**6)
    with cutting():
        assert is_cut(301)
        assert not is_cut(300)


def test_media_are_never_cut() -> None:
    url = "data:image/png;base64," + "QUJD" * 500
    bare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" * 30
    assert read([url, bare]) == ([url, bare], 0)


def test_a_record_that_ends_too_soon_is_none() -> None:
    with cutting():
        assert read_cut(io.BytesIO(b'{"a": 1').read, 100) is None


NASTY = st.text(st.sampled_from('ab "\\\n\t/é返😀\x00\u2028{}[]:,'), max_size=400)


@given(st.recursive(NASTY, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(NASTY, inner, max_size=4)),
       st.integers(8, 200), st.booleans())  # fmt: skip
def test_whatever_is_read_is_json_of_the_same_shape_and_texts_are_beginnings(
    value: Any, block: int, as_ascii: bool
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        small(patched, block)
        found, left_out = read([value], as_ascii=as_ascii)
    assert is_beginning(found, [value])
    assert left_out > 0 or found == [value]


def is_beginning(found: Any, whole: Any) -> bool:
    if isinstance(whole, str):
        return found == whole or whole.startswith(found.rpartition(" … ")[0])
    if isinstance(whole, list):
        return len(found) == len(whole) and all(map(is_beginning, found, whole))
    return len(found) == len(whole) and all(map(is_beginning, found.values(), whole.values()))
