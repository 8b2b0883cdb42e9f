"""`check` finds what was made worse, says how sure that is, and leaves chance alone."""

from __future__ import annotations

import json
import random
import shlex
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tracetui import config

from .conftest import HOSTILE, ROOT, Run, has_no_controls, write_lines

SUPPORT = ROOT / "sample_traces" / "support.db"
NOW = "2026-11-20T12:00:00Z"
NOW_NS = 1_795_176_000 * 10**9
HOUR = 3600 * 10**9
Make = Callable[[random.Random], dict[str, Any]]


def traces(number: int, hours_ago: float, seed: int, **more: Any) -> list[dict[str, Any]]:
    """As many traces of a call each, spread over the 20 hours after `hours_ago`; a value may be a function of chance."""
    chance = random.Random(seed)
    lines = []
    for index in range(number):
        start = NOW_NS - int(hours_ago * HOUR) + index * 20 * HOUR // number
        made = {key: value(chance) if callable(value) else value for key, value in more.items()}
        took_ms = made.pop("took_ms", None) or chance.lognormvariate(6, 0.3)
        scores = [
            {"id": f"{seed}-{index}-{name}", "name": name, **score} for name, score in made.pop("scores", {}).items()
        ]
        lines.append({
            "trace_id": f"{seed:04x}{index:028x}", "span_id": f"{seed:04x}{index:012x}", "kind": "generation",
            "name": "chat", "model": "gpt-5-mini", "start_ns": start, "end_ns": start + int(took_ms * 1e6),
            "usage": {"input": chance.randrange(900, 1100), "output": chance.randrange(90, 110)},
            "cost": {"usd": chance.uniform(0.001, 0.002)}, "feature": "chat", "scores": scores, **made,
        })  # fmt: skip
    return lines


def failing(share: float) -> Make:
    return lambda chance: "error" if chance.random() < share else "success"


@pytest.fixture
def compared(call: Run, tmp_path: Path) -> Callable[..., Any]:
    """Run `check` on a baseline and a period of traces that are made alike but for what is given."""

    def run(before: dict[str, Any], now: dict[str, Any], number: int = 60, *words: object) -> Any:
        path = write_lines(tmp_path / "t.jsonl", traces(number, 47, 1, **before) + traces(number, 23, 2, **now))
        return call("check", path, "--now", NOW, "--json", *words)

    return run


def verdicts(ended: Any) -> dict[str, str]:
    return {found["measure"]: found["verdict"] for found in ended.json["findings"]}


def rated(name: str, value: Callable[[random.Random], Any]) -> Callable[[random.Random], dict[str, Any]]:
    return lambda chance: {name: {"value": value(chance), "source": "human"}}


WORSE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "error_rate": ({"status": failing(0.05)}, {"status": failing(0.4)}),
    "refusal_rate": ({}, {"status": lambda chance: "refused" if chance.random() < 0.2 else "success"}),
    "latency_mean": ({}, {"took_ms": lambda chance: chance.lognormvariate(6.8, 0.3)}),
    "latency_p95": ({}, {"took_ms": lambda chance: 9_000 if chance.random() < 0.2 else chance.lognormvariate(6, 0.3)}),
    "cost_per_trace": ({}, {"cost": lambda chance: {"usd": chance.uniform(0.003, 0.004)}}),
    "tokens_per_call": ({}, {"usage": lambda chance: {"input": chance.randrange(2000, 3000), "output": 100}}),
    "thumbs_down_rate": (
        {"scores": rated("thumbs", lambda chance: chance.random() > 0.1)},
        {"scores": rated("thumbs", lambda chance: chance.random() > 0.6)},
    ),
    "score.grounded": (
        {"scores": lambda chance: {"grounded": {"value": chance.uniform(0.7, 1), "source": "llm"}}},
        {"scores": lambda chance: {"grounded": {"value": chance.uniform(0.4, 0.9), "source": "llm"}}},
    ),
    "tool_failure_rate": (
        {"kind": "tool", "status": failing(0.02)},
        {"kind": "tool", "status": failing(0.3)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("measure", list(WORSE))
def test_what_was_made_worse_is_a_regression(compared: Callable[..., Any], measure: str) -> None:
    ended = compared(*WORSE[measure])
    assert verdicts(ended)[measure] == "regression"
    assert ended.code == 1


@pytest.mark.parametrize("measure", list(WORSE))
def test_what_became_better_is_none(compared: Callable[..., Any], measure: str) -> None:
    before, now = WORSE[measure]
    ended = compared(now, before)
    assert verdicts(ended)[measure] == "fine"


@pytest.mark.parametrize("measure", list(WORSE))
def test_a_handful_of_traces_raises_no_alarm(compared: Callable[..., Any], measure: str) -> None:
    ended = compared(*WORSE[measure], 6)
    assert "regression" not in verdicts(ended).values()
    assert ended.code == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_same_traffic_twice_is_fine(call: Run, tmp_path: Path, seed: int) -> None:
    more = {"status": failing(0.05), "scores": rated("stars", lambda chance: chance.choice([3, 4, 4, 5, 5]))}
    lines = traces(50, 47, seed * 2 + 10, **more) + traces(50, 23, seed * 2 + 11, **more)
    ended = call("check", write_lines(tmp_path / "t.jsonl", lines), "--now", NOW)
    assert ended.code == 0, ended.out
    assert "no regression in " in ended.out


def test_the_figures_are_those_of_the_file(call: Run) -> None:
    """Held to SQL and plain Python over the sample store."""
    with closing(sqlite3.connect(SUPPORT)) as conn:
        found = call("check", SUPPORT, "--json", "--now", "2026-11-24T12:00", "--period", "3d", "--baseline", "5d").json
        edges = [int(1_795_521_600 - days * 86_400) * 10**9 for days in (8, 3, 0)]
        by_measure = {one["measure"]: one for one in found["findings"]}
        for side, low, high in (("baseline", *edges[:2]), ("period", *edges[1:])):
            inside = f"start_ns >= {low} AND start_ns < {high}"
            rows = conn.execute(f"SELECT status, end_ns - start_ns, cost_usd FROM traces WHERE {inside}").fetchall()
            durations = sorted(row[1] / 1e6 for row in rows if row[1] is not None)
            tools = conn.execute(
                f"SELECT status FROM spans WHERE kind = 'tool' AND trace_id IN (SELECT trace_id FROM traces WHERE {inside})"
            ).fetchall()
            stars = [value for (value,) in conn.execute(
                "SELECT value FROM scores WHERE name = 'user_rating' AND superseded_by IS NULL AND retracted_ns IS NULL"
                f" AND trace_id IN (SELECT trace_id FROM traces WHERE {inside})")]  # fmt: skip
            assert found[side]["traces"] == len(rows)
            assert by_measure["error_rate"][side]["hits"] == sum(row[0] == "error" for row in rows)
            assert by_measure["refusal_rate"][side]["value"] == sum(row[0] == "refused" for row in rows) / len(rows)
            assert by_measure["latency_mean"][side]["value"] == pytest.approx(sum(durations) / len(durations))
            place = (len(durations) - 1) * 0.95
            below = durations[int(place)]
            p95 = below + (durations[int(place) + 1] - below) * (place - int(place))
            assert by_measure["latency_p95"][side]["value"] == pytest.approx(p95)
            assert by_measure["tool_failure_rate"][side] | {"interval": None} == {
                "value": sum(row[0] == "error" for row in tools) / len(tools), "n": len(tools),
                "hits": sum(row[0] == "error" for row in tools), "interval": None,
            }  # fmt: skip
            assert by_measure["score.user_rating"][side]["value"] == pytest.approx(sum(stars) / len(stars))
            assert by_measure["thumbs_down_rate"][side]["hits"] == sum(value <= 2 for value in stars)


def test_the_worse_version_of_the_sample_prompt_is_found(call: Run) -> None:
    ended = call("check", SUPPORT, "--a", "version:3", "--b", "version:4", "--by", "prompt", "--json")
    worse = {one["measure"] for one in ended.json["findings"] if one["verdict"] == "regression"}
    assert ended.code == 1
    assert worse == {"score.groundedness"}
    said = verdicts(ended)
    assert (said["thumbs_down_rate"], said["score.user_rating"], said["score.resolved"]) == ("chance", "chance", "few")
    assert {one["group"]["prompt"] for one in ended.json["findings"]} == {"answer"}


def test_the_printed_command_lists_the_traces_behind_a_finding(call: Run, tmp_path: Path) -> None:
    lines = traces(60, 47, 1, status=failing(0.02)) + traces(60, 23, 2, status=failing(0.4))
    path = write_lines(tmp_path / "my traces.jsonl", lines)
    ended = call("check", path, "--now", NOW, "-q", "model:gpt* OR tool:x", "--by", "feature")
    (command,) = [line for line in ended.out.splitlines() if line.strip().startswith("tracetui ls")]
    listed = call(*shlex.split(command)[1:], "--json").lines
    failed = {line["trace_id"] for line in lines if line["status"] == "error" and line["trace_id"].startswith("0002")}
    assert {trace["trace_id"] for trace in listed} == failed
    named = ended.out.splitlines()[ended.out.splitlines().index(command) + 1].split()
    assert set(named) <= failed
    assert len(named) == 5


@pytest.mark.parametrize("by", ["feature", "model", "prompt"])
@pytest.mark.parametrize("measure", ["error_rate", "refusal_rate"])
def test_a_filter_finds_as_many_traces_as_the_rate_counts(call: Run, tmp_path: Path, by: str, measure: str) -> None:
    status = "error" if measure == "error_rate" else "refused"
    bad = {"status": lambda chance: status if chance.random() < 0.5 else "success"}
    lines = [
        line
        for number, name in enumerate(['a "quoted" one', "b", None])
        for line in traces(30, 47, 5 + number, feature=name, model=name, prompt_name=name)
        + traces(30, 23, 8 + number, feature=name, model=name, prompt_name=name, **bad)
    ]
    if by == "feature":  # a trace without a feature is called by its root
        lines = [line for line in lines if line["feature"] is not None]
    path = write_lines(tmp_path / "t.jsonl", lines)
    found = [
        one for one in call("check", path, "--now", NOW, "--by", by, "--json").json["findings"]
        if one["measure"] == measure
    ]  # fmt: skip
    assert len(found) == (2 if by == "feature" else 3)
    for one in found:
        assert one["verdict"] == "regression"
        assert len(call("ls", path, "-q", one["filter"], "--json").lines) == one["period"]["hits"]


def test_junit_has_a_case_for_each_measure(call: Run, tmp_path: Path) -> None:
    lines = traces(60, 47, 1, feature=HOSTILE) + traces(60, 23, 2, feature=HOSTILE, status=failing(0.5))
    path = write_lines(tmp_path / "t.jsonl", lines)
    ended = call("check", path, "--now", NOW, "--by", "feature", "--junit", tmp_path / "out.xml")
    assert ended.code == 1
    assert has_no_controls(ended.out)
    suite = ET.parse(tmp_path / "out.xml").getroot()
    failures = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failures == ["error rate"]
    assert (suite.get("tests"), suite.get("failures")) == (str(len(suite)), "1")
    assert "status:error" in (suite.find("testcase/failure").text or "")  # type: ignore[union-attr]


def test_the_same_command_says_the_same_again(call: Run) -> None:
    words = ("check", SUPPORT, "--a", "version:3", "--b", "version:4", "--json")
    assert call(*words).out == call(*words).out


def test_limits_come_from_the_configuration(call: Run) -> None:
    words = ("check", SUPPORT, "--a", "version:3", "--b", "version:4", "--json")
    config.config_dir().mkdir(parents=True)
    file = config.config_dir() / "config.toml"
    file.write_text("[check]\nthumbs_down_rate = 0\nscore_drop = 0.5\n")
    assert call(*words).code == 0
    assert "thumbs_down_rate" not in verdicts(call(*words))
    file.write_text("[check]\nleast = 40\n")
    assert verdicts(call(*words))["score.groundedness"] == "few"
    file.write_text('[check]\nlower_is_better = ["groundedness"]\n')
    assert verdicts(call(*words))["score.groundedness"] == "fine"
    file.write_text('[check]\nthumbs = ["resolved"]\n')
    (thumbs,) = [one for one in call(*words).json["findings"] if one["measure"] == "thumbs_down_rate"]
    assert (thumbs["period"]["hits"], thumbs["period"]["n"]) == (3, 9)
    file.write_text("[check]\nlatancy = 2\n")
    assert "did you mean latency" in call(*words).err


@pytest.mark.parametrize(
    ("down", "up"),
    [
        ({"value": False}, {"value": True}),
        ({"value": -1}, {"value": 1}),
        ({"value": 1}, {"value": 5}),
        ({"label": "thumbs-down"}, {"label": "thumbs-up"}),
    ],
)
def test_a_thumb_down_is_known_in_every_form(
    compared: Callable[..., Any], down: dict[str, Any], up: dict[str, Any]
) -> None:
    before = {"scores": {"r": {**up, "source": "human"}}}
    now = {"scores": lambda chance: {"r": {**(down if chance.random() < 0.5 else up), "source": "human"}}}
    (found,) = [one for one in compared(before, now).json["findings"] if one["measure"] == "thumbs_down_rate"]
    assert (found["verdict"], found["period"]["n"]) == ("regression", 60)
    assert 15 < found["period"]["hits"] < 45


def test_without_traces_nothing_is_wrong(call: Run) -> None:
    ended = call("check", SUPPORT, "--now", "2020-01-01")
    assert (ended.code, "nothing to check" in ended.out) == (0, True)
    assert call("check", SUPPORT, "--now", "2020-01-01", "--json").json["findings"] == []


def test_refusals_are_held_to_their_own_limit_where_there_is_no_baseline(call: Run, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", traces(40, 23, 1, status="refused"))
    ended = call("check", path, "--now", NOW)
    assert ended.code == 1
    assert "no traces in the baseline" in ended.out
    assert "✕ refusal rate: – (n 0) → 100% (40 of 40), limit 5%" in ended.out
    assert call("check", write_lines(tmp_path / "u.jsonl", traces(40, 23, 1)), "--now", NOW).code == 0


def test_a_few_refusals_more_than_the_limit_are_no_alarm_alone(call: Run, tmp_path: Path) -> None:
    more = {"status": lambda chance: "refused" if chance.random() < 0.07 else "success"}
    path = write_lines(tmp_path / "t.jsonl", traces(60, 47, 3, **more) + traces(60, 23, 4, **more))
    assert verdicts(call("check", path, "--now", NOW, "--json"))["refusal_rate"] in ("fine", "chance")


def test_a_range_of_dates_includes_its_last_day(call: Run) -> None:
    words = ("--period", "2026-11-20..2026-11-21", "--baseline", "2026-11-18..2026-11-19", "--json")
    found = call("check", SUPPORT, *words).json
    assert found["period"]["filter"] == "since:2026-11-20T00:00:00Z before:2026-11-22T00:00:00Z"
    with closing(sqlite3.connect(SUPPORT)) as conn:
        sql = (
            "SELECT count(*) FROM traces WHERE date(start_ns / 1000000000, 'unixepoch') IN ('2026-11-18', '2026-11-19')"
        )
        assert found["baseline"]["traces"] == conn.execute(sql).fetchone()[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--period", "soon"], '--period: "soon" is no period'),
        (["--period", "0h"], "is no period"),
        (["--period", "2026-11-21..2026-11-20"], "ends before it begins"),
        (["--baseline", "2026-11-21..soon"], "--baseline: "),
        (["--now", "later"], '--now: "later" is no time'),
        (["--a", "is:error"], "--a and --b belong together"),
        (["--a", "is:error", "--b", "is:refused", "--period", "7d"], "stand for --baseline and --period"),
        (["--a", "modle:x", "--b", "is:error"], "modle"),
        (["-q", "modle:x"], "modle"),
        (["--by", "colour"], "colour"),
        (["--junit", "/nowhere/at/all.xml"], "no such folder"),
    ],
)
def test_wrong_use_is_a_sentence(call: Run, words: list[str], sentence: str) -> None:
    ended = call("check", SUPPORT, *words)
    assert ended.code == 2
    assert sentence in ended.err


def test_every_key_stands_on_the_page_of_json(call: Run) -> None:
    page = (ROOT / "docs" / "json.md").read_text()
    found = call("check", SUPPORT, "--a", "version:3", "--b", "version:4", "--by", "prompt", "--json").json
    keys = {*found, *found["baseline"], *found["findings"][0], *found["findings"][0]["period"]}
    assert [key for key in keys if key not in page] == []
    assert json.dumps(found)
