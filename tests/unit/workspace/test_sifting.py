"""A search finds the same traces whether what is stored is looked through first or everything is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import tracetui
from tracetui.query import sieve_for
from tracetui.workspace import Workspace, sifting
from tracetui.workspace.haystack import payload_texts
from tracetui.workspace.importing import import_into

DATA = Path(__file__).parents[2] / "data"
FILES = [
    "handrolled/anthropic_calls.ndjson", "handrolled/camel_case.jsonl", "handrolled/llm_calls.jsonl",
    "malformed/nan.jsonl", "malformed/crlf.jsonl", "malformed/bom.jsonl", "malformed/utf16.jsonl",
    "malformed/invalid-utf8.jsonl", "malformed/plain.jsonl.gz", "otlp/file-exporter-genai.jsonl",
    "otlp/file-exporter-openinference.jsonl", "otlp/all-signals.jsonl", "otlp/sdk-lines.jsonl",
    "otlp/console-span-exporter.txt", "otlp/single-object-pretty.json",
]  # fmt: skip
_ENOUGH = 6


def words_in(workspace: Workspace) -> list[str]:
    """Pieces of what was captured, from all over it, that a sieve can say something about."""
    found: set[str] = set()
    for trace in workspace.traces():
        for node in workspace.tree(trace.trace_id).nodes:
            payload = workspace.payload(trace.trace_id, node.span.span_id)
            for text in payload_texts(payload, "any"):
                found.update(re.findall(r"\S+(?: \S+)?", text)[:3])
    usable = sorted(word for word in found if len(word) < 60 and '"' not in word and sieve_for(word))
    return usable[:: max(1, len(usable) // _ENOUGH)]


def quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\") + '"'


def questions_about(words: list[str]) -> list[str]:
    """Each word, and two of them beside, instead of, and without each other, of all spans, of some texts, with gaps."""
    first, last = quoted(words[0]), quoted(words[-1])
    gaps = [
        f"text:{word[:3]}*{word[-3:]}" for word in (words[0], words[-1]) if word[:3].isalnum() and word[-3:].isalnum()
    ]
    return [
        *map(quoted, words), f"{first} {last}", f"{first} OR {last}", f"-{first}", f"-{first} -{last}", f"{first} -{last}",
        f"any({first}) any({last})", f"all({first})", f"all(-{first})", f"root({first})", f"prompt_text:{first}",
        f"-response_text:{last}", f"text:={first}", f"{first} OR name:*a*", *gaps,
    ]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_no_trace_is_missed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(tracetui.open(DATA / name)) as workspace:
        workspace.catch_up()
        words = words_in(workspace)
        questions = questions_about(words)
        sifted = {question: workspace.trace_ids(question) for question in questions}
        monkeypatch.setattr(sifting, "sieve_for", lambda _: None)
        assert sifted == {question: workspace.trace_ids(question) for question in questions}
        assert all(sifted[quoted(word)] for word in words)


def test_no_trace_of_a_store_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(tracetui.open(DATA / "otlp/file-exporter-genai.jsonl")) as source:
        source.catch_up()
        import_into(source, tmp_path / "store.db")
    test_no_trace_is_missed(str(tmp_path / "store.db"), monkeypatch)


def test_what_is_not_stored_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(tracetui.open(DATA / "handrolled/llm_calls.jsonl")) as workspace:
        workspace.catch_up()
        monkeypatch.setattr(type(workspace.sources[0]), "payload", None)
        everything = workspace.trace_ids()
        assert workspace.trace_ids('"no such words anywhere"') == []
        assert workspace.trace_ids('-"no such words anywhere"') == everything
        assert workspace.trace_ids('"no such words anywhere" OR name:*') == everything


def test_remarks_on_a_trace_are_found(workspace: Workspace, write: Callable[..., None]) -> None:
    write("a", "1", input="hello")
    write("b", "1", input="hello")
    workspace.catch_up()
    workspace.score("a", None, "tone", label="too friendly", comment="says hello twice")
    workspace.catch_up()
    assert workspace.trace_ids('"hello twice"') == ["a"]
    assert workspace.trace_ids('"too friendly"') == ["a"]
