"""Two versions of a prompt compared on the screen."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.screen.program import MEDIUM, NARROW, SMALL, TINY, WIDE, press, running, until
from tests.screen.screen_text import screen_lines
from tracetui.text import cell_width

BY_PROMPT = "dollar_sign tab tab tab"
"""The totals by prompt, by cost: answer@3, answer@4, docs-answer@2, and the calls without a prompt."""


async def test_the_two_marked_versions_are_compared_in_text_and_figures(support_db: Path) -> None:
    async with running(support_db) as pilot:
        text = await press(pilot, BY_PROMPT, "By prompt", "answer@4", "answer@3")
        assert "compare versions" in text.splitlines()[-1]
        await press(pilot, "g space space", "◆")
        text = await press(pilot, "D", "figures")
        assert "answer@3 → answer@4" in text.splitlines()[0]
        assert "- answer@3  220 calls" in text
        assert "+ answer@4  142 calls" in text
        assert "[-" in text
        text = await press(pilot, "G", "mean user_rating")
        assert "mean groundedness  0.884 (n 33) → 0.712 (n 18)  worse" in text
        assert "difference -0.319 to -0.0246 (95%), p = 0.002, Mann-Whitney" in text
        assert "too few to say" in text
        assert "may be noise" in text
        await press(pilot, "escape", "By prompt")


async def test_without_marks_a_version_is_compared_with_the_one_before(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, BY_PROMPT, "answer@4")
        await press(pilot, "g j D", "answer@3 → answer@4", "figures")


async def test_one_mark_is_compared_with_the_row(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, BY_PROMPT, "answer@4")
        await press(pilot, "g j space g D", "answer@3 → answer@4", "figures")


async def test_a_version_without_one_before_says_what_to_do(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, BY_PROMPT, "answer@4")
        await press(pilot, "g D", "answer@3 has no version before it; mark two versions")


async def test_only_prompts_have_versions(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, "dollar_sign", "By model 5")
        await press(pilot, "D", "only versions of prompts are compared: tab to prompt")
        text = await press(pilot, "space", "only versions of prompts are compared")
        assert "◆" not in text


async def test_more_than_two_marks_are_said(support_db: Path) -> None:
    async with running(support_db) as pilot:
        await press(pilot, BY_PROMPT, "answer@4")
        await press(pilot, "g space space space D", "3 versions are marked; mark two")


@pytest.mark.parametrize("size", [WIDE, MEDIUM, NARROW, SMALL, TINY])
async def test_the_comparison_fits_the_terminal(support_db: Path, size: tuple[int, int]) -> None:
    async with running(support_db, size) as pilot:
        await press(pilot, BY_PROMPT, "answer@3")
        await press(pilot, "g j D", "answer@3")
        await until(pilot, "calls, ")
        assert {cell_width(line) for line in screen_lines(pilot.app)} == {size[0]}


async def test_hostile_names_and_texts_reach_the_comparison_inert(support_db: Path) -> None:
    name = "\x1b]0;owned\x07\x1b[31m[red]evil\u202e"
    conn = sqlite3.connect(support_db)
    for version, at, text in (("1", 1_795_500_000, "be kind"), ("2", 1_795_500_100, "be \x1b[31m kinder")):
        conn.execute(
            "INSERT INTO spans (trace_id, span_id, kind, name, start_ns, end_ns, prompt_name, prompt_version)"
            " VALUES (?, 'y', 'generation', 'n', ?, ?, ?, ?)",
            (version, at * 10**9, (at + 1) * 10**9, name, version),
        )
        conn.execute(
            "INSERT INTO payloads (trace_id, span_id, input) VALUES (?, 'y', ?)",
            (version, json.dumps([{"role": "system", "content": text}])),
        )
    conn.commit()
    conn.close()
    async with running(support_db, query="name:n", title="Traces 2 of 217") as pilot:
        await press(pilot, BY_PROMPT, "owned")
        text = await press(pilot, "g space space D", "figures")
        assert "kinder" in text
        assert "owned" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
