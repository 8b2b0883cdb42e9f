"""What lies over a screen and gives an answer: the base of every page, choice and question."""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

Given = TypeVar("Given")


class Popup(ModalScreen[Given]):
    """Leaves once, however fast the keys come."""

    def dismiss(self, result: Given | None = None) -> AwaitComplete:
        """Leave with an answer; nothing where it was left already.

        Textual takes away whatever is on top: the second of two keys, both sent before the first was answered, would
        take away what lies below, in the end the whole program's screen.
        """
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()
