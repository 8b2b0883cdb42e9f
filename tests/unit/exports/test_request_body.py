"""The request that a call was, rebuilt from what was recorded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.screen.widget_data import HOSTILE, make_payload, make_span
from tracetui.exports.request_body import anthropic_body, as_curl, as_python, body_text, openai_body
from tracetui.model import Media, Message, Payload, Text, ToolCall, ToolDefinition, ToolResult, Unknown

GPT = make_span(kind="generation", model="gpt-5-mini", provider="openai")
CLAUDE = make_span(kind="generation", model="claude-sonnet-4-5", provider="anthropic")
PAYLOAD = make_payload(
    tools=(ToolDefinition("get_order", "Looks up.", {"type": "object"}),),
    attributes={"gen_ai.request.temperature": 0.2, "llm.invocation_parameters": '{"max_tokens": 99, "odd": 1}'},
)


def test_openai_gets_messages_calls_results_tools_and_parameters() -> None:
    body = openai_body(GPT, PAYLOAD)
    assert body["model"] == "gpt-5-mini"
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "tool"]
    assert body["messages"][2]["tool_calls"][0]["function"] == {"name": "get_order", "arguments": '{"order_id":"1234"}'}
    assert body["messages"][3] == {"role": "tool", "tool_call_id": "call_1", "content": '{"state":"shipped"}'}
    assert body["tools"][0]["function"]["name"] == "get_order"
    assert (body["temperature"], body["max_tokens"], "odd" in body) == (0.2, 99, False)


def test_anthropic_gets_its_system_prompt_aside_and_turns_that_alternate() -> None:
    body = anthropic_body(CLAUDE, PAYLOAD)
    assert body["system"] == "Be brief."
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][1]["content"][0]["input"] == {"order_id": "1234"}
    assert body["messages"][2]["content"][0]["tool_use_id"] == "call_1"
    assert body["tools"][0]["input_schema"] == {"type": "object"}
    assert body["max_tokens"] == 99


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.request.stop_sequences": ["END"], "gen_ai.request.top_k": 5.0},
        {"model_parameters": {"stop": "END", "top_k": 5}},
        {"llm.invocation_parameters": '{"stop_sequences": ["END"], "top_k": 5}'},
    ],
)
def test_what_ends_an_answer_has_the_name_of_each_provider(attributes: dict[str, object]) -> None:
    payload = make_payload(attributes=attributes)
    assert openai_body(GPT, payload)["stop"] in ("END", ["END"])
    assert anthropic_body(CLAUDE, payload)["stop_sequences"] == ["END"]
    assert anthropic_body(CLAUDE, payload)["top_k"] == 5
    assert not {"stop_sequences", "top_k"} & openai_body(GPT, payload).keys()
    assert "stop" not in anthropic_body(CLAUDE, payload)


def test_what_shapes_an_answer_is_sent_again() -> None:
    given = {
        "response_format": {"type": "json_object"}, "tool_choice": "auto", "reasoning_effort": "low",
        "frequency_penalty": 0.5, "presence_penalty": 0.1, "parallel_tool_calls": False, "verbosity": "low",
    }  # fmt: skip
    attributes = {"llm.invocation_parameters": json.dumps(given)}
    body = openai_body(GPT, make_payload(tools=PAYLOAD.tools, attributes=attributes))
    assert {name: body[name] for name in given} == given
    without = openai_body(GPT, make_payload(tools=(), attributes=attributes))
    assert body.keys() - without.keys() == {"tools", "tool_choice", "parallel_tool_calls"}
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 2000}, "tool_choice": {"type": "any"}}
    attributes = {"llm.invocation_parameters": json.dumps(thinking)}
    body = anthropic_body(CLAUDE, make_payload(tools=PAYLOAD.tools, attributes=attributes))
    assert {name: body[name] for name in thinking} == thinking


def test_media_and_unknown_parts_are_not_dropped() -> None:
    parts = (Media("image", "image/png", 3, "x", "AQID"), Unknown({"odd": 1}), Text("look"))
    payload = Payload((Message("user", parts),))
    assert openai_body(GPT, payload)["messages"][0]["content"][0]["image_url"]["url"] == "data:image/png;base64,AQID"
    assert "odd" in json.dumps(openai_body(GPT, payload))
    assert anthropic_body(CLAUDE, payload)["messages"][0]["content"][0]["source"]["data"] == "AQID"
    assert "odd" in json.dumps(anthropic_body(CLAUDE, payload))


@pytest.mark.parametrize("span", [GPT, CLAUDE])
@pytest.mark.parametrize("text", [*HOSTILE.values(), "it's '''quoted''' $HOME `x` \\n"])
def test_any_text_comes_back_as_it_was_from_the_commands(span: object, text: str) -> None:
    parts = (Text(text), ToolCall("1", text, {text: text}), ToolResult("1", text))
    payload = Payload((Message("user", parts), Message("user", (Text(text),))))
    body = json.loads(body_text(span, payload))  # type: ignore[arg-type]
    curl = as_curl(span, payload)  # type: ignore[arg-type]
    assert "_API_KEY" in curl
    shown = subprocess.run(["sh", "-c", curl.replace("curl ", "printf '%s\\n' ", 1)], capture_output=True, check=True)
    assert json.loads(shown.stdout.decode().partition("\n-d\n")[2]) == body
    program = (
        as_python(span, payload).replace("from openai import OpenAI", "").replace("from anthropic import Anthropic", "")
    )  # type: ignore[arg-type]
    names: dict[str, object] = {}
    exec(program.partition("response =")[0], names)
    assert names["request"] == body
    assert sys.version_info > (3,)
