"""Langfuse's SDKs: batches of version 2, scores, the auth check and prompts of later ones."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collector.conftest import Client, captured, check_totals, totals
from tracetui.collector.listen import Listening
from tracetui.workspace import open_workspace

V2 = {"kinds": {"generation": 10, "span": 3, "event": 1}}  # a tool is only a span in this version
AT = "2026-11-23T09:25:0{}.000000Z"


def event(kind: str, body: dict[str, Any], second: int = 0, id: str = "e1") -> dict[str, Any]:
    return {"id": id, "type": kind, "timestamp": AT.format(second), "body": body}


def batch(client: Client, *events: dict[str, Any]) -> Any:
    answer = client.post_json("/api/public/ingestion", {"batch": list(events), "metadata": {}})
    assert answer.status == 207
    return answer.json


def span_of(store: Path, trace_id: str, span_id: str) -> Any:
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        (node,) = [node for node in workspace.tree(trace_id).nodes if node.span.span_id == span_id]
        return node.span


@pytest.mark.parametrize("backwards", [False, True])
def test_version_2_gives_what_the_program_sent_in_any_order(client: Client, store: Path, backwards: bool) -> None:
    answers = client.replay("langfuse-v2", backwards=backwards)
    assert {answer.status for answer in answers} <= {200, 207, 404}
    check_totals(store, "langfuse-v2", **V2)
    client.replay("langfuse-v2")
    check_totals(store, "langfuse-v2", **V2)


@pytest.mark.parametrize("name", ["langfuse-otel", "langfuse-otel-v4"])
def test_later_versions_give_what_the_program_sent(client: Client, store: Path, name: str) -> None:
    client.replay(name)
    check_totals(store, name)


def test_a_trace_is_counted_as_no_span(client: Client, collector: Listening) -> None:
    batch(client, event("trace-create", {"id": "t", "timestamp": AT.format(0)}))
    assert collector.counts().told() == "0 spans"
    batch(client, event("span-create", {"id": "g", "traceId": "t", "startTime": AT.format(1)}))
    batch(client, event("score-create", {"id": "s", "traceId": "t", "name": "r", "value": 1}))
    assert collector.counts().told() == "1 span, 1 score"


def test_each_event_of_a_batch_is_answered_for(client: Client) -> None:
    for one in captured("langfuse-v2"):
        if one["method"] == "POST":
            sent = json.loads(base64.b64decode(one["body_base64"]))["batch"]
            told = client.send_captured(one).json
            assert [item["id"] for item in told["successes"]] == [item["id"] for item in sent]
            assert told["errors"] == []


def test_an_event_that_makes_no_sense_is_an_error_of_its_own(client: Client, store: Path, collector: Listening) -> None:
    told = batch(
        client,
        event("generation-create", {"id": "g", "traceId": "t", "name": "a", "startTime": AT.format(1)}),
        event("generation-create", {"name": "no ids"}, id="e2"),
        event("unheard-of", {}, id="e3"),
        event("sdk-log", {}, id="e4"),
        {"id": "e5", "type": ["trace-create"], "body": {}},
    )
    assert [item["id"] for item in told["successes"]] == ["e1", "e4"]
    assert [(item["id"], item["status"]) for item in told["errors"]] == [("e2", 400), ("e3", 400), ("e5", 400)]
    assert (totals(store)["spans"], collector.counts().malformed) == (1, 3)


def test_the_later_of_two_updates_wins_whichever_comes_first(client: Client, store: Path) -> None:
    body = {"id": "g", "traceId": "t", "startTime": AT.format(1)}
    batch(client, event("generation-update", {**body, "model": "new", "metadata": {"a": 2}}, 5))
    batch(client, event("generation-create", {**body, "model": "old", "name": "x", "metadata": {"a": 1, "b": 1}}, 1))
    span = span_of(store, "t", "g")
    assert (span.model, span.name, span.metadata) == ("new", "x", {"a": 2, "b": 1})


def test_a_trace_says_its_user_of_spans_that_come_in_a_later_request(client: Client, store: Path) -> None:
    batch(client, event("trace-create", {"id": "t", "name": "chat", "userId": "maria", "timestamp": AT.format(0)}))
    assert totals(store)["spans"] == 1
    batch(client, event("generation-create", {"id": "g", "traceId": "t", "startTime": AT.format(1)}))
    batch(client, event("generation-create", {"id": "h", "traceId": "t", "startTime": AT.format(2)}))
    found = totals(store)
    assert (found["spans"], found["users"]) == (2, 1)
    assert (span_of(store, "t", "h").user_id, span_of(store, "t", "h").feature) == ("maria", "chat")


@pytest.mark.parametrize("is_trace_last", [False, True])
def test_what_a_trace_was_asked_and_answered_is_shown_on_its_first_span(
    client: Client, store: Path, is_trace_last: bool
) -> None:
    sent = [
        event("trace-create", {"id": "t", "timestamp": AT.format(0), "input": "Where is it?", "output": "On its way."}),
        event("span-create", {"id": "g", "traceId": "t", "startTime": AT.format(1), "output": "its own"}),
    ]
    for one in reversed(sent) if is_trace_last else sent:
        batch(client, one)
    batch(client, event("span-update", {"id": "g", "traceId": "t", "endTime": AT.format(2)}))
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        payload = workspace.payload("t", "g")
    assert "Where is it?" in str(payload.input)
    assert "its own" in str(payload.output)


def test_a_file_is_said_to_be_known_so_that_nobody_waits(client: Client, collector: Listening) -> None:
    answer = client.post_json("/api/public/media", {"traceId": "t", "sha256Hash": "abc", "contentType": "image/png"})
    assert answer.json == {"mediaId": "abc", "uploadUrl": None}
    assert collector.counts().ignored == 1


def test_a_score_with_the_same_id_is_corrected(client: Client, store: Path) -> None:
    for value in (1, 1, 5):
        answer = client.post_json("/api/public/scores", [{"id": "s", "traceId": "t", "name": "r", "value": value}])
        assert (answer.status, answer.json) == (202, {"message": "Accepted"})
    batch(client, event("trace-create", {"id": "t", "timestamp": AT.format(0)}))
    assert totals(store)["scores"]["r"] == {"count": 1, "mean": 5.0, "labels": {}}


def test_a_single_score_is_answered_with_its_id(client: Client) -> None:
    answer = client.post_json("/api/public/scores", {"id": "s", "traceId": "t", "name": "r", "value": 0})
    assert (answer.status, answer.json) == (200, {"id": "s"})


@pytest.mark.parametrize("path", ["/api/public/ingestion", "/api/public/scores", "/feedback"])
@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"batch": 1}'])
def test_what_is_no_batch_and_no_score_is_answered_400_or_422(client: Client, path: str, body: bytes) -> None:
    answer = client.send("POST", path, body, content_type="application/json")
    assert answer.status in (400, 422)
    assert answer.json["message"]


def test_the_auth_check_finds_a_project(client: Client) -> None:
    (project,) = client.send("GET", "/api/public/projects").json["data"]
    assert project.keys() == {"id", "name", "metadata", "organization"}


@pytest.fixture
def prompting(start: Callable[..., Listening], tmp_path: Path) -> Client:
    folder = tmp_path / "prompts"
    (folder / "team").mkdir(parents=True)
    (folder / "answer-v3.txt").write_text("Answer {{question}}.")
    (folder / "answer-v12.txt").write_text("Answer {{question}} briefly.")
    (folder / "team" / "chat.json").write_text('[{"role": "system", "content": "Be kind."}]')
    (folder / "tuned-v1.json").write_text('{"prompt": "x", "config": {"temperature": 0}, "labels": ["staging"]}')
    (tmp_path / "secret.txt").write_text("no")
    return Client(start(prompts=folder).address)


@pytest.mark.parametrize(
    ("asked", "version", "prompt"),
    [
        ("answer", 12, "Answer {{question}} briefly."),
        ("answer?version=3", 3, "Answer {{question}}."),
        ("answer?label=production", 12, "Answer {{question}} briefly."),
        ("answer-v3", 3, "Answer {{question}}."),
        ("answer-v3?label=latest", 3, "Answer {{question}}."),
        ("team%2Fchat", 1, [{"role": "system", "content": "Be kind."}]),
        ("tuned?label=staging", 1, "x"),
    ],
)
def test_prompts_are_files(prompting: Client, asked: str, version: int, prompt: Any) -> None:
    found = prompting.send("GET", f"/api/public/v2/prompts/{asked}").json
    assert (found["version"], found["prompt"]) == (version, prompt)
    assert found["name"] == asked.partition("?")[0].replace("%2F", "/")
    assert found["type"] == ("text" if isinstance(prompt, str) else "chat")


@pytest.mark.parametrize(
    "asked", ["nothing", "answer?version=4", "answer?label=staging", "..%2Fsecret", "%2Fetc%2Fpasswd"]
)
def test_other_prompts_are_not_found(prompting: Client, asked: str) -> None:
    answer = prompting.send("GET", f"/api/public/v2/prompts/{asked}")
    assert (answer.status, answer.json["error"]) == (404, "LangfuseNotFoundError")


@pytest.mark.parametrize("name", ["langfuse-v2", "langfuse-otel", "langfuse-otel-v4"])
def test_what_an_sdk_asked_for_is_served_and_its_call_is_linked_to_the_version(
    start: Callable[..., Listening], store: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "answer-v3.txt").write_text("Answer {{question}} in at most three sentences.")
    client = Client(start(prompts=tmp_path).address)
    asked = [
        answer.json
        for one, answer in zip(captured(name), client.replay(name), strict=True)
        if "/prompts/" in one["path"]
    ]
    assert [(found["name"], found["version"], found["prompt"][:6]) for found in asked] == [("answer-v3", 3, "Answer")]
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        ids = workspace.trace_ids("prompt:answer-v3 version:3")
        spans = [node.span for trace_id in ids for node in workspace.tree(trace_id).nodes]
    linked = {(span.kind, span.prompt_name, span.prompt_version) for span in spans if span.prompt_name}
    assert linked == {("generation", "answer-v3", "3")}


def labelled(folder: Path, name: str, labels: Any) -> None:
    (folder / f"{name}.json").write_text(json.dumps({"prompt": f"text of {name}", "labels": labels}))


def test_a_version_that_is_said_to_be_in_production_is_the_one_to_use(
    start: Callable[..., Listening], tmp_path: Path
) -> None:
    labelled(tmp_path, "answer-v1", ["production"])
    labelled(tmp_path, "answer-v2", ["staging"])
    labelled(tmp_path, "answer-v3", [])
    client = Client(start(prompts=tmp_path).address)
    for asked, version in (
        ("", 1),
        ("?label=production", 1),
        ("?label=staging", 2),
        ("?label=latest", 3),
        ("?version=3", 3),
    ):
        found = client.send("GET", f"/api/public/v2/prompts/answer{asked}").json
        assert (asked, found["version"]) == (asked, version)
    assert found["labels"] == ["latest"]


@pytest.mark.parametrize("labels", ["staging", 5, None, {"a": 1}, [["a"], 3]])
def test_labels_that_make_no_sense_are_none(start: Callable[..., Listening], tmp_path: Path, labels: Any) -> None:
    labelled(tmp_path, "answer", labels)
    found = Client(start(prompts=tmp_path).address).send("GET", "/api/public/v2/prompts/answer").json
    assert (found["labels"], found["prompt"]) == (["latest", "production"], "text of answer")


@pytest.mark.parametrize("text", ["5", "{", '{"prompt": {"a": 1}}', "null", '{"messages": []}', '"said"', "[1, 2]"])
def test_json_that_is_no_prompt_is_a_text(start: Callable[..., Listening], tmp_path: Path, text: str) -> None:
    (tmp_path / "answer.json").write_text(text)
    found = Client(start(prompts=tmp_path).address).send("GET", "/api/public/v2/prompts/answer").json
    assert (found["type"], found["prompt"]) == ("text", text)


@pytest.mark.parametrize(("rating", "mean", "labels"), [(4, 4.0, {}), (True, 1.0, {}), ("up", None, {"up": 1})])
def test_feedback_of_an_application_is_a_score(
    client: Client, store: Path, rating: Any, mean: float | None, labels: dict[str, int]
) -> None:
    batch(client, event("trace-create", {"id": "t", "timestamp": AT.format(0)}))
    client.post_json("/feedback", {"trace_id": "t", "rating": 1, "comment": "first thought"})
    answer = client.post_json("/feedback", {"trace_id": "t", "rating": rating, "comment": "wrong order"})
    assert (answer.status, answer.json["trace_id"]) == (201, "t")
    assert totals(store)["scores"]["user_rating"] == {"count": 1, "mean": mean, "labels": labels}
