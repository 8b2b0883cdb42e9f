"""Every error that a user can meet.

TracetuiError
├── WrongUse            the command line, a configuration file or an argument is wrong
│   └── FilterError     a filter does not parse; carries the position for the caret
├── UnreadableSource    nothing can be read there: missing, empty, binary, corrupt, unknown format
│   └── SourceVanished  it was there, and is not any more
├── NotFound            no such trace or span
├── NotWritable         a score could not be saved, and why
└── MissingExtra        an optional dependency is needed: says what to install

Each prints as one sentence: what, where, what to do.
"""

from __future__ import annotations


class TracetuiError(Exception):
    """Base of all errors meant for the user; `str(error)` is the whole sentence."""


class WrongUse(TracetuiError):
    """The user asked for something that does not exist or cannot be combined."""


class FilterError(WrongUse):
    """A filter that does not parse. `start` and `end` are character offsets into `text`."""

    def __init__(self, message: str, text: str, start: int, end: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.start = start
        self.end = max(start + 1, end if end is not None else start + 1)

    def caret(self) -> str:
        """The filter on one line and a caret line under the offending token."""
        return f"{self.text}\n{' ' * self.start}{'^' * (self.end - self.start)}"


class UnreadableSource(TracetuiError):
    """A source from which nothing can be read."""


class SourceVanished(UnreadableSource):
    """A source that was open and has been deleted or moved."""


class NotFound(TracetuiError):
    """No trace or span has this id."""


class NotWritable(TracetuiError):
    """A score could not be saved."""


class MissingExtra(TracetuiError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f'{what} needs an optional dependency: pip install "tracetui[{extra}]"')
