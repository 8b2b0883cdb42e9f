"""Bodies of answers from a model → messages, finish reason, usage, refusal.

OpenAI chat, completions and Responses, Anthropic, Gemini, Ollama, Bedrock, Cohere, LangChain results.
"""

from __future__ import annotations

from msgspec import Struct

from tracetui.model import REFUSALS, Json, Message, Part, Refusal, Text, Thinking, Unknown, Usage
from tracetui.semconv.chat_messages import conversation_of, item_of, merged, message_of
from tracetui.semconv.chat_parts import Dict, parts_of
from tracetui.semconv.json_text import opened
from tracetui.semconv.names import plain
from tracetui.semconv.usage import usage_of

_WRAPPERS = ("body", "json", "response", "result", "data", "message")
_FINISHES = ("stop_reason", "finish_reason", "finishReason", "stopReason", "done_reason")
_MODELS = ("model", "modelVersion", "model_version", "model_id")
_IDS = ("id", "responseId", "response_id")
_DEEPEST = 3


class Response(Struct, frozen=True):
    """What a model answered. `finish_reason` is the provider's word; `error` its message where it failed."""

    messages: tuple[Message, ...] = ()
    model: str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    is_refusal: bool = False
    response_id: str | None = None
    service_tier: str | None = None
    error: str | None = None


def parse_response(value: Json) -> Response:
    """A response body of any provider, a message, a list of them, text, or JSON text. Never raises.

    What nobody understands is one assistant message with an unknown part.
    """
    body = _unwrapped(as_body(opened(value)), _DEEPEST)
    if body is None:
        return Response()
    if not isinstance(body, dict):
        return _finished(Response(_spoken(body)))
    messages, finish = _answer(body)
    return _finished(
        Response(
            messages=messages,
            model=_first(body, _MODELS),
            finish_reason=finish or _first(body, _FINISHES),
            usage=usage_of(body),
            response_id=_first(body, _IDS),
            service_tier=_first(body, ("service_tier", "serviceTier")),
            error=_error(body),
        )
    )


def as_body(value: Json) -> Json:
    """A list of choices or candidates that was kept without the body around it, as that body."""
    if _all_hold(value, _SPOKEN_KEYS):
        return {"choices": value}
    if _all_hold(value, frozenset({"content"})) and _all_hold(value, frozenset({"finishReason", "finish_reason"})):
        return {"candidates": value}
    return value


def is_response(value: Dict) -> bool:
    """Whether an object is certainly a response body."""
    return any(holds(value) for holds, _ in _SHAPES)


def is_refusal(finish_reason: str | None) -> bool:
    """Whether a finish reason says that the model declined: `content-filter`, `SAFETY`, `FinishReason.SAFETY` …"""
    if finish_reason is None:
        return False
    word = plain(finish_reason).strip("_")
    return word in REFUSALS or word.removeprefix("finish_reason_") in REFUSALS


def _finished(response: Response) -> Response:
    declined = is_refusal(response.finish_reason) or any(
        isinstance(part, Refusal) for message in response.messages for part in message.parts
    )
    if not declined:
        return response
    return Response(
        response.messages,
        response.model,
        response.finish_reason,
        response.usage,
        True,
        response.response_id,
        response.service_tier,
        response.error,
    )


def _unwrapped(value: Json, deeper: int) -> Json:
    if not isinstance(value, dict) or deeper == 0 or is_response(value) or message_of(value) is not None:
        return value
    for key in _WRAPPERS:
        inner = opened(value.get(key))
        if isinstance(inner, dict) and (
            is_response(inner) or "error" in inner or any(name in inner for name in _WRAPPERS)
        ):
            return _unwrapped(inner, deeper - 1)
    return value


def _answer(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    for holds, read in _SHAPES:
        if holds(body):
            return read(body)
    message = message_of(body)
    if message is not None:
        return (message,), None
    if _error(body) is not None:
        return (), None
    return (Message("assistant", (Unknown(body),)),), None


def _spoken(value: Json) -> tuple[Message, ...]:
    if isinstance(value, list):
        messages = conversation_of(value)
        if messages:
            return messages
    parts = parts_of(value)
    return (Message("assistant", parts),) if parts else ()


def _openai_chat(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    messages: list[Message] = []
    finish: str | None = None
    for choice in body["choices"]:
        if not isinstance(choice, dict):
            messages.append(Message("assistant", parts_of(choice)))
            continue
        finish = finish or _first(choice, ("finish_reason", "finishReason"))
        spoken = choice.get("message") or choice.get("delta")
        if isinstance(spoken, dict):
            messages.append(
                message_of({"role": "assistant", "content": None, **spoken}) or Message("assistant", parts_of(spoken))
            )
        else:
            messages.append(Message("assistant", parts_of(spoken if spoken is not None else choice.get("text"))))
    return tuple(message for message in messages if message.parts), finish


def _openai_responses(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    read = [message_of(item) or item_of(item) or Message("assistant", parts_of([item])) for item in body["output"]]
    details = body.get("incomplete_details")
    reason = _first(details, ("reason",)) if isinstance(details, dict) else None
    return merged(tuple(message for message in read if message.parts)), reason or _first(body, ("status",))


def _anthropic(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    parts = parts_of(body["content"])
    return ((Message("assistant", parts),) if parts else ()), _first(body, ("stop_reason",))


def _gemini(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    messages: list[Message] = []
    finish: str | None = None
    candidates = body.get("candidates")
    for candidate in candidates if isinstance(candidates, list) else []:
        if not isinstance(candidate, dict):
            messages.append(Message("assistant", (Unknown(candidate),)))
            continue
        finish = finish or _first(candidate, ("finishReason", "finish_reason"))
        content = candidate.get("content")
        parts = parts_of(content.get("parts") if isinstance(content, dict) else content)
        if parts:
            messages.append(Message("assistant", parts))
    feedback = body.get("promptFeedback") or body.get("prompt_feedback")
    feedback = feedback if isinstance(feedback, dict) else {}
    blocked = _first(feedback, ("blockReason", "block_reason"))
    if blocked is not None:
        said = _first(feedback, ("blockReasonMessage", "block_reason_message"))
        messages.append(Message("assistant", (Refusal(said or f"blocked: {blocked}"),)))
    return tuple(messages), finish or blocked


def _ollama_chat(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    message = message_of({"role": "assistant", **body["message"]})
    return ((message,) if message is not None else ()), _first(body, _FINISHES)


def _ollama_generate(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    thinking = body.get("thinking")
    parts: list[Part] = [Thinking(thinking)] if isinstance(thinking, str) and thinking else []
    if body["response"]:
        parts.append(Text(body["response"]))
    return ((Message("assistant", tuple(parts)),) if parts else ()), _first(body, _FINISHES)


def _bedrock(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    message = message_of(body["output"]["message"])
    return ((message,) if message is not None else ()), _first(body, ("stopReason",))


def _langchain(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    messages: list[Message] = []
    finish: str | None = None
    for group in body["generations"]:
        for generation in group if isinstance(group, list) else [group]:
            if not isinstance(generation, dict):
                continue
            message = message_of(generation.get("message"))
            if message is None or message.parts:  # a call that failed has an empty message
                messages.append(message or Message("assistant", parts_of(generation.get("text") or [generation])))
            info = generation.get("generation_info")
            finish = finish or (_first(info, _FINISHES) if isinstance(info, dict) else None)
    return tuple(messages), finish


def _embeddings(body: Dict) -> tuple[tuple[Message, ...], str | None]:
    return (), None


def _is_embeddings(body: Dict) -> bool:
    data = body.get("data")
    return isinstance(data, list) and bool(data) and isinstance(data[0], dict) and "embedding" in data[0]


def _is_bedrock(body: Dict) -> bool:
    output = body.get("output")
    return isinstance(output, dict) and isinstance(output.get("message"), dict) and "role" in output["message"]


def _all_hold(listed: Json, keys: frozenset[str]) -> bool:
    """Whether this is a list of objects, each with one of the keys."""
    return (
        isinstance(listed, list)
        and bool(listed)
        and all(isinstance(item, dict) and not keys.isdisjoint(item) for item in listed)
    )


_SPOKEN_KEYS = frozenset({"message", "delta"})
_CHOICE_KEYS = frozenset({"message", "delta", "text", "finish_reason"})
_CANDIDATE_KEYS = frozenset({"content", "finishReason", "finish_reason"})
_OLLAMA_SIGNS = frozenset({"done", "eval_count", "done_reason", "total_duration", "finish_reason"})
_SHAPES = (
    (lambda body: _all_hold(body.get("choices"), _CHOICE_KEYS), _openai_chat),
    (
        lambda body: _all_hold(body.get("candidates"), _CANDIDATE_KEYS) or isinstance(body.get("promptFeedback"), dict),
        _gemini,
    ),
    (
        lambda body: (
            isinstance(body.get("output"), list)
            and (body.get("object") == "response" or any(item_of(item) or message_of(item) for item in body["output"]))
        ),
        _openai_responses,
    ),
    (_is_bedrock, _bedrock),
    (lambda body: isinstance(body.get("content"), list | str) and "stop_reason" in body, _anthropic),
    (lambda body: isinstance(body.get("message"), dict) and not _OLLAMA_SIGNS.isdisjoint(body), _ollama_chat),
    (lambda body: isinstance(body.get("response"), str) and not _OLLAMA_SIGNS.isdisjoint(body), _ollama_generate),
    (lambda body: isinstance(body.get("generations"), list), _langchain),
    (_is_embeddings, _embeddings),
)
"""How to recognise each shape of answer by its own keys, and how to read it; the first that holds wins."""


def _error(body: Dict) -> str | None:
    error = body.get("error")
    if isinstance(error, str):
        return error or None
    if not isinstance(error, dict):
        return None
    inner = error.get("error")
    found = inner if isinstance(inner, dict) else error
    message, kind = _first(found, ("message",)), _first(found, ("type", "status", "code"))
    return f"{kind}: {message}" if kind and message else message or kind


def _first(value: Dict, keys: tuple[str, ...]) -> str | None:
    return next((value[key] for key in keys if isinstance(value.get(key), str) and value[key]), None)
