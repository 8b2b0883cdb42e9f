"""The summary of a span in each dialect, and what must not fool it. Real spans are in tests/unit/wire."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tracetui.model import Cost, Media, Message, Span, Text, Thinking, ToolCall, Usage
from tracetui.semconv.attributes import LogEvent, RawEvent, RawSpan, interpret, is_needed, scores_of, unfold

START = 1_793_600_000_000_000_000


def span(attributes: dict[str, Any] | None = None, **fields: Any) -> RawSpan:
    defaults: dict[str, Any] = {"trace_id": "a" * 32, "span_id": "b" * 16, "parent_id": "c" * 16, "name": "work",
                                "start_ns": START, "end_ns": START + 5_000_000_000}  # fmt: skip
    return RawSpan(**{**defaults, "attributes": attributes or {}, **fields})


def seen(attributes: dict[str, Any], **fields: Any) -> Span:
    return interpret(span(attributes, **fields))


GENERATION = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"}

KINDS = [
    *[({"openinference.span.kind": word}, kind) for word, kind in [
        ("LLM", "generation"), ("CHAIN", "chain"), ("AGENT", "agent"), ("TOOL", "tool"), ("RETRIEVER", "retriever"),
        ("EMBEDDING", "embedding"), ("RERANKER", "reranker"), ("GUARDRAIL", "guardrail"), ("EVALUATOR", "evaluator"),
        ("PROMPT", "span"), ("UNKNOWN", "span"), ("llm", "generation")]],
    *[({"gen_ai.operation.name": word}, kind) for word, kind in [
        ("chat", "generation"), ("text_completion", "generation"), ("generate_content", "generation"), ("embeddings", "embedding"),
        ("execute_tool", "tool"), ("invoke_agent", "agent"), ("create_agent", "agent"), ("invoke_workflow", "chain"),
        ("retrieval", "retriever"), ("something_new", "span")]],
    *[({"traceloop.span.kind": word}, kind) for word, kind in [("workflow", "chain"), ("task", "chain"), ("agent", "agent"), ("tool", "tool")]],
    *[({"llm.request.type": word}, kind) for word, kind in [("chat", "generation"), ("completion", "generation"), ("embedding", "embedding"), ("rerank", "reranker")]],
    *[({"ai.operationId": word}, kind) for word, kind in [
        ("ai.generateText.doGenerate", "generation"), ("ai.streamText.doStream", "generation"), ("ai.generateObject", "chain"),
        ("ai.streamText", "chain"), ("ai.toolCall", "tool"), ("ai.embed.doEmbed", "embedding"), ("ai.embedMany", "chain")]],
    *[({"langfuse.observation.type": word}, kind) for word, kind in [("generation", "generation"), ("span", "span"), ("guardrail", "guardrail"), ("event", "event")]],
    ({"langsmith.span.kind": "llm"}, "generation"),
    ({"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5}, "generation"),
    ({"gen_ai.request.model": "m"}, "span"),
    ({"http.method": "GET"}, "span"),
    ({"logfire.span_type": "span"}, "span"),
    ({"openinference.span.kind": "UNKNOWN", "gen_ai.operation.name": "chat"}, "generation"),
]  # fmt: skip


@pytest.mark.parametrize(("attributes", "kind"), KINDS, ids=lambda value: json.dumps(value))
def test_each_dialects_word_for_a_kind_is_understood(attributes: dict[str, Any], kind: str) -> None:
    assert seen(attributes).kind == kind


def test_the_first_dialect_that_applies_wins_and_the_next_fills_what_is_missing() -> None:
    found = seen(
        {
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-5",
            "gen_ai.request.model": "other",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.usage.input_tokens": 7,
            "llm.token_count.prompt": 5,
        }
    )
    assert (found.model, found.provider, found.finish_reason, found.usage.input) == ("gpt-5", "openai", "stop", 5)


def test_genai_usage_contains_cached_tokens_and_both_names_of_a_cache_write_are_one_count() -> None:
    usage = seen(
        {
            **GENERATION,
            "gen_ai.usage.input_tokens": "276",
            "gen_ai.usage.cache_read.input_tokens": 100,
            "gen_ai.usage.cache_write.input_tokens": 120,
            "gen_ai.usage.cache_creation.input_tokens": 120,
            "gen_ai.usage.output_tokens": 40,
            "gen_ai.usage.reasoning.output_tokens": 30,
        }
    ).usage
    assert usage == Usage(56, 100, 120, 40, 30)


def test_an_exclusive_count_under_an_inclusive_name_is_kept_and_marked() -> None:
    usage = seen({**GENERATION, "gen_ai.usage.input_tokens": 19, "gen_ai.usage.cache_read.input_tokens": 39000}).usage
    assert usage == Usage(19, 39000, inconsistent=True)


@pytest.mark.parametrize(
    ("provider", "wanted"), [("openai.chat", Usage(17, 49, None, 28)), ("anthropic.messages", Usage(66, 49, None, 28))]
)
def test_vercels_input_is_read_as_its_provider_counts(provider: str, wanted: Usage) -> None:
    found = seen(
        {
            "ai.operationId": "ai.streamText.doStream",
            "ai.model.provider": provider,
            "ai.usage.inputTokens": 66,
            "ai.usage.cachedInputTokens": 49,
            "ai.usage.outputTokens": 28,
            "gen_ai.usage.input_tokens": 66,
        }
    )
    assert (found.usage, found.provider) == (wanted, provider.partition(".")[0])


def test_anthropics_cache_write_is_found_in_vercels_provider_metadata() -> None:
    found = seen(
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.provider": "anthropic.messages",
            "ai.usage.promptTokens": 59,
            "ai.usage.completionTokens": 118,
            "ai.response.providerMetadata": '{"anthropic":{"usage":{"cache_creation_input_tokens":236}}}',
        }
    )
    assert found.usage == Usage(59, None, 236, 118)


def test_logfires_copy_of_the_providers_usage_tells_the_cached_part() -> None:
    found = seen(
        {
            **GENERATION,
            "gen_ai.usage.input_tokens": 255,
            "gen_ai.usage.output_tokens": 36,
            "gen_ai.usage.raw": '{"prompt_tokens":255,"completion_tokens":36,"prompt_tokens_details":{"cached_tokens":191}}',
        }
    )
    assert found.usage == Usage(64, 191, None, 36)


COSTS: list[tuple[dict[str, Any], Cost]] = [
    ({"llm.cost.total": 0.5}, Cost(0.5, "recorded")),
    ({"llm.cost.total": "0.5"}, Cost(0.5, "recorded")),
    ({"llm.cost.prompt": 0.25, "llm.cost.completion": 0.25}, Cost(0.5, "recorded")),
    ({"operation.cost": 0.125}, Cost(0.125, "recorded")),
    ({"gen_ai.usage.cost": 0}, Cost(0.0, "recorded")),
    ({"langfuse.observation.cost_details": '{"input": 0.25, "output": 0.5}'}, Cost(0.75, "recorded")),
    ({"langfuse.observation.cost_details": '{"input": 0.25, "total": 0.5}'}, Cost(0.5, "recorded")),
    ({"langfuse.observation.cost_details": "{}"}, Cost()),
    ({"llm.cost.total": None}, Cost()),
    ({"llm.cost.total": "free"}, Cost()),
    ({"llm.cost.total": -1}, Cost()),
    ({"llm.cost.total": 10**400}, Cost()),
]


@pytest.mark.parametrize(("attributes", "cost"), COSTS, ids=lambda value: str(value)[:60])
def test_a_recorded_cost_is_taken_and_a_missing_one_is_not_zero(attributes: dict[str, Any], cost: Cost) -> None:
    assert seen(attributes).cost == cost


STATUSES: list[tuple[dict[str, Any], dict[str, Any], str, str | None]] = [
    ({}, {}, "success", None),
    ({}, {"status_code": 1}, "success", None),
    ({}, {"status_code": 2, "status_message": "boom"}, "error", "boom"),
    ({}, {"end_ns": None}, "running", None),
    ({}, {"end_ns": None, "status_code": 2, "status_message": "boom"}, "error", "boom"),
    ({"error.type": "TimeoutError"}, {}, "error", "TimeoutError"),
    ({"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "slow"}, {}, "error", "slow"),
    ({"langfuse.observation.level": "WARNING", "langfuse.observation.status_message": "hm"}, {}, "success", "hm"),
    ({**GENERATION, "gen_ai.response.finish_reasons": ["content_filter"]}, {}, "refused", None),
    ({**GENERATION, "gen_ai.response.finish_reasons": '["refusal"]'}, {}, "refused", None),
    ({"openinference.span.kind": "LLM", "llm.finish_reason": "SAFETY"}, {}, "refused", None),
    ({"ai.operationId": "ai.generateText.doGenerate", "ai.response.finishReason": "content-filter"}, {}, "refused", None),
    ({"ai.operationId": "ai.generateText", "ai.response.finishReason": "content-filter"}, {}, "success", None),
    ({"llm.request.type": "chat", "gen_ai.completion.0.refusal": "I will not"}, {}, "refused", None),
    ({"langfuse.observation.type": "generation", "langfuse.observation.metadata.finish_reason": '"content_filter"'}, {}, "refused", None),
    ({"openinference.span.kind": "LLM", "output.value": '{"choices":[{"message":{"role":"assistant","refusal":"no"}}]}'}, {}, "refused", None),
    ({"openinference.span.kind": "LLM", "output.value": '{"choices":[{"message":{"role":"assistant","content":"a refusal","refusal":null}}]}'}, {}, "success", None),
    ({"openinference.span.kind": "LLM", "output.value": '{"promptFeedback":{"blockReason":"SAFETY"}}'}, {}, "refused", None),
    ({**GENERATION, "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"refusal","content":"no"}]}]'}, {}, "refused", None),
    ({"openinference.span.kind": "CHAIN", "output.value": '{"refusal": "no"}'}, {}, "success", None),
]  # fmt: skip


@pytest.mark.parametrize(("attributes", "fields", "status", "message"), STATUSES, ids=lambda value: str(value)[:70])
def test_status_and_message(
    attributes: dict[str, Any], fields: dict[str, Any], status: str, message: str | None
) -> None:
    found = seen(attributes, **fields)
    assert (found.status, found.status_message) == (status, message)


def test_an_exception_event_is_an_error_even_where_the_status_was_not_set() -> None:
    event = RawEvent("exception", START, {"exception.type": "ValueError", "exception.message": "bad"})
    found = seen({}, events=(event,))
    assert (found.status, found.status_message) == ("error", "ValueError: bad")


def test_an_exception_that_was_handled_under_an_ok_status_is_no_error() -> None:
    assert seen({}, events=(RawEvent("exception", START),), status_code=1).status == "success"


TTFTS: list[tuple[dict[str, Any], tuple[RawEvent, ...], int | None]] = [
    ({"gen_ai.response.time_to_first_chunk": 0.285}, (), 285_000_000),
    ({"ai.response.msToFirstChunk": 6.5}, (), 6_500_000),
    ({"langfuse.observation.completion_start_time": '"2026-11-02T06:13:20.250000Z"'}, (), 250_000_000),
    ({}, (RawEvent("First Token Stream Event", START + 5),), 5),
    ({}, (RawEvent("llm.content.completion.chunk", START + 9), RawEvent("llm.content.completion.chunk", START + 4)), 4),
    ({}, (RawEvent("ai.stream.firstChunk", START - 4),), None),
    ({"gen_ai.response.time_to_first_chunk": "NaN"}, (), None),
]


@pytest.mark.parametrize(("attributes", "events", "ttft_ns"), TTFTS, ids=lambda value: str(value)[:60])
def test_time_to_first_token(attributes: dict[str, Any], events: tuple[RawEvent, ...], ttft_ns: int | None) -> None:
    assert seen(attributes, events=events).ttft_ns == ttft_ns


def test_who_and_where_is_taken_from_attributes_metadata_and_resource() -> None:
    found = seen(
        {
            "user.id": 42,
            "session.id": "s",
            "metadata": '{"feature": "search", "plan": "pro"}',
            "tag.tags": ["a", "b", ""],
            "openinference.span.kind": "CHAIN",
        },
        resource={"deployment.environment.name": "prod", "service.version": "1.2"},
    )
    assert (found.user_id, found.session_id, found.feature, found.tags) == ("42", "s", "search", ("a", "b"))
    assert (found.environment, found.release, found.metadata) == ("prod", "1.2", {"feature": "search", "plan": "pro"})


def test_the_feature_attribute_wins_over_metadata() -> None:
    assert seen({"feature": "a", "metadata": '{"feature": "b"}'}).feature == "a"


def test_traceloops_association_properties_are_metadata_and_tell_user_and_session() -> None:
    head = "traceloop.association.properties."
    found = seen({f"{head}user_id": "u", f"{head}session_id": "s", f"{head}attempt": 2})
    assert (found.user_id, found.session_id) == ("u", "s")
    assert found.metadata == {"user_id": "u", "session_id": "s", "attempt": 2}


def test_langfuse_metadata_is_json_text_or_plain_text() -> None:
    found = seen(
        {
            "langfuse.observation.metadata.a": '"gold"',
            "langfuse.trace.metadata.b": "gold",
            "langfuse.trace.metadata.c": "0",
        }
    )
    assert found.metadata == {"a": "gold", "b": "gold", "c": 0}


def test_langfuses_root_with_an_invented_parent_is_a_root() -> None:
    assert seen({"langfuse.internal.as_root": True}).parent_id is None


def test_logfires_pending_span_is_the_running_span_it_announces() -> None:
    found = seen({"logfire.span_type": "pending_span", "logfire.pending_parent_id": "0" * 16, "logfire.msg": "x"})
    assert (found.span_id, found.parent_id, found.status, found.end_ns) == ("c" * 16, None, "running", None)
    below = seen({"logfire.span_type": "pending_span", "logfire.pending_parent_id": "D" * 16})
    assert below.parent_id == "d" * 16


def test_what_logfire_scrubbed_is_nobodys_session() -> None:
    found = seen({"logfire.span_type": "span", "user_id": "ada", "session_id": "[Scrubbed due to 'session']"})
    assert (found.user_id, found.session_id) == ("ada", None)


def test_the_model_of_a_failed_call_is_found_in_its_parameters() -> None:
    found = seen({"openinference.span.kind": "LLM", "llm.invocation_parameters": '{"model": "gpt-4.1"}'}, status_code=2)
    assert found.model == "gpt-4.1"


def test_a_tool_without_a_name_of_its_own_is_called_as_its_span() -> None:
    assert seen({"openinference.span.kind": "TOOL"}).tool_name == "work"
    assert seen({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find"}).tool_name == "find"


def test_the_finish_reason_stands_in_the_answer_where_nothing_else_says_it() -> None:
    answer = '[{"role":"assistant","parts":[],"finish_reason":"length"}]'
    assert seen({**GENERATION, "gen_ai.output.messages": answer}).finish_reason == "length"


def test_long_messages_are_not_needed_for_the_summary() -> None:
    for key in ("gen_ai.input.messages", "input.value", "llm.input_messages.0.message.content", "ai.prompt.messages"):
        assert not is_needed(key)
    for key in ("gen_ai.usage.input_tokens", "llm.cost.total", "metadata.plan", "traceloop.association.properties.x"):
        assert is_needed(key)


def test_a_summary_without_the_long_values_is_of_the_same_dialect() -> None:
    for sign in (
        "langfuse.observation.type", "langfuse.trace.name", "openinference.span.kind", "ai.operationId",
        "traceloop.span.kind", "traceloop.workflow.name", "llm.request.type", "logfire.span_type",
    ):  # fmt: skip
        assert is_needed(sign)


def test_the_payload_has_every_attribute_the_resource_and_the_scope() -> None:
    raw = span({"x": 1, "y": [1, 2]}, resource={"service.name": "shop"}, scope="my.scope", raw="{}")
    payload = unfold(raw)
    assert payload.attributes == {"x": 1, "y": [1, 2], "resource": {"service.name": "shop"}, "scope": "my.scope"}
    assert (payload.input, payload.output, payload.raw) == (None, None, "{}")


HELLO = (Message("user", (Text("hello"),)),)
PAYLOADS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "a system prompt that stands in both places is shown once": (
        {"gen_ai.system_instructions": '[{"type":"text","content":"be brief"}]',
         "gen_ai.input.messages": '[{"role":"system","parts":[{"type":"text","content":"be brief"}]},{"role":"user","parts":[{"type":"text","content":"hello"}]}]'},
        (Message("system", (Text("be brief"),)), *HELLO), None,
    ),
    "messages that came as a list of JSON texts": (
        {"gen_ai.input.messages": ['{"role":"user","parts":[{"type":"text","content":"hello"}]}']}, HELLO, None,
    ),
    "messages that came as structured values": (
        {"gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hello"}]}]}, HELLO, None,
    ),
    "a tool of GenAI": (
        {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": '{"q":1}', "gen_ai.tool.call.result": "found"}, {"q": 1}, "found",
    ),
    "a retrieval of GenAI": (
        {"gen_ai.retrieval.query.text": "what", "gen_ai.retrieval.documents": '[{"id":"a"}]'}, "what", [{"id": "a"}],
    ),
    "documents of OpenInference": (
        {"openinference.span.kind": "RETRIEVER", "input.value": "what", "retrieval.documents.0.document.id": "a", "retrieval.documents.0.document.score": 0.5,
         "retrieval.documents.1.document.id": "b"},
        "what", [{"id": "a", "score": 0.5}, {"id": "b"}],
    ),
    "a reranker of OpenInference": (
        {"openinference.span.kind": "RERANKER", "reranker.query": "q", "reranker.input_documents.0.document.id": "a", "reranker.output_documents.0.document.id": "a"},
        {"query": "q", "documents": [{"id": "a"}]}, [{"id": "a"}],
    ),
    "a tool call that Anthropic's instrumentation repeats is shown once": (
        {"openinference.span.kind": "LLM",
         "llm.output_messages.0.message.role": "assistant",
         "llm.output_messages.0.message.contents.0.message_content.type": "text",
         "llm.output_messages.0.message.contents.0.message_content.text": "looking",
         "llm.output_messages.0.message.contents.1.message_content.type": "tool_use",
         "llm.output_messages.0.message.contents.1.tool_call.id": "c",
         "llm.output_messages.0.message.contents.1.tool_call.function.name": "find",
         "llm.output_messages.0.message.contents.1.tool_call.function.arguments": '{"q": 1}',
         "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c",
         "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "find",
         "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"q": 1}'},
        None, (Message("assistant", (Text("looking"), ToolCall("c", "find", {"q": 1}))),),
    ),
    "eleven messages keep their order": (
        {f"llm.input_messages.{number}.message.{field}": value for number in range(11) for field, value in (("role", "user"), ("content", str(number)))},
        tuple(Message("user", (Text(str(number)),)) for number in range(11)), None,
    ),
    "a decorated function called with one argument": (
        {"traceloop.span.kind": "task", "traceloop.entity.input": '{"args": ["hello"], "kwargs": {}}', "traceloop.entity.output": '"bye"'}, "hello", "bye",
    ),
    "a decorated function called by name": (
        {"traceloop.span.kind": "task", "traceloop.entity.input": '{"args": [], "kwargs": {"q": 1}}'}, {"q": 1}, None,
    ),
    "an object that Vercel generated": (
        {"ai.operationId": "ai.generateObject.doGenerate", "ai.prompt": '{"system":"be brief","prompt":"hello"}', "ai.response.object": '{"a":1}'},
        (Message("system", (Text("be brief"),)), *HELLO), {"a": 1},
    ),
    "values that Vercel embedded": (
        {"ai.operationId": "ai.embedMany.doEmbed", "ai.values": ['"a"', '"b"'], "ai.embeddings": ["[0.5]"]}, ["a", "b"], [[0.5]],
    ),
    "an older event list of pydantic-ai": (
        {"logfire.msg": "x", "events": json.dumps([{"event.name": "gen_ai.user.message", "role": "user", "content": "hello"},
                                                   {"event.name": "gen_ai.choice", "message": {"role": "assistant", "content": "bye"}, "index": 0}])},
        HELLO, (Message("assistant", (Text("bye"),)),),
    ),
    "a span that a program made by hand": ({"input": "hello", "output": '{"a": 1}'}, "hello", {"a": 1}),
    "an image of OpenInference": (
        {"llm.input_messages.0.message.role": "user",
         "llm.input_messages.0.message.contents.0.message_content.type": "image",
         "llm.input_messages.0.message.contents.0.message_content.image.image.url": "https://x.test/a.png"},
        (Message("user", (Media("image", None, None, "https://x.test/a.png"),)),), None,
    ),
    "an older function call of OpenInference": (
        {"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.function_call_name": "find",
         "llm.output_messages.0.message.function_call_arguments_json": '{"q": 1}'},
        None, (Message("assistant", (ToolCall(None, "find", {"q": 1}),)),),
    ),
    "thoughts that OpenLLMetry sends as a message of their own": (
        {"llm.request.type": "chat", "gen_ai.completion.0.role": "thinking", "gen_ai.completion.0.content": "hm",
         "gen_ai.completion.1.role": "assistant", "gen_ai.completion.1.content": "bye"},
        None, (Message("assistant", (Thinking("hm"), Text("bye"))),),
    ),
    "parts that OpenLLMetry sends as JSON text": (
        {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": '[{"type":"text","text":"hello"}]'}, HELLO, None,
    ),
    "plain text of Langfuse": ({"langfuse.observation.input": "hello", "langfuse.observation.output": '"bye"'}, "hello", '"bye"'),
}  # fmt: skip


@pytest.mark.parametrize(("attributes", "said", "answered"), PAYLOADS.values(), ids=list(PAYLOADS))
def test_input_and_output_of_each_dialect(attributes: dict[str, Any], said: Any, answered: Any) -> None:
    payload = unfold(span(attributes))
    assert (payload.input, payload.output) == (said, answered)


def test_messages_sent_one_by_one_as_records_are_put_in_the_order_of_time() -> None:
    raw = span(GENERATION)
    events = [
        LogEvent(
            raw.trace_id,
            raw.span_id,
            "gen_ai.choice",
            9,
            {"index": 0, "message": {"role": "assistant", "content": "bye"}},
        ),
        LogEvent(raw.trace_id, raw.span_id, "gen_ai.tool.message", 5, {"id": "c", "content": "42"}),
        LogEvent(raw.trace_id, raw.span_id, "gen_ai.user.message", 1, {"content": "hello"}),
    ]
    payload = unfold(raw, events)
    assert [message.role for message in payload.input] == ["user", "tool"]
    assert payload.output == (Message("assistant", (Text("bye"),)),)


def test_messages_as_events_of_the_span_itself_are_read() -> None:
    events = (
        RawEvent("gen_ai.user.message", START, {"content": "hello", "gen_ai.system": "openai"}),
        RawEvent("gen_ai.choice", START + 1, {"message": '{"role":"assistant","content":"bye"}'}),
    )
    payload = unfold(span(GENERATION, events=events))
    assert (payload.input, payload.output) == (HELLO, (Message("assistant", (Text("bye"),)),))


def test_the_spans_own_messages_win_over_records_that_repeat_them() -> None:
    raw = span({"gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hello"}]}]'})
    event = LogEvent(raw.trace_id, raw.span_id, "gen_ai.user.message", 1, {"content": "hello"})
    assert unfold(raw, [event]).input == HELLO


def test_evaluations_sent_as_events_are_scores() -> None:
    found = {
        "gen_ai.evaluation.name": "grounded",
        "gen_ai.evaluation.score.value": 0.5,
        "gen_ai.evaluation.explanation": "why",
    }
    event = RawEvent("gen_ai.evaluation.result", START, found)
    (score,) = scores_of(span(events=(event, RawEvent("gen_ai.evaluation.result", START, {}))))
    assert (score.name, score.value, score.comment, score.source, score.time_ns) == (
        "grounded",
        0.5,
        "why",
        "code",
        START,
    )
    (record,) = scores_of(
        LogEvent(
            "t",
            "s",
            "gen_ai.evaluation.result",
            1,
            None,
            {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.label": "kind"},
        )
    )
    assert (record.label, record.value, record.span_id) == ("kind", None, "s")
    assert scores_of(LogEvent("t", "s", "other")) == ()


def test_notes_without_a_verdict_are_scores_each_of_its_own() -> None:
    def note(said: str) -> RawEvent:
        return RawEvent(
            "gen_ai.evaluation.result", 1, {"gen_ai.evaluation.name": "note", "gen_ai.evaluation.explanation": said}
        )

    scores = scores_of(span(events=(note("one"), note("two"))))
    assert [(score.value, score.label, score.comment) for score in scores] == [(None, None, "one"), (None, None, "two")]
    assert len({score.id for score in scores}) == 2


@pytest.mark.parametrize(
    ("told", "field", "value"),
    [
        ('{"status":"success","end_ns":null}', "status", "success"),
        ('{"usage":{"input":1,"cache_read":9,"inconsistent":true}}', "usage", Usage(1, 9, inconsistent=True)),
        ('{"user_id":null}', "user_id", None),
        ('{"kind":"nonsense"}', "kind", "generation"),
        ('{"trace_id":"x","cost":{"usd":1}}', "trace_id", "a" * 32),
        ("[1]", "kind", "generation"),
        ("{broken", "kind", "generation"),
    ],
)
def test_fields_that_our_own_export_told_are_taken_where_a_span_can_have_them(
    told: str, field: str, value: Any
) -> None:
    raw = span({**GENERATION, "user.id": "maria", "tracetui.fields": told}, end_ns=None)
    assert getattr(interpret(raw), field) == value
