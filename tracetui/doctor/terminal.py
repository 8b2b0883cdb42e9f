"""What the terminal can do, as far as it can be known without asking it: an answer could end up in the next program."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.doctor.findings import Finding
from tracetui.doctor.private import word
from tracetui.text import speaks_unicode
from tracetui.tui.terminal import find_obstacle

Answer: TypeAlias = Literal["yes", "no", "setting", "unknown"]
"""`setting`: the terminal can, and has a setting that may forbid it."""

_CLIPBOARD: tuple[tuple[str, str, Answer], ...] = (
    ("TERM_PROGRAM", "Apple_Terminal", "no"),
    ("TERM_PROGRAM", "iTerm.app", "setting"),
    ("TERM_PROGRAM", "WezTerm", "yes"),
    ("TERM_PROGRAM", "ghostty", "yes"),
    ("TERM_PROGRAM", "vscode", "yes"),
    ("TERM", "xterm-kitty", "yes"),
    ("TERM", "xterm-ghostty", "yes"),
    ("TERM", "alacritty", "yes"),
    ("TERM", "foot", "yes"),
    ("TERM", "linux", "no"),
)
"""Variable, value, and whether that terminal takes text for the clipboard by OSC 52."""
_NARROWEST, _LOWEST = 40, 10


class TerminalFacts(Struct, frozen=True):
    """`streams` are those of stdin, stdout and stderr that are terminals. `terminfo_colours` is None where TERM is not
    in the terminfo database. `screen` says why the screen cannot be shown; None where it can."""

    streams: tuple[str, ...]
    columns: int | None
    lines: int | None
    term: str | None
    term_program: str | None
    encoding: str | None
    unicode: bool
    terminfo_colours: int | None
    truecolour: bool
    no_colour: bool
    multiplexer: str | None
    over_ssh: bool
    mouse: Answer
    osc52: Answer
    screen: str | None


def look_at_terminal(environ: Mapping[str, str] = os.environ) -> TerminalFacts:
    """Look at the streams, the environment and terminfo; nothing is written to the terminal."""
    streams = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}
    terminals = tuple(name for name, stream in streams.items() if stream is not None and stream.isatty())
    size = shutil.get_terminal_size() if terminals else None
    colours, has_mouse = _terminfo(environ.get("TERM", ""))
    return TerminalFacts(
        terminals,
        size.columns if size else None,
        size.lines if size else None,
        word(environ.get("TERM") or None),
        word(environ.get("TERM_PROGRAM") or None),
        word(getattr(sys.stdout, "encoding", None)),
        speaks_unicode(environ),
        colours,
        environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"),
        bool(environ.get("NO_COLOR")),
        multiplexer(environ),
        bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")),
        has_mouse,
        takes_clipboard(environ),
        find_obstacle(environ),
    )


def multiplexer(environ: Mapping[str, str]) -> str | None:
    """`tmux`, `screen` or `zellij`, where one is in between."""
    signs = {"TMUX": "tmux", "STY": "screen", "ZELLIJ": "zellij"}
    return next((name for sign, name in signs.items() if environ.get(sign)), None)


def takes_clipboard(environ: Mapping[str, str]) -> Answer:
    """Whether text for the clipboard gets through by OSC 52."""
    if multiplexer(environ) == "tmux":
        return "setting"
    if environ.get("WT_SESSION"):
        return "yes"
    known = (answer for name, value, answer in _CLIPBOARD if environ.get(name, "") == value)
    return next(known, "unknown")


def judge_terminal(facts: TerminalFacts) -> Iterator[Finding]:
    """What makes the screen poorer than it could be; nothing, where nobody sits before a terminal."""
    if not facts.streams:
        return
    if facts.screen is not None and "stdout" in facts.streams and "stdin" in facts.streams:
        yield Finding("terminal", "mend", facts.screen.removeprefix("tracetui: "))
    if not facts.unicode:
        what = "the locale is not one of UTF-8, so everything is drawn in ASCII"
        yield Finding("terminal", "note", what, "export LANG=C.UTF-8")
    if (facts.columns or _NARROWEST) < _NARROWEST or (facts.lines or _LOWEST) < _LOWEST:
        yield Finding(
            "terminal",
            "note",
            f"{facts.columns}×{facts.lines} cells are less than the screen needs ({_NARROWEST}×{_LOWEST})",
        )
    if facts.osc52 == "setting" and facts.multiplexer == "tmux":
        what = "in tmux a copied text reaches the clipboard where `set-clipboard` allows it"
        yield Finding("terminal", "note", what, "tmux set -g set-clipboard on")
    elif facts.osc52 == "no":
        yield Finding(
            "terminal", "note", "this terminal has no OSC 52: what is copied goes to a file, and its name is said"
        )


def _terminfo(term: str) -> tuple[int | None, Answer]:
    """The number of colours and whether mouse reports are known of, by terminfo."""
    try:
        import curses
    except ImportError:
        return None, "unknown"
    with open(os.devnull, "w") as nowhere:
        try:
            curses.setupterm(term or "unknown", nowhere.fileno())
        except curses.error:
            return None, "unknown"
        return max(0, curses.tigetnum("colors")), "yes" if curses.tigetstr("kmous") else "unknown"
