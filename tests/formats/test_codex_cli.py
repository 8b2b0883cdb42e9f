from __future__ import annotations

from pathlib import Path

import pytest

from tests.formats.transcript_truth import Files, check_totals, check_traces, truth
from tracetui.sources.codex_cli import CodexCliSource

DATA = Path(__file__).parents[1] / "data" / "codex_cli"


@pytest.fixture(scope="module")
def sample() -> Files:
    return Files(CodexCliSource(path) for path in sorted(DATA.rglob("*.jsonl")))


def test_the_totals_are_those_that_were_noted_when_the_sample_was_made(sample: Files) -> None:
    check_totals(sample, truth(DATA / "expected.json"))


def test_every_span_of_every_turn_is_as_noted(sample: Files) -> None:
    check_traces(sample, truth(DATA / "expected.json"))
