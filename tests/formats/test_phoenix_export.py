"""Every export of Phoenix holds what its `expected.json` says, in any shape and however it is wrapped."""

from __future__ import annotations

import builtins
import gzip
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tracetui
from tests.formats.exports_checking import DATA, check, expected
from tests.formats.source_reading import read_source
from tracetui.errors import UnreadableSource
from tracetui.sources.head import Head
from tracetui.sources.phoenix_cells import parse_literal
from tracetui.sources.phoenix_export import FrameRows, PhoenixExport, raw_span
from tracetui.sources.phoenix_parquet import PhoenixParquet
from tracetui.workspace.formats import find_format

FOLDER = DATA / "phoenix"
SPAN = {
    "name": "call", "span_kind": "LLM", "parent_id": None, "start_time": 1793600041547, "end_time": 1793600041600,
    "status_code": "OK", "status_message": "", "context.span_id": "s1", "context.trace_id": "t1",
    "attributes.llm.model_name": "gpt-4o", "attributes.llm.token_count.prompt": 12.0,
    "attributes.llm.input_messages": [{"message": {"role": "user", "content": "hi"}}],
}  # fmt: skip


def written(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


@pytest.mark.parametrize("key", expected("phoenix"))
def test_a_sample_holds_what_is_expected(key: str) -> None:
    check("phoenix", key)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("sp*")), ids=lambda path: path.name)
def test_it_is_recognised_by_its_content(path: Path) -> None:
    found = find_format(Head(path))
    assert found is not None
    assert found.title.startswith("Phoenix")


@pytest.mark.parametrize("name", ["spans-dataframe.csv", "spans-rest.jsonl", "spans-rest-page1.json"])
@pytest.mark.parametrize(
    "wrap", [gzip.compress, lambda data: b"\xef\xbb\xbf" + data, lambda data: data.replace(b"\n", b"\r\n")]
)
def test_wrapping_changes_nothing(tmp_path: Path, name: str, wrap: Any) -> None:
    plain = read_source(PhoenixExport(FOLDER / name)).facts()
    path = tmp_path / "x"
    path.write_bytes(wrap((FOLDER / name).read_bytes()))
    assert read_source(PhoenixExport(path)).facts() == plain


def test_annotations_find_their_spans_whichever_is_opened_first() -> None:
    pages = ["spans-rest-page1.json", "spans-rest-page2.json", "span-annotations.json"]
    for names in (pages, pages[::-1]):
        with closing(tracetui.open(*(FOLDER / name for name in names))) as workspace:
            rated = list(workspace.traces("has:score.user_rating"))
            assert sum(len(trace.scores) for trace in workspace.traces()) == 6
            assert len(rated) == 2


def test_a_data_frame_has_epochs_nested_messages_and_joined_evaluations(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", {**SPAN, "tone.score": 0.5, "tone.label": "warm", "tone.explanation": "ok"})
    source = PhoenixExport(path)
    reading = read_source(source)
    (span,) = reading.spans.values()
    assert (span.start_ns, span.usage.input) == (1793600041547 * 10**6, 12)
    assert [(score.name, score.value, score.label, score.comment) for score in reading.scores] == [
        ("tone", 0.5, "warm", "ok")
    ]
    payload = source.payload(span, reading.references["t1", "s1"])
    assert isinstance(payload.input, tuple)
    assert payload.input[0].role == "user"


@pytest.mark.parametrize(
    "header", [",name,span_kind,context.trace_id", "context.span_id,name,span_kind,context.trace_id,context.span_id"]
)
def test_the_index_may_be_nameless_or_there_twice(tmp_path: Path, header: str) -> None:
    again = ",s1" if header.endswith("span_id") else ""
    path = tmp_path / "x.csv"
    path.write_text(f"{header},start_time\ns1,call,LLM,t1{again},2026-11-02 06:13:39.611000+00:00\n")
    assert set(read_source(PhoenixExport(path)).spans) == {("t1", "s1")}


def test_a_data_frame_of_evaluations_gives_scores(tmp_path: Path) -> None:
    path = tmp_path / "correctness.csv"
    path.write_text("context.span_id,label,score,explanation\ns1,correct,1,fine\ns2,,,\n")
    assert PhoenixExport.recognise(Head(path))
    reading = read_source(PhoenixExport(path))
    assert [(score.name, score.span_id, score.value, score.label) for score in reading.scores] == [
        ("correctness", "s1", 1.0, "correct")
    ]
    assert len(reading.skipped) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[{'a': None, 'b': True}, {'c': -1.5}]", [{"a": None, "b": True}, {"c": -1.5}]),
        ("[{'a': 1}\n {'b': 2}]", [{"a": 1}, {"b": 2}]),
        ("[{'a': array([{'b': 'x\\ny'}], dtype=object)}]", [{"a": [{"b": "x\ny"}]}]),
        ("{'a': nan}", {"a": None}),
        ("__import__('os').system('true')", "__import__('os').system('true')"),
        ("[__import__('os')]", "[__import__('os')]"),
        ("[1, 2", "[1, 2"),
        ("[" * 5000, "[" * 5000),
    ],
)  # fmt: skip
def test_cells_are_literals_and_never_code(text: str, value: object) -> None:
    assert parse_literal(text) == value


def test_parquet_without_duckdb_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "duckdb":
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UnreadableSource, match=r'pip install "tracetui\[parquet\]"'):
        PhoenixParquet(FOLDER / "spans-dataframe.parquet")


def test_a_damaged_parquet_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    data = bytearray((FOLDER / "spans-dataframe.parquet").read_bytes())
    data[100:20_000] = bytes(19_900)
    path.write_bytes(data)
    with pytest.raises(UnreadableSource, match="Parquet"):
        read_source(PhoenixParquet(path))


def test_a_parquet_span_has_its_payload_and_takes_ratings(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes((FOLDER / "spans-dataframe.parquet").read_bytes())
    with closing(tracetui.open(path)) as workspace:
        trace_id = workspace.trace_ids()[0]
        workspace.score(trace_id, None, "quality", value=1.0)
        workspace.catch_up()
        span = workspace.tree(trace_id).nodes[0].span
        assert workspace.payload(trace_id, span.span_id).input is not None
        assert workspace.stats()["scores"]["quality"]["count"] == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
KEYS = [
    *SPAN,
    "context",
    "attributes",
    "events",
    "status",
    "index",
    "annotator_kind",
    "result",
    "span_id",
    "tone.score",
    "score",
]


@settings(max_examples=200)
@given(changes=st.dictionaries(st.sampled_from(KEYS), JSON))
def test_no_row_breaks_the_reader(changes: dict[str, Any]) -> None:
    row = {**SPAN, **changes}
    given_row = FrameRows("x").map_row(row)
    assert given_row.span or given_row.scores or given_row.skipped or given_row.is_other
    if raw_span(row) is not None:
        FrameRows("x").unfold_row(row)


@settings(max_examples=200)
@given(st.text(alphabet="[]{}'\"a,:\\n(1-", max_size=40))
def test_no_cell_breaks_the_parser(text: str) -> None:
    parse_literal(text)
