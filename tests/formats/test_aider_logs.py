"""aider's log of events, and its chat history in Markdown."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.source_reading import read_source
from tests.formats.transcript_truth import Files, text_of, truth
from tracetui.sources.aider_analytics import AiderAnalytics
from tracetui.sources.aider_chat import AiderChat
from tracetui.sources.head import Head
from tracetui.workspace.opening import open_source

DATA = Path(__file__).parents[1] / "data" / "aider_more"
SECOND = 1_000_000_000
CHAT = "# aider chat started at 2026-07-01 09:00:00\n\n> Model: m with diff edit format\n"


def event(name: str, time: Any = 1782896400, **properties: Any) -> str:
    return json.dumps({"event": name, "properties": properties, "user_id": "u", "time": time}) + "\n"


def test_the_events_give_what_was_noted_when_they_were_made() -> None:
    expected = truth(DATA / "expected.json")["analytics.jsonl"]
    source = open_source(DATA / "analytics.jsonl")
    assert source.format == "aider-analytics"
    files = Files([source])
    calls = files.of_kind("generation")
    assert len(files.spans) == len(calls) == expected["generations"]
    assert files.tokens() == expected["tokens"]
    assert sum(span.cost.usd or 0 for span in calls) == pytest.approx(expected["recorded_cost"]["usd"])
    assert {span.cost.origin for span in calls} == {"recorded"}
    assert Counter(span.model for span in calls) == expected["models"]
    assert {(span.end_ns or 0) - span.start_ns for span in calls} == {9 * SECOND}
    assert files.payload(calls[0].trace_id, calls[0].span_id).attributes["total_cost"] == 0.0012


def test_a_call_that_was_begun_runs_until_it_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "analytics.jsonl"
    path.write_text(event("launched") + event("message_send_starting", main_model="m"))
    source = AiderAnalytics(path)
    reading = read_source(source)
    assert [span.status for span in reading.spans.values()] == ["running"]
    with path.open("a") as file:
        file.write(event("message_send", 1782896405, main_model="m", prompt_tokens=5, completion_tokens=1))
    for other in (source, AiderAnalytics(path)):
        (span,) = read_source(other, reading.cursor).spans.values()
        assert (span.status, span.usage.input, span.cost.usd) == ("success", 5, None)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (event("exit", reason="x"), "it was not sent"),
        (event("message_send_exception", exception="boom"), "boom"),
        (event("message_send_starting"), "it was not sent"),
    ],
)
def test_a_call_that_was_never_sent_failed(tmp_path: Path, after: str, reason: str) -> None:
    path = tmp_path / "analytics.jsonl"
    path.write_text(event("message_send_starting") + after)
    span = next(iter(read_source(AiderAnalytics(path)).spans.values()))
    assert (span.status, span.status_message) == ("error", reason)


def test_events_that_cannot_be_read_are_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "analytics.jsonl"
    path.write_text(event("launched") + '{"event": \n[1]\n{"x": 1}\n' + event("message_send", "soon"))
    reading = read_source(AiderAnalytics(path))
    assert [skip.line for skip in reading.skipped] == [2, 3, 4, 5]


def test_the_chat_gives_what_was_noted_when_it_was_made() -> None:
    expected = truth(DATA / "expected.json")[".aider.chat.history.md"]
    source = open_source(DATA / ".aider.chat.history.md")
    assert source.format == "aider-chat"
    files = Files([source])
    calls = files.of_kind("generation")
    assert len(files.spans) == len(calls) == expected["generations"] == expected["user_turns"]
    assert len({span.session_id for span in calls}) == expected["sessions"]
    first = calls[0]
    assert (first.name, first.model) == ("Where is my order 4411?", "gpt-5-mini")
    assert first.metadata == {"tokens": "1.2k sent, 95 received", "cost": "$0.0031"}
    payload = files.payload(first.trace_id, first.span_id)
    assert text_of(payload.input) == "Where is my order 4411?"
    assert text_of(payload.output) == "Order 4411 left our warehouse on Tuesday and arrives tomorrow before noon."


def test_rounded_figures_of_a_chat_are_no_usage_and_no_cost() -> None:
    files = Files([AiderChat(DATA / ".aider.chat.history.md")])
    assert not any(files.tokens().values())
    assert {span.cost.usd for span in files.spans.values()} == {None}


def test_lines_of_one_question_are_one_and_a_command_is_no_call(tmp_path: Path) -> None:
    path = tmp_path / "h.md"
    path.write_text(CHAT + "\n#### /add a.py\n\n> Added a.py\n\n#### first\n#### second\n\nAnswer\n")
    files = Files([AiderChat(path)])
    (span,) = files.spans.values()
    assert text_of(files.payload(span.trace_id, span.span_id).input) == "first\nsecond"


def test_a_chat_that_grows_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "h.md"
    path.write_text(CHAT + "\n#### a\n\nOne\n")
    source = AiderChat(path)
    reading = read_source(source)
    with path.open("a") as file:
        file.write("\n> Tokens: 2k sent, 3 received.\n\n#### b\n\nTwo\n")
    for other in (source, AiderChat(path)):
        spans = read_source(other, reading.cursor).spans.values()
        assert [(span.name, span.metadata.get("tokens")) for span in spans] == [
            ("a", "2k sent, 3 received"),
            ("b", None),
        ]


@pytest.mark.parametrize(
    ("name", "text", "is_chat", "is_log"),
    [
        ("h.md", CHAT, True, False),
        ("h.md", "# aider\n", False, False),
        ("a.jsonl", event("launched"), False, True),
        ("a.jsonl", '{"event": "x", "properties": {}, "time": 1}\n', False, False),
    ],
)
def test_each_is_recognised_by_its_first_lines(
    tmp_path: Path, name: str, text: str, is_chat: bool, is_log: bool
) -> None:
    path = tmp_path / name
    path.write_text(text)
    head = Head(path)
    assert (AiderChat.recognise(head), AiderAnalytics.recognise(head)) == (is_chat, is_log)


odd = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.lists(st.integers(), max_size=2)
)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["event", "properties", "time", "user_id"]), odd), max_size=5),
       st.text(alphabet="#> \nTokens:a.$", max_size=80))  # fmt: skip
def test_no_change_of_a_line_makes_reading_fail(
    tmp_path_factory: Any, changes: list[tuple[int, str, Any]], text: str
) -> None:
    folder = tmp_path_factory.mktemp("mutated")
    values = [json.loads(line) for line in (DATA / "analytics.jsonl").read_text().splitlines() if line]
    for number, key, value in changes:
        values[number][key] = value
    (folder / "a.jsonl").write_text("".join(f"{json.dumps(value)}\n" for value in values))
    (folder / "h.md").write_text(CHAT + text)
    for source in (AiderAnalytics(folder / "a.jsonl"), AiderChat(folder / "h.md")):
        reading = read_source(source)
        for key, span in reading.spans.items():
            source.payload(span, reading.references[key])
