"""A block without its colours."""

from __future__ import annotations

from tracetui.tui.lines.document import Block
from tracetui.tui.lines.palette import Ink


class Plain(Block):
    """Another block in the tone of text, without margin and rule."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self._block = block

    def read(self, extra: int = 0) -> str:
        """The text of the block."""
        return self._block.read(extra)

    @property
    def continues(self) -> bool:
        """Whether it goes on in the line that the block before began."""
        return self._block.continues

    def length(self) -> int:
        """About how many characters it has."""
        return self._block.length()

    def effort(self) -> int:
        """About how much work wrapping it is."""
        return self._block.effort()

    def paint(self, text: str, start: int, end: int) -> list[Ink]:
        """Colour a row as text."""
        return [(text[start:end], "text")]

    def estimate(self, width: int) -> int:
        """About how many rows it takes."""
        return self._block.estimate(width)
