"""The user's own rules: `[[redact]]` of config.toml. A pattern that is wrong, endless or not stable is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from tracetui.config import RedactRule
from tracetui.errors import WrongUse
from tracetui.redaction.rules import Rule, Span
from tracetui.redaction.trial import find_slow

_UNMARKED = re.compile(r"[^A-Z0-9]+")


class OwnRule(Struct, frozen=True):
    """A rule, and the fields it is for: none means everywhere."""

    rule: Rule
    fields: tuple[re.Pattern[str], ...] = ()

    def is_for(self, path: str) -> bool:
        """Whether it is for a value at this path of keys, joined by points."""
        return not self.fields or any(field.search(path) for field in self.fields)


def read_own_rules(given: Sequence[RedactRule]) -> tuple[OwnRule, ...]:
    """The rules of a configuration. Raises WrongUse, naming the rule and what is wrong with it."""
    rules = tuple(_read(index, one) for index, one in enumerate(given, 1))
    if rules:
        slow = find_slow(tuple(one.regex for one in given))
        if slow is not None:
            raise WrongUse(
                f"config.toml: [[redact]] {given[slow].name or slow + 1}: the regex is too slow for long texts;"
                " bound what repeats, such as {1,64} instead of + or *, and let it begin with something certain"
            )
    return rules


def _read(number: int, given: RedactRule) -> OwnRule:
    where = f"config.toml: [[redact]] {given.name or number}"
    try:
        pattern = re.compile(given.regex)
    except (re.error, OverflowError, RecursionError) as error:
        raise WrongUse(f"{where}: the regex is none that Python understands ({error}): {given.regex}") from None
    if pattern.search("") is not None:
        raise WrongUse(f"{where}: the regex matches where there is nothing; let it ask for at least one letter")
    name = given.name or f"rule {number}"
    mark = f"[{_UNMARKED.sub('_', name.upper()).strip('_')}]" if given.replacement is None else given.replacement
    if pattern.search(mark) is not None:
        raise WrongUse(f"{where}: the regex matches its own replacement {mark}; choose another replacement")

    def find(text: str) -> list[Span]:
        return [match.span() for match in pattern.finditer(text) if match.end() > match.start()]

    return OwnRule(Rule(name, mark, find), tuple(_field(field) for field in given.fields))


@lru_cache
def _field(text: str) -> re.Pattern[str]:
    """A field with `*` and `?` as a pattern for paths: whole names, and all that is under them."""
    inner = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(rf"(?:\A|\.){inner}(?:\.|\Z)")
