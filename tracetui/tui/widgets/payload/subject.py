"""What the payload view shows, and how."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.model import Node, Payload

Mode: TypeAlias = Literal["rendered", "plain", "json", "raw"]
MODES: tuple[Mode, ...] = ("rendered", "plain", "json", "raw")


class Shared(Struct, frozen=True):
    """The first `count` messages of the input are those of an earlier call, which `label` names ("call 3")."""

    count: int
    label: str


class Subject(Struct, frozen=True):
    """A span with what it carried. `payload` is None while it is loaded, or where `failure` says why it is not."""

    node: Node
    payload: Payload | None = None
    failure: str | None = None
    shared: Shared | None = None


class How(Struct, frozen=True):
    """The mode, the folds that were opened by name, and whether all are open."""

    mode: Mode = "rendered"
    opened: frozenset[str] = frozenset()
    opens_all: bool = False

    def is_open(self, fold: str) -> bool:
        """Whether the fold of that name is open."""
        return self.opens_all or fold in self.opened
