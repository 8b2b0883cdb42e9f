"""Taking things away: to the clipboard, to an editor, to a pager."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from textual.app import SuspendNotSupported

from tracetui.model import Content, Node, Payload
from tracetui.text import count, size
from tracetui.tui.lines.view import LineView
from tracetui.tui.screens.choose import Choose
from tracetui.tui.terminal import copy_out, paste_safe

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen


_MOST_ROWS, _ROW_CELLS = 10_000, 120


class Taking:
    """Copies and hands over what is selected."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen

    def copy(self) -> None:
        """Choose what to copy."""
        options = [("trace id", "t", "trace id"), ("span id", "i", "span id")]
        if self.screen.payload.payload is not None:
            options += [(name, key, name) for name, key, _ in _PARTS]
        self.screen.app.push_screen(Choose("Copy", options), self._copied)

    def _copied(self, what: str | None) -> None:
        screen = self.screen
        node, payload = screen.reading.node, screen.payload.payload
        if what == "trace id" and screen.traces.selected_id:
            self.put(screen.traces.selected_id, what)
        elif what == "span id" and node is not None:
            self.put(node.span.span_id, what)
        elif what is not None and node is not None and payload is not None:
            make = next(make for name, _, make in _PARTS if name == what)
            self.put(make(node, payload), what)

    def pane(self) -> None:
        """Copy all that the pane has, not only what is in sight."""
        pane = self.screen.pane
        if not isinstance(pane, LineView):
            self.put(pane.plain_text(), "the payload")
            return
        width = max(pane.row_width, _ROW_CELLS)
        rows = min(pane.row_count, _MOST_ROWS)
        text = "\n".join(pane.draw_row(row, width).text.rstrip() for row in range(rows))
        more = f" of {count(pane.row_count)}" if rows < pane.row_count else ""
        self.put(text, f"{count(rows)}{more} rows")

    def put(self, text: str, what: str) -> None:
        """Put text on the clipboard, and say where it went."""
        driver = self.screen.app._driver
        if driver is None:
            return
        try:
            place = copy_out(paste_safe(text), driver)
        except OSError as error:
            self.screen.say(f"not copied ({error.strerror or error})", "error-text")
            return
        self.screen.say(f"{what} ({size(len(text.encode(errors='replace')))}) → {place}")

    def edit(self) -> None:
        """Open the tab in the editor; what is changed there changes nothing here."""
        self._hand_over(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi", "$EDITOR")

    def page(self) -> None:
        """Open the tab in the pager."""
        self._hand_over(os.environ.get("PAGER") or "less", "$PAGER")

    def _hand_over(self, command: str, name: str) -> None:
        screen = self.screen
        if screen.payload.payload is None:
            screen.say("no payload is loaded yet", "muted")
            return
        text = paste_safe(screen.payload.plain_text())
        folder = Path(tempfile.mkdtemp(prefix="tracetui-"))
        path = folder / ("payload.json" if screen.payload.mode == "json" else "payload.md")
        try:
            with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            with screen.app.suspend():
                subprocess.run([*shlex.split(command), str(path)], check=False)
        except (OSError, ValueError, SuspendNotSupported) as error:
            screen.say(f"{name} could not be run: {command} ({type(error).__name__})", "error-text")
        finally:
            path.unlink(missing_ok=True)
            folder.rmdir()
        screen.refresh(layout=True)


def _text_of(content: Content) -> str:
    from tracetui.semconv.chat import dump_messages

    if isinstance(content, str):
        return content
    return msgspec.json.format(msgspec.json.encode(dump_messages(content))).decode()


def _prompt(_: Node, payload: Payload) -> str:
    return _text_of(payload.input)


def _response(_: Node, payload: Payload) -> str:
    return _text_of(payload.output)


def _raw(_: Node, payload: Payload) -> str:
    return payload.raw


def _json(node: Node, payload: Payload) -> str:
    value = {"span": msgspec.to_builtins(node.span), "payload": msgspec.to_builtins(payload)}
    return msgspec.json.format(msgspec.json.encode(value)).decode()


_PARTS: tuple[tuple[str, str, Callable[[Node, Payload], str]], ...] = (
    ("prompt", "p", _prompt),
    ("response", "r", _response),
    ("span as JSON", "j", _json),
    ("raw record", "w", _raw),
)
