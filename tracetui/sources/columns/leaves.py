"""Every place of some sample rows that a field could be read from: columns, and what lies within their JSON.

A leaf's rank for a field is the place of its name among the synonyms, plus a distance for each level below the top: a
column always beats what is nested.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from tracetui.model import Json
from tracetui.semconv.names import plain
from tracetui.sources.columns.mapping import Path
from tracetui.sources.columns.synonyms import (
    CLOSED_WRAPPERS,
    COST_WRAPPERS,
    FIELDS,
    OPEN_WRAPPERS,
    TIMING_WRAPPERS,
    TOO_GENERAL,
    Field,
)
from tracetui.sources.columns.values import Row, opened

NESTED = 100
"""How much worse each level of nesting is than the last synonym."""
_DEEPEST = 3
_MOST_CHILDREN = 120
_MOST_LEAVES = 1500
_ANSWERS = frozenset({"response", "output", "result", "resp", "completion"})
"""What was asked for goes before what was given: the model of a request is the one that users chose."""
_COST_NAMES = {
    "cost": ("total", "usd", "total_usd", "amount", "total_cost", "value"),
    "input_cost": ("input", "prompt"),
    "output_cost": ("output", "completion"),
}
_TIMING_NAMES = {
    "start": ("start", "started", "begin", "start_ms", "start_ns"),
    "end": ("end", "ended", "finished", "stop", "end_ms", "end_ns"),
    "duration": ("total", "total_ms", "total_s", "total_seconds", "ms", "seconds", "value", "e2e", "e2e_ms"),
    "ttft": ("first_token", "first_token_ms"),
}


class Leaf(Struct):
    """One place, its spelled name, the names of what it lies in, and its values by sample row (never None)."""

    path: Path
    name: str
    wrappers: tuple[str, ...]
    values: dict[int, Json]

    @property
    def is_top(self) -> bool:
        """Whether it is a column of its own."""
        return len(self.path) == 1


@lru_cache(maxsize=4096)
def spelled(name: str) -> str:
    """A column's name as synonyms are written: `@timestamp` → `timestamp`."""
    return plain(name).strip("_")


def find_leaves(names: Sequence[str], rows: Sequence[Row]) -> list[Leaf]:
    """The leaves of all columns in `names` (which may have no values yet) and of what is nested in them."""
    leaves: list[Leaf] = []
    for name in names:
        values = {number: opened(row[name]) for number, row in enumerate(rows) if row.get(name) is not None}
        _add(leaves, (name,), (), values)
    return leaves


def _add(leaves: list[Leaf], path: Path, wrappers: tuple[str, ...], values: dict[int, Json]) -> None:
    if len(leaves) >= _MOST_LEAVES:
        return
    name = spelled(path[-1])
    leaves.append(Leaf(path, name, wrappers, values))
    objects = {number: value for number, value in values.items() if isinstance(value, dict)}
    if not objects or len(path) > _DEEPEST:
        return
    children: dict[str, dict[int, Json]] = {}
    for number, value in objects.items():
        for key, item in value.items():
            if item is not None and isinstance(key, str):
                children.setdefault(key, {})[number] = opened(item)
    if len(children) > _MOST_CHILDREN:
        return
    for key, items in children.items():
        _add(leaves, (*path, key), (*wrappers, name), items)


@lru_cache(maxsize=4096)
def ranks_of(name: str, wrappers: tuple[str, ...]) -> tuple[tuple[int, Field, int], ...]:
    """The fields that a leaf's name fits: the place of each in `FIELDS`, itself, and how well, 0 is best.

    Kept: the files of a directory have the same names, and few names mean anything.
    """
    found = ((order, field, _rank_of(field, name, wrappers)) for order, field in enumerate(FIELDS))
    return tuple((order, field, rank) for order, field, rank in found if rank is not None)


def _rank_of(field: Field, name: str, wrappers: tuple[str, ...]) -> int | None:
    """How well a name fits the field; None where it does not."""
    if not wrappers:
        return _place(field.names, name)
    places = [place for place in _nested_places(field, name, wrappers) if place is not None]
    if not places:
        return None
    is_answer = any(wrapper in _ANSWERS for wrapper in wrappers)
    return NESTED * len(wrappers) + min(places) + is_answer


def _nested_places(field: Field, name: str, wrappers: tuple[str, ...]) -> Iterator[int | None]:
    """By the name together with that of the object around it, and by the name alone."""
    parent = wrappers[-1]
    if all(_is_wrapper(wrapper) for wrapper in wrappers[:-1]):
        yield _place(field.names, f"{parent}_{name}")
    if not all(_is_wrapper(wrapper) for wrapper in wrappers):
        return
    yield _special(field.name, parent, name)
    if name not in TOO_GENERAL or all(wrapper in OPEN_WRAPPERS for wrapper in wrappers):
        yield _place(field.names, name)


def _is_wrapper(name: str) -> bool:
    return name in OPEN_WRAPPERS or name in CLOSED_WRAPPERS


def _special(field: str, parent: str, name: str) -> int | None:
    if parent in TIMING_WRAPPERS and field in _TIMING_NAMES:
        return _place(_TIMING_NAMES[field], name)
    if parent in COST_WRAPPERS and field in _COST_NAMES:
        return _place(_COST_NAMES[field], name)
    return None


def _place(names: tuple[str, ...], name: str) -> int | None:
    try:
        return names.index(name)
    except ValueError:
        return None
