"""Damaged and odd files give what is whole in them, and say what is not. tests/data/malformed/expected.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.formats.source_reading import read_source, without_zeros
from tracetui.model import Message, Text
from tracetui.sources.head import Head
from tracetui.sources.otlp import OtlpSource

DATA = Path(__file__).parents[1] / "data" / "malformed"
EXPECTED = json.loads((DATA / "expected.json").read_text())
WHOLE = {name: facts for name, facts in EXPECTED.items() if "spans" in facts and facts["format"] and "3mb" not in name}
PLAIN = DATA / "no-final-newline.jsonl"


@pytest.mark.parametrize("name", WHOLE)
def test_each_file_gives_exactly_what_is_in_it(name: str) -> None:
    source = OtlpSource(DATA / name)
    found = read_source(source).facts()
    expected = without_zeros({key: value for key, value in WHOLE[name].items() if key not in ("format", "samples")})
    assert found == expected
    assert source.format == WHOLE[name]["format"]


@pytest.mark.parametrize("name", WHOLE)
def test_each_file_is_recognised(name: str) -> None:
    assert OtlpSource.recognise(Head(DATA / name))


@pytest.mark.parametrize("name", WHOLE)
def test_each_span_can_be_looked_at(name: str) -> None:
    source = OtlpSource(DATA / name)
    reading = read_source(source)
    for key, span in reading.spans.items():
        payload = source.payload(span, reading.references[key])
        assert payload.raw
        assert payload.attributes


@pytest.mark.parametrize("name", WHOLE)
def test_reading_leaves_every_file_as_it_was(name: str) -> None:
    before = (DATA / name).read_bytes()
    source = OtlpSource(DATA / name)
    read_source(source)
    assert (DATA / name).read_bytes() == before
    assert not list(DATA.glob("*.scores.jsonl"))


@pytest.mark.parametrize("name", ["empty.jsonl", "blank-lines-only.jsonl"])
def test_a_file_without_anything_is_not_recognised(name: str) -> None:
    assert not OtlpSource.recognise(Head(DATA / name))


def test_a_cut_gzip_gives_its_whole_lines_and_is_said_to_be_incomplete() -> None:
    reading = read_source(OtlpSource(DATA / "gz-truncated.jsonl.gz"))
    assert 0 < len(reading.spans) <= EXPECTED["gz-truncated.jsonl.gz"]["spans_max"]
    assert reading.batches[-1].incomplete == 1
    assert reading.notices == ["gz-truncated.jsonl.gz: the gzip data ends early; what is whole before that was read"]


def test_each_line_that_gave_nothing_has_its_number_and_a_reason() -> None:
    skipped = read_source(OtlpSource(DATA / "garbage-lines.jsonl")).skipped
    assert [skip.line for skip in skipped] == [3, 4, 5, 6, 7, 8]
    assert [skip.reason for skip in skipped][:2] == [
        "not JSON: Expecting value at character 1",
        "not JSON: Expecting value at character 9",
    ]


def test_a_foreign_line_says_what_it_looks_like() -> None:
    skipped = read_source(OtlpSource(DATA / "mixed-formats.jsonl")).skipped
    assert {skip.reason for skip in skipped} == {"no OTLP request: looks like a logged request to a model"}


def test_bad_bytes_become_a_replacement_character_and_nothing_else_is_lost() -> None:
    good = read_source(OtlpSource(PLAIN))
    bad = read_source(OtlpSource(DATA / "invalid-utf8.jsonl"))
    changed = [key for key in good.spans if good.spans[key].name != bad.spans[key].name]
    assert len(changed) == 1
    assert "\ufffd" in bad.spans[changed[0]].name


def test_a_number_that_is_none_is_absent_and_the_line_is_read() -> None:
    good = read_source(OtlpSource(PLAIN)).spans
    nan = read_source(OtlpSource(DATA / "nan.jsonl")).spans
    assert [good[key].cost.usd is not None and nan[key].cost.usd is None for key in good].count(True) <= 1
    assert {key: span.usage for key, span in nan.items()} == {key: span.usage for key, span in good.items()}


def test_a_line_of_three_megabytes_is_listed_and_its_text_is_whole(tmp_path: Path) -> None:
    first, rest = PLAIN.read_text().split("\n", 1)
    request = json.loads(first)
    text = "long " * 620_000
    span = request["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span["attributes"] += [
        {"key": "llm.input_messages.0.message.role", "value": {"stringValue": "user"}},
        {"key": "llm.input_messages.0.message.content", "value": {"stringValue": text}},
    ]
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps(request) + "\n" + rest)
    assert OtlpSource.recognise(Head(path))
    source = OtlpSource(path)
    reading = read_source(source)
    key = (span["traceId"], span["spanId"])
    said = source.payload(reading.spans[key], reading.references[key]).input
    assert len(reading.spans) == WHOLE[PLAIN.name]["spans"]
    assert isinstance(said, tuple)
    assert Message("user", (Text(text),)) in said


ODD_LINES = [
    pytest.param(b"[" * 100_000 + b"]" * 100_000, id="a hundred thousand brackets"),
    pytest.param(b'{"resourceSpans":' * 50_000, id="objects without end"),
    pytest.param(b"\0" * 5000, id="zeros"),
    pytest.param(b"null", id="null"),
    pytest.param(b"42", id="a number"),
    pytest.param(b"[1,2,3]", id="an array"),
    pytest.param(b"{}", id="an empty object"),
    pytest.param(b"Traceback (most recent call last):", id="prose"),
    pytest.param(b'{"resourceSpans": 5}', id="a wrong type"),
    pytest.param(b'{"resourceSpans": [null, 3, {"scopeSpans": "x"}]}', id="wrong types within"),
    pytest.param(b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"no ids"}]}]}]}', id="a span without ids"),
]


@pytest.mark.parametrize("line", ODD_LINES)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_an_odd_line_is_one_skipped_line(tmp_path: Path, line: bytes, ending: bytes) -> None:
    lines = PLAIN.read_bytes().split(b"\n")
    path = tmp_path / "odd.jsonl"
    path.write_bytes(ending.join([lines[0], line, *lines[1:]]))
    facts = read_source(OtlpSource(path)).facts()
    assert (facts["spans"], facts["skipped"]) == (13, 1)


def _with_attribute(line: bytes, value: bytes) -> bytes:
    return line.replace(b'"attributes":[', b'"attributes":[{"key":"x","value":{' + value + b"}},", 2)


@pytest.mark.parametrize(
    "value",
    [
        b'"stringValue":"\\ud83d"',
        b'"intValue":123456789012345678901234567890',
        b'"doubleValue":NaN',
        b'"doubleValue":-Infinity',
        b'"doubleValue":1e999',
        b'"stringValue":"\x01\x02"',
        b'"stringValue":"a","stringValue":"b"',
        b'"stringValue":"\xff\xfe"',
        b'"what":1',
        b'"kvlistValue":{"values":[{"key":"a","value":{}}]}',
    ],
)
def test_an_odd_value_costs_no_line(tmp_path: Path, value: bytes) -> None:
    lines = [_with_attribute(line, value) for line in PLAIN.read_bytes().split(b"\n")]
    path = tmp_path / "odd.jsonl"
    path.write_bytes(b"\n".join(lines))
    source = OtlpSource(path)
    reading = read_source(source)
    assert (reading.facts()["spans"], reading.facts().get("skipped", 0)) == (13, 0)
    for key, span in reading.spans.items():
        assert source.payload(span, reading.references[key]).attributes
