"""What the screen knows of the collector beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct


class Beside(Struct, frozen=True):
    """`told` is a phrase for the status line, `facts` labels and values of everything there is to say now; `recipes` has what
    to set for each SDK that sends to it, as lines for a shell."""

    told: Callable[[], str]
    facts: Callable[[], Sequence[tuple[str, str]]]
    recipes: Mapping[str, str]
