"""How an input is changed beyond single bytes: JSON keeps its form, and one of its values becomes something odd."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 0.5, -1e308, 1e308, "", " ", "0", "-1", "NaN",
    "\ud800", "\x00", "\x1b[2J", "x" * 300, "2026-11-20T10:00:00Z", "0000-00-00", "9999-12-31T23:59:60+99:99", "1e999", "[", "{}", "[]",
    '{"a": 1}', "[{}]", [], {}, [[]], [{}], {"": ""}, {"type": "text"}, [None], [1, "a", None, {}], "assistant", "user", "error",
)  # fmt: skip
_DEEP = "[" * 3_000 + "]" * 3_000
_WORDS = ("NaN", "Infinity", "-Infinity", "1e999", "1" * 400, _DEEP, '{"a":' * 200 + "1" + "}" * 200, '"\\ud800"')
_MARK = "@@odd@@"


def changed(data: bytes, chance: random.Random, others: Callable[[], bytes], before: int | None = None) -> bytes | None:
    """An input with one change to its structure; None where it is no JSON, nor lines of it. `others` gives another input;
    `before` is how many bytes stand before the JSON, one or none where it is None."""
    size = before if before is not None else int(data[:1] not in b"{[")
    head, text = data[:size], data[size:]
    lines = text.split(b"\n")
    numbers = [number for number, line in enumerate(lines) if line.strip()[:1] in (b"{", b"[")]
    if not numbers:
        return None
    try:
        value = json.loads(text)
        lines, number = [text], 0
    except (ValueError, RecursionError):
        number = chance.choice(numbers)
        try:
            value = json.loads(lines[number])
        except (ValueError, RecursionError):
            return None
    kind = chance.randrange(10)
    if kind == 0 and len(lines) > 1:
        return head + b"\n".join(_reordered(lines, number, chance))
    if kind == 1:
        lines.insert(number, chance.choice(others().split(b"\n")))
        return head + b"\n".join(lines)
    for _ in range(1 + chance.randrange(3)):
        value = _with_odd(value, chance)
    written = json.dumps(value)
    if _MARK in written:
        written = written.replace(f'"{_MARK}"', chance.choice(_WORDS))
    lines[number] = written.encode()
    return head + b"\n".join(lines)


def _reordered(lines: list[bytes], number: int, chance: random.Random) -> list[bytes]:
    """The lines with one of them gone, or twice, or somewhere else."""
    line, how = lines[number], chance.randrange(3)
    rest = lines if how == 1 else [*lines[:number], *lines[number + 1 :]]
    if how == 0:
        return rest
    at = chance.randint(0, len(rest))
    return [*rest[:at], line, *rest[at:]]


def _with_odd(value: Any, chance: random.Random) -> Any:
    """The value with something odd somewhere within it: another value, a key less, a key of another."""
    if isinstance(value, dict) and value and chance.randrange(8):
        key = chance.choice([*value])
        if not chance.randrange(12):
            return {name: item for name, item in value.items() if name != key}
        if not chance.randrange(12):
            return {name: value[chance.choice([*value])] if name == key else item for name, item in value.items()}
        return {**value, key: _with_odd(value[key], chance)}
    if isinstance(value, list) and value and chance.randrange(8):
        at = chance.randrange(len(value))
        if not chance.randrange(12):
            return [*value, value[at]]
        return [*value[:at], _with_odd(value[at], chance), *value[at + 1 :]]
    if isinstance(value, str) and value[:1] in ("{", "[") and chance.randrange(4):
        try:
            return json.dumps(_with_odd(json.loads(value), chance))
        except (ValueError, RecursionError):
            return chance.choice(ODD)
    return _MARK if not chance.randrange(12) else chance.choice(ODD)
