"""No line makes the OTLP reader fail, and the index and the payload always read the same span."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tracetui.semconv.attributes import interpret, unfold
from tracetui.semconv.facts import COMMON, DIALECTS
from tracetui.semconv.usage import count, usage_of
from tracetui.wire.otlp_console import decode_console
from tracetui.wire.otlp_json import decode_full, decode_summary

steady = settings(max_examples=100)

KEYS = sorted({key for dialect in (*DIALECTS, COMMON) for keys in dialect.keys.values() for key in keys})
NUMBERED = [
    "llm.input_messages.0.message.role", "llm.input_messages.0.message.content", "gen_ai.prompt.0.content",
    "gen_ai.completion.0.refusal", "llm.output_messages.10.message.contents.2.message_content.text",
    "retrieval.documents.0.document.content", "langfuse.observation.metadata.x", "llm.tools.0.tool.json_schema",
    "gen_ai.input.messages", "gen_ai.output.messages", "output.value", "input.value", "ai.prompt.messages",
    "ai.response.toolCalls", "events", "request_data", "response_data", "traceloop.entity.input",
]  # fmt: skip
texts = st.text(max_size=6) | st.sampled_from(
    ["12", "-1", "ERROR", "LLM", "chat", "ai.generateText.doGenerate", '{"refusal":"no"}', "[]", '[{"role":"user","content":"x"}]',
     "refusal", "pending_span", '["stop"]', '{"input":1,"total":3}', "NaN", "99999999999999999999"]
)  # fmt: skip
values = st.recursive(
    st.one_of(
        st.builds(lambda text: {"stringValue": text}, texts),
        st.builds(lambda number: {"intValue": number}, st.integers() | texts),
        st.builds(lambda number: {"doubleValue": number}, st.floats(allow_nan=False, allow_infinity=False) | texts),
        st.builds(lambda flag: {"boolValue": flag}, st.booleans()),
        st.just({}),
        st.none(),
    ),
    lambda inner: st.one_of(
        st.builds(lambda listed: {"arrayValue": {"values": listed}}, st.lists(inner, max_size=3)),
        st.builds(
            lambda found: {"kvlistValue": {"values": [{"key": key, "value": item} for key, item in found.items()]}},
            st.dictionaries(texts, inner, max_size=3),
        ),
    ),
    max_leaves=6,
)
attributes = st.lists(
    st.builds(lambda key, value: {"key": key, "value": value}, st.sampled_from(KEYS + NUMBERED), values), max_size=8
)
times = st.none() | st.integers(-5, 2**65) | texts
spans = st.fixed_dictionaries(
    {"traceId": st.just("ab" * 16), "spanId": st.just("cd" * 8)},
    optional={
        "parentSpanId": st.none() | texts,
        "name": st.none() | texts | st.integers(),
        "startTimeUnixNano": times,
        "endTimeUnixNano": times,
        "attributes": st.none() | attributes,
        "events": st.lists(st.fixed_dictionaries({"name": st.sampled_from(["exception", "gen_ai.choice", "x"])}, optional={"attributes": attributes, "timeUnixNano": times}), max_size=2),
        "status": st.none() | st.just({}) | st.fixed_dictionaries({"code": st.integers(-1, 3) | texts}),
    },
)  # fmt: skip
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            texts | st.sampled_from(["resourceSpans", "scopeSpans", "spans", "traceId", "resource_spans"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def line_of(*listed: Any) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(listed)}]}]}).encode()


@steady
@given(spans)
def test_any_span_is_summed_up_and_unfolded_alike(span: dict[str, Any]) -> None:
    line = line_of({"spanId": "no trace id"}, span)
    decoded = decode_summary(line)
    assert (decoded.items, decoded.bad) == ((1,), 1)
    full = decode_full(line, 1)
    assert interpret(decoded.spans[0]) == interpret(full)
    assert unfold(full).raw


@steady
@given(documents)
def test_any_other_json_has_a_reason(document: Any) -> None:
    decoded = decode_summary(json.dumps(document).encode())
    assert decoded.reason or decoded.bad or decoded.spans
    assert decode_console(json.dumps(document).encode()).reason


@steady
@given(st.binary(max_size=60))
def test_any_bytes_have_a_reason(data: bytes) -> None:
    assert decode_summary(data).reason
    assert decode_console(data).reason


@steady
@given(st.binary(max_size=40), st.integers(0, 400))
def test_a_damaged_line_is_read_or_has_a_reason(noise: bytes, at: int) -> None:
    line = line_of({"traceId": "ab" * 16, "spanId": "cd" * 8, "name": "x" * 200, "attributes": []})
    decoded = decode_summary(line[:at] + noise + line[at:])
    assert decoded.spans or decoded.reason or decoded.bad


counts = st.none() | st.booleans() | st.integers() | st.floats() | texts
usages = st.dictionaries(
    st.sampled_from(
        ["prompt_tokens", "input_tokens", "completion_tokens", "output_tokens", "total_tokens", "cached_tokens", "input",
         "output", "total", "cache_read_input_tokens", "cache_creation_input_tokens", "promptTokenCount",
         "thoughtsTokenCount", "candidatesTokenCount", "reasoning_tokens", "cachedContentTokenCount"]
    ),
    counts,
)  # fmt: skip


@steady
@given(usages)
def test_no_bucket_is_ever_negative_or_made_of_nothing(value: dict[str, Any]) -> None:
    usage = usage_of(value)
    if usage is None:
        return
    for bucket in (usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning, usage.unsplit):
        assert bucket is None or (type(bucket) is int and bucket >= 0)
    recorded = {count(item) for item in value.values()} - {None}
    assert recorded, "a usage has counts"


@steady
@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_an_inclusive_prompt_is_split_without_loss(prompt: int, cached: int, output: int) -> None:
    usage = usage_of(
        {"prompt_tokens": prompt, "prompt_tokens_details": {"cached_tokens": cached}, "completion_tokens": output}
    )
    assert usage is not None
    assert usage.inconsistent == (cached > prompt)
    if not usage.inconsistent:
        assert usage.total == prompt + output
