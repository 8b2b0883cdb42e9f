"""Texts that a filter looks for, so that what is stored can be asked first whether they are in it at all."""

from __future__ import annotations

from msgspec import Struct

from tracetui.query.ast import And, Compare, Node, Scope, Text, children
from tracetui.query.compare import search_pattern


class Sought(Struct, frozen=True):
    """What `has_text` is asked: its mode and pattern, and parts of which each stands in every text of which it is true."""

    mode: str
    pattern: str
    parts: tuple[str, ...]


def needed_texts(node: Node) -> tuple[str, ...]:
    """Texts of which each stands in what some span of a matching trace carried, or in its summary."""
    if isinstance(node, And):
        return tuple(text for child in node.nodes for text in needed_texts(child))
    if isinstance(node, Scope):
        return needed_texts(node.node) if node.name != "all" else ()
    sought = sought_texts(node) if isinstance(node, Compare) and len(node.values) == 1 else ()
    return tuple(part for one in sought for part in one.parts)


def sought_texts(node: Node) -> tuple[Sought, ...]:
    """Every test of what spans carried for a text, whether a trace needs it, does without it, or must not have it."""
    if not isinstance(node, Compare):
        return tuple(sought for child in children(node) for sought in sought_texts(child))
    if node.field.type != "payload":
        return ()
    texts = (value for value in node.values if isinstance(value, Text) and any(value.parts))
    return tuple(Sought(*search_pattern(node.operator, text), tuple(filter(None, text.parts))) for text in texts)
