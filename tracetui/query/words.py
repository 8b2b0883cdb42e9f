"""The words that a filter looks for in what spans carried: what to highlight in a span that it found."""

from __future__ import annotations

from collections.abc import Iterator

from tracetui.errors import FilterError
from tracetui.query.ast import Compare, Node, Not, Text, children
from tracetui.query.parser import parse


def searched_words(filter_text: str) -> tuple[str, ...]:
    """Free words and phrases, and those of `text:` and its like, the longest first; none for a wrong filter."""
    try:
        tree = parse(filter_text)
    except FilterError:
        return ()
    words = dict.fromkeys(_words(tree)) if tree is not None else {}
    return tuple(sorted(words, key=len, reverse=True))


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, Compare) and node.field.type == "payload":
        for value in node.values:
            if isinstance(value, Text):
                yield from (part for part in value.parts if part)
    elif not isinstance(node, Not):
        for child in children(node):
            yield from _words(child)
