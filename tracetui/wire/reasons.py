"""Why a record gave nothing, as phrases for the count of skipped records."""

from __future__ import annotations

import json

from tracetui.model import Json

_JSON_WORDS = {list: "an array", str: "a text", int: "a number", float: "a number", bool: "true or false"}
_LOOKS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"resourceSpans"}), "an OTLP request"),
    (frozenset({"resourceLogs"}), "an OTLP request"),
    (frozenset({"context", "parent_id"}), "a span of the console exporter"),
    (frozenset({"trace_id", "span_id"}), "a span of another format"),
    (frozenset({"messages"}), "a logged request to a model"),
    (frozenset({"choices"}), "a logged answer of a model"),
    (frozenset({"model"}), "a logged call of a model"),
    (frozenset({"level", "msg"}), "a line of a program's log"),
    (frozenset({"level", "message"}), "a line of a program's log"),
)
TOO_DEEP = "nested too deeply to be read"


def describe(document: Json, wanted: str = "an OTLP request") -> str:
    """What a JSON value that is not `wanted` looks like."""
    if not isinstance(document, dict):
        return f"JSON, but {_JSON_WORDS.get(type(document), 'null')} and not {wanted}"
    if not document:
        return "an empty object"
    missed = f"no {wanted.partition(' ')[2]}"
    for keys, words in _LOOKS:
        if keys <= document.keys() and words != wanted:
            return f"{missed}: looks like {words}"
    names = ", ".join(list(document)[:4])
    return f"{missed}: an object with {names[:80]}"


def not_json(data: bytes, error: ValueError) -> str:
    """Why bytes are no JSON, and where."""
    if not data.strip(b"\0 \t\r\n"):
        return "NUL bytes" if b"\0" in data else "blank"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at character {error.pos + 1}"
    return "not JSON"
