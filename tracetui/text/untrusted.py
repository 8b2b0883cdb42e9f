"""Text from a trace, made visible and inert before a widget or a pipe to a terminal sees it.

Whoever wrote a prompt or a tool's output could otherwise move the cursor, recolour the screen, set the clipboard,
reverse the reading order or hide words. After `inert` nothing is left that acts, nothing that hides, and the width of
the text is the plain sum of the widths of its characters, whatever the terminal knows of emoji:

- C0 controls and DEL become their pictures (`␛`, `␀`, `␡`), a newline `↵`, CR LF one newline, C1 controls `<9B>`;
- tabs become spaces up to the next stop of four cells;
- bidi overrides and isolates, zero-width and tag characters, blank letters, line separators and stray variation
  selectors become markers such as `<U+202E>`; a lone surrogate becomes U+FFFD;
- in emoji, joiner, variation selector and skin tone are left out, so a family is drawn as its members: terminals
  disagree whether the whole is 2 or 8 cells wide. For the same reason flags become letters: 🄶🄱;
- a joiner inside Arabic or Indic script is left out (rich miscounts it), a zero-width non-joiner there is text and
  stays: it is the one format character that `inert` lets through;
- a combining mark that would sit on the frame to its left gets a `◌`; more than four on one letter are counted.

Markup such as `[red]` is text like any other; callers never parse markup.
"""

from __future__ import annotations

import re
import unicodedata

from tracetui.text.cells import cell_width

TAB_STOP = 4
"""Cells between tab stops."""
_MAX_MARKS = 4
"""Combining marks drawn on one letter."""

_PICTURES = {chr(code): chr(0x2400 + code) for code in range(0x20)} | {"\x7f": "␡", "\n": "↵", "\r\n": "↵"}
_FLAG_LETTERS = {chr(0x1F1E6 + index): chr(0x1F130 + index) for index in range(26)}
_ONE_FOR_ONE = _PICTURES | _FLAG_LETTERS

_MARKS = "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_C1_AND_SOFT_HYPHEN = "\x7f-\x9f\xad"
_ACTING_IN_PLACE = (
    "\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
)
_ASTRAL = (
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"
)
_REST = f"{_C1_AND_SOFT_HYPHEN}{_ACTING_IN_PLACE}{_ASTRAL}"
_TOO_MANY_MARKS = f"[{_MARKS}]{{{_MAX_MARKS + 1},}}"

_ANY = re.compile(f"\r\n|[\x00-\x08\x0a-\x1f{_REST}]|{_TOO_MANY_MARKS}")
_ANY_BUT_NEWLINE = re.compile(f"\r\n|[\x00-\x08\x0b-\x1f{_REST}]|{_TOO_MANY_MARKS}")
_LINE_START = re.compile("^[^\x00-\u02ff]", re.MULTILINE)

_EMOJI = (
    ("©", "©"), ("®", "®"), ("\u203c", "\u205f"), ("\u2070", "\u20cf"), ("\u2100", "\u2b55"), ("\u3030", "\u303d"),
    ("\u3297", "\u3299"), ("\U0001f000", "\U0001faff"),
)  # fmt: skip
_KEYCAP = (("#", "#"), ("*", "*"), ("0", "9"))
_JOINING_LETTER = (
    ("\u0620", "\u06dc"), ("\u0710", "\u088f"), ("\u08a0", "\u08e1"), ("\u0900", "\u0dff"),
)  # fmt: skip

_SELECTORS = frozenset("\ufe0e\ufe0f")
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_SKIN_TONES = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


def inert(text: str, *, keep_newlines: bool = False) -> str:
    """Make everything in `text` visible and harmless to a terminal; applying it again changes nothing.

    With `keep_newlines`, a newline (and CR LF) stays a newline. Text that has nothing to hide is returned as it is.
    """
    if text.isascii() and (text.replace("\n", "") if keep_newlines else text).isprintable():
        return text
    if keep_newlines:
        text = _ANY_BUT_NEWLINE.sub(_visible_but_newline, text)
    else:
        text = _ANY.sub(_visible, text)
    if "\t" in text:
        text = "\n".join(_expand_tabs(line) for line in text.split("\n"))
    if text.isascii():
        return text
    seated = _LINE_START.sub(_seat_mark, text)
    return text if len(seated) == len(text) else seated


def _visible_but_newline(match: re.Match[str]) -> str:
    return "\n" if match.group() == "\r\n" else _visible(match)


def _visible(match: re.Match[str]) -> str:
    found = match.group()
    replacement = _ONE_FOR_ONE.get(found)
    if replacement is not None:
        return replacement
    if len(found) > 1:
        return f"{found[:_MAX_MARKS]}<+{len(found) - _MAX_MARKS} marks>"
    if "\ud800" <= found <= "\udfff":
        return "\ufffd"
    if _belongs_to_its_neighbours(match):
        return found if found == _ZWNJ else ""
    code = ord(found)
    return f"<{code:02X}>" if code < 0x100 else f"<U+{code:04X}>"


def _belongs_to_its_neighbours(match: re.Match[str]) -> bool:
    """Whether a character that is invisible by itself has its ordinary meaning where it stands."""
    found = match.group()
    before = match.string[match.start() - 1 : match.start()]
    if found in _SELECTORS:
        return _is_within(before, _EMOJI) or _is_within(before, _KEYCAP)
    if found in _SKIN_TONES:
        return _is_within(before, _EMOJI)
    if found not in (_ZWNJ, _ZWJ):
        return False
    after = match.string[match.end() : match.end() + 1]
    if _is_within(before, _JOINING_LETTER) and _is_within(after, _JOINING_LETTER):
        return True
    joins_emoji = (_is_within(before, _EMOJI) or before in _SELECTORS) and _is_within(after, _EMOJI)
    return found == _ZWJ and joins_emoji


def _is_within(character: str, ranges: tuple[tuple[str, str], ...]) -> bool:
    return any(first <= character <= last for first, last in ranges)


def _expand_tabs(line: str) -> str:
    if line.isascii():
        return line.expandtabs(TAB_STOP)
    head, *rest = line.split("\t")
    parts, column = [head], cell_width(head)
    for piece in rest:
        blank = TAB_STOP - column % TAB_STOP
        parts.append(" " * blank + piece)
        column += blank + cell_width(piece)
    return "".join(parts)


def _seat_mark(match: re.Match[str]) -> str:
    first = match.group()
    return f"◌{first}" if unicodedata.category(first).startswith("M") else first
