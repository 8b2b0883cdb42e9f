"""No bytes that a stranger wrote end the program: every reader of anything gives what it can, or an error for the user.

Few examples here; `make fuzz` tries many and keeps what it finds.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.fuzzing import fuzzed
from tracetui.config import Config, parse_config
from tracetui.errors import FilterError, TracetuiError
from tracetui.pricing.own import load_own_prices
from tracetui.query import compile_filter, complete
from tracetui.redaction.redactor import make_redactor
from tracetui.sources.columns.toml import read_mappings
from tracetui.wire import langfuse_batch, langsmith_runs, llmobs, otlp_protobuf, otlp_request
from tracetui.wire.answer_stream import AnswerStream
from tracetui.wire.inflate import READABLE, opening
from tracetui.wire.otlp_request import BadRequest
from tracetui.wire.sse import EventLines
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data"
KINDS = (".jsonl", ".json", ".csv", ".md", ".txt", ".history", ".eval", ".bin", ".ndjson", ".gz", ".zst")
MOST = 60_000
FILES = sorted(
    path for path in DATA.rglob("*")
    if path.is_file() and path.suffix in KINDS and not path.name.endswith((".db.gz", "expected.json"))
    and path.stat().st_size <= MOST
)  # fmt: skip
DEEP = "[" * 10_000 + "]" * 10_000
HOSTILE = [
    None,
    True,
    0,
    -1,
    1e308,
    2**63,
    10**400,
    "",
    "\ud800",
    "\x00",
    "x" * 4096,
    "NaN",
    [],
    {},
    [[]],
    {"": {"": []}},
]


def read_whole(path: Path) -> int:
    """Read a file as the program would, with some payloads; how many spans it has. Raises TracetuiError at most."""
    try:
        source = open_source(path)
        found = [pair for batch in source.read(None) for pair in zip(batch.spans, batch.references, strict=True)]
        for span, reference in found[:3]:
            source.payload(span, reference)
        source.describe()
    except TracetuiError as error:
        assert str(error)
        return 0
    return len(found)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@fuzzed(60)
@given(st.sampled_from(FILES), st.data())
def test_a_damaged_file_of_any_format_is_read_or_refused(folder: Path, file: Path, data: st.DataObject) -> None:
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.sampled_from((0, 1, 2, 30, 3_000)))
        content[at : at + length] = data.draw(
            st.binary(max_size=12) | st.sampled_from([b'{"', b"}", b"\n", b"[[[[", b"\0"])
        )
    path = folder / file.name
    path.write_bytes(content)
    read_whole(path)


def with_hostile_values(value: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """The value with one of those within it replaced, or one of its keys."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: with_hostile_values(value[key], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], with_hostile_values(value[at], draw), *value[at + 1 :]]
    return draw(st.sampled_from(HOSTILE))


@cache
def records_of(file: Path) -> list[Any]:
    """The JSON values of a file: all of it, or that of each whole line."""
    texts = [file.read_text()] if file.suffix == ".json" else file.read_text().splitlines()
    records = []
    for text in texts:
        with contextlib.suppress(ValueError):
            records.append(json.loads(text))
    return records


JSON_FILES = [
    path for path in FILES
    if path.suffix in (".jsonl", ".json", ".ndjson") and "malformed" not in path.parts and "framed" not in path.name
]  # fmt: skip


@fuzzed(80)
@given(st.sampled_from(JSON_FILES), st.data())
def test_a_file_with_a_value_of_another_type_is_read_or_refused(folder: Path, file: Path, data: st.DataObject) -> None:
    records = [*records_of(file)]
    at = data.draw(st.integers(0, len(records) - 1))
    records[at] = with_hostile_values(records[at], data.draw)
    path = folder / file.name
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    read_whole(path)


def nested_at_each_key(record: Any) -> Iterator[str]:
    """The text of a JSON object with ten thousand levels in place of each of its values."""
    for key in list(record) if isinstance(record, dict) else []:
        yield json.dumps({**record, key: "@@"}).replace('"@@"', DEEP)


@pytest.mark.parametrize("file", [path for path in JSON_FILES if path.suffix != ".json"], ids=lambda path: path.name)
def test_ten_thousand_levels_in_any_value_of_a_line_cost_that_line_at_most(file: Path, tmp_path: Path) -> None:
    records = [*records_of(file)]
    path = tmp_path / file.name
    path.write_text("".join(f"{line}\n" for line in [*map(json.dumps, records), *nested_at_each_key(records[-1])]))
    read_whole(path)


def with_mark(value: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """The value with a mark in place of one of those within it, at any depth."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: with_mark(value[key], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        at = draw(st.integers(0, min(3, len(value) - 1)))
        return [*value[:at], with_mark(value[at], draw), *value[at + 1 :]]
    return "@@"


@fuzzed(30)
@given(st.sampled_from([path for path in JSON_FILES if path.suffix == ".json" and records_of(path)]), st.data())
def test_ten_thousand_levels_anywhere_in_a_single_object_are_read_or_refused(
    folder: Path, file: Path, data: st.DataObject
) -> None:
    path = folder / file.name
    path.write_text(json.dumps(with_mark(records_of(file)[0], data.draw)).replace('"@@"', DEEP))
    read_whole(path)


def test_hashes_of_text_are_random_in_each_process_so_that_nobody_can_choose_keys_that_collide() -> None:
    """Numbers are no keys of JSON, and what is read is kept in dictionaries and sets of Python only."""
    assert sys.flags.hash_randomization == 1
    code = "import tracetui, sys; print(hash('gen_ai.system') if sys.flags.hash_randomization else 'the same')"
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"},
            capture_output=True, text=True, check=True,
        ).stdout
        for _ in range(2)
    }  # fmt: skip
    assert len(said) == 2


words = st.text(max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
BODIES: dict[str, Callable[[bytes], Any]] = {
    "OTLP traces": otlp_protobuf.read_traces,
    "OTLP logs": otlp_protobuf.read_logs,
    "OTLP JSON": otlp_request.read_json,
    "Langfuse": langfuse_batch.read_batch,
    "LangSmith run": lambda body: langsmith_runs.read_run(body, "post"),
    "LangSmith batch": langsmith_runs.read_batch,
    "LangSmith parts": lambda body: langsmith_runs.read_multipart(body, "multipart/form-data; boundary=x"),
    "Datadog": llmobs.read_events,
    "Datadog APM": llmobs.read_apm,
    "Datadog evaluations": llmobs.read_evaluations,
}


@fuzzed(120)
@given(
    st.sampled_from(sorted(BODIES)),
    st.binary(max_size=80)
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.sampled_from(
        [DEEP.encode(), b'{"resourceSpans":' + DEEP.encode() + b"}", b"\xdd\xff\xff\xff\xff", b"\x81" * 20_000]
    ),
)
def test_a_body_is_read_or_refused(kind: str, body: bytes) -> None:
    try:
        BODIES[kind](body)
    except BadRequest as error:
        assert str(error)


LEVELS = ("resourceSpans", "scopeSpans", "spans", "attributes")


@fuzzed(60)
@given(st.sampled_from(LEVELS), json_values)
def test_a_level_of_an_otlp_request_may_be_anything(level: str, value: Any) -> None:
    document: Any = value
    for key in reversed(LEVELS[: LEVELS.index(level) + 1]):
        document = {key: document if key == level else [document]}
    try:
        otlp_request.read_json(json.dumps(document).encode())
    except BadRequest as error:
        assert str(error)


@fuzzed(60)
@given(
    st.lists(
        st.binary(max_size=40) | json_values.map(lambda v: b"data: " + json.dumps(v).encode() + b"\n\n"), max_size=5
    )
)
def test_any_stream_of_an_answer_is_taken(pieces: list[bytes]) -> None:
    from tracetui.wire.room import Room

    lines = EventLines(1_000)
    found = [data for piece in pieces for data in lines.feed(piece)] + list(lines.end())
    assert all(len(data) <= 1_000 for data in found)
    stream = AnswerStream(Room(10_000), 1_000)
    for piece in pieces:
        stream.feed(piece)
    stream.end()
    stream.body()


@fuzzed(40)
@given(st.sampled_from(sorted(READABLE)), st.binary(max_size=60))
def test_any_compressed_body_is_opened_or_damaged(coding: str, body: bytes) -> None:
    stream = opening(coding)
    said = b"".join(stream.feed(body))
    assert stream.damage is None or len(said) <= 10_000


TOML = st.text(alphabet="[]{}=\"'\n.,#\\abx0-_", max_size=60) | st.sampled_from(
    [
        "[ui]\ntheme = 1",
        "[[mapping]]\n[mapping.fields]\nmodel = {}",
        "[[price]]\nmatch = 'x'\ninput = nan",
        "[[redact]]\nregex = '('",
    ]
)


@fuzzed(80)
@given(TOML)
def test_any_settings_are_read_or_refused(folder: Path, text: str) -> None:
    path = folder / "some.toml"
    path.write_text(text, encoding="utf-8")
    for read in (lambda: parse_config(text, path), lambda: read_mappings(path), lambda: load_own_prices(path)):
        try:
            read()
        except TracetuiError as error:
            assert str(error)


FILTERS = st.text(alphabet=" ()-:,./\\\"'@*<>=!|abmodelnameuscrt0129", max_size=40) | words


@fuzzed(150)
@given(FILTERS)
def test_any_filter_is_compiled_or_refused_with_a_place(text: str) -> None:
    complete(text, len(text), lambda *_: [])
    try:
        compile_filter(text, now_ns=1_795_000_000 * 10**9)
    except FilterError as error:
        assert 0 <= error.start < error.end
        assert str(error)


REDACTOR = make_redactor(Config())


@fuzzed(60)
@given(json_values)
def test_any_value_is_redacted_and_then_stays_as_it_is(value: Any) -> None:
    once = REDACTOR.redact(value)
    assert repr(REDACTOR.redact(once)) == repr(once)
