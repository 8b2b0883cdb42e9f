"""Comparing text in any case and any script, and the SQL functions that do it where SQLite cannot.

SQLite knows upper and lower case of ASCII only. `fold` maps text to the form in which it is compared; whoever runs a
compiled filter registers `SQL_FUNCTIONS` on the connection, so that pattern and text are folded by the same rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from unicodedata import normalize
from warnings import catch_warnings, simplefilter

from tracetui.query.searching import is_found

_DOTTED_I = "i̇"
_DOTLESS_I = "ı"
_WARNINGS = Lock()
"""The list of warning filters is one for all threads."""


def fold(text: str) -> str:
    """The text as it is compared: no case, one form of each character (full-width, ligatures, composed accents).

    The four letters i of Turkish are one, since a reader who searches `istanbul` wants İstanbul as well.
    """
    if text.isascii():
        return text.lower()
    folded = normalize("NFKC", normalize("NFKC", text).casefold())
    return folded.replace(_DOTTED_I, "i").replace(_DOTLESS_I, "i")


def like_pattern(parts: tuple[str, ...], *, before: bool = False, after: bool = False) -> str:
    """A LIKE pattern (escape: backslash) of literal parts with anything between them, and before or after them."""
    escaped = [part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for part in parts]
    return "%" * before + "%".join(escaped) + "%" * after


@lru_cache(maxsize=256)
def _parts_of_like(pattern: str) -> tuple[tuple[str | None, ...], ...]:
    """What stands between the `%` of a LIKE pattern: its letters, None for `_` (any one)."""
    parts: list[list[str | None]] = [[]]
    for piece in re.findall(r"\\.|.", pattern, re.DOTALL):
        if piece == "%":
            parts.append([])
        else:
            parts[-1].append(None if piece == "_" else piece[-1])
    return tuple(map(tuple, parts))


def folds_like(text: str | float | None, folded_pattern: str) -> int:
    """SQL function: whether `text`, folded, is LIKE the pattern, which is folded already. NULL is not like anything."""
    return int(text is not None and _is_like(fold(str(text)), _parts_of_like(folded_pattern)))


def _is_like(text: str, parts: tuple[tuple[str | None, ...], ...]) -> bool:
    """Whether the first part begins the text, the last one ends it, and the others come in order between them. Taking
    each where it comes first is never wrong; a regular expression would try all places of each, for years."""
    first, *middle, last = parts if len(parts) > 1 else (*parts, ())
    if not _stands_at(text, first, 0):
        return False
    if len(parts) == 1:
        return len(text) == len(first)
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = _find_part(text, part, at)
        if at < 0:
            return False
        at += len(part)
    return at <= end and _stands_at(text, last, end)


def _stands_at(text: str, part: tuple[str | None, ...], at: int) -> bool:
    return at + len(part) <= len(text) and all(sign in (None, text[at + n]) for n, sign in enumerate(part))


def _find_part(text: str, part: tuple[str | None, ...], at: int) -> int:
    """Where a part stands first from `at` on, -1 where nowhere."""
    if None not in part:
        return text.find("".join(sign or "" for sign in part), at)
    return next((place for place in range(at, len(text) - len(part) + 1) if _stands_at(text, part, place)), -1)


def compile_regex(pattern: str) -> re.Pattern[str]:
    """A regular expression as filters mean it: any case, unless the pattern says `(?-i:…)`.

    Raises ValueError with the reason, whatever is wrong with the pattern; it never warns, since a warning would be
    written over the screen.
    """
    try:
        with _WARNINGS, catch_warnings():
            simplefilter("ignore")
            return re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error


_compile_cached = lru_cache(maxsize=256)(compile_regex)


def matches_regex(text: str | float | None, pattern: str) -> int:
    """SQL function: whether the regular expression is found anywhere in `text`. Nothing is found in NULL."""
    if text is None:
        return 0
    find = _find_remembered if isinstance(text, str) and len(text) <= _SHORT else _find
    return find(str(text), pattern)


def _find(text: str, pattern: str) -> int:
    return int(is_found(_compile_cached(pattern), text))


_SHORT = 100
_find_remembered = lru_cache(maxsize=4096)(_find)
"""Of a million spans the names, models and tools are mostly the same few: looking one up costs a tenth of a search."""


SQL_FUNCTIONS: dict[str, Callable[[str | float | None, str], int]] = {
    "folds_like": folds_like,
    "matches_regex": matches_regex,
}
"""Deterministic functions of two arguments that a compiled filter calls."""
