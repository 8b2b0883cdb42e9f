"""What the doctor found."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Weight: TypeAlias = Literal["mend", "note"]
"""`mend`: something is wrong and the command ends with 1. `note`: good to know."""


class Finding(Struct, frozen=True):
    """One sentence about `about` (a section of the report, or a source), and what to do where there is something."""

    about: str
    weight: Weight
    what: str
    remedy: str | None = None
