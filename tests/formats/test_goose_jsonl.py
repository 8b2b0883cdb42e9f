"""Sessions of goose as they were kept before there was a database."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, text_of, truth
from tracetui.errors import SourceVanished
from tracetui.sources.goose_jsonl import GooseJsonl
from tracetui.sources.head import Head
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data" / "goose_more"
NAME = "20260701_090000.jsonl"
HEAD = {"working_dir": "/x", "description": "d", "message_count": 1, "accumulated_total_tokens": 3}
ASKED = {"role": "user", "created": 1782896400, "content": [{"type": "text", "text": "Hello"}]}


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return Path(shutil.copy(DATA / NAME, tmp_path / NAME))


def written(path: Path, *values: Any) -> Path:
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values))
    return path


def test_the_sample_gives_what_was_noted_when_it_was_made() -> None:
    expected = truth(DATA / "expected.json")[NAME]
    source = open_source(DATA / NAME)
    assert source.format == "goose-jsonl"
    files = Files([source])
    tools = files.of_kind("tool")
    assert {span.session_id for span in files.spans.values()} == {"20260701_090000"}
    assert len(files.of_kind("agent")) == expected["user_turns"]
    assert len(files.of_kind("generation")) == expected["assistant_messages"]
    assert len(tools) == expected["tool_calls"]
    assert [span.status_message for span in tools if span.status == "error"] == expected["tool_errors"]
    assert not files.readings[0].skipped


def test_tokens_of_the_session_are_metadata_and_no_usage() -> None:
    expected = truth(DATA / "expected.json")[NAME]["tokens"]
    files = Files([GooseJsonl(DATA / NAME)])
    assert not any(files.tokens().values())
    first = min(files.of_kind("agent"), key=lambda span: span.start_ns)
    assert first.metadata["accumulated_input_tokens"] == expected["input"]
    assert first.metadata["accumulated_output_tokens"] == expected["output"]


def test_a_generation_has_what_was_said_and_a_tool_its_result() -> None:
    files = Files([GooseJsonl(DATA / NAME)])
    tool = next(span for span in files.of_kind("tool") if span.status == "success")
    payload = files.payload(tool.trace_id, tool.span_id)
    assert (tool.name, payload.input, payload.output) == ("developer__shell", {"command": "ls"}, "a.txt")
    answer = max(files.of_kind("generation"), key=lambda span: span.start_ns)
    assert text_of(files.payload(answer.trace_id, answer.span_id).output).startswith("Turn the nipple")


def test_a_session_that_is_written_anew_is_read_anew(session: Path) -> None:
    source = GooseJsonl(session)
    reading = read_source(source)
    assert not source.changed(reading.cursor)
    lines = session.read_text().splitlines()
    key, span = next(iter(reading.spans.items()))
    written(session, {**HEAD, "accumulated_total_tokens": 9_999}, *map(json.loads, lines[1:]), ASKED)
    later = read_source(source, reading.cursor)
    assert (len(later.spans), later.notices, later.batches[0].reset) == (9, [], True)
    written(session, HEAD)
    with pytest.raises(SourceVanished):
        source.payload(span, reading.references[key])


def test_lines_that_cannot_be_read_are_skipped_and_counted(session: Path) -> None:
    with session.open("a") as file:
        file.write('{"role": \n[1]\n{"x": 1}\n')
    assert [skip.line for skip in read_source(GooseJsonl(session)).skipped] == [10, 11, 12]


def test_compressed_files_with_a_mark_and_carriage_returns_are_read(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.gz"
    data = b"\xef\xbb\xbf" + (DATA / NAME).read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(gzip.compress(data))
    assert len(read_source(open_source(path)).spans) == 8


@pytest.mark.parametrize(
    ("values", "is_one"),
    [
        ((HEAD, ASKED), True),
        ((HEAD,), True),
        ((ASKED, {**ASKED, "content": [{"type": "toolRequest", "id": "a"}]}), True),
        ((ASKED,), False),
        (({"working_dir": "/x"},), False),
        (({"role": "user", "content": "x"},), False),
    ],
)
def test_it_is_recognised_by_its_first_line(tmp_path: Path, values: tuple[Any, ...], is_one: bool) -> None:
    assert GooseJsonl.recognise(Head(written(tmp_path / "s.jsonl", *values))) is is_one


odd = st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["role", "created", "content", "working_dir", "id"]),
    odd | st.lists(st.dictionaries(st.sampled_from(["type", "text", "id", "toolCall", "toolResult"]), odd | st.sampled_from(
        ["toolRequest", "toolResponse", "text", "thinking"]), max_size=3), max_size=2)), max_size=5))  # fmt: skip
def test_no_change_of_a_line_makes_reading_fail(tmp_path_factory: Any, changes: list[tuple[int, str, Any]]) -> None:
    values = [json.loads(line) for line in (DATA / NAME).read_text().splitlines()]
    for number, key, value in changes:
        values[number][key] = value
    source = GooseJsonl(written(tmp_path_factory.mktemp("mutated") / "s.jsonl", *values))
    reading = read_source(source)
    for key, span in reading.spans.items():
        source.payload(span, reading.references[key])
