"""Taking things away: to the clipboard, to an editor, to a pager, to the program that shows images."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from textual.app import SuspendNotSupported

from tracetui.errors import TracetuiError
from tracetui.model import Media, Trace
from tracetui.text import count, inert, size
from tracetui.tui.clipboard import copy_out
from tracetui.tui.lines.view import LineView
from tracetui.tui.open_outside import open_outside
from tracetui.tui.screens.choose import Choose
from tracetui.tui.taking_parts import PARTS
from tracetui.tui.terminal import paste_safe
from tracetui.tui.widgets.columns import Extras
from tracetui.tui.widgets.payload.chips import describe_media, media_bytes
from tracetui.tui.widgets.payload.json_text import looks_like_json
from tracetui.tui.widgets.trace_list import TraceList

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace

_MARKDOWN_TABS = (1, 2)
_RAW_TAB = 6
_MOST_ROWS, _ROW_CELLS = 10_000, 120

T = TypeVar("T")


class Taking:
    """Copies and hands over what is selected. What may be long is made in a thread."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen
        self._has_mouse = True

    def toggle_mouse(self) -> None:
        """Give the mouse to the terminal, which selects and copies in its own way, and take it back."""
        self._has_mouse = not self._has_mouse
        verb = "_enable_mouse_support" if self._has_mouse else "_disable_mouse_support"
        switch = getattr(self.screen.app._driver, verb, None)  # Textual has no public name for it
        if switch is not None:
            switch()
        key = self.screen.keymap.show("mouse")
        mine = "the mouse is tracetui's: click, drag, wheel"
        self.screen.say(mine if self._has_mouse else f"the mouse is the terminal's; {key} takes it back", "muted")

    def copy(self) -> None:
        """Choose what to copy."""
        node, payload = self.screen.reading.node, self.screen.payload.payload
        options = [("trace id", "t", "trace id"), ("span id", "i", "span id")]
        if node is not None and payload is not None:
            is_call = node.span.kind == "generation"
            options += [(part.name, part.key, part.name) for part in PARTS if is_call or not part.for_calls]
        self.screen.app.push_screen(Choose("Copy", options), self._copied)

    def _copied(self, what: str | None) -> None:
        screen = self.screen
        node, payload = screen.reading.node, screen.payload.payload
        if what == "trace id" and screen.traces.selected_id:
            self.put(screen.traces.selected_id, what)
        elif what == "span id" and node is not None:
            self.put(node.span.span_id, what)
        elif what is not None and node is not None and payload is not None:
            make = next(part.make for part in PARTS if part.name == what)
            span = node.span

            def whole(workspace: Workspace) -> str:
                return make(node, workspace.payload(span.trace_id, span.span_id) if payload.left_out else payload)

            self._ask_made(whole, what)

    def copy_pane(self) -> None:
        """Copy all that the pane has, not only what is in sight, with the folds of a payload open."""
        pane = self.screen.pane
        if isinstance(pane, LineView):
            self._copy_rows(pane)
        elif self.screen.payload.node is None:
            self.screen.say("no span is selected", "muted")
        else:
            self._put_made(self.screen.payload.plain_text(), "the whole tab")

    def _copy_rows(self, pane: LineView) -> None:
        width = max(pane.row_width, _ROW_CELLS)
        rows = min(pane.row_count, _MOST_ROWS)
        more = f" of {count(pane.row_count)}" if rows < pane.row_count else ""
        what = f"{count(rows)}{more} rows"
        if isinstance(pane, TraceList):
            self._copy_traces(pane, rows, width, what)
        else:
            self.put("\n".join(pane.draw_row(row, width).text.rstrip() for row in range(rows)), what)

    def _copy_traces(self, pane: TraceList, rows: int, width: int, what: str) -> None:
        """The list knows the rows near what is seen: the others are loaded first."""
        ids, keys = self.screen.listing.ids[:rows], pane.metadata_keys

        def answered(found: tuple[list[Trace], Extras]) -> None:
            traces, extras = found
            pane.set_extras(extras)
            write = pane.row_writer(width)
            self._put_made(lambda: "\n".join(map(write, traces)), what)

        self.screen.questions.ask(
            "copy rows",
            lambda workspace: (workspace.page(ids), workspace.metadata(ids, keys) if keys else {}),
            answered,
            self._fail,
        )

    def put(self, text: str, what: str) -> None:
        """Put text on the clipboard, and say where it went."""
        self._put_made(lambda: text, what)

    def _put_made(self, make: Callable[[], str], what: str) -> None:
        self._ask_made(lambda _: make(), what)

    def _ask_made(self, make: Callable[[Workspace], str], what: str) -> None:
        screen, driver = self.screen, self.screen.app._driver  # Textual's own copying knows no tmux and no limit
        if driver is None:
            return
        screen.questions.forget("copy rows")  # rows still being loaded must not replace what is copied after them

        def question(workspace: Workspace) -> str:
            text = paste_safe(make(workspace))
            place = _tried(lambda: copy_out(text, driver), "not copied")
            return f"{what} ({size(len(text.encode(errors='replace')))}) → {place}"

        screen.questions.ask("copy", question, screen.say, self._fail)

    def _fail(self, sentence: str) -> None:
        self.screen.say(sentence, "error-text")

    def edit(self) -> None:
        """Open the tab in the editor, or a chip that is in sight; what is changed there changes nothing here."""
        chips = self.screen.payload.chips_in_sight()
        if not chips:
            self._edit_tab()
            return
        options = [("tab", "e", "this tab in $EDITOR")]
        options += [(str(number), str(number + 1), describe_media(chip)) for number, chip in enumerate(chips[:9])]

        def chosen(which: str | None) -> None:
            if which == "tab":
                self._edit_tab()
            elif which is not None:
                self.open_media(chips[int(which)])

        self.screen.app.push_screen(Choose("Open", options), chosen)

    def _edit_tab(self) -> None:
        self._hand_over(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi", "$EDITOR")

    def page(self) -> None:
        """Open the tab in the pager."""
        self._hand_over(os.environ.get("PAGER") or "less", "$PAGER")

    def open_media(self, media: Media) -> None:
        """Open an image, a sound or a file outside; what was not captured can only be copied by its reference."""

        def question(_: Workspace) -> str | None:
            content = media_bytes(media)
            return None if content is None else _tried(lambda: open_outside(content, media.media_type), "not opened")

        def answered(said: str | None) -> None:
            if said:
                self.screen.say(said)
            elif media.reference:
                self.put(media.reference, f"reference of the {media.media}, whose content was not captured,")
            else:
                self.screen.say(f"the content of this {media.media} was not captured", "warning")

        self.screen.questions.ask("media", question, answered, self._fail)

    def _hand_over(self, command: str, name: str) -> None:
        screen = self.screen
        if screen.payload.payload is None:
            screen.say("no payload is loaded yet", "muted")
            return
        make, mode, tab = screen.payload.plain_text(), screen.payload.mode, screen.payload.tab

        def question(_: Workspace) -> tuple[str, str]:
            text = paste_safe(make())
            return text, _suffix(text, mode, tab)

        screen.questions.ask("hand over", question, lambda made: self._run(*made, command, name), self._fail)

    def _run(self, text: str, suffix: str, command: str, name: str) -> None:
        screen = self.screen
        folder = Path(tempfile.mkdtemp(prefix="tracetui-"))
        path = folder / f"payload{suffix}"
        try:
            with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            with screen.app.suspend():
                subprocess.run([*shlex.split(command), str(path)], check=False)
        except (OSError, ValueError, SuspendNotSupported) as error:
            screen.say(f"{name} could not be run: {inert(command)} ({type(error).__name__})", "error-text")
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # with what the editor put beside its file
        if folder.exists():
            screen.say(f"what was shown could not be removed: {folder}", "error-text")
        screen.refresh(layout=True)


def _suffix(text: str, mode: str, tab: int) -> str:
    """How a file with the text of a tab ends, which is how an editor knows its colours."""
    if mode in ("json", "raw") or tab == _RAW_TAB:
        return ".json" if looks_like_json(text) else ".txt"
    return ".md" if tab in _MARKDOWN_TABS and mode == "rendered" else ".txt"


def _tried(do: Callable[[], T], what: str) -> T:
    """What `do` gives; where a file or a program cannot be used, the sentence that `what` begins is raised."""
    try:
        return do()
    except OSError as error:
        raise TracetuiError(f"{what} ({error.strerror or error})") from error
