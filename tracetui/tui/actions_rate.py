"""Rating and marking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from tracetui.errors import TracetuiError
from tracetui.text import count, inert
from tracetui.tui.widgets.rating_strip_keys import Draft, find_labels

if TYPE_CHECKING:
    from tracetui.sources.base import Saved
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace


class Written(Struct, frozen=True):
    """What was written of several ratings, and why the rest was not; "" where all was."""

    saved: list[Saved]
    failure: str


class Rating:
    """Rates the trace under the list's cursor, or the span under the tree's; says so only when it is on disk."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen
        self._targets: tuple[tuple[str, str | None], ...] = ()
        self._saved: list[int] = []

    def open(self) -> None:
        """Begin a rating of what has the focus."""
        screen = self.screen
        node, trace_id = screen.reading.node, screen.traces.selected_id
        marked = screen.traces.marked
        if screen.pane is screen.traces and marked:
            self._targets = tuple((each, None) for each in sorted(marked))
            name = f"all {count(len(marked))} marked"
        elif screen.pane is screen.traces:
            self._targets = () if trace_id is None else ((trace_id, None),)
            name = "this trace"
        else:
            self._targets = () if node is None else ((node.span.trace_id, node.span.span_id),)
            name = "" if node is None else f"{node.span.kind} {inert(node.span.name)}"
        if not self._targets:
            screen.say("nothing is selected that could be rated", "muted")
            return
        screen.rating.open(name, screen.rating_name)
        self.offer_labels(screen.rating_name)

    def offer_labels(self, name: str) -> None:
        """Offer the labels that were seen under this name."""
        screen = self.screen
        screen.rating_name = name
        screen.questions.ask(
            "labels", lambda workspace: find_labels(workspace.observed(f"score.{name}")), screen.rating.set_labels
        )

    def save(self, draft: Draft) -> None:
        """Save in a thread; the strip stays until that is done."""
        screen = self.screen
        targets = self._targets
        value = None if draft.label is not None else draft.value

        def question(workspace: Workspace) -> Written:
            comment = draft.comment or None

            def score(target: tuple[str, str | None]) -> Saved:
                return workspace.score(*target, draft.name, value=value, label=draft.label, comment=comment)

            return _write(partial(score, target) for target in targets)

        def answered(written: Written) -> None:
            saved, is_here = written.saved, self._targets is targets
            shown = draft.label if draft.label is not None else f"{value:g}"
            self._saved.append(len(saved))
            self._show_change([trace_id for trace_id, _ in targets[: len(saved)]])
            if written.failure:
                if is_here:
                    self._targets = targets[len(saved) :]  # enter tries those again
                rest = f"{count(len(targets) - len(saved))} of {count(len(targets))} traces"
                fail(f"{rest}: {written.failure}", is_here)
                return
            if is_here:
                self._close()
            times = f" for {count(len(saved))} traces" if len(saved) > 1 else ""
            screen.say(f"saved {inert(draft.name)} = {inert(shown)}{times} → {saved[-1].place}")

        def fail(sentence: str, is_here: bool) -> None:
            # The strip may be gone by then, or be open for something else.
            if screen.rating.display and is_here:
                screen.rating.show_failure(sentence)
            else:
                screen.say(f"not saved: {sentence}", "error-text")

        screen.questions.ask("score", question, answered, lambda text: fail(text, self._targets is targets))

    def undo(self) -> None:
        """Take the last rating of this session back."""
        screen = self.screen
        times = self._saved.pop() if self._saved else 1

        def answered(written: Written) -> None:
            taken = written.saved
            if not taken:
                screen.say("nothing was rated in this session", "muted")
                return
            of = f" of {count(len(taken))} traces" if len(taken) > 1 else ""
            if written.failure:
                self._saved.append(times - len(taken))
                screen.say(f"took back only {count(len(taken))} of {count(times)}: {written.failure}", "error-text")
            else:
                screen.say(f"took {inert(taken[0].score.name)}{of} back from {taken[0].place}")
            self._show_change([saved.score.trace_id for saved in taken])

        def failed(sentence: str) -> None:
            self._saved.append(times)
            screen.say(sentence, "error-text")

        screen.questions.ask("score", lambda workspace: _write([workspace.undo] * times), answered, failed)

    def drop(self) -> None:
        """Rate nothing."""
        self._close()

    def _close(self) -> None:
        if self.screen.rating.display:
            self.screen.rating.close()
            self.screen.go_to(self.screen.pane)

    def _show_change(self, trace_ids: list[str]) -> None:
        screen = self.screen
        screen.questions.ask("rated row", lambda workspace: workspace.page(trace_ids), screen.traces.update_rows)
        screen.reading.refresh(screen.listing.active)


def _write(steps: Iterable[Callable[[], Saved | None]]) -> Written:
    """Take steps until one fails; raises what the first raises, because then nothing was written."""
    saved: list[Saved] = []
    for step in steps:
        try:
            one = step()
        except TracetuiError as error:
            if not saved:
                raise
            return Written(saved, inert(str(error)))
        if one is not None:
            saved.append(one)
    return Written(saved, "")


class Marking:
    """Marks traces: one, a range, all. `is:marked` finds them."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen
        self._from: str | None = None

    @property
    def is_ranging(self) -> bool:
        """Whether a range was begun."""
        return self._from is not None

    def toggle(self) -> None:
        """Mark the trace, or take its mark away, and go on to the next."""
        traces = self.screen.traces
        if traces.selected_id is not None:
            self._set(traces.marked ^ {traces.selected_id})
            traces.move(1)

    def span(self) -> None:
        """Begin a range, or mark from there to here."""
        screen = self.screen
        traces, ids = screen.traces, screen.listing.ids
        # By id: rows may come above the first one, or another filter be listed, before the range ends.
        begun, self._from = self._from, None
        if begun is None:
            self._from = traces.selected_id
        elif begun not in ids:
            screen.say("the trace that the range began at is not listed any more", "muted")
        else:
            first, last = sorted((ids.index(begun), traces.cursor))
            self._set(traces.marked | set(ids[first : last + 1]))
        screen.refresh_lines()

    def stop_range(self) -> None:
        """Mark nothing; the range that was begun is forgotten."""
        self._from = None
        self.screen.refresh_lines()

    def all(self) -> None:
        """Mark everything that is listed, or nothing where all is marked."""
        every = frozenset(self.screen.listing.ids)
        marked = self.screen.traces.marked
        self._set(marked - every if every <= marked else marked | every)

    def _set(self, marked: frozenset[str]) -> None:
        screen = self.screen
        screen.traces.marked = marked
        screen.questions.ask("marks", lambda workspace: workspace.mark(marked), lambda _: None)
        screen.say("is:marked finds them" if marked else "nothing is marked any more", "muted")
