"""promptfoo's database against its own `--output` files, and ratings as its own page writes them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.formats.databases import rows_of
from tests.formats.source_reading import read_source
from tests.formats.store_samples import DATA, SAMPLES, run_here
from tracetui.errors import NotWritable
from tracetui.model import Message, Score
from tracetui.semconv.chat import parse_messages
from tracetui.sources.promptfoo import PromptfooSource

RESULT = "8aa4b63a-0b2a-4ec4-93bf-a0b3da779dc1"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return SAMPLES["promptfoo-promptfoo"].unpack(tmp_path)


def truth() -> list[dict[str, Any]]:
    evals: list[dict[str, Any]] = json.loads((DATA / "promptfoo" / "expected.json").read_text())["evals"]
    return evals


def graded(store: Path, result: str = RESULT) -> tuple[dict[str, Any], int, float]:
    conn = sqlite3.connect(store)
    sql = "SELECT grading_result, success, score FROM eval_results WHERE id = ?"
    grading, success, score = conn.execute(sql, (result,)).fetchone()
    conn.close()
    return json.loads(grading), success, score


def test_each_evaluation_has_its_results_tokens_and_cost(store: Path) -> None:
    spans = read_source(PromptfooSource(store)).spans.values()
    for evaluation in truth():
        own = [span for span in spans if span.metadata["eval_id"] == evaluation["evalId"]]
        assert len(own) == evaluation["results"]
        assert sum(span.status == "error" for span in own) == evaluation["stats"]["errors"]
        cached = evaluation["tokens"]["completionDetails"]["cacheReadInputTokens"]
        assert sum(span.usage.cache_read or 0 for span in own) == cached
        assert sum(span.usage.input or 0 for span in own) == evaluation["tokens"]["prompt"] - cached
        assert sum(span.usage.output or 0 for span in own) == evaluation["tokens"]["completion"]
        assert sum(span.cost.usd or 0 for span in own) == pytest.approx(evaluation["cost"])
        labels = [str(span.metadata.get("provider_label") or span.metadata["provider_id"]) for span in own]
        assert {label: labels.count(label) for label in set(labels)} == evaluation["by_provider"]


def test_each_result_is_told_as_promptfoo_tells_it(store: Path) -> None:
    source = PromptfooSource(store)
    reading = read_source(source)
    scores = {(score.trace_id, score.name): score for score in reading.scores}
    for row in (row for evaluation in truth() for row in evaluation["rows"]):
        span = reading.spans[row["id"], row["id"]]
        assert span.duration_ns == row["latencyMs"] * 1_000_000
        assert scores[row["id"], "score"].value == pytest.approx(row["score"])
        for name, value in row["namedScores"].items():
            assert scores[row["id"], name].value == pytest.approx(value)
        assert (span.status == "error") == (row["failureReason"] == 2)
        if span.status == "error":
            assert str(span.status_message).startswith(row["error_prefix"])
        else:
            output = source.payload(span, reading.references[row["id"], row["id"]]).output
            assert isinstance(output, tuple)
            assert str(output[0].parts[0].text).startswith(row["output_prefix"])  # type: ignore[union-attr]


def test_a_prompt_of_chat_messages_is_a_conversation(store: Path) -> None:
    source = PromptfooSource(store)
    reading = read_source(source)
    payloads = [source.payload(span, reading.references[key]) for key, span in reading.spans.items()]
    roles = {tuple(message.role for message in payload.input) for payload in payloads}
    assert roles == {("user",), ("system", "user")}
    assert all(isinstance(message, Message) for payload in payloads for message in payload.input)


def test_assertions_are_scores_by_their_metric_or_their_type(store: Path) -> None:
    scores = [score for score in read_source(PromptfooSource(store)).scores if score.trace_id == RESULT]
    assert {(score.name, score.value, score.source) for score in scores} == {
        ("score", 1.0333333333333334, "code"),
        ("contains", 1.0, "code"),
        ("length", 1.1, "code"),
        ("latency", 1.0, "code"),
    }


def test_a_rating_grades_the_result_as_promptfoos_page_does(store: Path) -> None:
    source = PromptfooSource(store)
    before = graded(store)
    score = Score("s1", RESULT, None, "user_rating", value=0.0, comment="wrong", author="ada", time_ns=7)
    saved = source.write_score(score)
    assert saved.place == "table tracetui_scores in promptfoo.db and the result's grading"
    grading, success, number = graded(store)
    human = {key: value for key, value in grading["componentResults"][-1].items() if key != "tracetui"}
    assert human == {
        "pass": False,
        "score": 0.0,
        "reason": "Manual result (overrides all other grading results)",
        "comment": "wrong",
        "assertion": {"type": "human"},
    }
    assert (grading["pass"], grading["score"], grading["comment"], success, number) == (False, 0.0, "wrong", 0, 0.0)
    found = [score for score in read_source(PromptfooSource(store)).scores if score.source == "human"]
    assert found == [score]
    source.retract_score(score)
    assert graded(store) == before


def test_a_second_rating_replaces_the_first_one_and_both_can_be_taken_back(store: Path) -> None:
    source = PromptfooSource(store)
    before = graded(store)
    scores = [
        Score(f"s{number}", RESULT, RESULT, "user_rating", value=bool(number), time_ns=number) for number in (0, 1)
    ]
    for score in scores:
        source.write_score(score)
    grading, success, _ = graded(store)
    assert success == 1
    assert sum(item["assertion"]["type"] == "human" for item in grading["componentResults"]) == 1
    source.retract_score(scores[1])
    assert graded(store) == before


def test_a_rating_that_cannot_grade_its_result_is_not_saved_at_all(store: Path) -> None:
    run_here(store, "CREATE TRIGGER kept BEFORE UPDATE ON eval_results BEGIN SELECT raise(ABORT, 'kept'); END")
    score = Score("s1", RESULT, None, "user_rating", value=0.0)
    with pytest.raises(NotWritable, match="kept"):
        PromptfooSource(store).write_score(score)
    assert score not in read_source(PromptfooSource(store)).scores


def test_a_rating_of_promptfoos_page_is_a_human_score(store: Path) -> None:
    grading, _, _ = graded(store)
    human = {"pass": True, "score": 1, "reason": "Manual result", "comment": "fine", "assertion": {"type": "human"}}
    grading["componentResults"].append(human)
    text = json.dumps(grading).replace("'", "''")
    run_here(store, f"UPDATE eval_results SET grading_result = '{text}' WHERE id = '{RESULT}'")
    found = [score for score in read_source(PromptfooSource(store)).scores if score.name == "human"]
    assert [(score.value, score.comment, score.source) for score in found] == [(1.0, "fine", "human")]


def test_a_label_becomes_the_comment_of_a_result_that_keeps_its_grade(store: Path) -> None:
    PromptfooSource(store).write_score(Score("s1", RESULT, None, "topic", label="billing"))
    grading, success, number = graded(store)
    assert (grading["comment"], success, number) == ("billing", 1, pytest.approx(1.0333333))


def test_recorded_spans_lie_under_the_result_during_which_they_were_recorded(store: Path) -> None:
    ((evaluation,),) = rows_of(store, f"SELECT eval_id FROM eval_results WHERE id = '{RESULT}'")
    run_here(
        store,
        f"INSERT INTO traces (id, trace_id, evaluation_id, test_case_id, created_at) VALUES ('t', 'abc', '{evaluation}', '2-0', 1)",
        "INSERT INTO spans (id, trace_id, span_id, name, start_time, end_time, attributes, status_code)"
        " VALUES ('x', 'abc', 'sp1', 'step', 1795422653000, 1795422653010, '{\"gen_ai.operation.name\": \"chat\"}', 1)",
        "INSERT INTO spans (id, trace_id, span_id, parent_span_id, name, start_time, end_time, attributes, status_code)"
        " VALUES ('y', 'zzz', 'sp2', NULL, 'alone', 1795422653000, NULL, '{}', 2)",
    )
    spans = read_source(PromptfooSource(store)).spans
    assert spans[RESULT, "sp1"].parent_id == RESULT
    assert spans[RESULT, "sp1"].kind == "generation"
    assert (spans["zzz", "sp2"].status, spans["zzz", "sp2"].end_ns) == ("error", None)


def test_an_answer_from_promptfoos_own_cache_used_no_tokens(store: Path) -> None:
    response = '{"output": "x", "cached": true, "tokenUsage": {"total": 80, "cached": 80}}'
    run_here(store, f"UPDATE eval_results SET response = '{response}', cost = 0 WHERE id = '{RESULT}'")
    span = read_source(PromptfooSource(store)).spans[RESULT, RESULT]
    assert span.usage.total == 0
    assert span.cost.usd == 0.0
    assert span.metadata["cached"] is True


def test_an_evaluation_of_an_older_version_holds_its_results_itself(store: Path) -> None:
    result = {
        "provider": {"id": "openai:chat:gpt-4o-mini", "label": ""},
        "prompt": {"raw": "Say hi", "label": "Say {{q}}"},
        "vars": {"q": "hi"},
        "response": {"output": "hi", "tokenUsage": {"prompt": 3, "completion": 1, "total": 4}},
        "success": True,
        "score": 1,
        "latencyMs": 12,
        "gradingResult": {"pass": True, "score": 1, "componentResults": []},
        "namedScores": {"tone": 0.5},
    }
    text = json.dumps({"version": 2, "results": [result, "odd"]}).replace("'", "''")
    run_here(store, "DROP TABLE eval_results", f"UPDATE evals SET results = '{text}' WHERE rowid = 1")
    source = PromptfooSource(store)
    reading = read_source(source)
    ((key, span),) = reading.spans.items()
    assert (span.model, span.usage.input, span.duration_ns) == ("gpt-4o-mini", 3, 12_000_000)
    assert {(score.name, score.value) for score in reading.scores} == {("score", 1.0), ("tone", 0.5)}
    assert source.payload(span, reading.references[key]).output == parse_messages("hi", "assistant")
    assert [skip.reason for skip in reading.skipped] == ["result 2 is no object (table evals)"]
