"""The small readers: times, single values, flat keys, JSON inside text."""

from __future__ import annotations

from typing import Any

import pytest

from tracetui.semconv.flat_keys import nested
from tracetui.semconv.json_text import opened, parse_json_text, parse_scalar_text
from tracetui.semconv.names import plain
from tracetui.semconv.nested_keys import MESSAGES, flatten_keys, parse_without_messages
from tracetui.semconv.times import iso_nanoseconds, nanoseconds


@pytest.mark.parametrize("key", ["a", "\\udc00"])
def test_json_text_that_was_cut_within_an_emoji_can_be_stored(key: str) -> None:
    found = parse_json_text(f'{{"{key}": ["caf\u00e9 \\ud83d\\ude00 cut \\ud83d", NaN]}}')
    assert isinstance(found, dict)
    assert list(found) == [key.replace("\\udc00", "\ufffd")]
    assert next(iter(found.values()))[0] == "caf\u00e9 \U0001f600 cut \ufffd"


@pytest.mark.parametrize(
    "text",
    [
        '{"llm": {"input_messages": [{"message": {"role": "user"}}], "model_name": "m", "tools": [1]}, "a": {"b": 1}}',
        '{"llm": "text", "retrieval": {"documents": []}, "reranker": [{"input_documents": 1}], "embedding": null}',
        '{"llm.input_messages": [1], "llm.input_messages.0": 1, "llm": {}, "metadata": {"llm": {"tools": 1}}}',
        '{"llm": {"tools": [NaN], "model_name": "m"}}',
        '{"llm": {"tools": "\\ud83d", "model_name": "cut \\ud83d"}}',
        '{"llm": {"tools": [',
        "[1]",
        "plain",
        "",
    ],
)
def test_messages_that_are_passed_over_are_all_that_is_missing(text: str) -> None:
    assert flatten_keys(parse_without_messages(text), MESSAGES) == flatten_keys(parse_json_text(text), MESSAGES)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-11-02T06:13:38.051000Z", 1793600018051000000),
        ("2026-11-02T06:13:38Z", 1793600018000000000),
        ("2026-11-02 06:13:38.000000001", 1793600018000000001),
        ("2026-11-02T07:13:38+01:00", 1793600018000000000),
        ("2026-11-02T07:13:38.5+0100", 1793600018500000000),
        ('"2026-11-02T06:13:38Z"', 1793600018000000000),
        ("2026-11-02t06:13:38z", 1793600018000000000),
        ("2026-11-02T06:13:38,25-00:30", 1793601818250000000),
        ("1969-12-31T23:59:59.25Z", -750000000),
        ("2026-13-02T06:13:38Z", None),
        ("2026-11-02T06:60:38Z", None),
        ("2026-11-02T06:13:60Z", None),
        ("2026-11-02T06:13:38+25:00", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("٢٠٢٦-11-02T06:13:38Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_iso_times_are_nanoseconds(text: str, wanted: int | None) -> None:
    assert iso_nanoseconds(text) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("5", 5), (5, 5), (5.0, 5), ("0", None), (0, None), (-1, None), ("", None), ("x", None), (None, None), (True, None), (2**63, None), ("9" * 25, None), ("٣", None)],
)  # fmt: skip
def test_unix_nanoseconds_are_digits_or_a_number(value: Any, wanted: int | None) -> None:
    assert nanoseconds(value) == wanted


def test_keys_that_spell_a_path_become_what_they_spell() -> None:
    flat = {"a.0.x": 1, "a.10.x": 3, "a.2.x": 2, "a.2.y.0": "z", "b": 1}
    assert nested(flat, "a.") == [{"x": 1}, {"x": 2, "y": ["z"]}, {"x": 3}]
    assert nested(flat, "c.") is None


def test_a_key_that_is_both_a_value_and_a_path_keeps_both() -> None:
    assert nested({"a.x": 1, "a.x.y": 2}, "a.") == {"x": 1, "x.y": 2}
    assert nested({"a.x.y": 2, "a.x": 1}, "a.") == {"x": {"y": 2, "": 1}}


def test_a_path_without_end_is_cut() -> None:
    assert nested({"a." + ".".join("x" * 5000): 1}, "a.")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [('{"a":1}', {"a": 1}), (" [1]", [1]), ("[NaN]", None), ("text", "text"), ("5", "5"), ('"x"', '"x"'), ("{broken", "{broken"), ("{'a': 1}", "{'a': 1}"), (" ['a']", " ['a']"), ("", "")],
)  # fmt: skip
def test_only_objects_and_arrays_are_opened(text: str, wanted: Any) -> None:
    if wanted is None:
        assert isinstance(parse_json_text(text), list)
    else:
        assert opened(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [('"gold"', "gold"), ("0", 0), ("gold", "gold"), ("null", None), ("[1]", [1])]
)
def test_a_value_written_as_json_text_is_read_where_it_is_one(text: str, wanted: Any) -> None:
    assert parse_scalar_text(text) == wanted


@pytest.mark.parametrize("key", ["promptTokens", "prompt_tokens", "prompt-tokens", "Prompt Tokens", "prompt.tokens"])
def test_every_spelling_of_a_key_is_one(key: str) -> None:
    assert plain(key) == "prompt_tokens"
