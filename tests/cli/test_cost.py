"""`cost` and `prices` say the same as plain arithmetic over the file."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.cli.conftest import HOSTILE, Run, write_lines

SAMPLES = Path(__file__).parents[2] / "sample_traces"
SUPPORT = SAMPLES / "support.db"
AT = 1_760_000_000 * 10**9


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Six calls of two features at recorded and computed costs, one without a price, one long ago."""
    lines = [
        {"id": 1, "feature": "chat", "model": "gpt-5-mini", "cost": 0.5, "prompt_tokens": 10, "completion_tokens": 1},
        {"id": 2, "feature": "chat", "model": "gpt-5-mini", "cost": 0.0, "prompt_tokens": 10, "completion_tokens": 1},
        {"id": 3, "feature": "chat", "model": "gpt-5-mini", "provider": "openai", "prompt_tokens": 1_000_000,
         "completion_tokens": 0, "cached_tokens": 400_000},
        {"id": 4, "feature": "search", "model": "house-9", "prompt_tokens": 10, "completion_tokens": 1},
        {"id": 5, "feature": "search", "model": "gpt-5-mini", "cost": 0.25, "prompt_tokens": 30, "completion_tokens": 1},
    ]  # fmt: skip
    path = tmp_path / "calls.jsonl"
    stamped = [{"timestamp": "2025-10-09T10:00:00Z", **line} for line in lines]
    path.write_text("".join(json.dumps(line) + "\n" for line in stamped))
    return path


def test_spend_by_feature_is_the_sum_of_what_the_lines_say(call: Run, calls: Path) -> None:
    rows = {row["feature"]: row for row in call("cost", calls, "--since", "all", "--json").lines}
    computed = (600_000 * 0.25 + 400_000 * 0.025) / 1e6
    assert rows["chat"]["cost_usd"] == pytest.approx(0.5 + 0.0 + computed)
    assert rows["chat"]["cost_per_call_usd"] == pytest.approx((0.5 + computed) / 3)
    assert rows["chat"]["cache_hit_rate"] == pytest.approx(400_000 / 1_000_020)
    assert (rows["search"]["priced"], rows["search"]["unpriced"]) == (1, 1)
    assert rows["search"]["cost_per_trace_usd"] is None
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1)


def test_the_period_is_the_last_week_unless_another_is_named(call: Run, calls: Path) -> None:
    assert call("cost", calls).out == "no traces in this period; --since all looks at everything\n"
    assert len(call("cost", calls, "--since", "2025-10-01", "--json").lines) == 2


@pytest.mark.parametrize("by", ["feature", "model", "user", "day", "prompt", "session", "name"])
def test_every_grouping_of_the_samples_comes_to_the_same_sum(call: Run, by: str) -> None:
    whole = call("stats", SUPPORT, "--json").json["cost"]
    rows = call("cost", SUPPORT, "--since", "all", "--by", by, "--json").lines
    assert sum(row["cost_usd"] or 0 for row in rows) == pytest.approx(whole["usd"])
    assert sum(row["priced"] for row in rows) == whole["priced"]
    assert sum(row["unpriced"] for row in rows) == whole["unpriced"]


def test_spend_of_the_samples_is_that_of_their_traces(call: Run) -> None:
    wanted: dict[str, float] = defaultdict(float)
    for trace in call("ls", SUPPORT, "--json").lines:
        wanted[trace["feature"]] += trace["cost"]["usd"] or 0.0
    rows = call("cost", SUPPORT, "--since", "all", "--json").lines
    assert {row["feature"]: row["cost_usd"] or 0.0 for row in rows} == pytest.approx(dict(wanted))


def test_two_levels_and_csv(call: Run) -> None:
    text = call("cost", SUPPORT, "--since", "all", "--by", "feature,model", "--csv").out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {"feature", "model", "cost_usd", "input_tokens"} <= set(rows[0])
    assert len({(row["feature"], row["model"]) for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["--by", "colour"], "cannot group by"), (["--json", "--csv"], "give one of them"), (["-q", "modle:x"], "modle")],
)
def test_wrong_use_is_a_sentence(call: Run, arguments: list[str], sentence: str) -> None:
    ended = call("cost", SUPPORT, *arguments)
    assert ended.code == 2
    assert sentence in ended.err


def test_a_receipt_shows_the_sum(call: Run, calls: Path) -> None:
    (found,) = call("ls", calls, "-q", "cached:>0", "--json").lines
    text = call("cost", calls, "--explain", found["trace_id"]).out
    assert "the recorded input contains the cached tokens: 600,000 + 400,000 = 1,000,000" in text
    assert "cached_tokens" in text
    assert "$0.15000000" in text
    assert "$0.16000000" in text
    receipt = call("cost", calls, "--explain", found["trace_id"], "--json").json
    assert receipt["usd"] == pytest.approx(0.16)
    assert receipt["convention"] == "inside"


def test_own_prices_come_first(call: Run, calls: Path, tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text('[[price]]\nmatch = "house-*"\ninput = 100.0\noutput = 0.0\n')
    (found,) = call("ls", calls, "-q", "model:house-9", "--json").lines
    receipt = call("cost", calls, "--explain", found["trace_id"], "--json", "--prices", own).json
    assert receipt["usd"] == pytest.approx(10 * 100 / 1e6)


def test_sums_go_by_the_prices_of_a_file_too(call: Run, calls: Path, tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        '[[price]]\nmatch = "house-*"\ninput = 100.0\noutput = 0.0\ntiers = [{ above = 5, input = 300.0 }]\n'
    )
    rows = {row["feature"]: row for row in call("cost", calls, "--since", "all", "--json", "--prices", own).lines}
    assert rows["search"]["cost_usd"] == pytest.approx(0.25 + 10 * 300 / 1e6)
    assert rows["search"]["unpriced"] == 0


def test_what_the_same_calls_would_have_cost(call: Run, calls: Path, tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text('[[price]]\nmatch = "gpt-5-mini"\ninput = 1000.0\noutput = 0.0\n')
    rows = {row["feature"]: row for row in call("cost", calls, "--since", "all", "--reprice", own, "--json").lines}
    assert rows["chat"]["then_usd"] == pytest.approx((10 + 10 + 1_000_000) * 1000 / 1e6)
    assert (rows["search"]["compared"], rows["search"]["left_out"]) == (1, 1)
    other = call("cost", calls, "--since", "all", "--on", "openai/o3", "--json").lines
    assert {row["feature"] for row in other} == {"chat", "search"}


def test_the_cache_saving_is_that_of_plain_arithmetic(call: Run, calls: Path) -> None:
    (chat,) = [row for row in call("cost", calls, "--since", "all", "--json").lines if row["feature"] == "chat"]
    assert chat["saved_usd"] == pytest.approx(400_000 * (0.25 - 0.025) / 1e6)


def test_prices_says_what_a_model_is_charged_on_a_day(call: Run) -> None:
    assert "$10 input" in call("prices", "o3", "--at", "2025-05-01").out
    assert "$2 input" in call("prices", "o3", "--at", "2025-07-01").out
    unknown = call("prices", "house-9")
    assert (unknown.code, "no model" in unknown.out) == (1, True)
    assert call("prices", "o3", "--at", "yesterday").code == 2


def test_the_receipt_of_everything_is_by_model_and_price(call: Run, calls: Path) -> None:
    text = call("cost", calls, "--since", "all", "--explain").out
    assert "∑ " in text
    assert "priced)" in text
    rows = call("cost", calls, "--since", "all", "--explain", "--json").out.splitlines()
    assert all('"price"' in row for row in rows)


def test_an_agent_that_recorded_the_whole_is_added_up_once(call: Run, tmp_path: Path) -> None:
    agent = {"trace_id": "t", "span_id": "a", "kind": "agent", "name": "agent", "start_ns": AT, "end_ns": AT + 9,
             "cost": {"usd": 0.5, "origin": "recorded"}}  # fmt: skip
    model = {"trace_id": "t", "span_id": "g", "parent_id": "a", "kind": "generation", "name": "chat", "start_ns": AT,
             "end_ns": AT + 9, "model": "gpt-5-mini", "provider": "openai", "usage": {"input": 1_000_000, "output": 0}}  # fmt: skip
    store = write_lines(tmp_path / "t.jsonl", [agent, model])
    receipts = {one["name"]: one for one in call("cost", store, "--explain", "t", "--json").lines}
    assert (receipts["agent"]["counted"], receipts["chat"]["counted"]) == (True, False)
    text = call("cost", store, "--explain", "t").out
    assert "∑ $0.5000 = $0.50000000" in text
    assert call("ls", store, "--json").json["cost"]["usd"] == 0.5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--since", "7d OR model:x"], "--since:"),
        (["--since", ""], "--since:"),
        (["--since", "foo"], '"foo" is no time'),
        (["--explain", "--csv"], "--csv is of what was spent"),
        (["--on", "o3", "--csv"], "--csv is of what was spent"),
        (["--explain", "x", "--on", "o3"], "ask one of them"),
    ],
)
def test_what_would_be_passed_over_is_refused(call: Run, arguments: list[str], sentence: str) -> None:
    ended = call("cost", SUPPORT, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err


def test_a_period_may_begin_at_a_time_of_day(call: Run) -> None:
    whole = call("cost", SUPPORT, "--since", "2026-11-20", "--json").out
    assert call("cost", SUPPORT, "--since", "2026-11-20 00:00", "--json").out == whole != ""


def test_csv_has_its_names_where_there_are_no_rows(call: Run) -> None:
    names = call("cost", SUPPORT, "--since", "all", "--csv").out.splitlines()[0]
    assert call("cost", SUPPORT, "-q", "model:nothing", "--csv").out.splitlines() == [names]


def test_csv_on_a_terminal_cannot_act(call: Run, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = {"id": 9, "timestamp": "2025-10-09T10:00:00Z", "feature": HOSTILE, "model": "gpt-5-mini", "prompt_tokens": 1}
    calls.write_text(json.dumps(line) + "\n")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    text = call("cost", calls, "--since", "all", "--csv").out
    assert "evil" in text
    assert not set("\x1b\x9b\x07\x00\u202e") & set(text)


def test_where_nothing_is_compared_there_is_no_sum(call: Run, calls: Path) -> None:
    rows = call("cost", calls, "--since", "all", "--on", "nobody", "--json").lines
    assert {(row["now_usd"], row["then_usd"], row["difference_usd"], row["compared"]) for row in rows} == {
        (None, None, None, 0)
    }
