from __future__ import annotations

from pathlib import Path

import pytest

from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, text_of, truth
from tracetui.sources.aider import AiderSource
from tracetui.sources.head import Head
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data" / "aider"
SECOND = 1_000_000_000


def test_the_sample_gives_what_was_noted_when_it_was_made() -> None:
    expected = truth(DATA / "expected.json")
    files = Files([open_source(DATA / ".aider.llm.history")])
    (span,) = files.spans.values()
    assert (span.kind, span.status, span.name) == ("generation", "success", "Fix the bug.")
    assert [(span.end_ns or 0) - span.start_ns] == [seconds * SECOND for seconds in expected["durations_s"]]
    payload = files.payload(span.trace_id, span.span_id)
    assert [(message.role, text_of((message,))) for message in payload.input] == [
        ("system", "Act as an expert."), ("user", "Fix the bug."),
    ]  # fmt: skip
    assert [(message.role, text_of((message,))) for message in payload.output] == [
        ("assistant", "Done: changed `a.py`.")
    ]


def test_requests_without_a_response_are_running_at_the_end_and_failed_before(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("TO LLM 2026-05-01T10:00:00\nUSER a\nTO LLM 2026-05-01T10:00:05\nUSER b\n")
    source = AiderSource(path)
    reading = read_source(source)
    assert [(span.status, span.name) for span in reading.spans.values()] == [("error", "a"), ("running", "b")]
    with path.open("a") as file:
        file.write("LLM RESPONSE 2026-05-01T10:00:09\nASSISTANT done\n")
    for other in (source, AiderSource(path)):
        (span,) = read_source(other, reading.cursor).spans.values()
        assert (span.status, (span.end_ns or 0) - span.start_ns) == ("success", 4 * SECOND)


def test_only_a_whole_line_is_a_header(tmp_path: Path) -> None:
    path = tmp_path / "history"
    lines = ["TO LLM 2026-05-01T10:00:00", "USER the log says TO LLM 2026-05-01T10:00:00", "x LLM RESPONSE 2026-05-01T10:00:01",
             "LLM RESPONSE 2026-05-01T10:00:02", "ASSISTANT ok", "TO LLM 2026-05-01 10:00:00"]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    assert len(read_source(AiderSource(path)).spans) == 1


def test_what_cannot_be_placed_is_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("LLM RESPONSE 2026-05-01T10:00:00\nASSISTANT x\nTO LLM 2026-99-01T10:00:00\nUSER y\n")
    assert [skip.line for skip in read_source(AiderSource(path)).skipped] == [1, 3]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("TO LLM 2026-05-01T10:00:00\n", True),
        ("TO LLM 2026-05-01T10:00:00\r\nUSER x\r\n", True),
        ("# aider chat started at 2026-05-01 10:00:00\n", False),
        ("TO LLM yesterday\n", False),
        ("", False),
    ],
)
def test_it_is_recognised_by_its_first_line(tmp_path: Path, text: str, is_one: bool) -> None:
    path = tmp_path / "history"
    path.write_bytes(text.encode())
    assert AiderSource.recognise(Head(path)) is is_one
