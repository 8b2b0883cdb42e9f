"""Colours of code, by Pygments: imported at the first block of code that is looked at."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tracetui.tui.lines.palette import Ink

_TONES = (
    ("Token.Comment", "code-comment"), ("Token.Keyword", "code-keyword"), ("Token.Name.Tag", "json-key"),
    ("Token.Name.Function", "code-name"), ("Token.Name.Class", "code-name"), ("Token.Name.Builtin", "code-name"),
    ("Token.Name.Attribute", "json-key"), ("Token.Literal.String", "json-string"), ("Token.Literal.Number", "json-number"),
    ("Token.Operator.Word", "code-keyword"), ("Token.Generic.Deleted", "removed"), ("Token.Generic.Inserted", "added"),
    ("Token.Generic.Heading", "strong"), ("Token.Punctuation", "json-mark"),
)  # fmt: skip
"""Tone by the beginning of the name of a token's type."""


def color_code(text: str, language: str) -> list[Ink]:
    """Inks that joined are `text`; in one tone where the language is not known."""
    lexer = _find_lexer(language.lower())
    if lexer is None:
        return [(text, "md-code")]
    inks = [(value, _tone(str(kind))) for _, kind, value in lexer.get_tokens_unprocessed(text)]
    return inks if sum(len(value) for value, _ in inks) == len(text) else [(text, "md-code")]


@lru_cache(maxsize=64)
def _find_lexer(language: str) -> Any:
    """The lexer of a language that Pygments itself brings: others would be looked for among installed packages."""
    if not language:
        return None
    from pygments.lexers import get_lexer_by_name
    from pygments.lexers._mapping import LEXERS

    is_known = any(language in aliases for _, _, aliases, _, _ in LEXERS.values())
    return get_lexer_by_name(language) if is_known else None


@lru_cache(maxsize=256)
def _tone(kind: str) -> str:
    return next((tone for head, tone in _TONES if kind.startswith(head)), "text")
