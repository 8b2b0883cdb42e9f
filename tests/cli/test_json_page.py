"""docs/json.md names every key that the commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import ROOT, SUPPORT, Run


@pytest.mark.parametrize("words", [["stats"], ["ls"], ["show", SUPPORT], ["info"]], ids=lambda words: words[0])
def test_every_key_stands_on_the_page(call: Run, source: Path, words: list[str]) -> None:
    page = set(re.findall(r"\w+", (ROOT / "docs" / "json.md").read_text()))
    document = call(words[0], source, *words[1:], "--json").lines[0]
    assert set(keys_of(document)) - page == set()


FREE = ("kinds", "statuses", "trace_statuses", "models", "reasons", "metadata", "attributes", "arguments", "parameters")
"""Objects whose keys are data."""


def keys_of(value: object, name: str = "") -> list[str]:
    if isinstance(value, list):
        return [key for item in value for key in keys_of(item, name)]
    if not isinstance(value, dict) or name in FREE:
        return []
    own = [] if name == "scores" and "count" not in value and "id" not in value else list(value)
    return own + [key for name, item in value.items() for key in keys_of(item, name)]
