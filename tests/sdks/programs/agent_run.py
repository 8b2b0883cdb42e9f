"""The agent run that every program here makes: a question, a tool call, an answer, a failed call; streamed where STREAM is set."""

from __future__ import annotations

import json
import os
from typing import Any

MODELS_URL = os.environ["MODELS_URL"]
STREAM = "STREAM" in os.environ
MODEL, FAILING = "gpt-4.1-mini", "gpt-4.1-mini-fails"
CLAUDE, CLAUDE_FAILING = "claude-sonnet-4-5", "claude-sonnet-4-5-fails"
USER, SESSION, AGENT = "ada", "session-7", "support-agent"
QUESTION = "Where is order 1042?"
RESULT = {"order": 1042, "state": "shipped"}
SCHEMA = {"type": "object", "properties": {"order_id": {"type": "integer"}}, "required": ["order_id"]}
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "find_order", "description": "An order", "parameters": SCHEMA}}
]
CLAUDE_TOOLS: list[Any] = [{"name": "find_order", "description": "An order", "input_schema": SCHEMA}]


def find_order(order_id: int) -> dict[str, Any]:
    """The tool."""
    return {**RESULT, "order": order_id}


def openai_client() -> Any:
    """A client of the model server, which does not repeat what failed."""
    from openai import OpenAI

    return OpenAI(base_url=os.environ.get("OPENAI_BASE_URL") or f"{MODELS_URL}/v1", api_key="none", max_retries=0)


def run(client: Any, tool: Any = find_order, model: str = MODEL, failing: str = FAILING) -> str:
    """Ask, call the tool, ask again; then a call that fails, which the agent survives."""
    import openai

    messages: list[Any] = [{"role": "system", "content": "You help."}, {"role": "user", "content": QUESTION}]
    first = _ask(client, model=model, messages=messages, tools=TOOLS)
    call = first["tool_calls"][0]
    result = tool(**json.loads(call["function"]["arguments"]))
    messages += [first, {"role": "tool", "tool_call_id": call["id"], "content": json.dumps(result)}]
    answer = _ask(client, model=model, messages=messages, tools=TOOLS)["content"]
    try:
        _ask(client, model=failing, messages=messages[:2])
    except openai.BadRequestError as error:
        assert "this model is not here" in str(error), error
    return str(answer)


def _ask(client: Any, **asking: Any) -> dict[str, Any]:
    """The message of an answer, put together where it was streamed."""
    if not STREAM:
        return client.chat.completions.create(**asking).choices[0].message.model_dump(exclude_none=True)
    message: dict[str, Any] = {"role": "assistant", "content": ""}
    for chunk in client.chat.completions.create(**asking, stream=True, stream_options={"include_usage": True}):
        for choice in chunk.choices:
            message["content"] += choice.delta.content or ""
            for piece in choice.delta.tool_calls or ():
                if piece.id:
                    message["tool_calls"] = [piece.model_dump(exclude_none=True, exclude={"index"})]
                else:
                    message["tool_calls"][0]["function"]["arguments"] += piece.function.arguments
    return message


def run_claude(client: Any, tool: Any = find_order) -> str:
    """The same with Anthropic's API."""
    import anthropic

    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    asking: dict[str, Any] = {"model": CLAUDE, "max_tokens": 100, "tools": CLAUDE_TOOLS, "system": "You help."}
    call = _ask_claude(client, messages=messages, **asking)
    result = tool(**call.input)
    used = {"type": "tool_use", "id": call.id, "name": call.name, "input": call.input}
    answered = {"type": "tool_result", "tool_use_id": call.id, "content": json.dumps(result)}
    messages += [{"role": "assistant", "content": [used]}, {"role": "user", "content": [answered]}]
    answer = _ask_claude(client, messages=messages, **asking).text
    try:
        _ask_claude(client, messages=messages[:1], **{**asking, "model": CLAUDE_FAILING})
    except anthropic.BadRequestError as error:
        assert "this model is not here" in str(error), error
    return str(answer)


def _ask_claude(client: Any, **asking: Any) -> Any:
    """The only block of an answer."""
    if not STREAM:
        return client.messages.create(**asking).content[0]
    with client.messages.stream(**asking) as stream:
        return stream.get_final_message().content[0]


def anthropic_client() -> Any:
    """A client of the model server, which does not repeat what failed."""
    from anthropic import Anthropic

    return Anthropic(base_url=os.environ.get("ANTHROPIC_BASE_URL") or MODELS_URL, api_key="none", max_retries=0)
