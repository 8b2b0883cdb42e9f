"""The agent run that every program here makes, in words of OpenAI's API: a question, a tool call, an answer, a failed call."""

from __future__ import annotations

import json
import os
from typing import Any

MODELS_URL = os.environ["MODELS_URL"]
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
    first = client.chat.completions.create(model=model, messages=messages, tools=TOOLS).choices[0].message
    call = first.tool_calls[0]
    result = tool(**json.loads(call.function.arguments))
    asked = {"role": "assistant", "content": None, "tool_calls": [call.model_dump(exclude_none=True)]}
    messages += [asked, {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)}]
    answer = client.chat.completions.create(model=model, messages=messages, tools=TOOLS).choices[0].message.content
    try:
        client.chat.completions.create(model=failing, messages=messages[:2])
    except openai.BadRequestError as error:
        assert "this model is not here" in str(error), error
    return str(answer)


def run_claude(client: Any, tool: Any = find_order) -> str:
    """The same with Anthropic's API."""
    import anthropic

    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    asking: dict[str, Any] = {"model": CLAUDE, "max_tokens": 100, "tools": CLAUDE_TOOLS, "system": "You help."}
    call = client.messages.create(messages=messages, **asking).content[0]
    result = tool(**call.input)
    used = {"type": "tool_use", "id": call.id, "name": call.name, "input": call.input}
    answered = {"type": "tool_result", "tool_use_id": call.id, "content": json.dumps(result)}
    messages += [{"role": "assistant", "content": [used]}, {"role": "user", "content": [answered]}]
    answer = client.messages.create(messages=messages, **asking).content[0].text
    try:
        client.messages.create(messages=messages[:1], **{**asking, "model": CLAUDE_FAILING})
    except anthropic.BadRequestError as error:
        assert "this model is not here" in str(error), error
    return str(answer)


def anthropic_client() -> Any:
    """A client of the model server, which does not repeat what failed."""
    from anthropic import Anthropic

    return Anthropic(base_url=os.environ.get("ANTHROPIC_BASE_URL") or MODELS_URL, api_key="none", max_retries=0)
