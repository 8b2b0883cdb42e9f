"""Characters to lexemes. Never fails: what is unfinished is marked `open`, and the parser says what is wrong.

A term is a field, an operator and items; free words and phrases are terms without a field. An item is made of pieces as
in a shell: `*"refund policy"*` is a star, a quoted piece and a star, and only what is not quoted has special meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.query.fields import SCOPES

LexemeKind: TypeAlias = Literal["term", "(", ")", "-", "and", "or", "scope"]

_KEYWORDS: dict[str, LexemeKind] = {"AND": "and", "OR": "or", "NOT": "-"}
_OPERATOR = re.compile(r":(?:>=|<=|>|<|=)?|>=|<=|>|<|=")
_HEAD = re.compile(r'[^\s"():<>=]+')
_BLANKS = re.compile(r"\s*")
_WORD_END = re.compile(r'[\s"()]')
_VALUE_END = re.compile(r'[\s"(),]')
_NAME = re.compile(r'[^\s"():<>=.,]*')
_KEY_END = re.compile(r'[\s"():<>=,]')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)("?)', re.DOTALL)
_REGEX = re.compile(r"/((?:[^/\\]|\\.|/(?![\s),]|\Z))*)(/?)", re.DOTALL)


class Piece(Struct, frozen=True):
    """A run of characters, and whether it stood in quotes."""

    text: str
    quoted: bool = False


class Item(Struct, frozen=True):
    """One value between commas, or one free word. `is_open`: a quote or a regular expression does not end."""

    start: int
    end: int
    pieces: tuple[Piece, ...] = ()
    is_regex: bool = False
    is_open: bool = False

    @property
    def text(self) -> str:
        """All of it, without quotes."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def is_bare(self) -> bool:
        """Whether nothing of it was quoted."""
        return not self.is_regex and not any(piece.quoted for piece in self.pieces)


class Lexeme(Struct, frozen=True):
    """One token. `name`, `key` and `operator` belong to a term with a field, which ends its head at `head_end`; an
    attribute is the field `@`. A scope has its word in `name`. `key` is None where there was no dot."""

    kind: LexemeKind
    start: int
    end: int
    name: str = ""
    key: tuple[Piece, ...] | None = None
    operator: str = ""
    head_end: int = 0
    items: tuple[Item, ...] = ()


def split_lexemes(text: str) -> Iterator[Lexeme]:
    """All lexemes of a filter, in order. Blanks between them are left out."""
    at = _skip_blanks(text, 0)
    while at < len(text):
        lexeme = _next_lexeme(text, at)
        yield lexeme
        at = _skip_blanks(text, lexeme.end)


def _skip_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _next_lexeme(text: str, at: int) -> Lexeme:
    """The lexeme that begins at `at`, which is no blank."""
    sign = text[at]
    if sign == "(":
        return Lexeme("(", at, at + 1)
    if sign == ")":
        return Lexeme(")", at, at + 1)
    if sign in "-!":
        return Lexeme("-", at, at + 1)
    head = _HEAD.match(text, at)
    if head:
        return _keyword(text, head) or _scope(text, head) or _field_term(text, at) or _free_term(text, at)
    return _free_term(text, at)


def _keyword(text: str, head: re.Match[str]) -> Lexeme | None:
    """`AND`, `OR` or `NOT`, in capitals and alone."""
    kind = _KEYWORDS.get(head[0])
    after = text[head.end() : head.end() + 1]
    if kind is None or not (after in ("", "(", ")") or after.isspace()):
        return None
    return Lexeme(kind, head.start(), head.end())


def _scope(text: str, head: re.Match[str]) -> Lexeme | None:
    """A scope's word with its opening parenthesis; blanks between the two are allowed."""
    opening = _skip_blanks(text, head.end())
    if head[0].lower() not in SCOPES or text[opening : opening + 1] != "(":
        return None
    return Lexeme("scope", head.start(), opening + 1, name=head[0].lower(), head_end=head.end())


def _field_term(text: str, start: int) -> Lexeme | None:
    """A field (or `@path`) with its operator and values, or None where there is no such head."""
    name, key, at = split_field(text, start)
    operator = _OPERATOR.match(text, at)
    is_named = name == "@" or name.replace("-", "_").isidentifier()
    if not is_named or name.endswith("-") or not (operator or name == "@"):
        return None
    if not operator:
        return Lexeme("term", start, at, name, key, "", at)
    items = tuple(_split_items(text, operator.end()))
    end = items[-1].end if items else operator.end()
    return Lexeme("term", start, end, name, key, operator[0], at, items)


def split_field(text: str, start: int = 0) -> tuple[str, tuple[Piece, ...] | None, int]:
    """A reference to a field at `start`: its name (`@` for an attribute), its key after the dot, and where it ends."""
    if text[start : start + 1] == "@":
        pieces, end, _ = _pieces(text, start + 1, _KEY_END)
        return "@", pieces, end
    head = _NAME.match(text, start)
    end = head.end() if head else start
    name = text[start:end]
    if text[end : end + 1] != ".":
        return name, None, end
    pieces, end, _ = _pieces(text, end + 1, _KEY_END)
    return name, pieces, end


def _split_items(text: str, at: int) -> Iterator[Item]:
    """The values from `at` on, separated by commas; an item of no pieces is an empty value."""
    while True:
        item = _item(text, at, _VALUE_END)
        if item.pieces or text[at : at + 1] == ",":
            yield item
        at = item.end
        if text[at : at + 1] != ",":
            return
        at += 1
        if at == len(text) or text[at].isspace() or text[at] in "()":
            yield Item(at, at)
            return


def _free_term(text: str, start: int) -> Lexeme:
    """A free word, phrase or regular expression; at least one character."""
    item = _item(text, start, _WORD_END)
    return Lexeme("term", start, item.end, head_end=start, items=(item,))


def _item(text: str, start: int, ends: re.Pattern[str]) -> Item:
    """A regular expression, or pieces up to a character that ends them."""
    if text[start : start + 1] == "/":
        found = _REGEX.match(text, start)
        if found:
            end = found.end()
            is_open = not found[2]
            pattern = text[start + 1 : end if is_open else end - 1]
            return Item(start, end, (Piece(pattern),), is_regex=True, is_open=is_open)
    pieces, end, is_open = _pieces(text, start, ends)
    return Item(start, end, pieces, is_open=is_open)


def _pieces(text: str, at: int, ends: re.Pattern[str]) -> tuple[tuple[Piece, ...], int, bool]:
    """Quoted and bare pieces one after the other; where they end; whether the last quote is open."""
    pieces: list[Piece] = []
    while at < len(text):
        if text[at] == '"':
            quoted = _QUOTED.match(text, at)
            if quoted is None or not quoted[2]:
                rest = quoted[1] if quoted else text[at + 1 :]
                return (*pieces, Piece(unescape(rest), quoted=True)), len(text), True
            pieces.append(Piece(unescape(quoted[1]), quoted=True))
            at = quoted.end()
            continue
        found = ends.search(text, at)
        end = found.start() if found else len(text)
        if end == at:
            break
        pieces.append(Piece(text[at:end]))
        at = end
    return tuple(pieces), at, False


def unescape(quoted: str) -> str:
    r"""The inside of quotes: `\"` and `\\` stand for the second character, any other backslash for itself."""
    return re.sub(r'\\(["\\])', r"\1", quoted)


def quote(text: str) -> str:
    """The text in quotes, so that nothing in it has special meaning."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
