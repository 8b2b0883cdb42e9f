"""Redaction of JSON and of our own values: what is inside is redacted, and the form stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.config import Config
from tracetui.model import Json, Media, Message, Payload, Score, Span, Text, ToolCall, ToolDefinition, ToolResult, Usage
from tracetui.redaction import make_redactor
from tracetui.semconv.raw import LogEvent, RawEvent, RawSpan

MAIL, CARD = "alice@example.com", 4111111111111111


def redacted(value: Json) -> Json:
    return make_redactor(Config()).redact(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"to": MAIL, "n": [1, MAIL, None, True]}, {"to": "[EMAIL]", "n": [1, "[EMAIL]", None, True]}),
        ({"card": CARD, "float": float(CARD), "tokens": 4111}, {"card": "[CARD]", "float": "[CARD]", "tokens": 4111}),
        ({"id": CARD, "trace_id": "4111111111111111"}, {"id": CARD, "trace_id": "4111111111111111"}),
        ({MAIL: 1, "bob@example.com": 2}, {"[EMAIL]": 1, "[EMAIL] 2": 2}),
        ({"phone": 4155552671, "mobile_number": "415 555 2671"}, {"phone": "[PHONE]", "mobile_number": "[PHONE]"}),
        ({"ssn": 123456789, "cvv": "123"}, {"ssn": "[SSN]", "cvv": "[CARD]"}),
        ({"password": "x", "apiKey": "abc", "client-secret": 7}, {"password": "[SECRET]", "apiKey": "[SECRET]", "client-secret": "[SECRET]"}),
        ({"headers": {"Authorization": ["Bearer x"]}}, {"headers": {"Authorization": ["[SECRET]"]}}),
        ({"type": "object", "properties": {"password": {"type": "string"}}}, {"type": "object", "properties": {"password": {"type": "string"}}}),
        ({"token": "Hello", "logprob": -0.1, "max_tokens": 5}, {"token": "Hello", "logprob": -0.1, "max_tokens": 5}),
        ({"service.version": "10.20.30.40", "net.peer.ip": "10.20.30.40"}, {"service.version": "10.20.30.40", "net.peer.ip": "[IP]"}),
        ([{"key": "db.password", "value": {"stringValue": "x"}}], [{"key": "db.password", "value": {"stringValue": "[SECRET]"}}]),
        ([{"key": "n", "value": {"intValue": str(CARD)}}], [{"key": "n", "value": {"stringValue": "[CARD]"}}]),
        ({"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----\nx"}, {"type": "service_account", "private_key": "[SECRET]"}),
    ],
)  # fmt: skip
def test_json_is_redacted_by_what_it_holds_and_by_its_keys(value: Json, expected: Json) -> None:
    assert redacted(value) == expected
    assert redacted(expected) == expected


def test_json_within_text_within_json_stays_json() -> None:
    inner = json.dumps({"mail": f"line\n{MAIL}", "card": CARD})
    found = redacted({"arguments": json.dumps({"body": inner})})
    assert json.loads(json.loads(found["arguments"])["body"]) == {"mail": "line\n[EMAIL]", "card": "[CARD]"}


def test_pretty_json_stays_pretty() -> None:
    assert redacted(json.dumps({"a": MAIL}, indent=2)) == '{\n  "a": "[EMAIL]"\n}'


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(MAIL) | st.just(CARD),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just(MAIL) | st.just("password"), inner, max_size=3),
        max_leaves=12,
    )
)  # fmt: skip
def test_any_json_stays_json_and_is_stable(value: Json) -> None:
    once = redacted(value)
    assert json.dumps(redacted(once)) == json.dumps(once)
    as_text = redacted(json.dumps({"v": value}))
    assert MAIL not in as_text
    assert isinstance(json.loads(as_text), dict)


def test_what_holds_nothing_is_the_same_object() -> None:
    value = {"a": [1, {"b": "nothing to see"}], "text": '{"c": 1}'}
    assert redacted(value) is value


def test_what_is_nested_too_deep_is_taken_out_whole() -> None:
    value: Json = MAIL
    for _ in range(400):
        value = {"a": value}
    assert MAIL not in repr(redacted(value))
    assert "TOO_DEEP" in repr(redacted(value))


def test_everything_that_a_span_says_is_redacted_but_ids_and_names_of_models() -> None:
    span = Span(
        "4111111111111111", "s", name=f"mail {MAIL}", status_message=MAIL, model=MAIL, user_id=MAIL, session_id=MAIL, feature=MAIL,
        environment=MAIL, prompt_name=MAIL, tool_name=MAIL, tags=(MAIL, "b"), metadata={"m": MAIL}, usage=Usage(CARD),
    )  # fmt: skip
    found = redacted(span)
    assert found.trace_id == "4111111111111111"
    assert found.usage == Usage(CARD)
    assert found.model == MAIL
    assert found.tags == ("[EMAIL]", "b")
    others = (found.status_message, found.user_id, found.session_id, found.feature, found.environment, found.tool_name)
    assert set(others) == {"[EMAIL]"}
    assert (found.name, found.metadata) == ("mail [EMAIL]", {"m": "[EMAIL]"})


def test_a_payload_is_redacted_and_its_images_are_left_alone() -> None:
    image = Media("image", "image/png", 3, "data:image/png;base64,AAAA", "AKIAIOSFODNN7EXAMPLE")
    parts = (Text(MAIL), image, ToolCall("c", "send", {"to": MAIL}), ToolResult("c", [MAIL]))
    payload = Payload(
        (Message("user", parts),), {"o": MAIL}, (ToolDefinition("t", MAIL, {"x": MAIL}),), {MAIL: MAIL}, ({"body": MAIL},),
        f'{{"raw": "{MAIL}"}}',
    )  # fmt: skip
    found = redacted(payload)
    assert MAIL not in repr(found)
    assert found.input[0].parts[1] is image
    assert json.loads(found.raw) == {"raw": "[EMAIL]"}


def test_what_an_sdk_sent_and_scores_are_redacted() -> None:
    raw = RawSpan("t", "s", attributes={"input.value": MAIL}, events=(RawEvent(MAIL, 5, {"e": MAIL}),), raw=MAIL)
    event = LogEvent("t", "s", MAIL, 5, {"b": MAIL}, {"a": MAIL})
    score = Score("i", "t", None, MAIL, label=MAIL, comment=MAIL, author=MAIL)
    assert MAIL not in repr(redacted((raw, event, score)))


def test_each_finding_is_counted_under_the_name_of_its_rule() -> None:
    redactor = make_redactor(Config())
    redactor.redact([MAIL, f"{MAIL} {MAIL}", {"password": "x"}, {"n": CARD}])
    assert redactor.counts == {"email": 3, "password": 1, "card": 1}
    assert redactor.total == 5
