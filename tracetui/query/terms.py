"""One term to a node: which field, which key, which values.

Mistakes are FilterErrors with the place of what is wrong and, where one is near, the name that was meant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, cast

from tracetui.errors import FilterError
from tracetui.query.ast import Compare, Has, Is, Node, Not, Operator, Or, Text, Value
from tracetui.query.fields import ATTRIBUTE, FLAGS, Field, find_field, find_flag, suggest, suggest_field
from tracetui.query.lexer import Item, Lexeme, Piece, quote, split_field
from tracetui.query.values import empty_value, parse_value

MAX_KEY_LEVELS = 8


class TermReader:
    """Reads the terms of one filter."""

    def __init__(self, text: str) -> None:
        self.text = text

    def fail(self, message: str, start: int, end: int) -> NoReturn:
        """Raise the error for the characters from `start` to `end`."""
        raise FilterError(message, self.text, start, end)

    def read(self, term: Lexeme) -> Node:
        """The node of a term."""
        for item in term.items:
            if item.is_open and not item.is_regex:
                self.fail("unclosed quote", self._open_quote(item), item.end)
        if not term.name:
            return self._free_text(term)
        if term.name == "@":
            return self._attribute(term)
        if term.key is None and term.name.lower() == "is":
            return self._each(term, "is:error", self._flag)
        if term.key is None and term.name.lower() == "has":
            return self._each(term, "has:cost", self._has)
        field = self._find_field(term.name, term.start, term.head_end, self.text[term.start : term.end])
        return self._comparison(term, field, self._key(field, term.key, term.start, term.head_end))

    def _open_quote(self, item: Item) -> int:
        """Where the quote begins that does not end: pieces are unescaped, so it is looked for in the text."""
        at, is_quoted, opened = item.start, False, item.start
        while at < item.end:
            if self.text[at] == '"':
                is_quoted = not is_quoted
                opened = at
            elif is_quoted and self.text[at] == "\\":
                at += 1
            at += 1
        return opened

    def _free_text(self, term: Lexeme) -> Node:
        """A word, a phrase or a regular expression: text of anything captured."""
        item = term.items[0]
        if item.is_bare:
            self._check_stray_operator(term, item)
        field = cast("Field", find_field("text"))
        return Compare(field, (self._value(field, "", item, "a search"),))

    def _check_stray_operator(self, term: Lexeme, item: Item) -> None:
        """An operator with a blank before it, or one that does not exist, is not searched for silently."""
        name, inequality, value = item.text.partition("!=")
        if inequality and find_field(name):
            self.fail(f"!= is not known: write -{name}:{value or '…'}", term.start, term.end)
        if item.text[0] in ":<>=":
            self.fail(
                "a field and its operator stand together, e.g. cost>0.01"
                f' (to search for the text, quote it: "{item.text}")',
                term.start,
                term.end,
            )

    def _attribute(self, term: Lexeme) -> Node:
        """`@path` with an operator."""
        key = self._key(ATTRIBUTE, term.key, term.start, term.head_end)
        written = self.text[term.start : term.head_end]
        if not term.operator:
            hint = f'{written}:value, or has:{written} (to search for the text, quote it: "{written}")'
            self.fail(f"an attribute needs a value: {hint}", term.start, term.end)
        return self._comparison(term, ATTRIBUTE, key)

    def _find_field(self, name: str, start: int, end: int, written: str) -> Field:
        """The field of a name, or the error that names the nearest one."""
        field = find_field(name)
        if field is None:
            near = suggest_field(name)
            hint = f" — did you mean {near}?" if near else f" (to search for the text, quote it: {quote(written)})"
            self.fail(f'unknown field "{name}"{hint}', start, start + len(name) if near else end)
        return field

    def _key(self, field: Field, pieces: tuple[Piece, ...] | None, start: int, end: int) -> tuple[str, ...]:
        """The key after the dot, as the field wants it: one name, or the levels of a path."""
        if field.key == "none":
            if pieces is not None:
                self.fail(f"{field.name} takes no key after a dot", start, end)
            return ()
        levels = [""]
        for piece in pieces or ():
            literal, *rest = [piece.text] if piece.quoted or field.key == "name" else piece.text.split(".")
            levels[-1] += literal
            levels += rest
        if not all(levels):
            self.fail(f"{field.name} needs a name: e.g. {field.example}", start, end)
        if len(levels) > MAX_KEY_LEVELS:
            self.fail(f"at most {MAX_KEY_LEVELS} levels after {field.name}", start, end)
        return tuple(levels)

    def _comparison(self, term: Lexeme, field: Field, key: tuple[str, ...]) -> Node:
        """A field with its values."""
        operator = cast("Operator", term.operator.removeprefix(":"))
        written_as = self.text[term.start : term.head_end]
        if not term.items:
            self.fail(empty_value(field, written_as), term.start, term.end)
        if len(term.items) > 1 and (operator not in ("", "=") or field.implied):
            self.fail(f"{operator or written_as} takes one value", term.items[1].start, term.end)
        values = tuple(self._value(field, operator, item, written_as) for item in term.items)
        if field.type != "enum" and Text(("", "")) in values:
            return Has(field, key)
        return Compare(field, values, operator, key)

    def _value(self, field: Field, operator: Operator, item: Item, written_as: str) -> Value:
        try:
            return parse_value(field, operator, item, written_as)
        except ValueError as error:
            self.fail(str(error), item.start, item.end)

    def _each(self, term: Lexeme, example: str, read: Callable[[Item], Node]) -> Node:
        """`is:` or `has:` with one or several names."""
        operator = term.operator.removeprefix(":")
        word = term.name.lower()
        if operator not in ("", "="):
            self.fail(f"{word}: takes no {operator}", term.start, term.end)
        if not all(item.pieces for item in term.items) or not term.items:
            self.fail(f"empty value: {word}: needs one, e.g. {example}", term.start, term.end)
        nodes = tuple(read(item) for item in term.items)
        return nodes[0] if len(nodes) == 1 else Or(nodes)

    def _flag(self, item: Item) -> Node:
        """A flag by its name."""
        flag = find_flag(item.text)
        if flag is None:
            names = tuple(flag.name for flag in FLAGS)
            near = suggest(item.text, names)
            hint = f" — did you mean {near}?" if near else ":"
            self.fail(f'unknown flag "{item.text}"{hint} ({", ".join(names)})', item.start, item.end)
        negated = find_flag(flag.negates)
        return Not(Is(negated)) if negated else Is(flag)

    def _has(self, item: Item) -> Node:
        """A field, with or without a key, of which something must be recorded."""
        name, pieces, end = split_field(self.text, item.start)
        if end != item.end or not name:
            self.fail(f"has: needs a field, e.g. has:cost (not {self.text[item.start : item.end] or 'nothing'})",
                      item.start, item.end)  # fmt: skip
        field = ATTRIBUTE if name == "@" else self._find_field(name, item.start, item.end, item.text)
        if field.type == "payload":
            self.fail(f"has: does not work with {field.name}: it would read everything", item.start, item.end)
        if field.present and pieces is None:
            return Has(field)
        return Has(field, self._key(field, pieces, item.start, item.end))
