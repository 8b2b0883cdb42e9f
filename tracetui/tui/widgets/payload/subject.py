"""What the payload view shows, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from tracetui.model import Node, Payload

if TYPE_CHECKING:
    from tracetui.semconv.chat_pairs import Context
    from tracetui.tui.widgets.payload.differing import Difference

Mode: TypeAlias = Literal["rendered", "plain", "json", "raw"]
MODES: tuple[Mode, ...] = ("rendered", "plain", "json", "raw")


class Subject(Struct, frozen=True):
    """A span with what it carried. `payload` is None while it is loaded, or where `failure` says why it is not.

    `context` is what the rest of the trace says about it, None until that is known; `difference` stands in place of
    the messages where the reader asked for it.
    """

    node: Node
    payload: Payload | None = None
    failure: str | None = None
    context: Context | None = None
    difference: Difference | None = None


class How(Struct, frozen=True):
    """The mode, the folds that were opened by name, and whether all are open."""

    mode: Mode = "rendered"
    opened: frozenset[str] = frozenset()
    opens_all: bool = False

    def is_open(self, fold: str) -> bool:
        """Whether the fold of that name is open."""
        return self.opens_all or fold in self.opened
