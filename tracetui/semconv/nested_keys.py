"""Attributes nested by their dots (`{"llm": {"model_name": …}}`) → the flat keys that they were sent with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from tracetui.model import Json
from tracetui.semconv.json_text import parse_json_text

KEPT = frozenset({"metadata", "llm.prompt_template.variables", "tool.parameters"})
"""Values that are objects in their own right: what is below is theirs, and no key of ours."""
MESSAGES = frozenset(
    {
        "llm.input_messages", "llm.tools", "llm.prompts", "retrieval", "embedding.embeddings",
        "reranker.input_documents", "reranker.output_documents",
    }
)  # fmt: skip
"""What only a payload needs; an index passes it over."""
_ABOVE_MESSAGES = frozenset(key.partition(".")[0] for key in MESSAGES)
_KEPT_END = ".document.metadata"
_DEEPEST = 64

_decode: Callable[[str | msgspec.Raw], Json] = msgspec.json.Decoder().decode
_decode_branches = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def parse_without_messages(text: str) -> Json:
    """What `parse_json_text` gives, without the branches of MESSAGES: a conversation is most of such a text, and is passed
    over unread. Never raises."""
    try:
        return {
            key: _without_messages(key, branch) if key in _ABOVE_MESSAGES else _decode(branch)
            for key, branch in _decode_branches(text).items()
            if key not in MESSAGES
        }
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return parse_json_text(text)


def _without_messages(key: str, branch: msgspec.Raw) -> Json:
    try:
        steps = _decode_branches(branch)
    except msgspec.ValidationError:
        return _decode(branch)  # no object
    return {step: _decode(value) for step, value in steps.items() if f"{key}.{step}" not in MESSAGES}


def flatten_keys(tree: Json, left_out: Collection[str] = ()) -> dict[str, Json]:
    """Flat attributes of a nested object; lists of objects by number, lists of plain values whole.

    `left_out` are keys whose whole branch is not wanted.
    """
    flat: dict[str, Json] = {}
    if isinstance(tree, dict):
        _add(flat, "", tree, left_out, 0)
    return flat


def _add(flat: dict[str, Json], prefix: str, tree: dict[Any, Json], left_out: Collection[str], depth: int) -> None:
    for step, value in tree.items():
        key = f"{prefix}{step}"
        if key in left_out:
            continue
        if isinstance(value, dict) and value and key not in KEPT and not key.endswith(_KEPT_END) and depth < _DEEPEST:
            _add(flat, f"{key}.", value, left_out, depth + 1)
        elif isinstance(value, list) and depth < _DEEPEST and value and all(isinstance(item, dict) for item in value):
            for number, item in enumerate(value):
                _add(flat, f"{key}.{number}.", item, left_out, depth + 1)
        elif value is not None:
            flat[key] = value
