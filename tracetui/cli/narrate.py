"""What is said on stderr: progress, warnings, and the one sentence with which a command ends that went wrong."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from types import TracebackType

import click

from tracetui.errors import FilterError, TracetuiError
from tracetui.text import count, inert

DONE, CHECK_FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes. A reader that closed the pipe has what it wanted: that is DONE."""

_SHOWN_EVERY_S = 0.1
_SHOWN_AFTER_S = 0.3


def say(text: str) -> None:
    """A sentence for the user; nothing in it can act on the terminal."""
    click.echo(inert(text, keep_newlines=True), err=True)


def warn(text: str) -> None:
    """A sentence about something that is odd, and that the command goes on without."""
    say(f"warning: {text}")


class Progress:
    """A line that says how far something is, while it takes long and stderr is a terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._is_terminal = sys.stderr.isatty()
        self._due = time.monotonic() + _SHOWN_AFTER_S
        self._is_drawn = False

    def __enter__(self) -> Progress:
        return self

    def update(self, done: int, total: int) -> None:
        """Draw the line again, at most ten times a second."""
        if not self._is_terminal or time.monotonic() < self._due:
            return
        share = f"{min(100, done * 100 // total)}%" if total > 0 else count(done)
        sys.stderr.write(f"\r{self._what} … {share}\x1b[K")
        sys.stderr.flush()
        self._is_drawn = True
        self._due = time.monotonic() + _SHOWN_EVERY_S

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def narrate_end(error: BaseException) -> int:
    """Say why a command ended early, and give the exit code for it."""
    _settle_stdout()
    match error:
        case SystemExit():
            return error.code if isinstance(error.code, int) else WRONG_USE
        case click.exceptions.Exit():
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            return INTERRUPTED
        case BrokenPipeError():
            return DONE
        case click.UsageError():
            _say_usage(error)
        case click.ClickException():
            say(f"tracetui: {error.format_message()}")
        case FilterError():
            say("\n".join((f"tracetui: {error}", *_filter_block(error))))
        case TracetuiError():
            _say_sentences(str(error).splitlines())
        case OSError():
            say(f"tracetui: {_where(error)}{error.strerror or error}")
        case _ if sentence := _explain_failure(error):
            say(f"tracetui: {sentence}")
        case _:
            say(f"tracetui: something unforeseen happened ({type(error).__name__}: {error}); --debug shows where")
            return CHECK_FAILED
    return WRONG_USE


def _explain_failure(error: BaseException) -> str | None:
    from tracetui.workspace.failures import explain_failure

    return explain_failure(error)


def _say_usage(error: click.UsageError) -> None:
    say(f"tracetui: {error.format_message()}")
    if error.ctx is not None:
        say(f"try `{error.ctx.command_path} --help`")


def _filter_block(error: FilterError) -> list[str]:
    """The filter and the caret below it, with the caret where the eye sees the token."""
    before, token = error.text[: error.start], error.text[error.start : error.end]
    from tracetui.text import cell_width

    shift, width = cell_width(inert(before)), max(1, cell_width(inert(token)))
    return ["  " + inert(error.text), "  " + " " * shift + "^" * width]


def _say_sentences(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        say(f"tracetui: {sentence}")


def _where(error: OSError) -> str:
    return f"{error.filename}: " if error.filename else ""


def _settle_stdout() -> None:
    """Write what is left for stdout; where that cannot be, drop it, or the interpreter tries once more and ends with 120."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _drop_stdout()


def _drop_stdout() -> None:
    """Point stdout at nothing."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return
