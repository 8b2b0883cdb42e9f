"""docs/json.md names every key that the commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import ROOT, SEARCH, SUPPORT, Run

PERIOD = ["--since", "all"]
COMMANDS = {
    "stats": ["stats", "SOURCE"],
    "stats by day": ["stats", "SOURCE", "--over", "day"],
    "ls": ["ls", "SOURCE"],
    "show": ["show", "SOURCE", SUPPORT],
    "info": ["info", "SOURCE"],
    "doctor": ["doctor", "SOURCE"],
    "sources": ["sources"],
    "formats": ["sources", "--formats"],
    "import": ["import", "SOURCE", "--into", "STORE"],
    "score": ["score", "SOURCE", SUPPORT, "--name", "good", "--value", "1"],
    "diff": ["diff", "SOURCE", SUPPORT, SEARCH],
    "cost": ["cost", "SOURCE", *PERIOD],
    "cost on another model": ["cost", "SOURCE", *PERIOD, "--on", "gpt-5-mini"],
    "receipt": ["cost", "SOURCE", "--explain", SUPPORT],
    "bill": ["cost", "SOURCE", *PERIOD, "--explain"],
    "prompts": ["prompts", "SOURCE"],
    "check": ["check", "SOURCE"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_key_stands_on_the_page(call: Run, source: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(source.parent)
    page = set(re.findall(r"\w+", (ROOT / "docs" / "json.md").read_text()))
    places = {"SOURCE": source, "STORE": source.with_name("store.db")}
    ended = call(*(places.get(word, word) for word in COMMANDS[name]), "--json")
    assert ended.lines, ended.err
    assert {key for line in ended.lines for key in keys_of(line)} - page == set()


FREE = (
    "kinds",
    "statuses",
    "trace_statuses",
    "models",
    "reasons",
    "metadata",
    "attributes",
    "arguments",
    "parameters",
    "measures",
    "extras",
    "formats",
)
"""Objects whose keys are data."""


def keys_of(value: object, name: str = "") -> list[str]:
    if isinstance(value, list):
        return [key for item in value for key in keys_of(item, name)]
    if not isinstance(value, dict) or name in FREE:
        return []
    own = [] if name == "scores" and "count" not in value and "id" not in value else list(value)
    return own + [key for name, item in value.items() for key in keys_of(item, name)]
