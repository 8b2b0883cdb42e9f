"""`stats --over` says of each day and hour what plain Python makes of the file."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, T0, Run, has_no_controls, write_lines

SUPPORT = ROOT / "sample_traces" / "support.db"
CALLS = ("generation", "embedding", "reranker")
DAY = 86_400 * 10**9


def day_of(start_ns: int) -> str:
    return datetime.fromtimestamp(start_ns // 10**9, UTC).strftime("%Y-%m-%d")


def percentile(values: list[int], percent: float) -> float | None:
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = ordered[int(place)]
    high = ordered[min(int(place) + 1, len(ordered) - 1)]
    return (low + (high - low) * (place - int(place))) / 1e6


def expected(day: str) -> dict[str, Any]:
    with closing(sqlite3.connect(SUPPORT)) as conn:
        conn.row_factory = sqlite3.Row
        traces = [row for row in conn.execute("SELECT * FROM traces") if day_of(row["start_ns"]) == day]
        ids = {row["trace_id"] for row in traces}
        spans = [row for row in conn.execute("SELECT * FROM spans") if row["trace_id"] in ids]
        calls = [span for span in spans if span["kind"] in CALLS and not span["repeats_usage"]]
        durations = [row["end_ns"] - row["start_ns"] for row in traces if row["end_ns"] is not None]
        ttft = [call["ttft_ns"] for call in calls if call["ttft_ns"] is not None]
        timed = [call for call in calls if call["end_ns"] is not None and call["output_tokens"] is not None]
        scores: dict[str, list[float]] = {}
        for row in conn.execute("SELECT * FROM scores WHERE superseded_by IS NULL AND retracted_ns IS NULL"):
            if row["trace_id"] in ids:
                scores.setdefault(row["name"], []).append(row["value"])
        return {
            "traces": len(traces),
            "calls": len(calls),
            "errors": sum(row["status"] == "error" for row in traces),
            "refused": sum(row["status"] == "refused" for row in traces),
            "latency_ms": {f"p{p}": pytest.approx(percentile(durations, p)) for p in (50, 95, 99)},
            "ttft_ms": {f"p{p}": pytest.approx(percentile(ttft, p)) for p in (50, 95, 99)},
            "tokens_per_second": pytest.approx(
                sum(call["output_tokens"] for call in timed)
                / (sum(call["end_ns"] - call["start_ns"] for call in timed) / 1e9)
            ),
            "scores": {
                name: {"count": len(values), "mean": pytest.approx(sum(values) / len(values))}
                for name, values in scores.items()
            },
        }


def test_every_day_of_the_samples_is_what_the_file_says(call: Run) -> None:
    rows = call("stats", SUPPORT, "--over", "day", "--json").lines
    assert [row["start"][:10] for row in rows] == [f"2026-11-{day}" for day in range(16, 24)]
    for row in rows:
        wanted = expected(row["start"][:10])
        assert {name: row[name] for name in wanted} == wanted, row["start"]


@pytest.mark.parametrize("over", ["day", "hour"])
def test_the_rows_add_up_to_the_stats(call: Run, over: str) -> None:
    whole = call("stats", SUPPORT, "-q", "model:gpt*", "--json").json
    rows = call("stats", SUPPORT, "-q", "model:gpt*", "--over", over, "--json").lines
    assert sum(row["traces"] for row in rows) == whole["traces"]
    assert sum(row["errors"] for row in rows) == whole["trace_statuses"]["error"]
    assert sum(row["refused"] for row in rows) == whole["trace_statuses"]["refused"]
    assert sum(row["cost"]["usd"] or 0 for row in rows) == pytest.approx(whole["cost"]["usd"])
    assert sum(row["cost"]["priced"] for row in rows) == whole["cost"]["priced"]
    assert sum(row["cost"]["unpriced"] for row in rows) == whole["cost"]["unpriced"]
    for name, score in whole["scores"].items():
        assert sum(row["scores"].get(name, {"count": 0})["count"] for row in rows) == score["count"]


def line(number: int, start_ns: int, **more: Any) -> dict[str, Any]:
    identity = {"trace_id": f"{number:032x}", "span_id": f"{number:016x}"}
    return {**identity, "kind": "generation", "name": "c", "start_ns": start_ns, "end_ns": start_ns + 10**9, **more}


@pytest.fixture
def gap(tmp_path: Path) -> Path:
    """A trace, one three days later, and nothing between them."""
    return write_lines(tmp_path / "t.jsonl", [line(1, T0), line(2, T0 + 3 * DAY)])


def test_a_gap_is_an_empty_row(call: Run, gap: Path) -> None:
    rows = call("stats", gap, "--over", "day", "--json").lines
    assert [row["traces"] for row in rows] == [1, 0, 0, 1]
    assert rows[1]["latency_ms"] == {"p50": None, "p95": None, "p99": None}
    assert rows[1]["cost"] == {"usd": None, "priced": 0, "unpriced": 0}
    assert rows[1]["end"] == rows[2]["start"]
    assert len(call("stats", gap, "--over", "hour", "--json").lines) == 73


def test_the_table_has_a_sparkline_for_what_was_recorded(call: Run, gap: Path) -> None:
    text = call("stats", gap, "--over", "day").out
    assert "calls  █▁▁█  0 to 1" in text
    assert "errors  " not in text.split("\n\n")[0]
    assert len(text.split("\n\n")[1].splitlines()) == 5


def test_csv_has_the_same_figures(call: Run) -> None:
    rows = call("stats", SUPPORT, "--over", "day", "--json").lines
    table = list(csv.DictReader(io.StringIO(call("stats", SUPPORT, "--over", "day", "--csv").out)))
    assert [row["start"] for row in table] == [row["start"] for row in rows]
    assert [float(row["latency_p95_ms"]) for row in table] == [row["latency_ms"]["p95"] for row in rows]
    assert [float(row["score_user_rating_mean"]) for row in table] == [
        row["scores"]["user_rating"]["mean"] for row in rows
    ]


def test_nothing_is_an_empty_answer(call: Run) -> None:
    assert call("stats", SUPPORT, "-q", "model:nothing", "--over", "day", "--json").out == ""
    assert "no traces" in call("stats", SUPPORT, "-q", "model:nothing", "--over", "day").out
    assert len(call("stats", SUPPORT, "-q", "model:nothing", "--over", "day", "--csv").out.splitlines()) == 1


def test_a_clock_that_was_wrong_does_not_make_a_million_rows(call: Run, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", [line(1, 10**9), line(2, T0)])
    ended = call("stats", path, "--over", "hour")
    assert ended.code == 2
    assert "498,612 rows" in ended.err
    assert "-q since:30d" in ended.err


@pytest.mark.parametrize("words", [["--csv"], ["--over", "day", "--csv", "--json"], ["--over", "week"]])
def test_wrong_use_ends_with_2(call: Run, words: list[str]) -> None:
    assert call("stats", SUPPORT, *words).code == 2


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_nothing_acts_on_the_terminal(call: Run, hostile: Path, form: list[str]) -> None:
    ended = call("stats", hostile, "--over", "day", *form)
    assert ended.code == 0
    assert has_no_controls(ended.out)


def test_an_infinite_cost_is_drawn_as_none(call: Run, tmp_path: Path) -> None:
    store = tmp_path / "t.db"
    assert call("import", write_lines(tmp_path / "t.jsonl", [line(1, T0)]), "--into", store).code == 0
    conn = sqlite3.connect(store)
    conn.execute("UPDATE spans SET cost_usd = 9e999")
    conn.commit()
    conn.close()
    ended = call("stats", store, "--over", "day")
    assert ended.code == 0
    assert "calls" in ended.out


def test_two_scores_may_have_the_names_of_columns(call: Run, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", [line(1, T0, scores=[{"id": "a", "name": "calls", "value": 0.25}])])
    assert "0.25 (1)" in call("stats", path, "--over", "day").out
