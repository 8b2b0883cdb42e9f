"""Text through the rules, again until nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from tracetui.redaction.rules import MARK, Rule, Span, after_escape

Count: TypeAlias = Callable[[str, int], None]
"""Hears of the name of a rule, and how often it found something."""

_MOST_ROUNDS = 8
"""A mark can part what stood together, so that a later round finds what an earlier one did not."""
_LONG_WORD = 20
_AROUND = 160
"""Letters on both sides of a mark that are looked through once more."""


class Rules:
    """Rules in their order, and what can be asked of a text once for many of them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.all = tuple(rules)
        self._word_hints = tuple(hint for rule in self.all if rule.is_word for hint in rule.hints)
        self._without_words = tuple(rule for rule in self.all if not rule.is_word)

    def worth_trying(self, text: str) -> tuple[Rule, ...]:
        """Those that can find something: the keys of providers, most of the rules, are long words, which are few."""
        long = " ".join([word for word in text.split() if len(word) >= _LONG_WORD])
        if long:
            for hint in self._word_hints:  # forty looks for a literal are ten times as fast as one for any of forty
                if hint in long:
                    return self.all
        return self._without_words


def scan(text: str, rules: Rules, count: Count) -> str:
    """The text with marks in place of what the rules find. The same object where they find nothing."""
    for _ in range(_MOST_ROUNDS):
        found = _scan_once(text, rules, count)
        if found is text:
            break
        text = found
        if not any(_scan_once(piece, rules, _heard) is not piece for piece in _around_marks(text)):
            break
    return text


def _scan_once(text: str, rules: Rules, count: Count) -> str:
    for rule in rules.worth_trying(text):
        for hint in rule.hints:
            if hint in text:
                break
        else:
            if rule.hints:
                continue
        if spans := list(rule.find(text)):
            text = put_marks(text, spans, rule.mark)
            count(rule.name, len(spans))
    return text


def _heard(name: str, number: int) -> None:
    """Nothing is counted of a look around."""


def _around_marks(text: str) -> Iterator[str]:
    """What stands around marks: all of a short text, of a long one the pieces that have some."""
    if len(text) <= 4 * _AROUND:
        yield text
        return
    start = end = -1
    for match in MARK.finditer(text):
        if match.start() - _AROUND > end:
            if end > 0:
                yield text[start:end]
            start = max(0, match.start() - _AROUND)
        end = match.end() + _AROUND
    yield text[start:end]


def put_marks(text: str, spans: Iterable[Span], mark: str) -> str:
    """The text with a mark in place of each span. A number that is a value of JSON becomes text of JSON."""
    pieces: list[str] = []
    position = 0
    for begin, end in sorted(spans):
        start = after_escape(text, begin)
        if start < position or start >= end:
            continue
        pieces += (text[position:start], f'"{mark}"' if _is_bare(text, start, end) else mark)
        position = end
    return "".join(pieces) + text[position:]


def _is_bare(text: str, start: int, end: int) -> bool:
    """Whether the span is a whole value of JSON that stands within other text: after `":`, and before a comma or the end."""
    if not text[start].isdecimal() or text[max(0, start - 2) : start].rstrip()[-1:] != ":":
        return False
    is_after_key = text[max(0, start - 4) : start].rstrip().endswith('":')
    return is_after_key and text[end : end + 1] in (",", "}", "\n", " ", "]")
