"""A JSON object that comes in deltas: texts grow, objects are merged, elements with an `index` find their place."""

from __future__ import annotations

from typing import Any

import msgspec

from tracetui.model import Json
from tracetui.wire.room import Room

_ONCE = frozenset({"id", "type", "role", "name", "object", "status", "call_id", "model", "index", "format"})
"""Texts that are sent whole. Some servers send them again with each delta."""


class Text:
    """A text that grows."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def add(self, piece: str) -> None:
        """Add to its end."""
        self._pieces.append(piece)

    def __str__(self) -> str:
        return "".join(self._pieces)


class Indexed(dict[int, Any]):
    """Elements by their index."""

    def get_object(self, index: Json) -> dict[str, Any]:
        """The object with this index, a new one where there is none; what has no index is the last one."""
        place = index if isinstance(index, int) else max(self, default=0)
        found = self.get(place)
        if not isinstance(found, dict):
            found = self[place] = {}
        return found


def merge(state: dict[str, Any], delta: dict[str, Json], room: Room) -> None:
    """Add a delta to what has come so far, as far as there is room for it."""
    for key, item in delta.items():
        if isinstance(item, str):
            _merge_text(state, key, item, room)
        elif isinstance(item, dict):
            known = state.get(key)
            if not isinstance(known, dict):
                known = state[key] = {}
            merge(known, item, room)
        elif isinstance(item, list) and _is_indexed(item):
            elements = state.get(key)
            if not isinstance(elements, Indexed):
                elements = state[key] = Indexed()
            for one in item:
                merge(elements.get_object(one.get("index")), one, room)
        elif item is not None:
            _set(state, key, item, room)


def _merge_text(state: dict[str, Any], key: str, item: str, room: Room) -> None:
    known = state.get(key)
    if key in _ONCE:
        if item and known != item and room.take(len(item)):
            state[key] = item
        elif not item:
            state.setdefault(key, item)
    elif room.take(len(item)):
        if not isinstance(known, Text):
            known = state[key] = Text()
        known.add(item)


def _set(state: dict[str, Any], key: str, item: Json, room: Room) -> None:
    if isinstance(item, int | float) or room.take(len(msgspec.json.encode(item))):
        known = state.get(key)
        state[key] = [*known, *item] if isinstance(known, list) and isinstance(item, list) else item


def _is_indexed(listed: list[Json]) -> bool:
    return bool(listed) and all(isinstance(item, dict) and "index" in item for item in listed)


def grown(state: Any) -> Json:
    """What has come so far as plain JSON."""
    if isinstance(state, Text):
        return str(state)
    if isinstance(state, Indexed):
        return [grown(state[index]) for index in sorted(state)]
    if isinstance(state, dict):
        return {key: grown(item) for key, item in state.items()}
    return state
