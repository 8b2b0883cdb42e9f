"""What a rule is: a name, a mark, and a function that finds spans of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from msgspec import Struct

Span: TypeAlias = tuple[int, int]
"""Start and end of what is taken out of a text."""
Find: TypeAlias = Callable[[str], Iterable[Span]]
Measure: TypeAlias = Callable[[re.Match[str]], int]
"""How much of a match is what is looked for: the offset in the text at which it ends; 0 where it is none."""


class Rule(Struct, frozen=True):
    """Takes out what `find` finds, and puts `mark` there.

    `hints` are pieces of which a text must have one to be looked through at all: a look for them is some hundred times
    cheaper. What an `is_word` rule finds has no blank in it and at least twenty letters: only long words are looked at for
    its hints. `is_number` rules leave the values of ids alone, `is_address` rules those of versions. `is_text` rules are
    for sentences, and not for keys.
    """

    name: str
    mark: str
    find: Find
    hints: tuple[str, ...] = ()
    is_word: bool = False
    is_number: bool = False
    is_address: bool = False
    is_text: bool = False


MARK = re.compile(r"\[[A-Z][A-Z_]*\]")
"""What redaction leaves behind."""
_WORD = re.compile(r"\w")
_ESCAPED = re.compile(r"\\(?:[nrtbf]|u[0-9A-Fa-f]{4})\Z")


def begins(text: str, start: int) -> bool:
    """Whether a word begins at `start`: after no letter and no digit, except those of an escape such as `\\n` in JSON."""
    if start == 0 or not _WORD.match(text[start - 1]):
        return True
    return _ESCAPED.search(text, max(0, start - 6), start) is not None


_ESCAPE = re.compile(r"[nrtbf]|u[0-9A-Fa-f]{4}")


def after_escape(text: str, start: int) -> int:
    """The start without the letters of an escape of JSON that ends there: those of `\\n` belong to no address."""
    escape = _ESCAPE.match(text, start) if start and text[start - 1] == "\\" else None
    return start if escape is None else escape.end()


def find_by(pattern: str, measure: Measure | None = None, *, within_words: bool = False) -> Find:
    """The matches of a pattern; they begin where a word does, unless `within_words`. The group `s` is what is taken out,
    where there is one.

    Patterns begin with a literal or a set and not with an assertion: then `re` skips what cannot match, ten times as fast.
    """
    compiled = re.compile(pattern)
    part: int | str = "s" if "s" in compiled.groupindex else 0

    def find(text: str) -> Iterator[Span]:
        for match in compiled.finditer(text):
            if within_words or begins(text, match.start()):
                end = match.end(part) if measure is None else measure(match)
                if end:
                    yield match.start(part), end

    return find


def find_after(pattern: str, head: str, measure: Measure, longest: int = 40) -> Find:
    """As `find_by`, for what begins with something as frequent as digits: `pattern` is the rarer part that follows (a dash
    and more), `head` what has to stand before it. A measure gets the match of both."""
    anchor = re.compile(pattern)
    whole = re.compile(f"(?:{head})(?:{pattern})")
    before = re.compile(f"(?:{head})\\Z")

    def find(text: str) -> Iterator[Span]:
        for match in anchor.finditer(text):
            start = before.search(text, max(0, match.start() - longest), match.start())
            found = whole.match(text, start.start()) if start is not None else None
            if found is not None and begins(text, found.start()) and (end := measure(found)):
                yield found.start(), end

    return find


def whole_if(is_it: Callable[[str], bool]) -> Measure:
    """All of what is matched (of group `s`, where there is one), if it is what is looked for."""

    def measure(match: re.Match[str]) -> int:
        part: int | str = "s" if "s" in match.re.groupindex else 0
        return match.end(part) if is_it(match[part]) else 0

    return measure
