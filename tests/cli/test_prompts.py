"""`prompts` says of each version what plain Python makes of the file, and of two what changed."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from .conftest import HOSTILE, ROOT, T0, Run, has_no_controls, write_lines

SUPPORT = ROOT / "sample_traces" / "support.db"
VERSIONS = [("answer", "3"), ("answer", "4"), ("docs-answer", "2")]


def percentile_95(values: list[float]) -> float:
    ordered = sorted(values)
    place = (len(ordered) - 1) * 0.95
    return ordered[int(place)] + (ordered[int(place) + 1] - ordered[int(place)]) * (place - int(place))


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def expected(name: str, version: str) -> dict[str, Any]:
    """The figures of a version by SQL over the raw spans and plain Python."""
    with closing(sqlite3.connect(SUPPORT)) as conn:
        conn.row_factory = sqlite3.Row
        calls = conn.execute(
            "SELECT * FROM spans WHERE prompt_name = ? AND prompt_version = ?", (name, version)
        ).fetchall()
        traces = {call["trace_id"] for call in calls}
        roots = dict(conn.execute("SELECT trace_id, root_id FROM traces").fetchall())
        spans = {call["span_id"] for call in calls}
        scores: dict[str, list[float]] = {}
        for row in conn.execute("SELECT * FROM scores WHERE superseded_by IS NULL AND retracted_ns IS NULL"):
            if row["trace_id"] in traces and (
                row["span_id"] in (None, roots[row["trace_id"]]) or row["span_id"] in spans
            ):
                scores.setdefault(row["name"], []).append(row["value"])
        took = [(call["end_ns"] - call["start_ns"]) / 1e6 for call in calls if call["end_ns"] is not None]
        used = [
            sum(call[f"{bucket}_tokens"] or 0 for bucket in ("input", "cache_read", "cache_write", "output"))
            for call in calls
            if call["input_tokens"] is not None
        ]
        stars = scores.get("user_rating", [])
        return {
            "traces": len(traces),
            "calls": len(calls),
            "error_rate": sum(call["status"] == "error" for call in calls) / len(calls),
            "refusal_rate": sum(call["status"] == "refused" for call in calls) / len(calls),
            "latency_mean": mean(took),
            "latency_p95": percentile_95(took),
            "tokens_per_call": mean([float(number) for number in used]),
            "thumbs_down_rate": sum(value <= 2 for value in stars) / len(stars),
            **{f"score.{score}": mean(values) for score, values in scores.items()},
        }


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_the_figures_of_a_version_are_those_of_the_file(call: Run, name: str, version: str) -> None:
    rows = call("prompts", SUPPORT, "--json").lines
    assert [(row["name"], row["version"]) for row in rows] == VERSIONS
    row = next(row for row in rows if (row["name"], row["version"]) == (name, version))
    wanted = expected(name, version)
    found = {key: value["value"] for key, value in row["measures"].items()} | {
        key: row[key] for key in ("traces", "calls")
    }
    assert {key: found[key] for key in wanted} == {key: pytest.approx(value) for key, value in wanted.items()}


def test_the_cost_per_call_is_that_of_the_priced_calls(call: Run) -> None:
    (row,) = call("prompts", SUPPORT, "--name", "docs-answer", "--json").lines
    by_prompt = {
        one["prompt"]: one for one in call("cost", SUPPORT, "--since", "all", "--by", "prompt", "--json").lines
    }
    assert row["measures"]["cost_per_call"]["value"] == pytest.approx(by_prompt["docs-answer@2"]["cost_per_call_usd"])
    assert row["measures"]["cost_per_call"]["n"] == by_prompt["docs-answer@2"]["priced"]


def test_the_worse_version_of_the_samples_is_found(call: Run) -> None:
    found = call("prompts", SUPPORT, "--compare", "answer@3", "answer@4", "--json").json
    said = {one["measure"]: one["verdict"] for one in found["measures"]}
    assert (said["thumbs_down_rate"], said["score.groundedness"], said["score.user_rating"]) == ("worse",) * 3
    assert (said["error_rate"], said["latency_mean"], said["tokens_per_call"]) == ("noise",) * 3
    assert said["score.resolved"] == "few"
    for one in found["measures"]:
        wanted = expected("answer", "3").get(one["measure"])
        assert wanted is None or one["a"]["value"] == pytest.approx(wanted)
        if one["difference"] is not None:
            assert one["difference"] == pytest.approx(one["b"]["value"] - one["a"]["value"])
        if one["difference_interval"] is not None:
            assert one["difference_interval"][0] <= one["difference"] <= one["difference_interval"][1]


def test_the_text_that_changed_is_shown(call: Run) -> None:
    text = call("prompts", SUPPORT, "--name", "answer", "--compare", "3", "4").out
    assert "with their values filled in" in text
    assert "[-, a shop for bicycle parts-]" in text
    assert "Delight them" in text
    assert "mean groundedness: 0.884 (n 33) → 0.712 (n 18)  worse" in text
    assert "may be noise" in text


def test_the_pieces_give_both_texts_back(call: Run) -> None:
    found = call("prompts", SUPPORT, "--compare", "answer@3", "answer@4", "--json").json["text"]
    for side, gone in (("a", "added"), ("b", "removed")):
        text = "".join(piece["text"] for piece in found["pieces"] if piece["change"] != gone)
        shown = call("show", SUPPORT, found[side]["trace_id"], "--json").json
        spans = [span for root in shown["root"] for span in (root, *root["children"])]
        (span,) = [span for span in spans if span["span_id"] == found[side]["span_id"]]
        assert span["input"][0]["parts"][0]["text"] == text


def calls_of(
    number: int, texts: list[str], *, version: str | None = None, seed: int = 1, **more: Any
) -> list[dict[str, Any]]:
    """As many calls of a prompt, which use the texts in turn."""
    chance = random.Random(seed)
    return [
        {
            "trace_id": f"{seed:08x}{index:024x}", "span_id": f"{seed:08x}{index:08x}", "kind": "generation",
            "name": "c", "start_ns": T0 + seed * 10**12 + index * 10**9, "end_ns": T0 + seed * 10**12 + index * 10**9
            + chance.randrange(10**8, 2 * 10**8), "prompt_name": "greet", "prompt_version": version,
            "input": [{"role": "system", "content": texts[index * len(texts) // number]}, {"role": "user", "content": "Hi"}],
            **more,
        }
        for index in range(number)
    ]  # fmt: skip


INSTRUCTIONS = "You greet the customers of a shop. Be brief and kind. Never promise a refund. Answer in their language."


def test_one_name_with_two_texts_and_no_version_is_reported(call: Run, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", calls_of(20, [INSTRUCTIONS, INSTRUCTIONS.replace("brief", "witty")]))
    (row,) = call("prompts", path, "--json").lines
    assert row["texts"]["looked_at"] == 20
    assert [(one["calls"], one["is_template"]) for one in row["texts"]["variants"]] == [(10, False), (10, False)]
    assert row["texts"]["variants"][0]["last_seen"] < row["texts"]["variants"][1]["first_seen"]
    text = call("prompts", path).out
    assert "greet has no version, and 2 different texts in the 20 calls that were looked at:" in text
    assert row["texts"]["variants"][0]["fingerprint"] in text


@pytest.mark.parametrize(
    "texts",
    [
        [INSTRUCTIONS],
        [f"{INSTRUCTIONS} The customer is called {name}." for name in "ABCDEFGHIJ"],
        [f"{INSTRUCTIONS * 7}\n{' '.join(random.Random(n).choices('pqrstuvw', k=300))}" for n in range(10)],
    ],
    ids=["one text", "a name filled in", "documents filled in"],
)
def test_values_that_are_filled_in_make_no_other_prompt(call: Run, tmp_path: Path, texts: list[str]) -> None:
    path = write_lines(tmp_path / "t.jsonl", calls_of(10, texts))
    (row,) = call("prompts", path, "--json").lines
    assert row["texts"]["different"] == 1
    assert "different texts" not in call("prompts", path).out


def test_another_prompt_among_filled_in_ones_is_seen(call: Run, tmp_path: Path) -> None:
    texts = [f"{INSTRUCTIONS} The customer is called {name}." for name in "ABCDE"]
    texts += [f"Write a haiku about {name} and nothing else, please." for name in "FGHIJ"]
    (row,) = call("prompts", write_lines(tmp_path / "t.jsonl", calls_of(10, texts)), "--json").lines
    assert [one["calls"] for one in row["texts"]["variants"]] == [5, 5]


def test_how_many_calls_are_looked_at_is_capped_and_said(call: Run, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t.jsonl", calls_of(100, ["one text", "quite another"]))
    (row,) = call("prompts", path, "--json").lines
    assert row["texts"]["looked_at"] == 40
    assert "in the 40 calls that were looked at (at most 40, of 100)" in call("prompts", path).out


def test_a_template_is_compared_rather_than_what_was_made_of_it(call: Run, tmp_path: Path) -> None:
    lines = []
    for version, template in (("1", "Greet {name}."), ("2", "Greet {name} warmly.")):
        attributes = {"llm.prompt_template.template": template}
        lines += calls_of(3, ["Greet Ada."], version=version, seed=int(version), attributes=attributes)
    path = write_lines(tmp_path / "t.jsonl", lines)
    found = call("prompts", path, "--compare", "1", "2", "--json").json["text"]
    assert found["is_template"] is True
    assert found["pieces"] == [
        {"change": "same", "text": "Greet {name}"}, {"change": "added", "text": " warmly"}, {"change": "same", "text": "."},
    ]  # fmt: skip
    assert "filled in" not in call("prompts", path, "--compare", "1", "2").out


def test_two_versions_of_the_same_traffic_differ_by_chance_alone(call: Run, tmp_path: Path) -> None:
    lines = calls_of(30, ["same"], version="1", seed=1) + calls_of(30, ["same"], version="2", seed=2)
    ended = call("prompts", write_lines(tmp_path / "t.jsonl", lines), "--compare", "greet@1", "greet@2")
    assert "  the same text" in ended.out
    assert "no difference that chance does not explain as well" in ended.out


def test_a_handful_of_calls_is_too_few_to_say(call: Run, tmp_path: Path) -> None:
    lines = calls_of(3, ["a"], version="1") + calls_of(3, ["b"], version="2", seed=2, status="error")
    found = call("prompts", write_lines(tmp_path / "t.jsonl", lines), "--compare", "1", "2", "--json").json
    assert {one["verdict"] for one in found["measures"]} == {"few"}


def test_without_prompts_it_says_so(call: Run, source: Path) -> None:
    assert "no prompt is named" in call("prompts", source, "-q", "name:answer").out
    assert call("prompts", source, "-q", "name:answer", "--json").out == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--compare", "answer@3", "answer@9"], 'there is no prompt "answer@9" in these traces; there are answer@3'),
        (["--compare", "3", "4"], 'there is no prompt "3"'),
        (["--compare", "answer@3", "answer@3"], "are the same version"),
        (["--name", "nobody", "--compare", "1", "2"], "there are none at all"),
        (["--compare", "answer@3"], "--compare"),
        (["-q", "modle:x"], "modle"),
    ],
)
def test_wrong_use_is_a_sentence(call: Run, words: list[str], sentence: str) -> None:
    ended = call("prompts", SUPPORT, *words)
    assert ended.code == 2
    assert sentence in ended.err


def test_nothing_acts_on_the_terminal(call: Run, tmp_path: Path) -> None:
    scores = [{"id": "s", "name": HOSTILE, "value": 1}]
    lines = [
        {**line, "prompt_name": HOSTILE, "trace_id": line["trace_id"] + str(number)}
        for number, text in enumerate([HOSTILE, "else"])
        for line in calls_of(1, [text])
    ]
    lines[0]["scores"] = scores
    other = [{**line, "prompt_name": HOSTILE, "prompt_version": "2"} for line in calls_of(1, [HOSTILE + "!"], seed=3)]
    path = write_lines(tmp_path / "t.jsonl", lines + other)
    listed = call("prompts", path)
    assert listed.code == 0
    assert has_no_controls(listed.out)
    named = call("prompts", path, "--json").lines[0]["name"]
    compared = call("prompts", path, "--compare", named, f"{named}@2")
    assert compared.code == 0, compared.err
    assert has_no_controls(compared.out)


def test_every_key_stands_on_the_page_of_json(call: Run) -> None:
    page = (ROOT / "docs" / "json.md").read_text()
    listed = call("prompts", SUPPORT, "--json").lines[0]
    compared = call("prompts", SUPPORT, "--compare", "answer@3", "answer@4", "--json").json
    keys = {*listed, *listed["measures"]["error_rate"], *compared, *compared["text"], *compared["measures"][0]}
    assert [key for key in keys if key not in page] == []


def test_a_prompt_that_is_not_there_is_named(call: Run) -> None:
    assert call("prompts", SUPPORT, "--name", "nobody").out == 'no prompt "nobody" in these traces\n'
