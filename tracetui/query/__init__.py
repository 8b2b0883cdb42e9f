"""The filter language: text to parameterised SQL, completion, and a sentence that explains. Pure; docs/filter.md.

    compile_filter(text, now_ns=…, tzinfo=…) -> Filter     raises FilterError
    parse(text) -> the tree of terms, or None              raises FilterError
    explain(text) -> one sentence                          raises FilterError
    sieve_for(text) -> what tells of stored JSON that the text is not in it
    searched_words(text) -> what it looks for in payloads  never fails
    complete(text, cursor, observed) -> list[Completion]   never fails

Whoever runs a Filter registers SQL_FUNCTIONS, and `has_text`, `attribute` and `is_marked`, on the connection.
"""

from tracetui.query.complete import Completion, complete
from tracetui.query.explain import explain
from tracetui.query.fields import FIELDS, FLAGS, Field, Flag
from tracetui.query.fold import SQL_FUNCTIONS, compile_regex, fold
from tracetui.query.lexer import quote
from tracetui.query.needed import Sought
from tracetui.query.parser import parse
from tracetui.query.searching import is_found, last_refusal
from tracetui.query.sieve import REACH, Sieve, sieve_for
from tracetui.query.sql import Filter, compile_filter
from tracetui.query.times import LocalZone
from tracetui.query.words import searched_words

__all__ = [
    "FIELDS",
    "FLAGS",
    "REACH",
    "SQL_FUNCTIONS",
    "Completion",
    "Field",
    "Filter",
    "Flag",
    "LocalZone",
    "Sieve",
    "Sought",
    "compile_filter",
    "compile_regex",
    "complete",
    "explain",
    "fold",
    "is_found",
    "last_refusal",
    "parse",
    "quote",
    "searched_words",
    "sieve_for",
]
