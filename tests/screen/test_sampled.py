"""A sampled store on the screen: what is estimated has a `~` before it, wherever it is added up."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.screen.program import press, running, until
from tracetui.cli.prune import prune


@pytest.fixture
def sampled_db(support_db: Path) -> Path:
    ended = CliRunner().invoke(prune, [str(support_db), "--sample", "20%"], catch_exceptions=False)
    assert ended.exit_code == 0
    return support_db


async def test_the_totals_of_the_list_are_marked(sampled_db: Path) -> None:
    async with running(sampled_db) as pilot:
        text = await until(pilot, "~194 traces")
        assert "Traces 170 " in text
        assert "≥ ~$0.60" in text
        assert "p95 ~9.3s" in text


async def test_groups_are_marked(sampled_db: Path) -> None:
    async with running(sampled_db) as pilot:
        await until(pilot, "~194 traces")
        text = await press(pilot, "dollar_sign", "By model")
        text = await until(pilot, lambda text: "~$" in text and "gemini" in text)
        row = next(line for line in text.splitlines() if "gemini-2.5-flash" in line)
        assert row.count("~") >= 4
