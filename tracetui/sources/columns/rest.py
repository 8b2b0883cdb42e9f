"""Tags, and the metadata of a row: its own metadata column, and the columns that are no field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Raw

from tracetui.model import Json
from tracetui.sources.columns.access import at_path
from tracetui.sources.columns.mapping import Mapping
from tracetui.sources.columns.values import Row, opened, plain_value, text_of

_LARGEST = 2000
_LARGEST_NUMBER = 2**63 - 1


def compile_metadata(mapping: Mapping) -> Callable[[Row], dict[str, Json]]:
    """A row → its metadata. Long values are left to the payload."""
    gets = [(column.path[-1], at_path(column.path)) for column in mapping.fields.get("metadata", ())]
    known = mapping.columns | {join.table for join in mapping.joins}

    def metadata(row: Row) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for name, get in gets:
            value = opened(get(row))
            if isinstance(value, dict):
                for key, item in value.items():
                    item = small(item)
                    if item is not None:
                        found[key] = item
            elif value is not None and value != "":
                found[name] = small(value)
        for name in row:
            if name not in known:
                value = small(row[name])
                if value is not None and value != "":
                    found.setdefault(name, value)
        return found

    return metadata


def small(value: Any) -> Json:
    """A value that a summary may keep, else None: long text, large objects and over-long integers are none."""
    if type(value) is Raw:
        data = bytes(value)
        if len(data) > _LARGEST:
            return None
        value = plain_value(value)
    if isinstance(value, str):
        return value if len(value) <= _LARGEST else None
    if isinstance(value, bytes | memoryview):
        return plain_value(value) if len(value) <= _LARGEST else None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_NUMBER else None
    if isinstance(value, list | dict):
        return value if _weight(value, 200) > 0 else None
    return value


def _weight(value: Json, left: int) -> int:
    """What is left of a budget of values after this one, 0 or less where it is too large to keep."""
    if isinstance(value, str):
        return left - 1 - len(value) // 20
    if isinstance(value, bool) or not isinstance(value, list | dict | int):
        return left - 1
    if isinstance(value, int):
        return left - 1 if abs(value) <= _LARGEST_NUMBER else 0
    if left <= 0:
        return 0
    for item in value if isinstance(value, list) else value.values():
        left = _weight(item, left - 1)
        if left <= 0:
            return 0
    return left


def compile_tags(mapping: Mapping) -> Callable[[Row], tuple[str, ...]]:
    """A row → its tags: a list, text with commas, or an object (`key:value`)."""
    gets = [at_path(column.path) for column in mapping.fields.get("tags", ())]
    if not gets:
        return lambda _: ()

    def tags(row: Row) -> tuple[str, ...]:
        for get in gets:
            value = get(row)
            if value is not None and value != "" and value != []:
                return tags_of(opened(value))
        return ()

    return tags


def tags_of(value: Json) -> tuple[str, ...]:
    """The tags in a value of any form."""
    if isinstance(value, list):
        return tuple(text for item in value if (text := text_of(item)) is not None)
    if isinstance(value, dict):
        return tuple(f"{key}:{text_of(item)}" if item is not True else key for key, item in value.items())
    if isinstance(value, str):
        separator = "," if "," in value else ";" if ";" in value else None
        pieces = value.split(separator) if separator else [value]
        return tuple(piece.strip() for piece in pieces if piece.strip())
    text = text_of(value)
    return () if text is None else (text,)
