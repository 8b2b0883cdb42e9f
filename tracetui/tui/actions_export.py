"""Writing the marked traces to a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from tracetui.errors import TracetuiError, WrongUse
from tracetui.model import Payload, Span
from tracetui.text import count, inert
from tracetui.tui.screens.ask import Ask

if TYPE_CHECKING:
    from tracetui.exports.selection import Selected
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace

SUFFIXES = {".otlp.jsonl": "otlp", ".jsonl": "jsonl", ".csv": "csv", ".md": "markdown", ".html": "html"}
"""The form by the end of the name; the first that fits."""


class Exporting:
    """Asks for a name, whose end says the form, and writes the marked traces there, else the selected one."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen
        self.is_busy = False
        self._is_stopped = Event()

    def open(self) -> None:
        """Ask where to; one export at a time, for another one would supersede it."""
        screen = self.screen
        if self.is_busy:
            screen.say(f"an export runs already; {screen.keymap.show('escape')} stops it", "muted")
            return
        marked = [trace_id for trace_id in screen.listing.ids if trace_id in screen.traces.marked]
        marked += sorted(screen.traces.marked - set(marked))
        ids = marked or ([screen.traces.selected_id] if screen.traces.selected_id else [])
        if not ids:
            screen.say("nothing is selected that could be exported", "muted")
            return
        what = f"{count(len(marked))} marked traces" if len(marked) > 1 else "1 trace"

        def answered(name: str | None) -> None:
            if name is not None:
                self._write(ids, str(Path(name).expanduser()))

        hint = f"the end of the name says the form: {'  '.join(_known())}"
        screen.app.push_screen(Ask(f"Export {what} to", "traces.jsonl", hint, refuse_name), answered)

    def _write(self, ids: Sequence[str], name: str) -> None:
        screen = self.screen
        self.is_busy = True
        stopped = self._is_stopped = Event()
        screen.say(f"exporting {count(len(ids))} traces… {screen.keymap.show('escape')} stops", "muted")

        def question(workspace: Workspace, _: Callable[[object], None], is_over: Callable[[], bool]) -> bool:
            # Over it is too where the program is left: then nothing may be left behind either.
            from tracetui.exports.formats import FORMATS, WITH_RAW
            from tracetui.exports.written_file import write_file

            form = form_of(name) or "jsonl"
            load = workspace.payload if form in WITH_RAW else workspace.carried
            chosen = _selected(workspace, ids, load, lambda: stopped.is_set() or is_over())
            try:
                write_file(name, FORMATS[form](chosen))
            except OSError as error:
                raise TracetuiError(f"{name} could not be written ({error.strerror or error})") from error
            return True

        def answered(_: bool) -> None:
            self.is_busy = False
            screen.say(f"{count(len(ids))} trace{'s' if len(ids) != 1 else ''} → {inert(name)}")

        def failed(sentence: str) -> None:
            self.is_busy = False
            screen.say(sentence, "muted" if stopped.is_set() else "error-text")

        screen.questions.ask_in_pieces("export", question, lambda _: None, answered, failed)

    def stop(self) -> bool:
        """End an export that runs, before its next trace or payload; it says itself what came of it. False where none runs."""
        if not self.is_busy or self._is_stopped.is_set():
            return False
        self._is_stopped.set()
        self.screen.say("stopping the export…", "muted")
        return True


def _known() -> list[str]:
    from tracetui.exports.formats import FORMATS

    return [suffix for suffix, form in SUFFIXES.items() if form in FORMATS]


def form_of(name: str) -> str | None:
    """The form that the end of a name says, or None."""
    known = _known()
    return next((form for suffix, form in SUFFIXES.items() if name.endswith(suffix) and suffix in known), None)


def refuse_name(name: str) -> str | None:
    """Why nothing can be written under this name, or None."""
    from tracetui.exports.written_file import check_target

    if not name:
        return "give the name of a file"
    if form_of(name) is None:
        return f"the name must end in one of {' '.join(_known())}"
    try:
        check_target(str(Path(name).expanduser()), may_replace=False)
    except WrongUse as error:
        return str(error).replace(", or --force to replace it", "")
    return None


def _selected(
    workspace: Workspace, ids: Sequence[str], load_one: Callable[[str, str], Payload], is_over: Callable[[], bool]
) -> Iterator[Selected]:
    from tracetui.exports.selection import Selected

    def go_on() -> None:
        if is_over():
            raise TracetuiError("export stopped, nothing was written")

    def load(span: Span) -> Payload:
        go_on()
        return load_one(span.trace_id, span.span_id)

    for trace_id in ids:
        go_on()
        yield Selected(workspace.tree(trace_id), load)
    go_on()  # a form may write a span without the payload that it could not have
