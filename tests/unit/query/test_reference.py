"""The SQL selects what a plain interpreter of the language selects."""

from __future__ import annotations

import sqlite3
from random import Random

import pytest

from tracetui.query import parse

from .conftest import compiled, marked, nearby, probed, selected
from .hostile import Payloads
from .random_filters import random_filter
from .reference import Store


@pytest.mark.parametrize("seed", range(14))
def test_the_sql_selects_what_the_reference_selects(hostile: tuple[sqlite3.Connection, Payloads], seed: int) -> None:
    """Thousands of filters, three ways: by scans, by probes, and by the spans that are marked."""
    conn, payloads = hostile
    store = Store(conn, payloads)
    random = Random(seed)
    for _ in range(150):
        text = random_filter(random)
        wanted, filter_ = store.matching(parse(text)), compiled(text)
        assert selected(conn, filter_) == wanted, text
        assert probed(conn, filter_) == wanted, text
        assert nearby(conn, filter_) == wanted, text
        with_spans = {trace_id for trace_id in wanted if store.spans[trace_id]}
        assert {trace_id for trace_id, _ in marked(conn, filter_)} == with_spans, text


def test_random_filters_are_neither_all_empty_nor_all_full(hostile: tuple[sqlite3.Connection, Payloads]) -> None:
    """Else the comparison would show nothing."""
    conn, payloads = hostile
    store = Store(conn, payloads)
    random = Random(99)
    counts = [len(store.matching(parse(random_filter(random)))) for _ in range(300)]
    assert sum(0 < count < len(store.traces) for count in counts) > 150


@pytest.mark.parametrize("text", ["name:*s*", "kind:generation is:error", 'text:"a" -is:leaf', "tag:beta latency:>=0"])
def test_the_marked_spans_are_those_that_match_the_conjunction(
    hostile: tuple[sqlite3.Connection, Payloads], text: str
) -> None:
    conn, payloads = hostile
    store = Store(conn, payloads)
    node = parse(text)
    assert node is not None
    wanted = {
        (trace["trace_id"], span["span_id"])
        for trace in store.traces
        for span in store.spans[trace["trace_id"]]
        if store.holds(node, trace, span)
    }
    assert marked(conn, text) == wanted
    assert compiled(text).marks_spans
