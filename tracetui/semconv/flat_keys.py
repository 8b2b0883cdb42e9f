"""Attributes whose keys spell a path (`llm.input_messages.0.message.role`) → the nested value they spell."""

from __future__ import annotations

from tracetui.model import Json
from tracetui.semconv.dialect import Attributes

_DEEPEST = 24


def nested(attributes: Attributes, prefix: str) -> Json:
    """The object or list under `prefix` (which ends with a dot), None where there is none.

    A level whose keys are all numbers is a list, in the order of the numbers; gaps close.
    """
    tree: dict[str, Json] = {}
    for key, value in attributes.items():
        if key.startswith(prefix):
            _put(tree, key[len(prefix) :].split(".", _DEEPEST), value)
    return _listed(tree) if tree else None


class _Branch(dict[str, Json]):
    """A level of the tree that we made, told apart from objects that are values."""


def _put(tree: dict[str, Json], path: list[str], value: Json) -> None:
    for place, step in enumerate(path[:-1]):
        below = tree.setdefault(step, _Branch())
        if not isinstance(below, _Branch):
            tree[".".join(path[place:])] = value
            return
        tree = below
    last = tree.get(path[-1])
    if isinstance(last, _Branch):
        last[""] = value
    else:
        tree[path[-1]] = value


def _listed(tree: dict[str, Json]) -> Json:
    values = {key: _listed(item) if isinstance(item, _Branch) else item for key, item in tree.items()}
    if all(key.isdecimal() and key.isascii() for key in values):
        return [values[key] for key in sorted(values, key=lambda key: (len(key), key))]
    return values
