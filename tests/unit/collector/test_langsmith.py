"""LangSmith's SDK in each of its ways of sending: multipart (zstd or plain), batches, one request a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collector.conftest import Client, check_totals, totals
from tests.unit.collector.test_langfuse import span_of
from tracetui.collector.listen import Listening
from tracetui.model import Payload
from tracetui.workspace import open_workspace

WAYS = ["langsmith", "langsmith-plain", "langsmith-batch", "langsmith-single"]
RUN, ROOT = "01a207b9-7264-747a-ab18-0ec9a51adb07", "01a207b9-725c-7e7c-9b3d-3ca438e700dc"
ORDER = f"20261123T092523676402Z{ROOT}.20261123T092523684150Z{RUN}"
POST = {
    "id": RUN, "trace_id": ROOT, "parent_run_id": ROOT, "dotted_order": ORDER, "name": "ChatOpenAI", "run_type": "llm",
    "start_time": "2026-11-23T09:25:23.684150+00:00", "inputs": {"messages": [{"role": "user", "content": "hi"}]},
    "outputs": {}, "events": [], "extra": {"metadata": {"user_id": "maria", "LANGSMITH_PROJECT": "x"}},
}  # fmt: skip
PATCH = {
    "trace_id": ROOT, "dotted_order": ORDER, "name": None, "run_type": None, "tags": None,
    "end_time": "2026-11-23T09:25:24+00:00", "outputs": {"role": "assistant", "content": "hello"},
    "extra": {"metadata": {"ls_model_name": "gpt-5", "usage_metadata": {"input_tokens": 5, "output_tokens": 2}}},
}  # fmt: skip


def payload_of(store: Path, trace_id: str, span_id: str) -> Payload:
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        return workspace.payload(trace_id, span_id)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("name", WAYS)
def test_a_way_of_sending_gives_what_the_program_sent(client: Client, store: Path, name: str, backwards: bool) -> None:
    answers = client.replay(name, backwards=backwards)
    assert {answer.status for answer in answers} == {200, 202}
    check_totals(store, name)
    client.replay(name)
    check_totals(store, name)


@pytest.mark.parametrize("is_patch_first", [False, True])
def test_post_and_patch_may_come_in_any_order(client: Client, store: Path, is_patch_first: bool) -> None:
    sent = [("POST", "/runs", POST), ("PATCH", f"/runs/{RUN}", PATCH)]
    for method, path, run in reversed(sent) if is_patch_first else sent:
        answer = client.send(method, path, json.dumps(run).encode(), content_type="application/json")
        assert (answer.status, answer.json) == (202, {})
    span = span_of(store, ROOT, RUN)
    assert (span.kind, span.name, span.model, span.status, span.user_id) == (
        "generation", "ChatOpenAI", "gpt-5", "success", "maria",
    )  # fmt: skip
    assert (span.usage.input, span.usage.output, span.parent_id) == (5, 2, ROOT)
    payload = payload_of(store, ROOT, RUN)
    assert payload.output[0].parts[0].text == "hello"
    assert "LANGSMITH_PROJECT" not in json.dumps(payload.attributes) + payload.raw


def test_a_patch_alone_is_shown_with_the_time_in_its_order(client: Client, store: Path) -> None:
    client.send("PATCH", f"/runs/{RUN}", json.dumps(PATCH).encode(), content_type="application/json")
    span = span_of(store, ROOT, RUN)
    assert span.start_ns == 1_795_425_923_684_150_000


def test_a_patch_that_names_no_trace_finds_its_run(client: Client, store: Path) -> None:
    client.post_json("/runs", POST)
    patch = {"end_time": PATCH["end_time"]}
    client.send("PATCH", f"/runs/{RUN}", json.dumps(patch).encode(), content_type="application/json")
    assert (totals(store)["spans"], totals(store)["statuses"]["running"]) == (1, 0)


@pytest.mark.parametrize("way", ["singly", "together"])
@pytest.mark.parametrize("more", [{}, {"start_time": POST["start_time"], "run_type": "llm"}], ids=["end", "whole"])
def test_a_patch_that_names_no_trace_may_come_before_its_run(
    client: Client, store: Path, way: str, more: dict[str, Any]
) -> None:
    patch = {"id": RUN, "end_time": PATCH["end_time"], "outputs": PATCH["outputs"], **more}
    if way == "singly":
        client.send("PATCH", f"/runs/{RUN}", json.dumps(patch).encode(), content_type="application/json")
        client.post_json("/runs", POST)
    else:
        parts = ((f"patch.{RUN}", patch), (f"post.{RUN}", POST))
        body, kind = multipart(*parts)
        client.send("POST", "/runs/multipart", body, content_type=kind)
    found = totals(store)
    assert (found["traces"], found["spans"], found["statuses"]["running"]) == (1, 1, 0)
    assert payload_of(store, ROOT, RUN).output[0].parts[0].text == "hello"


def test_who_follows_the_store_learns_that_an_early_patch_found_its_run(client: Client, store: Path) -> None:
    client.post_json("/runs", {**POST, "id": "other", "trace_id": "other", "parent_run_id": None, "dotted_order": None})
    patch = {"end_time": PATCH["end_time"], "start_time": POST["start_time"], "run_type": "llm", "name": "early"}
    client.send("PATCH", f"/runs/{RUN}", json.dumps(patch).encode(), content_type="application/json")
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        assert workspace.stats()["traces"] == 2
        client.post_json("/runs", POST)
        assert ROOT in workspace.poll().trace_ids
        assert (workspace.stats()["traces"], workspace.tree(ROOT).nodes[0].span.name) == (2, "early")


def test_headers_of_a_call_are_not_kept(client: Client, store: Path) -> None:
    client.post_json("/runs", {**POST, "inputs": {"messages": [], "extra_headers": {"authorization": "Bearer sk-1"}}})
    assert b"sk-1" not in store.read_bytes() + store.with_name("dev.db-wal").read_bytes()


def multipart(*parts: tuple[str, Any], boundary: str = "b0") -> tuple[bytes, str]:
    body = b""
    for name, value in parts:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: application/json\r\n\r\n'
        )
        body += head.encode() + data + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def test_a_part_may_be_large(client: Client, store: Path) -> None:
    long = "x" * (6 << 20)
    without = {key: item for key, item in POST.items() if key not in ("inputs", "outputs")}
    body, kind = multipart(
        (f"post.{RUN}", without), (f"post.{RUN}.inputs", {"messages": [{"role": "user", "content": long}]})
    )
    assert client.send("POST", "/runs/multipart", body, content_type=kind).status == 202
    assert payload_of(store, ROOT, RUN).input[0].parts[0].text == long


def test_attachments_are_not_kept_and_bad_parts_are_counted(client: Client, store: Path, collector: Listening) -> None:
    body, kind = multipart(
        (f"post.{RUN}", POST), (f"attachment.{RUN}.a.png", b"\x89PNG"), ("post.x", b"{"), ("what", 1),
        (f"post.{RUN}.inputs", b'{"cut'),
    )  # fmt: skip
    assert client.send("POST", "/runs/multipart", body, content_type=kind).status == 202
    counts = collector.counts()
    assert (totals(store)["spans"], counts.malformed, counts.ignored) == (1, 3, 1)


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/runs", b"{", "application/json"),
        ("/runs", b'{"name": "no id"}', "application/json"),
        ("/runs/batch", b"[]", "application/json"),
        ("/runs/batch", b'{"post": 5}', "application/json"),
        ("/runs/batch", b'{"patch": {"id": "x"}}', "application/json"),
        ("/runs/multipart", b"--b\r\nnonsense", "multipart/form-data; boundary=b"),
        ("/runs/multipart", multipart(("post.x", {}))[0][:-12], "multipart/form-data; boundary=b0"),
        ("/runs/multipart", b"{}", "application/json"),
    ],
)
def test_what_is_no_run_is_answered_422(client: Client, path: str, body: bytes, kind: str) -> None:
    assert client.send("POST", path, body, content_type=kind).status == 422


def test_feedback_for_a_run_that_comes_later_finds_its_trace(client: Client, store: Path) -> None:
    client.post_json("/feedback", {"id": "f1", "run_id": RUN, "key": "grounded", "score": 0.5})
    client.post_json("/runs", POST)
    with open_workspace([store]) as workspace:
        workspace.catch_up()
        (score,) = workspace.tree(ROOT).trace.scores
    assert (score.trace_id, score.span_id, score.value) == (ROOT, RUN, 0.5)


def test_feedback_can_be_corrected(client: Client, store: Path) -> None:
    client.post_json("/runs", POST)
    client.post_json(
        "/feedback", {"id": "f1", "run_id": RUN, "trace_id": ROOT, "key": "r", "score": 1, "comment": "good"}
    )
    patch = json.dumps({"score": 0}).encode()
    assert client.send("PATCH", "/feedback/f1", patch, content_type="application/json").status == 200
    assert totals(store)["scores"]["r"] == {"count": 1, "mean": 0.0, "labels": {}}


def test_the_sdk_is_told_to_send_multipart_and_zstd(client: Client) -> None:
    info = client.send("GET", "/info").json
    assert info["batch_ingest_config"]["use_multipart_endpoint"] is True
    assert info["instance_flags"]["zstd_compression_enabled"] is True
