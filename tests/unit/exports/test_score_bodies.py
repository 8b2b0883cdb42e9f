from __future__ import annotations

import json
import uuid
from typing import Any

import msgspec
import pytest

from tracetui.exports.langfuse_scores import langfuse_score, write_langfuse_scores
from tracetui.exports.langsmith_feedback import feedback, write_langsmith_feedback
from tracetui.model import Score

from . import made

SCORE = Score("s-1", "t", "a", "quality", 0.5, comment="why", source="llm", author="judge", time_ns=made.T0)


@pytest.mark.parametrize(
    ("score", "value", "kind"),
    [
        (SCORE, 0.5, "NUMERIC"),
        (msgspec.structs.replace(SCORE, value=True), 1, "BOOLEAN"),
        (msgspec.structs.replace(SCORE, value=None, label="good"), "good", "CATEGORICAL"),
    ],
)
def test_langfuse_gets_a_value_and_its_type(score: Score, value: Any, kind: str) -> None:
    body = langfuse_score(score)
    assert (body["value"], body["dataType"]) == (value, kind)
    assert type(body["value"]) is type(value)
    assert (body["id"], body["traceId"], body["observationId"], body["comment"]) == ("s-1", "t", "a", "why")


def test_a_score_of_a_trace_names_no_observation() -> None:
    assert "observationId" not in langfuse_score(msgspec.structs.replace(SCORE, span_id=None))
    assert "observationId" not in langfuse_score(msgspec.structs.replace(SCORE, span_id="trace:t"))


def test_the_body_for_langfuse_is_one_list_with_every_score_once() -> None:
    body = json.loads("".join(write_langfuse_scores([made.hard_trace(), made.hard_trace()])))
    assert [score["name"] for score in body] == ["user_rating", "hallucination", "topic"] * 2
    assert json.loads("".join(write_langfuse_scores([]))) == []


def test_each_line_for_langsmith_is_the_body_of_one_request() -> None:
    lines = [json.loads(line) for line in "".join(write_langsmith_feedback([made.hard_trace()])).splitlines()]
    assert [line["key"] for line in lines] == ["user_rating", "hallucination", "topic"]
    assert lines[0]["run_id"] == made.hard_trace().tree.trace.root_id
    assert all(line["trace_id"] == made.TRACE and uuid.UUID(line["id"]) for line in lines)


def test_feedback_is_a_score_or_a_value_and_keeps_its_id() -> None:
    numeric = feedback(SCORE, "a")
    assert (numeric["score"], numeric["feedback_source"]["type"]) == (0.5, "model")
    assert "value" not in numeric
    label = feedback(msgspec.structs.replace(SCORE, value=None, label="good", source="human"), "a")
    assert (label["value"], label["feedback_source"]["type"]) == ("good", "app")
    assert numeric["id"] == label["id"] == feedback(SCORE, "a")["id"]
