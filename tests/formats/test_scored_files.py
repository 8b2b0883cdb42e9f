"""What holds for every file of records, whatever its format: its scores lie beside it, and nothing is left out unsaid."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.formats.source_reading import read_source
from tests.unit.sources.test_lines import append
from tracetui.model import Score
from tracetui.sources.base import Source
from tracetui.sources.csv_table import CsvTable
from tracetui.sources.head import Head
from tracetui.workspace.formats import find_format

FIRST_LINES = {
    "otlp-jsonl": {
        "resourceSpans": [
            {
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": f"{1:032x}",
                                "spanId": f"{1:016x}",
                                "name": "a",
                                "startTimeUnixNano": "1700000000000000000",
                            }
                        ]
                    }
                ]
            }
        ]
    },
    "jsonl": {"id": "1", "model": "gpt-5-mini", "prompt": "hi", "completion": "yes", "created_at": 1_700_000_000},
    "tracetui-jsonl": {"tracetui": 1, "trace_id": "t", "span_id": "s", "name": "a", "start_ns": 1},
    "langsmith": {"id": "s", "trace_id": "t", "run_type": "chain", "name": "a", "start_time": "2026-07-01T10:00:00"},
    "claude-code": {
        "type": "user",
        "sessionId": "t",
        "uuid": "s",
        "parentUuid": None,
        "timestamp": "2026-07-01T10:00:00.000Z",
        "message": {"role": "user", "content": "hi"},
    },
}


@pytest.fixture(params=FIRST_LINES)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    """A file with one whole line of a format, and the beginning of another."""
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(FIRST_LINES[request.param]) + '\n{"id": "2", "mod')
    head = Head(path)
    found = find_format(head)
    assert found is not None
    opened = found.open(head)
    assert opened.format == request.param
    return opened


def test_a_score_does_not_hide_that_the_last_line_is_unfinished(source: Source) -> None:
    before = read_source(source)
    assert before.batches[-1].incomplete == 1
    source.write_score(Score("s1", "t", None, "user_rating", value=1.0))
    assert read_source(source, before.cursor).batches[-1].incomplete == 1


def test_lines_beside_the_file_that_are_no_scores_are_said_and_counted(source: Source) -> None:
    append(source.path.with_name("log.jsonl.scores.jsonl"), b"nonsense\n")
    reading = read_source(source)
    assert reading.notices == ["log.jsonl.scores.jsonl: 1 lines are no scores and were left out"]
    assert reading.facts()["skipped"] == 1


def test_a_cursor_of_another_version_reads_everything_again(source: Source) -> None:
    assert len(read_source(source, "no cursor").spans) == 1


def test_a_table_that_is_replaced_by_one_with_other_columns_is_read_by_its_own_header(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("id,ts,model,prompt,response,input_tokens,output_tokens\n1,1700000000,m,hi,yes,1000,20\n")
    source = CsvTable(path)
    cursor = read_source(source).cursor
    path.unlink()
    path.write_text("id,ts,model,prompt,response,output_tokens,input_tokens\n7,1700000000,m,hi,yes,30,4000\n")
    (span,) = read_source(source, cursor).spans.values()
    assert (span.usage.input, span.usage.output) == (4000, 30)


def test_a_table_that_is_emptied_and_begun_anew_is_read_by_its_own_header(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("id,ts,model,prompt,response,input_tokens,output_tokens\n1,1700000000,m,hi,yes,1000,20\n")
    source = CsvTable(path)
    cursor = read_source(source).cursor
    path.write_text("")
    cursor = read_source(source, cursor).cursor
    path.write_text("id,ts,model,prompt,response,output_tokens,input_tokens\n7,1700000000,m,hi,yes,30,4000\n")
    (span,) = read_source(source, cursor).spans.values()
    assert (span.usage.input, span.usage.output) == (4000, 30)
