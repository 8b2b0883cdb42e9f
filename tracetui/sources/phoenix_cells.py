"""Cells of a data frame of Phoenix's spans as CSV keeps them: Python literals, never evaluated."""

from __future__ import annotations

import ast
import re

from tracetui.model import Json

_LONGEST = 8 << 20
_ARRAY_END = re.compile(r",\s*dtype=object\)")
_NO_COMMA = re.compile(r"([}\]])\s*\n\s*([{\[])")
_CONSTANTS = (str, int, float, bool, type(None))  # a tuple: a union would be put together anew at every call
_LISTS = (ast.List, ast.Tuple)
_NAMES: dict[str, Json] = {"nan": None, "NaN": None, "None": None, "null": None, "true": True, "false": False}


def parse_literal(text: str) -> Json:
    """The list or object that Python wrote, numpy's arrays as lists; the text itself where it is none."""
    if text[:1] not in ("[", "{", "a") or len(text) > _LONGEST:
        return text
    for attempt in (text, _NO_COMMA.sub(r"\1, \2", _ARRAY_END.sub(")", text))):
        try:
            return _value(ast.parse(attempt, mode="eval").body)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return text


def _value(node: ast.expr) -> Json:
    if isinstance(node, ast.Constant) and isinstance(node.value, _CONSTANTS):
        return node.value
    if isinstance(node, _LISTS):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {_key(key): _value(value) for key, value in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _value(node.operand)
        if isinstance(number, int | float):
            return -number
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "array" and node.args:
        return _value(node.args[0])
    if isinstance(node, ast.Name) and node.id in _NAMES:
        return _NAMES[node.id]
    raise ValueError("no literal")


def _key(node: ast.expr | None) -> str:
    if node is None:
        raise ValueError("no literal")
    return str(_value(node))
