"""Text as Markdown: the marks stay where they are, faint, and what they mark is coloured row by row as it is seen.

Nothing is laid out anew: a prompt is read as it was sent, found and copied as it was sent. Blocks of code in fences
are coloured by Pygments, when they are first looked at.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from tracetui.tui.lines.document import PIECE, Block, Piece, cut
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload.code import color_code

RENDERED_BELOW = 400_000
"""Characters of a text up to which it is searched for fences; beyond, it is in one tone."""
_LONGEST_LINE = 4_000
"""Characters of a line up to which marks are paired over the whole line."""

_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\S\n]*(?P<language>[\w+#.-]*)[^`\n]*$", re.MULTILINE)
_HEADING = re.compile(r" {0,3}#{1,6}(?=\s|$)")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])(?=\s)|\s*>+")
_INLINE = re.compile(
    r"(?P<code>(?P<ticks>`{1,3})(?!`)[^`]+(?P=ticks)(?!`))"
    r"|(?P<strong>\*\*(?=\S)[^*]+?(?<=\S)\*\*|(?<!\w)__(?=\S)[^_]+?(?<=\S)__(?!\w))"
    r"|(?P<emphasis>(?<![\w*])\*(?=[^\s*])[^*]+?(?<=\S)\*(?![\w*])|(?<!\w)_(?=[^\s_])[^_]+?(?<=\S)_(?!\w))"
    r"|(?P<link>!?\[[^\]]*\]\([^)\s]*\))"
)


def prose(text: str, tone: str, margin: Sequence[Ink]) -> list[Block]:
    """Blocks of a text that may be Markdown; `tone` is that of what is not marked."""
    if len(text) > RENDERED_BELOW:
        return [Piece(text, start, end, tone, margin=margin) for start, end in cut(text)]
    blocks: list[Block] = []
    for start, end, language in _sections(text):
        if language is not None and end - start <= PIECE:
            blocks.append(CodePiece(text, start, end, tone, language, margin))
            continue
        for first, last in cut(text[start:end]):
            blocks.append(MarkdownPiece(text, start + first, start + last, tone, margin=margin))
    return blocks


def _sections(text: str) -> Iterator[tuple[int, int, str | None]]:
    """Start and end of prose and code in turn, with the language of code (\"\" for none); fences belong to the prose."""
    at, opening = 0, None
    for match in _FENCE.finditer(text):
        if opening is None:
            opening = match
        elif match["fence"].startswith(opening["fence"]) and not match["language"]:
            begin = min(opening.end() + 1, match.start())
            yield at, begin, None
            if match.start() > begin:
                yield begin, match.start(), opening["language"]
            at, opening = match.start(), None
    if at < len(text):
        yield at, len(text), None


class MarkdownPiece(Piece):
    """Prose of which headings, items, code, emphasis and links are coloured."""

    def paint(self, text: str, start: int, end: int) -> list[Ink]:
        """Colour a row by the marks of its line."""
        first = text.rfind("\n", max(0, start - _LONGEST_LINE), start) + 1
        last = text.find("\n", end, end + _LONGEST_LINE)
        if start - first > _LONGEST_LINE or last - first > _LONGEST_LINE:
            first, last = start, end
        return _clipped(mark(text[first : last if last >= 0 else end], self.tone), start - first, end - first)


def mark(line: str, tone: str) -> list[Ink]:
    """The inks of one line of Markdown."""
    if _FENCE.match(line):
        return [(line, "faint")]
    heading = _HEADING.match(line)
    if heading:
        return [(heading.group(), "faint"), (line[heading.end() :], "md-heading")]
    item = _ITEM.match(line)
    at = item.end() if item else 0
    inks: list[Ink] = [(line[:at], "accent")] if item else []
    for match in _INLINE.finditer(line, at):
        inks += [(line[at : match.start()], tone), *_inline(match)]
        at = match.end()
    return [*inks, (line[at:], tone)]


def _inline(match: re.Match[str]) -> list[Ink]:
    found = match.group()
    if match["link"]:
        label, _, target = found.partition("](")
        return [(label.partition("[")[0] + "[", "faint"), (label.partition("[")[2], "accent"), (f"]({target}", "faint")]
    cells = len(match["ticks"]) if match["code"] else 2 if match["strong"] else 1
    tone = "md-code" if match["code"] else "strong" if match["strong"] else "md-emphasis"
    return [(found[:cells], "faint"), (found[cells:-cells], tone), (found[-cells:], "faint")]


class CodePiece(Piece):
    """Code of one fence."""

    def __init__(self, source: str, start: int, end: int, tone: str, language: str, margin: Sequence[Ink]) -> None:
        super().__init__(source, start, end, tone, margin=margin)
        self._language = language
        self._inks: list[Ink] = []
        self._ends: list[int] = []
        self._colored: str | None = None

    def paint(self, text: str, start: int, end: int) -> list[Ink]:
        """Colour a row by the tokens of the whole block, which are found once."""
        if self._colored != text:
            self._colored = text
            self._inks = color_code(text, self._language)
            self._ends = list(accumulate(len(token) for token, _ in self._inks))
        return _clipped(self._inks, start, end, self._ends)


def _clipped(inks: list[Ink], start: int, end: int, ends: list[int] | None = None) -> list[Ink]:
    """The part of the joined inks from `start` to `end`."""
    ends = list(accumulate(len(text) for text, _ in inks)) if ends is None else ends
    clipped: list[Ink] = []
    for index in range(bisect_right(ends, start), len(inks)):
        text, tone = inks[index]
        first = ends[index] - len(text)
        if first >= end:
            break
        clipped.append((text[max(0, start - first) : end - first], tone))
    return clipped
