"""Text to a tree of terms, by recursive descent.

    or   = and ("OR" and)*
    and  = not ("AND"? not)*
    not  = ("-" | "!" | "NOT") not | group
    group = "(" or ")" | ("any" | "root" | "all") "(" or ")" | term

Every mistake is a FilterError with the place of the token that is wrong; no input raises anything else.
"""

from __future__ import annotations

from typing import NoReturn, cast

from tracetui.errors import FilterError
from tracetui.query.ast import Node, Not, Scope, ScopeName, all_of, any_of
from tracetui.query.fields import SCOPES, suggest
from tracetui.query.lexer import Lexeme, split_lexemes
from tracetui.query.terms import TermReader

MAX_LENGTH = 10_000
MAX_DEPTH = 6
"""Parentheses within parentheses. SQLite's own parser has a stack of 100 symbols, of which a level takes several."""


def parse(text: str) -> Node | None:
    """The tree of a filter as it was written, or None for an empty one. Raises FilterError."""
    return _Parser(text).parse()


class _Parser:
    """One pass over the lexemes of one filter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._check_characters()
        self.lexemes = list(split_lexemes(text))
        self.terms = TermReader(text)
        self.at = 0
        self.depth = 0
        self.scope = ""

    def _check_characters(self) -> None:
        """Refuse what could not be bound to a statement."""
        if len(self.text) > MAX_LENGTH:
            self.fail(f"a filter has at most {MAX_LENGTH:,} characters", MAX_LENGTH, len(self.text))
        for at, sign in enumerate(self.text):
            if sign == "\0" or "\ud800" <= sign <= "\udfff":
                self.fail("a filter cannot contain this character", at)

    def fail(self, message: str, start: int, end: int | None = None) -> NoReturn:
        """Raise the error for the characters from `start` to `end`."""
        raise FilterError(message, self.text, start, end)

    @property
    def next(self) -> Lexeme | None:
        """The lexeme that comes, or None at the end."""
        return self.lexemes[self.at] if self.at < len(self.lexemes) else None

    def parse(self) -> Node | None:
        """The whole filter."""
        if not self.lexemes:
            return None
        node = self.parse_or()
        if self.next:
            self.fail("unexpected )", self.next.start, self.next.end)
        return node

    def parse_or(self) -> Node:
        """Conjunctions, one of which must hold."""
        nodes = [self.parse_and()]
        while self.next and self.next.kind == "or":
            self.at += 1
            nodes.append(self.parse_and())
        return any_of(nodes)

    def parse_and(self) -> Node:
        """Terms, all of which must hold."""
        nodes = [self.parse_not()]
        while self.next and self.next.kind not in ("or", ")"):
            if self.next.kind == "and":
                self.at += 1
            nodes.append(self.parse_not())
        return all_of(nodes)

    def parse_not(self) -> Node:
        """A term, negated or not; two negations cancel out."""
        sign = self.next
        if sign is None or sign.kind != "-":
            return self.parse_group()
        self.at += 1
        self._check_negation(sign)
        node = self.parse_not()
        return node.node if isinstance(node, Not) else Not(node)

    def _check_negation(self, sign: Lexeme) -> None:
        """A sign stands directly before what it negates, and only once."""
        after = self.next
        is_sign = sign.end - sign.start == 1
        if after is None or (is_sign and after.start != sign.end):
            self.fail('nothing to negate here (to search for the sign, quote it: "-")', sign.start, sign.end)
        if after.kind == "-":
            self.fail('two signs in a row (to search for them, quote the text: "--")', sign.start, after.end)

    def parse_group(self) -> Node:
        """A term, or parentheses with or without a scope."""
        lexeme = self.next
        if lexeme is None:
            last = self.lexemes[-1]
            self.fail(f"{self.text[last.start : last.end].strip()} needs something after it", last.start, last.end)
        if lexeme.kind in ("and", "or"):
            word = self.text[lexeme.start : lexeme.end]
            self.fail(f'{word} needs a term on both sides (to search for the word, quote it: "{word}")',
                      lexeme.start, lexeme.end)  # fmt: skip
        if lexeme.kind == ")":
            self._fail_closing(lexeme)
        self.at += 1
        if lexeme.kind == "term":
            self._check_parenthesis_after(lexeme)
            return self.terms.read(lexeme)
        return self.parse_scope(lexeme) if lexeme.kind == "scope" else self.parse_parentheses(lexeme)

    def _fail_closing(self, lexeme: Lexeme) -> NoReturn:
        """Say what is wrong with a closing parenthesis where a term was expected."""
        before = self.lexemes[self.at - 1] if self.at else None
        if before and before.kind in ("(", "scope"):
            self.fail("empty parentheses", before.start, lexeme.end)
        if before and before.kind in ("and", "or", "-"):
            word = self.text[before.start : before.end]
            self.fail(f"{word} needs something after it", before.start, before.end)
        self.fail("unexpected )", lexeme.start, lexeme.end)

    def parse_scope(self, opening: Lexeme) -> Node:
        """A scope, whose word is passed. Each is about the whole trace, so that one within another says nothing."""
        if self.scope:
            inside = f"{opening.name}(…) inside of {self.scope}(…): write them side by side"
            self.fail(inside, opening.start, opening.end)
        self.scope = opening.name
        node = self.parse_parentheses(opening)
        self.scope = ""
        return Scope(cast("ScopeName", opening.name), node)

    def parse_parentheses(self, opening: Lexeme) -> Node:
        """What stands between parentheses, the first of which is passed."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"nested too deeply: at most {MAX_DEPTH} parentheses", opening.start, opening.end)
        if self.next is None:
            self.fail("unclosed (", opening.start, opening.end)
        node = self.parse_or()
        if self.next is None:
            self.fail("unclosed (", opening.start, opening.end)
        self.at += 1
        self.depth -= 1
        return node

    def _check_parenthesis_after(self, term: Lexeme) -> None:
        """A parenthesis that touches a term belongs to the text, or to a scope that does not exist."""
        after = self.next
        if after is None or after.kind != "(" or after.start != term.end:
            return
        if term.name:
            self.fail("a ( inside of a value: put the value in quotes", after.start, after.end)
        word = self.text[term.start : term.end]
        near = suggest(word, tuple(SCOPES))
        hint = f" — did you mean {near}(…)?" if near else f" (there are {', '.join(SCOPES)}; text goes in quotes)"
        self.fail(f'unknown scope "{word}"{hint}', term.start, after.end)
