"""A payload that is too long to be looked at whole: what is left out is said, and taken away whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.screen.program import press, running, until
from tracetui.sources import lines_cut
from tracetui.tui import actions_take
from tracetui.workspace import open_workspace

QUESTION = "where is my order " * 500


@pytest.fixture
def long_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lines_cut, "LONG", 2_000)
    monkeypatch.setattr(lines_cut, "KEPT", 1_000)
    row = {"trace_id": "t", "span_id": "s", "name": "chat", "kind": "generation", "model": "gpt-5-mini", "output": "soon",
           "start_ns": 1_795_000_000 * 10**9, "input": [{"role": "user", "content": QUESTION}]}  # fmt: skip
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps(row) + "\n")
    return path


def test_a_glance_is_short_and_says_so_and_the_payload_itself_is_whole(long_line: Path) -> None:
    workspace = open_workspace([long_line])
    workspace.catch_up()
    glance, payload = workspace.glance("t", "s"), workspace.payload("t", "s")
    workspace.close()
    assert (glance.left_out, payload.left_out) == (8_000, 0)
    assert QUESTION in payload.raw
    assert len(glance.raw) < 2_000


async def test_what_is_left_out_is_said_and_copied_whole(long_line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []

    def copy_out(text: str, _: object) -> str:
        copied.append(text)
        return "here"

    monkeypatch.setattr(actions_take, "copy_out", copy_out)
    async with running(long_line) as pilot:
        await press(pilot, "l", "8.0 kB of long texts are left out", "where is my order", "soon")
        await press(pilot, "6", "8.0 kB of long texts are left out")
        await press(pilot, "y", "prompt")
        await pilot.press("p")
        await until(pilot, "prompt (9.0 kB) → here")
    assert copied == [QUESTION]
