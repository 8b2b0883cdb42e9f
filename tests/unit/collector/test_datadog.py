"""Datadog's tracer in its three modes: agentless, through the agent's proxy, and inside APM traces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.collector.conftest import Client, check_totals, totals
from tests.unit.collector.test_langfuse import span_of
from tracetui.collector.listen import Listening

MODES = ["ddtrace-llmobs", "ddtrace-llmobs-proxy", "ddtrace-llmobs-apm"]
TRACE, SPAN = "6b04068a0000000020dd41cc8e2c4abc", "16258694017184925380"


def event(**fields: Any) -> dict[str, Any]:
    span = {
        "trace_id": TRACE, "span_id": SPAN, "parent_id": "undefined", "name": "call", "start_ns": 1_795_425_930_030_624_597,
        "duration": 5, "status": "ok", "meta": {"span": {"kind": "llm"}}, "tags": ["ml_app:shop"], **fields,
    }  # fmt: skip
    return {"_dd.stage": "raw", "event_type": "span", "spans": [span]}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("name", MODES)
def test_a_mode_gives_what_the_program_sent(client: Client, store: Path, name: str, backwards: bool) -> None:
    assert {answer.status for answer in client.replay(name, backwards=backwards)} == {200, 202}
    check_totals(store, name)
    client.replay(name)
    check_totals(store, name)


def test_long_decimal_ids_stay_exact(client: Client, store: Path) -> None:
    client.post_json("/api/v2/llmobs", [event()])
    assert (span_of(store, TRACE, SPAN).kind, span_of(store, TRACE, SPAN).feature) == ("generation", "shop")


def test_the_public_interface_says_once_what_holds_for_all(client: Client, store: Path) -> None:
    span = event(tags=["user_id:maria"], meta={"kind": "llm"})["spans"][0]
    attributes = {"ml_app": "desk", "session_id": "s-1", "tags": ["env:dev"], "spans": [span]}
    document = {"data": {"type": "span", "attributes": attributes}}
    assert client.post_json("/api/intake/llm-obs/v1/trace/spans", document).status == 202
    found = span_of(store, TRACE, SPAN)
    assert (found.session_id, found.user_id, found.environment, found.feature) == ("s-1", "maria", "dev", "desk")


def test_ordinary_spans_of_a_service_are_not_kept(client: Client, store: Path, collector: Listening) -> None:
    body = msgspec.msgpack.encode([[{"trace_id": 1, "span_id": 2, "name": "GET /", "start": 1, "duration": 1}]])
    answer = client.send("PUT", "/v0.4/traces", body, content_type="application/msgpack")
    assert (answer.status, answer.json) == (200, {"rate_by_service": {}})
    assert (totals(store)["spans"], collector.counts().ignored) == (0, 1)


@pytest.mark.parametrize("damage", [{"meta_struct": {"_llmobs": b"\xc1"}}, {"span_id": None}], ids=["event", "id"])
def test_a_damaged_span_among_others_is_refused_alone(
    client: Client, store: Path, collector: Listening, damage: dict[str, Any]
) -> None:
    inner = {"name": "call", "trace_id": TRACE, "parent_id": "undefined", "meta": {"span": {"kind": "llm"}}}
    good = {
        "span_id": 7,
        "start": 1_795_425_930_030_624_597,
        "duration": 1,
        "meta_struct": {"_llmobs": msgspec.msgpack.encode(inner)},
    }
    body = msgspec.msgpack.encode([[good, {**good, **damage}]])
    assert client.send("PUT", "/v0.4/traces", body, content_type="application/msgpack").status == 200
    assert (totals(store)["spans"], collector.counts().malformed) == (1, 1)


def test_an_evaluation_that_is_joined_by_a_tag_is_counted(client: Client, collector: Listening) -> None:
    metric = {"label": "x", "metric_type": "score", "score_value": 1, "join_on": {"tag": {"key": "a", "value": "b"}}}
    document = {"data": {"type": "evaluation_metric", "attributes": {"metrics": [metric]}}}
    assert client.post_json("/api/intake/llm-obs/v2/eval-metric", document).status == 202
    assert (collector.counts().scores, collector.counts().ignored) == (0, 1)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v2/llmobs", b"{"),
        ("/api/v2/llmobs", b"[1]"),
        ("/api/v2/llmobs", b'{"spans": [1]}'),
        ("/api/intake/llm-obs/v2/eval-metric", b"{}"),
        ("/v0.4/traces", b"\xc1"),
        ("/v0.4/traces", b"\x80"),
        ("/v0.4/traces", b"\x91" * 100_000),
    ],
)
def test_what_makes_no_sense_is_answered_400(client: Client, path: str, body: bytes) -> None:
    assert client.send("POST", path, body).status == 400


def test_the_tracer_finds_an_agent(client: Client) -> None:
    assert "/evp_proxy/v2/" in client.send("GET", "/info").json["endpoints"]
