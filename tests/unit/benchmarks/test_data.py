"""What the benchmarks measure, at a tiny size: every form holds the same traces, and the tables say what was reached."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import tracetui
from benchmarks import build, phoenix_store
from benchmarks.result import Result, growth

FORMS: dict[str, Callable[[str], Path]] = {
    "tracetui": build.store_of,
    "jsonl": lambda size: build.file_of(size, ".jsonl"),
    "otlp-jsonl": lambda size: build.file_of(size, ".otlp.jsonl"),
    "phoenix": phoenix_store.phoenix_of,
}


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(build, "DATA", tmp_path)
    monkeypatch.setitem(build.SIZES, "tiny", build.Size(3))
    return "tiny"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_size_holds_the_same_traces(form: str, tiny: str) -> None:
    with closing(tracetui.open(FORMS[form](tiny))) as workspace:
        workspace.catch_up()
        assert [source.format for source in workspace.sources] == [form]
        traces = list(workspace.traces())
        tokens = [sum(filter(None, (one.usage.input, one.usage.cache_read, one.usage.output))) for one in traces]
    expected = list(build.groups_of(tiny, 1))[::-1]
    assert [trace.spans for trace in traces] == [len(group) for group in expected]
    assert tokens == [
        sum(span.get("input", 0) + span.get("cache_read", 0) + span.get("output", 0) for span in group)
        for group in expected
    ]


def test_a_ratio_is_compared_with_its_budget_and_a_bare_figure_too() -> None:
    assert Result("first rows", "1m", 300, "ms", 200, 1.6).line().endswith("| 1.50 × | ≤ 1.6 × | yes |")
    assert Result("first hit", "1gb", 301, "ms", None, 300, "9 MB").line() == (
        "| first hit | 1gb, 9 MB | 301.0 ms | – | 301.0 ms | ≤ 300 ms | **no** |"
    )
    assert Result("ls", "1k", 5, "ms", 2, None).line().endswith("| 2.50 × | – | – |")


def test_growth_has_a_column_for_each_size_and_only_what_was_measured_twice() -> None:
    results = [
        Result("indexing", "10k", 1, "s", None, None),
        Result("indexing", "1m", 90, "s", None, None),
        Result("once", "1m", 1, "s", None, None),
    ]
    assert growth(results, ["10k", "100k", "1m"])[2:] == ["| indexing | 1.00 s |  | 90.0 s | 90.0 × |"]
