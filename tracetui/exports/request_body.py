"""The request that a call was, as a body for an OpenAI- or Anthropic-shaped endpoint, and as curl or Python.

Built from the recorded messages, model, tools and parameters; keys are never known here, so they are the names of
environment variables. What a provider's form has no word for becomes text that is its JSON, so nothing is dropped.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from tracetui.exports.json_text import dump_json, lay_out_json
from tracetui.model import (
    Json,
    Media,
    Message,
    Part,
    Payload,
    Refusal,
    Span,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Unknown,
)
from tracetui.semconv.chat import parse_messages
from tracetui.semconv.chat_own import dump_part
from tracetui.semconv.json_text import opened

_OPENAI_URL = "https://api.openai.com/v1/chat/completions"
_ANTHROPIC_URL = "https://api.anthropic.com/v1/messages"
_ANTHROPIC_VERSION = "2023-06-01"
_MAX_TOKENS = 4096
"""Anthropic wants a limit; this one is given where none was recorded."""
_OF_BOTH = ("temperature", "top_p", "max_tokens", "tool_choice")
_OF_OPENAI = (
    "max_completion_tokens", "seed", "stop", "response_format", "reasoning_effort", "verbosity", "frequency_penalty",
    "presence_penalty", "parallel_tool_calls",
)  # fmt: skip
_OF_ANTHROPIC = ("stop_sequences", "top_k", "thinking")
_OF_TOOLS = ("tool_choice", "parallel_tool_calls")
_PARAMETERS = (*_OF_BOTH, *_OF_OPENAI, *_OF_ANTHROPIC)
_HOLDERS = ("llm.invocation_parameters", "model_parameters", "parameters", "request_parameters")
_SYSTEM = ("system", "developer")


def is_anthropic(span: Span) -> bool:
    """Whether the call went to an Anthropic-shaped endpoint, as far as its names say."""
    return "anthropic" in (span.provider or "").lower() or (span.model or "").lower().startswith("claude")


def request_body(span: Span, payload: Payload) -> dict[str, Json]:
    """The body in the form of the call's own provider, OpenAI's where that is another."""
    return anthropic_body(span, payload) if is_anthropic(span) else openai_body(span, payload)


def openai_body(span: Span, payload: Payload) -> dict[str, Json]:
    """A body of Chat Completions."""
    messages = parse_messages(payload.input, "user")
    body: dict[str, Json] = {"model": span.model or "", "messages": [m for each in messages for m in _openai(each)]}
    if payload.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters or {}},
            }
            for tool in payload.tools
        ]
    found = _parameters(payload)
    if "stop_sequences" in found:
        found.setdefault("stop", found["stop_sequences"])
    return body | {name: value for name, value in found.items() if name not in _OF_ANTHROPIC}


def _openai(message: Message) -> Iterator[dict[str, Json]]:
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    said = [part for part in message.parts if not isinstance(part, ToolCall | ToolResult | Thinking)]
    for result in results:
        yield {"role": "tool", "tool_call_id": result.call_id or "", "content": _text(result.content)}
    if said or calls or not message.parts:
        role = message.role if message.role in ("system", "developer", "assistant") else "user"
        found: dict[str, Json] = {"role": role, "content": _openai_content(said) if said else None}
        if message.name:
            found["name"] = message.name
        if calls:
            found["tool_calls"] = [
                {
                    "id": call.id or f"call_{number}",
                    "type": "function",
                    "function": {"name": call.name, "arguments": _text(call.arguments)},
                }
                for number, call in enumerate(calls)
            ]
        yield found


def _openai_content(parts: Sequence[Part]) -> Json:
    if all(isinstance(part, Text | Refusal | Unknown) for part in parts):
        return "\n".join(_part_text(part) for part in parts)
    return [_openai_part(part) for part in parts]


def _openai_part(part: Part) -> dict[str, Json]:
    if isinstance(part, Media) and part.media == "image":
        return {"type": "image_url", "image_url": {"url": _url(part)}}
    return {"type": "text", "text": _part_text(part)}


def anthropic_body(span: Span, payload: Payload) -> dict[str, Json]:
    """A body of Messages."""
    messages = parse_messages(payload.input, "user")
    system = "\n\n".join(_part_text(part) for each in messages if each.role in _SYSTEM for part in each.parts)
    body: dict[str, Json] = {"model": span.model or "", "max_tokens": _MAX_TOKENS}
    if system:
        body["system"] = system
    turns: list[dict[str, Json]] = []
    for message in messages:
        if message.role in _SYSTEM:
            continue
        role = "assistant" if message.role == "assistant" else "user"
        content = [_anthropic_part(part) for part in message.parts if not isinstance(part, Thinking)]
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += content
        elif content:
            turns.append({"role": role, "content": content})
    body["messages"] = turns
    if payload.tools:
        body["tools"] = [
            {
                "name": tool.name,
                "description": tool.description or "",
                "input_schema": tool.parameters or {"type": "object"},
            }
            for tool in payload.tools
        ]
    found = _parameters(payload)
    if stop := found.get("stop"):
        found.setdefault("stop_sequences", [stop] if isinstance(stop, str) else stop)
    return body | {name: value for name, value in found.items() if name not in _OF_OPENAI}


def _anthropic_part(part: Part) -> dict[str, Json]:
    match part:
        case ToolCall(call_id, name, arguments):
            given = arguments if isinstance(arguments, dict) else {"arguments": arguments}
            return {"type": "tool_use", "id": call_id or "call_0", "name": name, "input": given}
        case ToolResult(call_id, content, is_error, _):
            return {
                "type": "tool_result",
                "tool_use_id": call_id or "call_0",
                "content": _text(content),
                "is_error": is_error,
            }
        case Media("image", media_type, _, _, data) if data:
            source = {"type": "base64", "media_type": media_type or "image/png", "data": data}
            return {"type": "image", "source": source}
        case Media("image", _, _, reference, _) if reference and "://" in reference:
            return {"type": "image", "source": {"type": "url", "url": reference}}
        case _:
            return {"type": "text", "text": _part_text(part)}


def _url(media: Media) -> str:
    if media.data:
        return f"data:{media.media_type or 'image/png'};base64,{media.data}"
    return media.reference or ""


def _part_text(part: Part) -> str:
    return part.text if isinstance(part, Text | Refusal | Thinking) else dump_json(dump_part(part))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else "" if value is None else dump_json(value)


def _parameters(payload: Payload) -> dict[str, Json]:
    """Settings of the call that either provider knows, from wherever the dialects keep them."""
    found: dict[str, Json] = {}
    for holder in _HOLDERS:
        value = opened(payload.attributes.get(holder))
        if isinstance(value, dict):
            found |= {name: item for name, item in value.items() if name in _PARAMETERS and item is not None}
    for name in _PARAMETERS:
        value = payload.attributes.get(f"gen_ai.request.{name}", payload.attributes.get(name))
        if value is not None:
            found.setdefault(name, value)
    # Where no tools are offered, providers refuse to be told how to choose one.
    return found if payload.tools else {name: value for name, value in found.items() if name not in _OF_TOOLS}


def as_curl(span: Span, payload: Payload) -> str:
    """A command for a shell; the key is read from the environment there."""
    if is_anthropic(span):
        url, headers = _ANTHROPIC_URL, ['"x-api-key: $ANTHROPIC_API_KEY"', f'"anthropic-version: {_ANTHROPIC_VERSION}"']
    else:
        url, headers = _OPENAI_URL, ['"Authorization: Bearer $OPENAI_API_KEY"']
    body = shlex.quote(body_text(span, payload))
    lines = [f"curl {url}", *(f"  -H {header}" for header in headers), '  -H "Content-Type: application/json"']
    return " \\\n".join([*lines, f"  -d {body}"]) + "\n"


def as_python(span: Span, payload: Payload) -> str:
    """A program that uses the provider's own package; the key is read from the environment by that."""
    body = body_text(span, payload)
    text = f"request = json.loads(r'''{body}''')" if "'''" not in body else f"request = json.loads({body!r})"
    package, client, call = (
        ("anthropic", "Anthropic", "messages.create")
        if is_anthropic(span)
        else ("openai", "OpenAI", "chat.completions.create")
    )
    return (
        f"import json\n\nfrom {package} import {client}\n\n{text}\n"
        f"response = {client}().{call}(**request)  # reads ${package.upper()}_API_KEY\nprint(response.model_dump_json(indent=2))\n"
    )


def body_text(span: Span, payload: Payload) -> str:
    """The body as JSON laid out in lines."""
    return lay_out_json(request_body(span, payload))
