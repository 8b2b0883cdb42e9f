"""Whose call it was: sessions and their steps, traces, attempts, ratings, and the other headers of Helicone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collector.conftest import DATA, Client, Settled, check_totals, totals
from tests.unit.collector.test_proxy import ANSWER, ASKED, CALL, wait_for
from tests.unit.collector.upstream_server import Upstream
from tracetui.collector.listen import Listening
from tracetui.model import Text

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def replay(caller: Client, upstream: Upstream, one: dict[str, Any]) -> None:
    """Send a captured call, to be answered as it was."""
    answer = one["answer"]
    body, headers = answer["body"].encode(), answer["headers"]
    if headers["content-type"] == "text/event-stream":
        upstream.streams([body[:100], body[100:]])
    else:
        upstream.answer = lambda exchange: exchange.whole(body, one["status"], **headers)
    given = caller.send_captured(one)
    assert given.status == one["status"]
    assert given.body == body or "/v1/request/" in one["path"]


def test_calls_of_both_sdks_with_helicones_headers_give_what_the_program_sent(
    caller: Client, upstream: Upstream, store: Path, settled: Settled
) -> None:
    for line in (DATA.parent / "proxy" / "helicone.jsonl").read_text().splitlines():
        one = json.loads(line)
        replay(caller, upstream, one)
    spans = settled()
    check_totals(store, "helicone")
    by_path = {payload.attributes.get("helicone-session-path"): span for span, payload in spans}
    root = by_path["/support"]
    assert (root.name, root.parent_id, root.prompt_name, root.user_id) == (
        "Bookshop chat",
        None,
        "answer-v3",
        "maria.santos",
    )
    assert (root.environment, root.metadata) == (
        "staging",
        {"environment": "staging", "tier": "gold", "Escalated": "yes"},
    )
    assert by_path["/support/second/tool"].parent_id == by_path["/support/second"].span_id
    assert by_path["/support/second"].parent_id == root.span_id
    assert (by_path["/support/answer"].name, by_path["/support/refused"].status) == ("answer", "refused")
    assert all(by_path[path].ttft_ns for path in ("/support/answer", "/support/second/tool"))
    assert root.ttft_ns is None


def test_a_call_within_a_trace_is_a_child_of_the_span_that_made_it(
    caller: Client, upstream: Upstream, settled: Settled
) -> None:
    upstream.answers(ANSWER)
    caller.post_json(
        CALL, ASKED, traceparent=f"00-{TRACE}-{PARENT}-01", helicone_session_id="s1", helicone_session_path="/a"
    )
    ((span, _),) = settled()
    assert (span.trace_id, span.parent_id, span.session_id, span.name) == (TRACE, PARENT, "s1", "a")


@pytest.mark.parametrize("given", ["", "00-" + "0" * 32 + f"-{PARENT}-01", "00-xyz", f"00-{TRACE.upper()}-{PARENT}-01"])
def test_a_traceparent_that_is_none_is_ignored(
    caller: Client, upstream: Upstream, settled: Settled, given: str
) -> None:
    upstream.answers(ANSWER)
    caller.post_json(CALL, ASKED, traceparent=given)
    ((span, _),) = settled()
    assert (span.parent_id, span.trace_id) == (None, span.span_id)


def test_steps_of_a_session_are_children_of_the_latest_step_above(
    caller: Client, upstream: Upstream, settled: Settled
) -> None:
    upstream.answers(ANSWER)
    paths = ["/a", "/a/b/c", "a/b/", "/a/b/c", "/a", "/a/d", "/e", None]
    for number, path in enumerate(paths):
        named = {"helicone_session_path": path} if path is not None else {}
        caller.post_json(
            CALL,
            ASKED,
            helicone_session_id="s1",
            helicone_session_name="Chat",
            helicone_request_id=str(number),
            **named,
        )
    found = [(span.span_id, span.parent_id, span.name) for span, _ in settled()]
    assert found == [
        ("0", None, "Chat"), ("1", "0", "c"), ("2", "0", "b"), ("3", "2", "c"), ("4", None, "a"), ("5", "4", "d"),
        ("6", None, "e"), ("7", None, "chat gpt-5-2026"),
    ]  # fmt: skip


@pytest.mark.parametrize("session", [{}, {"helicone_session_id": "s"}])
def test_attempts_with_one_id_are_kept_apart_and_the_last_has_it(
    caller: Client, upstream: Upstream, proxied: Listening, settled: Settled, session: dict[str, str]
) -> None:
    for number in range(3):
        upstream.answers(
            ANSWER if number == 2 else {"error": {"message": f"try {number}"}}, 200 if number == 2 else 500
        )
        caller.post_json(
            CALL,
            {**ASKED, "user": str(number)},
            helicone_request_id="r",
            x_stainless_retry_count=str(number),
            **session,
        )
        wait_for(lambda number=number: proxied.counts().accepted == number + 1)
    found = settled()
    assert [span.status_message for span, _ in found] == ["try 0", "try 1", None]
    assert [span.span_id for span, _ in found] == [f"r#{found[0][0].start_ns}", f"r#{found[1][0].start_ns}", "r"]
    assert [payload.attributes["parameters"]["user"] for _, payload in found] == ["0", "1", "2"]
    assert all(payload.input[0].parts == (Text("hi"),) for _, payload in found)


def test_a_rating_finds_its_call_whichever_comes_first(
    caller: Client, upstream: Upstream, proxied: Listening, store: Path
) -> None:
    upstream.answers(ANSWER)
    assert caller.post_json("/v1/request/r1/feedback", {"rating": False}).status == 200
    caller.post_json(CALL, ASKED, helicone_request_id="r1", helicone_session_id="s1")
    wait_for(lambda: proxied.counts().accepted == 1)
    assert caller.post_json("/v1/request/r1/score", {"scores": {"grounded": True, "x": None}}).status == 200
    assert caller.post_json("/v1/request/r1/feedback", {"rating": True}).status == 200
    assert caller.post_json("/v1/request/r1/feedback", {"rating": None}).status == 400
    scores = totals(store)["scores"]
    assert {name: (one["count"], one["mean"]) for name, one in scores.items()} == {
        "grounded": (1, 1.0),
        "helicone-score-feedback": (1, 1.0),
    }
    assert upstream.asked[0].target == "/v1/chat/completions"


def test_encoded_headers_are_shown_decoded(caller: Client, upstream: Upstream, settled: Settled) -> None:
    upstream.answers(ANSWER)
    caller.post_json(
        CALL,
        ASKED,
        helicone_user_id="J%C3%BCrgen",
        helicone_property_note="100%25%20%FF",
        helicone_model_override="mine",
    )
    ((span, _),) = settled()
    assert (span.user_id, span.metadata, span.model) == ("Jürgen", {"note": "100%25%20%FF"}, "mine")
