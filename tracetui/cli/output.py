"""What is written to stdout: data, for a terminal or for a pipe.

Text of a trace is untrusted: whoever prints it passes it through `text.inert` (tables and trees always do), and
`Output.raw` does so itself where stdout is a terminal. JSON is safe as it is: `exports.json_text` escapes what acts.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

import click

from tracetui.exports.json_text import dump_json
from tracetui.model import Json
from tracetui.text import inert

STYLES: dict[str, dict[str, str | bool]] = {
    "error": {"fg": "red"},
    "refused": {"fg": "magenta"},
    "running": {"fg": "cyan"},
    "success": {"fg": "green"},
    "heading": {"bold": True},
    "faint": {"dim": True},
    "role": {"fg": "blue", "bold": True},
}


class Output:
    """stdout, what it can do, and how it is to be written to.

    `width` is the number of cells that a line may have, or None where nobody looks at it (a pipe, a file).
    """

    def __init__(self, stream: TextIO, *, is_terminal: bool, has_colour: bool, width: int | None) -> None:
        self.stream = stream
        self.is_terminal = is_terminal
        self.has_colour = has_colour
        self.width = width

    def line(self, text: str = "") -> None:
        """Write a line that is inert already."""
        self.stream.write(text + "\n")

    def json(self, value: Json) -> None:
        """Write a value as one line of JSON."""
        self.stream.write(dump_json(value) + "\n")

    def raw(self, text: str) -> None:
        """Write a piece of an export as it is; made inert where it would reach a terminal."""
        self.stream.write(inert(text.replace("\r\n", "\n"), keep_newlines=True) if self.is_terminal else text)

    def flush(self) -> None:
        """Let the reader see what was written so far."""
        self.stream.flush()

    def paint(self, text: str, style: str) -> str:
        """Inert text in the colour of a style, where colours are wanted."""
        return click.style(text, **STYLES[style]) if self.has_colour and style else text  # type: ignore[arg-type]


def open_output(colour: str = "auto") -> Output:
    """stdout as it is here: `colour` is `auto`, `always` or `never`; NO_COLOR and TERM=dumb count for `auto`."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    is_terminal = sys.stdout.isatty()
    is_plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    has_colour = colour == "always" or (colour == "auto" and is_terminal and not is_plain)
    width = shutil.get_terminal_size().columns if is_terminal else None
    return Output(sys.stdout, is_terminal=is_terminal, has_colour=has_colour, width=width)
