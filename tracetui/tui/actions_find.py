"""Finding: text in the payload, and spans of the trace by a filter, the others hidden as long as it is on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from tracetui.errors import FilterError
from tracetui.query import compile_filter

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen


class Finding:
    """Opens the line to type into, and listens to it."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen
        self._place: Literal["payload", "trace"] = "payload"

    def open_payload(self) -> None:
        """Begin to type text that is to be found in the payload."""
        self._place = "payload"
        self.screen.find_bar.open(text=self.screen.payload.finding)

    def open_trace(self) -> None:
        """Begin to type a filter for the spans of the trace."""
        screen = self.screen
        if screen.reading.tree is None:
            screen.say("no trace is selected", "muted")
            return
        self._place = "trace"
        before = screen.reading.narrowed
        screen.find_bar.open("spans", "words in this trace, or a filter such as kind:tool", before)

    def edited(self, text: str) -> None:
        """Find as it is typed; a filter that is wrong so far changes nothing."""
        screen = self.screen
        if self._place == "payload":
            screen.payload.find(text)
            return
        try:
            compile_filter(text, now_ns=time.time_ns())
        except FilterError as error:
            screen.say(error.message, "warning")
        else:
            screen.say("")  # what was wrong with it before
            screen.reading.narrow(text)

    def accepted(self) -> None:
        """Go on with what was found."""
        self.screen.find_bar.close()
        self.screen.go_to(self.screen.payload if self._place == "payload" else self.screen.spans)

    def dropped(self) -> None:
        """Find nothing."""
        if self._place == "payload":
            self.screen.reading.drop_words()
        else:
            self.screen.reading.narrow("")
        self.accepted()
