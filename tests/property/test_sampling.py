"""A sample stands for all there was: sums are near the truth, traces are whole, and sampling again is what one would think.

All of it is deterministic: ids and figures come from seeds, and what is kept from hashes of ids.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.model import Cost, Score, Span, Usage
from tracetui.store.bundles import list_bundles, load_bundles
from tracetui.store.estimates import weighted_percentile
from tracetui.store.groups import load_groups
from tracetui.store.pages import Where
from tracetui.store.sampling import Policy, apply_decisions, decide_all, in_steps, load_candidates, share_of
from tracetui.store.schema import STORE_SCHEMA
from tracetui.store.scores import save_score
from tracetui.store.totals import load_stats, load_totals, percentile
from tracetui.store.write import Entry, write_spans

TRACES = 3_000
LATE_NS = 2 * 10**18
SEEDS, RATES = (1, 2, 3), (0.5, 0.2, 0.05)


def spans_of(seed: int) -> list[Span]:
    chance = random.Random(seed)
    found = []
    for number in range(TRACES):
        trace_id = f"{seed}-{number}"
        start_ns = 10**18 + number * 10**9
        took_ns = int(chance.lognormvariate(21, 0.7))
        failed = chance.random() < 0.03
        found.append(
            Span(
                trace_id, "root", None, "agent", "agent", start_ns, start_ns + took_ns,
                status="error" if failed else "success", user_id=f"u{chance.randrange(5)}",
                feature=chance.choice(("search", "chat", "report")),
            )
        )  # fmt: skip
        for call in range(chance.randint(1, 4)):
            cost = Cost(chance.lognormvariate(-6, 1.2), "recorded")
            usage = Usage(chance.randint(10, 2_000), output=chance.randint(1, 500))
            end_ns = start_ns + took_ns // 2
            found.append(
                Span(
                    trace_id, f"c{call}", "root", "generation", "chat", start_ns, end_ns, usage=usage, cost=cost,
                    model=chance.choice(("large", "small")), ttft_ns=took_ns // 10,
                )
            )  # fmt: skip
    return found


@lru_cache
def original(seed: int) -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    conn.executescript(STORE_SCHEMA)
    write_spans(conn, map(Entry, spans_of(seed)), is_index=False)
    for number in range(0, TRACES, 50):
        save_score(conn, "scores", Score(f"s{number}", f"{seed}-{number}", None, "user_rating", float(number % 5)))
    return conn


def copy(seed: int) -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    original(seed).backup(conn)
    return conn


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    """A copy of the first store, to be sampled."""
    with closing(copy(1)) as conn:
        yield conn


def sample(conn: sqlite3.Connection, rate: float) -> int:
    """Sample a store; how many traces went."""
    decisions = list(decide_all(load_candidates(conn), Policy(rate), LATE_NS))
    return sum(apply_decisions(conn, step).traces for step in in_steps(decisions, 500))


def ids(conn: sqlite3.Connection) -> set[str]:
    return {row[0] for row in conn.execute("SELECT trace_id FROM traces")}


def weights(conn: sqlite3.Connection) -> dict[str, tuple[float, str]]:
    return {row[0]: row[1:] for row in conn.execute("SELECT trace_id, weight, reason FROM weights")}


MEASURED = {
    "traces": "1", "spans": "spans", "generations": "generations", "errors": "errors",
    "input": "input_tokens", "output": "output_tokens", "cost_usd": "cost_usd", "priced": "priced",
}  # fmt: skip


def standard_error(seed: int, rate: float, figure: str, where: str = "1") -> float:
    """What the sum of a figure of those that were kept by chance may be off by: each is there with the probability `rate`."""
    chosen = [trace_id for trace_id, (_, reason) in weights(sampled(seed, rate)).items() if reason != "rate"]
    conn = original(seed)
    sql = f"SELECT trace_id, {figure} FROM traces t WHERE {where}"
    certain = set(chosen)
    squares = sum((value or 0) ** 2 for trace_id, value in conn.execute(sql) if trace_id not in certain)
    return sqrt(squares * (1 - rate) / rate)


@lru_cache
def sampled(seed: int, rate: float) -> sqlite3.Connection:
    conn = copy(seed)
    sample(conn, rate)
    return conn


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seed", SEEDS)
def test_sums_are_within_some_standard_errors_of_the_truth(seed: int, rate: float) -> None:
    truth, estimate = load_totals(original(seed)), load_totals(sampled(seed, rate))
    assert (truth.is_estimate, estimate.is_estimate) == (False, True)
    assert estimate.kept < 0.35 * TRACES + rate * TRACES
    for name, figure in MEASURED.items():
        values = [getattr(one.usage if name in ("input", "output") else one, name) for one in (truth, estimate)]
        assert abs(values[1] - values[0]) <= 4 * standard_error(seed, rate, figure) + 1, name


def test_sums_are_right_on_average() -> None:
    """Not one sum alone: over many stores the errors cancel out, as those of biased sums would not."""
    rate = 0.2
    errors = []
    for seed in range(1, 9):
        truth, estimate = load_totals(original(seed)), load_totals(sampled(seed, rate))
        errors.append((estimate.cost_usd - truth.cost_usd) / standard_error(seed, rate, "cost_usd"))
    assert abs(sum(errors) / len(errors)) < 3 / sqrt(len(errors))


def test_errors_and_what_is_rated_are_counted_exactly() -> None:
    truth, estimate = load_totals(original(1)), load_totals(sampled(1, 0.05))
    assert estimate.errors == truth.errors
    stats = load_stats(sampled(1, 0.05))
    assert stats["scores"] == load_stats(original(1))["scores"]
    assert stats["sample"]["traces"] == estimate.kept


def test_what_stands_for_itself_is_marked_all_the_same() -> None:
    """Others that matched may have gone, such as all of a small group: nobody can tell from what is left."""
    totals, truth = (load_totals(conn, Where("t.errors > 0")) for conn in (sampled(1, 0.05), original(1)))
    assert totals.is_estimate
    assert (totals.traces, totals.p95_ns) == (truth.traces, truth.p95_ns)
    assert totals.cost_usd == pytest.approx(truth.cost_usd)


@pytest.mark.parametrize("by", [("feature",), ("model",), ("name",), ("day", "feature"), ("user",)])
def test_groups_add_up_to_the_totals_and_are_near_the_truth(by: tuple[str, ...]) -> None:
    seed, rate = 1, 0.2
    found = load_groups(sampled(seed, rate), by)
    wanted = {group.key: group for group in load_groups(original(seed), by)}
    totals = load_totals(sampled(seed, rate))
    assert sum(group.cost_usd or 0 for group in found) == pytest.approx(totals.cost_usd)
    assert sum(group.priced for group in found) == pytest.approx(totals.priced, abs=len(found))
    for group in found:
        assert group.is_estimate
        truth = wanted[group.key]
        assert group.calls == pytest.approx(truth.calls, rel=0.35)
        assert group.traces == pytest.approx(truth.traces, rel=0.35)
        for one, other in ((group.latency.p50_ns, truth.latency.p50_ns), (group.latency.p95_ns, truth.latency.p95_ns)):
            assert one is not None
            assert other is not None
            assert one == pytest.approx(other, rel=0.15)


def test_sessions_and_users_know_the_weights() -> None:
    conn, truth = (
        sampled(1, 0.2),
        {one.id: one for one in load_bundles(original(1), "user", [f"u{n}" for n in range(5)])},
    )
    for bundle in load_bundles(conn, "user", list_bundles(conn, "user", sort="-cost")):
        assert bundle.is_estimate
        assert bundle.traces == pytest.approx(truth[bundle.id].traces, rel=0.2)
        assert bundle.mean_score == truth[bundle.id].mean_score


def test_stats_say_what_is_estimated() -> None:
    stats, truth = load_stats(sampled(2, 0.2)), load_stats(original(2))
    assert stats["kinds"]["agent"] == stats["traces"] == pytest.approx(truth["traces"], rel=0.1)
    assert sum(stats["models"].values()) == pytest.approx(stats["kinds"]["generation"], abs=3)
    assert stats["ttft_ms"]["p50"] == pytest.approx(truth["ttft_ms"]["p50"], rel=0.1)
    assert "sample" not in truth


@pytest.mark.parametrize("rate", RATES)
def test_traces_are_whole_or_gone(rate: float) -> None:
    conn = sampled(1, rate)
    for table in ("spans", "payloads", "weights", "stale"):
        assert conn.execute(
            f"SELECT count(*) FROM {table} WHERE trace_id NOT IN (SELECT trace_id FROM traces)"
        ).fetchone() == (0,)
    sql = "SELECT count(*) FROM traces t WHERE t.spans <> (SELECT count(*) FROM spans s WHERE s.trace_id = t.trace_id)"
    assert conn.execute(sql).fetchone() == (0,)


def test_what_a_lower_rate_keeps_is_part_of_what_a_higher_one_keeps() -> None:
    kept = [ids(sampled(1, rate)) for rate in RATES]
    assert kept[0] > kept[1] > kept[2]


@pytest.mark.parametrize("rate", RATES)
def test_sampling_again_drops_nothing_more_and_changes_no_sum(conn: sqlite3.Connection, rate: float) -> None:
    sample(conn, rate)
    before, totals = weights(conn), load_totals(conn)
    assert sample(conn, rate) == 0
    assert load_totals(conn) == totals
    assert {trace_id: weight for trace_id, (weight, _) in weights(conn).items()} == {
        trace_id: weight for trace_id, (weight, _) in before.items()
    }


def test_a_lower_rate_afterwards_gives_the_weights_of_the_lower_rate(conn: sqlite3.Connection) -> None:
    sample(conn, 0.5)
    first = weights(conn)
    by_chance = {trace_id for trace_id, (_, reason) in first.items() if reason == "rate"}
    assert {first[trace_id][0] for trace_id in by_chance} == {2.0}
    assert sample(conn, 0.1) > 0
    left = {trace_id: found for trace_id, found in weights(conn).items() if trace_id in by_chance}
    assert {weight for weight, reason in left.values() if reason == "rate"} == {10.0}
    # One that became one of the costliest of what was left stands for as many as before.
    assert {weight for weight, reason in left.values() if reason != "rate"} <= {2.0}
    truth, estimate = load_totals(original(1)), load_totals(conn)
    assert estimate.traces == pytest.approx(truth.traces, rel=0.15)
    assert estimate.cost_usd == pytest.approx(truth.cost_usd, rel=0.15)


def test_a_higher_rate_afterwards_changes_nothing(conn: sqlite3.Connection) -> None:
    sample(conn, 0.1)
    totals = load_totals(conn)
    assert sample(conn, 0.5) == 0
    assert load_totals(conn) == totals


def test_the_costliest_and_the_slowest_stay() -> None:
    conn, rate = original(1), 0.05
    reasons = {reason for _, reason in weights(sampled(1, rate)).values()}
    assert reasons == {"error", "rated", "cost", "latency", "rate"}
    top = {row[0] for row in conn.execute("SELECT trace_id FROM traces ORDER BY cost_usd DESC LIMIT 40")}
    slow = {row[0] for row in conn.execute("SELECT trace_id FROM traces ORDER BY end_ns - start_ns DESC LIMIT 40")}
    assert top | slow <= ids(sampled(1, rate))


def test_where_nothing_has_a_weight_no_query_joins_weights(conn: sqlite3.Connection) -> None:
    """Sums of a store that was never sampled cost one look-up more, and are the same SQL as ever."""
    seen: list[str] = []
    conn.set_trace_callback(seen.append)
    load_stats(conn)
    load_groups(conn, ["feature"])
    load_bundles(conn, "user", list_bundles(conn, "user"))
    asked = {sql for sql in seen if "weights" in sql}
    assert asked == {"SELECT EXISTS (SELECT 1 FROM weights)"}


@settings(max_examples=200)
@given(st.lists(st.integers(0, 10**12), max_size=30), st.sampled_from([50, 95, 99]))
def test_with_equal_weights_a_percentile_is_the_usual_one(values: list[int], percent: int) -> None:
    assert weighted_percentile([(value, 1.0) for value in values], percent) == percentile(sorted(values), percent)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 20)), max_size=20), st.sampled_from([50, 95, 99]))
def test_whole_weights_are_so_many_values(pairs: list[tuple[int, int]], percent: int) -> None:
    expanded = sorted(value for value, weight in pairs for _ in range(weight))
    assert weighted_percentile(pairs, percent) == percentile(expanded, percent)


def test_a_share_of_an_id_is_what_the_page_says() -> None:
    assert share_of("0af7651916cd43dd8448eb211c80319c") == pytest.approx(0.0858071, abs=1e-7)
    shares = [share_of(f"{number:032x}") for number in range(10_000)]
    assert sum(share < 0.1 for share in shares) == pytest.approx(1_000, abs=100)
