"""What a writer gets: traces one after the other, each with a way to load what one of its spans carried."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tracetui.model import Payload, Span, Tree


class Selected(Struct, frozen=True):
    """One trace to write. `load` reads the payload of one span from its source; a writer holds one at a time."""

    tree: Tree
    load: Callable[[Span], Payload]
