"""To the next and the previous: trace, error, hit. Always within what is listed, in the order that it is listed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen

_FAILED = "errors:>0 OR status:refused"


class Stepping:
    """Steps through traces, failed spans and spans that the filter meant."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen

    def trace(self, step: int) -> None:
        """The next trace of the list, or the previous."""
        traces = self.screen.traces
        if 0 <= traces.cursor + step < traces.row_count:
            traces.move(step)
        else:
            self.screen.say(f"this is the {'last' if step > 0 else 'first'} trace of the list", "muted")

    def error(self, step: int) -> None:
        """In the list the next trace with a failed span; in a trace its next one, then that of the next trace."""
        screen = self.screen
        if screen.pane is not screen.traces and screen.spans.step_error(step):
            return

        def go(failed: list[str]) -> None:
            # The list of now: rows may have come above the cursor since the question was asked.
            ids, at, wanted = screen.listing.ids, screen.traces.cursor, set(failed)
            rows = range(at + 1, len(ids)) if step > 0 else range(at - 1, -1, -1)
            row = next((row for row in rows if ids[row] in wanted), None)
            if row is None:
                screen.say(f"no error {'after' if step > 0 else 'before'} this one in the list", "muted")
            else:
                screen.reading.lands_on_error = screen.pane is not screen.traces
                screen.traces.move_to(row)

        screen.questions.ask("errors", lambda workspace: workspace.trace_ids(_FAILED), go)

    def hit(self, step: int) -> None:
        """The next hit in the text where text is looked for; else the next span that the filter meant, or its trace."""
        screen = self.screen
        if screen.payload.finding:
            (screen.payload.action_find_next if step > 0 else screen.payload.action_find_previous)()
        elif screen.listing.active is None:
            screen.say("nothing is looked for: / filters the list, or finds text in the payload", "muted")
        elif screen.pane is screen.traces or not screen.spans.step_match(step):
            self.trace(step)
