"""Tests of values that a span has several of, or that lie in a structure: tags, metadata, scores, attributes.

JSON is parsed only in rows whose text holds what is looked for, and keys are always bound, whatever they contain.
"""

from __future__ import annotations

import re

from tracetui.query.ast import Compare, Has, Text
from tracetui.query.compare import LOOKUP, PAYLOAD, Sql, any_of, equals, holds_other_than_ascii, join
from tracetui.query.fields import METADATA, Field
from tracetui.query.fold import like_pattern

_WORD = re.compile(r"[a-z0-9_ -]+", re.IGNORECASE)
_OF_A_NUMBER = re.compile(r"[0-9einf -]*", re.IGNORECASE)


def within(field: Field, key: tuple[str, ...], test: Sql, node: Compare | Has) -> Sql:
    """The test of one value, put around with what finds the values of the field; `node` says what is looked for."""
    if field.name == "@":
        # The LIMIT keeps SQLite from putting the call in place of each use of the value.
        value = "SELECT attribute(s.trace_id, s.span_id, ?) AS value LIMIT 1"
        return Sql(f"EXISTS (SELECT 1 FROM ({value}) v WHERE {test.text})", (*key, *test.parameters), PAYLOAD)
    if field.key == "path":
        found = any_of([_at_path(path, test) for path in dict.fromkeys([(".".join(key),), key])])
        return _after_a_look(field.json_column, [*key, *_certain_words(node)], found)
    if not field.within:
        return test
    named = equals("c.name", key[0]) if key else Sql("1")
    sql = field.within.format(test=test.text, key=named.text)
    found = Sql(f"({sql})", (named.parameters if key else ()) + test.parameters, max(LOOKUP, test.price))
    return _after_a_look(field.json_column, _certain_words(node), found) if field.json_column else found


def _at_path(path: tuple[str, ...], test: Sql) -> Sql:
    """A test of the value `v` at a path into the metadata, through keys of any text; numbers go into arrays."""
    sources = [f"{METADATA} k0"]
    for level in range(1, len(path)):
        above = f"k{level - 1}"
        sources.append(f"json_each(CASE WHEN {above}.type IN ('object', 'array') THEN {above}.value END) k{level}")
    sources[-1] = f"{sources[-1][: sources[-1].rindex(' ')]} v"
    names = [f"k{level}" for level in range(len(path) - 1)] + ["v"]
    keys = " AND ".join(f"CAST({name}.key AS TEXT) = ?" for name in names)
    sql = f"EXISTS (SELECT 1 FROM {', '.join(sources)} WHERE {keys} AND {test.text})"
    return Sql(sql, (*path, *test.parameters), max(LOOKUP, test.price))


def _after_a_look(column: str, words: list[str], test: Sql) -> Sql:
    """The test, only where the text of the JSON holds all words, since parsing is dearer than a look.

    JSON may write a character as an escape, and text beyond ASCII folds to other letters: such rows are all parsed.
    """
    certain = [word for word in words if word != "value" and not word.isdigit() and word.isascii()]
    looks = [Sql(f"{column} LIKE ? ESCAPE '\\'", (like_pattern((word,), before=True, after=True),)) for word in certain]
    if not looks:
        return test
    look = join(looks, "AND")
    escapes = f"instr({column}, '\\') > 0 OR {holds_other_than_ascii(column)}"
    sql = f"CASE WHEN {look.text} OR {escapes} THEN {test.text} END"
    return Sql(sql, look.parameters + test.parameters, test.price)


def _certain_words(node: Compare | Has) -> list[str]:
    """Words that stand in the JSON of every value that can match: of the one text asked for, where it is a word.

    A number is written in JSON in other ways than SQLite writes it, so a word needs a letter that no number has.
    """
    if not isinstance(node, Compare) or len(node.values) != 1 or not isinstance(node.values[0], Text):
        return []
    parts = node.values[0].parts
    return [part for part in parts if _WORD.fullmatch(part) and not _OF_A_NUMBER.fullmatch(part)]
