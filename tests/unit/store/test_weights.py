"""Weights of another program's making do no harm, whatever they are."""

from __future__ import annotations

import sqlite3

import pytest

from tracetui.model import Span
from tracetui.store.estimates import is_sample
from tracetui.store.groups import load_groups
from tracetui.store.samples import load_samples
from tracetui.store.sampling import Policy, apply_decisions, decide_all, load_candidates
from tracetui.store.totals import load_stats, load_totals
from tracetui.store.weights import list_kept, load_weights
from tracetui.store.write import Entry, write_spans


@pytest.mark.parametrize("weight", ["'many'", "x'00ff'", "-3", "0", "9e999", "-9e999", "0.5"])
def test_a_weight_that_is_none_is_refused_and_where_it_stands_all_the_same_it_is_one(
    store: sqlite3.Connection, weight: str
) -> None:
    write_spans(store, [Entry(Span("t", "a", start_ns=1, end_ns=9))], is_index=False)
    with pytest.raises(sqlite3.IntegrityError):
        store.execute(f"INSERT INTO weights VALUES ('t', {weight}, 'rate')")
    store.execute("DROP TABLE weights")
    store.execute("CREATE TABLE weights (trace_id, weight, reason)")
    store.execute(f"INSERT INTO weights VALUES ('t', {weight}, x'41')")
    most = 1e9 if weight == "9e999" else 1
    assert is_sample(store)
    assert load_totals(store).traces == load_stats(store)["traces"] == most
    assert load_groups(store, ["name"])[0].traces == most
    assert load_samples(store)[0].total("traces") == most
    assert load_weights(store, ["t"])["t"].weight == most
    assert (list_kept(store)[0].reason, list_kept(store)[0].highest) == ("A", most)


def test_a_weight_without_a_trace_counts_nothing(store: sqlite3.Connection) -> None:
    store.execute("INSERT INTO weights VALUES ('gone', 10, 'rate')")
    assert (load_totals(store).traces, list_kept(store)) == (0, [])


def test_what_does_not_run_any_more_and_has_no_end_is_left_alone(store: sqlite3.Connection) -> None:
    write_spans(store, [Entry(Span("t", "a", start_ns=1, status="running"))], is_index=False)
    decisions = list(decide_all(load_candidates(store), Policy(0.5), 10**19))
    assert decisions == []
    assert apply_decisions(store, decisions).traces == 0
