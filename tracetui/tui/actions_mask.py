"""The mask: what is on the screen without personal data, keys and tokens, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracetui.config import load_config
from tracetui.redaction import Redactor, make_redactor

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen

_NOTHING_YET = "masking…"


class Masking:
    """Puts the mask on and takes it off; what is on the screen goes first, and is asked for anew."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen
        self._redactor: Redactor | None = None

    def toggle(self) -> None:
        """Mask what is shown, or show it as it is."""
        screen = self.screen
        if screen.questions.is_masked:
            self._change(None)
            screen.say("shown as it was captured", "warning")
        elif self._redactor is not None:
            self._put_on(self._redactor)
        else:
            screen.say(_NOTHING_YET, "muted")
            screen.questions.ask(
                "mask",
                lambda workspace: make_redactor(load_config()),
                self._put_on,
                lambda sentence: screen.say(sentence, "error-text"),
            )

    def _put_on(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._change(redactor)
        key = self.screen.keymap.show("mask")
        self.screen.say(f"masked, also what is copied and exported; images are not. {key} takes the mask off")

    def _change(self, redactor: Redactor | None) -> None:
        screen = self.screen
        selected, pane = screen.traces.selected_id, screen.pane
        screen.questions.set_mask(redactor)
        screen.reading.forget()
        screen.traces.forget_rows()
        if selected is not None:
            screen.listing.select_when_listed(selected)
        screen.listing.begin()
        if selected is not None:
            screen.reading.open_trace(selected, screen.listing.active)
        screen.go_to(pane)

    def told(self, text: str) -> str:
        """A text of the screen's own, such as the filter, as it may be shown now."""
        redactor = self._redactor if self.screen.questions.is_masked else None
        return text if redactor is None else redactor.redact(text)
