"""SECURITY.md: each promise names tests, and those are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text()
LINKS = re.findall(r"\[([^\]]+)\]\(([^)]+)\)", PAGE)
PROMISES = [
    line for table in re.findall(r"\| promise \| proof \|\n\| --- \| --- \|\n((?:\|.*\n)+)", PAGE)
    for line in table.splitlines()
]  # fmt: skip


@pytest.mark.parametrize(("text", "target"), LINKS)
def test_every_link_leads_to_a_file_and_every_test_is_in_its_file(text: str, target: str) -> None:
    assert (ROOT / target).is_file()
    if target.startswith("tests/"):
        assert re.search(rf"^(async )?def {re.escape(text)}\(", (ROOT / target).read_text(), re.MULTILINE)


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_is_proved(promise: str) -> None:
    assert re.search(r"\]\(tests/[\w/]+\.py\)", promise.split("|")[2])


def test_there_are_promises() -> None:
    assert len(PROMISES) > 20
