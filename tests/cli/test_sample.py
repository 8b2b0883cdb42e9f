"""What commands say of a sampled store: estimates are marked, scores are exact, and nothing of it is lost on the way."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .conftest import ROOT, Run
from .test_json_page import keys_of

SINCE = ("--since", "all")


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """The sample store."""
    return Path(shutil.copy(ROOT / "sample_traces" / "support.db", tmp_path / "whole.db"))


@pytest.fixture
def store(call: Run, whole: Path) -> Path:
    """A sample of it at 20 %."""
    path = Path(shutil.copy(whole, whole.with_name("sampled.db")))
    assert call("prune", path, "--sample", "20%").code == 0
    return path


def test_what_goes_and_what_stays_is_said_first(call: Run, whole: Path) -> None:
    before = whole.read_bytes()
    ended = call("prune", whole, "--sample", "20%", "--dry-run")
    assert ended.out.splitlines() == [
        "not in a sample of 20%: 45 traces, 215 spans, 191 kB of payloads",
        "kept: 142 rated, 8 with errors, 6 of the rest, 5 refused, 4 among the costliest, 5 not settled yet",
        "dry run: nothing was changed",
    ]
    assert whole.read_bytes() == before


def test_the_same_again_takes_nothing_more(call: Run, store: Path) -> None:
    stats = call("stats", store, "--json").json
    assert call("prune", store, "--sample", "20%", "--json").json["gone"]["traces"] == 0
    assert call("stats", store, "--json").json == stats


def test_a_sample_of_everything_decides_nothing(call: Run, whole: Path) -> None:
    assert call("prune", whole, "--sample", "100%", "--json").json["kept"] == {}
    assert "~" not in call("stats", whole).out


def test_age_goes_before_the_sample(call: Run, whole: Path) -> None:
    ended = call("prune", whole, "--keep", "1ms", "--sample", "20%", "--json").json
    assert ended["by_age"]["traces"] == 70
    assert (ended["by_sampling"]["traces"], set(ended["kept"])) == (0, {"rated"})


@pytest.mark.parametrize("share", ["0", "0%", "110%", "-5%", "some", "nan", "%"])
def test_a_share_that_is_none_is_refused(call: Run, whole: Path, share: str) -> None:
    ended = call("prune", whole, "--sample", share)
    assert (ended.code, "is no share of traces" in ended.err) == (2, True)


def test_stats_mark_estimates_and_leave_scores_alone(call: Run, store: Path, whole: Path) -> None:
    stats, truth = call("stats", store, "--json").json, call("stats", whole, "--json").json
    assert stats["sample"]["traces"] == 170
    assert stats["sample"]["at_least"] == ["users", "sessions"]
    assert stats["scores"] == truth["scores"]
    assert stats["traces"] == pytest.approx(truth["traces"], rel=0.15)
    assert "sample" not in truth
    said = call("stats", store).out
    assert "sample              170 traces were kept; ~ is estimated from them, ≥ is what is known at least" in said
    assert re.search(r"^traces +~194 \(~171 success", said, re.MULTILINE)
    assert re.search(r"^cost +≥ ~\$0", said, re.MULTILINE)
    assert re.search(r"^users +≥ 10$", said, re.MULTILINE)
    assert "~" not in call("stats", whole).out


def test_every_group_is_marked_even_where_all_that_is_left_stands_for_itself(call: Run, store: Path) -> None:
    rows = call("cost", store, *SINCE, "--json").lines
    assert [row["estimate"] for row in rows] == [True] * 4
    lines = {line.split()[0]: line for line in call("cost", store, *SINCE).out.splitlines()}
    assert min(lines[name].count("~") for name in ("returns", "reports")) >= 5
    assert call("cost", store, *SINCE, "--on", "gpt-5-mini").out.count("~") >= 16


def test_traces_say_for_how_many_they_stand(call: Run, store: Path, whole: Path) -> None:
    found = [(trace.get("weight"), trace.get("kept_for")) for trace in call("ls", store, "--json").lines]
    assert found.count((5.0, "rate")) == 6
    assert found.count((1.0, "rated")) == 142
    assert found.count((None, None)) == 5
    assert all("weight" not in trace for trace in call("ls", whole, "--json").lines)


def test_info_says_at_which_rate_and_why(call: Run, store: Path, whole: Path) -> None:
    said = call("info", store).out
    assert "holds       170 traces, of ~194 with ~944 spans" in said
    assert "sampled     at 20%: kept 142 rated, 8 with errors, 6 of the rest, 5 refused, 4 among the costliest" in said
    assert call("info", store, "--json").json["sample"]["rate"] == "20%"
    assert "sampled" not in call("info", whole).out


def test_an_export_and_an_import_keep_the_weights(call: Run, store: Path, tmp_path: Path) -> None:
    lines, again, copied = tmp_path / "x.jsonl", tmp_path / "again.db", tmp_path / "copied.db"
    lines.write_text(call("export", store, "--format", "jsonl").out)
    stats = call("stats", store, "--json").json
    assert call("import", lines, "--into", again).code == 0
    assert call("import", store, "--into", copied).code == 0
    for other in (lines, again, copied):
        found = call("stats", other, "--json").json
        assert found.pop("cost")["usd"] == pytest.approx(stats["cost"]["usd"])
        assert found == {name: value for name, value in stats.items() if name != "cost"} | {"sources": found["sources"]}
    for other in (again, copied):
        assert call("export", other, "--format", "jsonl").out == lines.read_text()


@pytest.mark.parametrize("form", ["otlp", "csv"])
def test_sums_of_a_sample_are_right_from_an_export_in_other_forms(
    call: Run, store: Path, tmp_path: Path, form: str
) -> None:
    path, again = tmp_path / f"x.{form}", tmp_path / "again.db"
    path.write_text(call("export", store, "--format", form).out, newline="")
    assert call("import", path, "--into", again).code == 0
    whole, sums = (
        call("stats", store, "--json").json,
        ("traces", "spans", "kinds", "statuses", "tokens", "sample"),
    )
    for other in (path, again):
        found = call("stats", other, "--json").json
        assert {name: found[name] for name in sums} == {name: whole[name] for name in sums}
        assert found["cost"]["usd"] == pytest.approx(whole["cost"]["usd"])
        # A spreadsheet gets microseconds.
        assert found["latency_ms"] == pytest.approx(whole["latency_ms"], abs=0.002)
        weights = {(trace.get("weight"), trace.get("kept_for")) for trace in call("ls", other, "--json").lines}
        assert weights == {(5.0, "rate"), (None, None)} | {(1.0, why) for why in ("rated", "error", "refused", "cost")}


def test_a_weight_of_something_else_is_none_of_a_sample(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("trace_id,model,prompt,response,prompt_tokens,weight\na,gpt-5-mini,hi,ho,3,5\n")
    assert "sample" not in call("stats", path, "--json").json


@pytest.mark.parametrize(
    "weight", ['{"doubleValue": 0.5}', '{"doubleValue": "NaN"}', '{"intValue": "99999999999"}', '{"stringValue": "5"}']
)
def test_a_weight_that_is_none_weighs_nothing(call: Run, tmp_path: Path, weight: str) -> None:
    path = tmp_path / "odd.otlp.jsonl"
    span = f'{{"traceId":"{"1" * 32}","spanId":"{"2" * 16}","startTimeUnixNano":"1","attributes":[{{"key":"tracetui.weight","value":{weight}}}]}}'
    path.write_text(f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}\n')
    stats = call("stats", path, "--json").json
    assert (stats["traces"], "sample" in stats) == (1, False)


def test_the_same_sample_twice_is_counted_once(call: Run, store: Path, tmp_path: Path) -> None:
    twin = shutil.copy(store, tmp_path / "twin.db")
    assert call("stats", store, twin, "--json").json["traces"] == call("stats", store, "--json").json["traces"]


def test_a_weight_that_is_none_is_a_reason(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(
        '{"tracetui":1,"trace_id":"a","span_id":"a","start_ns":1,"end_ns":2,"weight":0.5}\n'
        '{"tracetui":1,"trace_id":"b","span_id":"b","start_ns":1,"end_ns":2,"weight":10}\n'
    )
    ended = call("stats", path, "--json")
    assert (ended.json["traces"], ended.json["sample"]["traces"], ended.json["sources"][0]["skipped"]) == (10, 1, 1)
    assert "with a weight that is no number from 1 up" in ended.err


def test_check_says_what_it_estimates_from(call: Run, store: Path) -> None:
    days = ("--period", "2026-11-22..2026-11-23", "--baseline", "2026-11-19..2026-11-21")
    found = call("check", store, *days, "--json").json
    assert found["period"]["sample"]["traces"] < found["period"]["traces"]
    latency = next(one for one in found["findings"] if one["measure"] == "latency_mean")
    assert latency["period"]["effective_n"] <= latency["period"]["n"]
    assert "that were kept)" in call("check", store, *days).out


COMMANDS = (
    ("stats",), ("stats", "--over", "day"), ("cost", *SINCE), ("cost", *SINCE, "--on", "gpt-5-mini"), ("ls",), ("info",),
    ("prompts",), ("check", "--now", "2026-11-24", "--period", "7d"), ("prune", "--sample", "10%"),
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_key_of_a_sample_stands_on_the_page(call: Run, store: Path, words: tuple[str, ...]) -> None:
    page = set(re.findall(r"\w+", (ROOT / "docs" / "json.md").read_text()))
    lines = call(words[0], store, *words[1:], "--json").lines
    assert {key for line in lines for key in keys_of(line)} - page == set()


@pytest.mark.parametrize("words", [("cost", *SINCE, "--csv"), ("stats", "--over", "day", "--csv")], ids=" ".join)
def test_tables_have_a_column_more(call: Run, store: Path, whole: Path, words: tuple[str, ...]) -> None:
    sampled, plain = (call(words[0], path, *words[1:]).out.splitlines() for path in (store, whole))
    more = sampled[0].removeprefix(plain[0])
    assert more in (",estimate", ",sample_traces")
    assert len({line.count(",") for line in sampled}) == 1
