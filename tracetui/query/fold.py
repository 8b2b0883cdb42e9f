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
def _compile_like(pattern: str) -> re.Pattern[str]:
    """A regular expression for a LIKE pattern with `%`, `_` and backslash as escape."""
    wild = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    return re.compile("".join(wild.get(piece) or re.escape(piece[-1]) for piece in pieces), re.DOTALL)


def folds_like(text: str | float | None, folded_pattern: str) -> int:
    """SQL function: whether `text`, folded, is LIKE the pattern, which is folded already. NULL is not like anything."""
    return int(text is not None and _compile_like(folded_pattern).fullmatch(fold(str(text))) is not None)


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
    return int(text is not None and is_found(_compile_cached(pattern), str(text)))


SQL_FUNCTIONS: dict[str, Callable[[str | float | None, str], int]] = {
    "folds_like": folds_like,
    "matches_regex": matches_regex,
}
"""Deterministic functions of two arguments that a compiled filter calls."""
