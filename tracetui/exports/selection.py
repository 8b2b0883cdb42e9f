"""What a writer gets: traces one after the other, each with a way to load what one of its spans carried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from tracetui.model import Payload, Span, Tree

if TYPE_CHECKING:
    from tracetui.redaction import Redactor


class Selected(Struct, frozen=True):
    """One trace to write. `load` reads the payload of one span from its source; a writer holds one at a time."""

    tree: Tree
    load: Callable[[Span], Payload]


def redacted(selection: Iterable[Selected], redactor: Redactor) -> Iterator[Selected]:
    """The traces without what a redactor takes out of them and of what their spans carried."""
    for selected in selection:
        yield Selected(redactor.redact(selected.tree), _redacting(selected.load, redactor))


def _redacting(load: Callable[[Span], Payload], redactor: Redactor) -> Callable[[Span], Payload]:
    return lambda span: redactor.redact(load(span))
