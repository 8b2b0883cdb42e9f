"""One value test as SQL: an expression, parameters, and how dear it is to evaluate.

Text is compared without a Python function where that is right: a pattern in ASCII by SQLite's own LIKE or NOCASE, and
only rows that hold other characters by `folds_like`.
"""

from __future__ import annotations

import re
from datetime import tzinfo

from msgspec import Struct

from tracetui.query.ast import Compare, Moments, Number, Numbers, Regex, Text, Value
from tracetui.query.fields import Field
from tracetui.query.fold import fold, like_pattern
from tracetui.query.times import Moment, resolve
from tracetui.query.values import fits

COLUMN, CALL, LOOKUP, PAYLOAD = range(4)
"""How dear a test is: columns of the row; a Python function; other rows or JSON; what the span carried."""

Parameter = str | int | float


class Sql(Struct, frozen=True):
    """A boolean expression (NULL counts as no), its parameters in order, and its price."""

    text: str
    parameters: tuple[Parameter, ...] = ()
    price: int = COLUMN


class Clock(Struct, frozen=True):
    """The time and the wall clock by which moments are understood."""

    now_ns: int
    zone: tzinfo


_CHUNK = 30


def join(parts: list[Sql], word: str) -> Sql:
    """Parts joined by AND or OR, the cheap ones first.

    SQLite limits how deep expressions are (a chain of terms is as deep as it is long) and how deep parentheses are, so
    that many parts are chains of chains.
    """
    ordered = sorted(parts, key=lambda part: part.price)
    while len(ordered) > _CHUNK:
        ordered = [_chain(ordered[start : start + _CHUNK], word) for start in range(0, len(ordered), _CHUNK)]
    return _chain(ordered, word)


def _chain(parts: list[Sql], word: str) -> Sql:
    if len(parts) == 1:
        return parts[0]
    parameters = tuple(parameter for part in parts for parameter in part.parameters)
    text = f" {word} ".join(part.text for part in parts)
    return Sql(f"({text})", parameters, max(part.price for part in parts))


def any_of(parts: list[Sql]) -> Sql:
    """One of the parts."""
    return join(parts, "OR")


def bindable(value: float) -> int | float:
    """A number as SQLite takes it: whole numbers beyond 64 bits become floating."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value) if abs(value) < 10**300 else float("inf") * (1 if value > 0 else -1)
    return value


def test_of(compare: Compare, clock: Clock, *, knows_values: bool) -> Sql:
    """The test of a field's value, over the field's own SQL; `within` is not applied here. `knows_values`: there are
    `near_values`."""
    field, values = compare.field, compare.values
    if field.type == "time":
        return any_of([time_test(field.sql, compare.operator or field.implied, value, clock) for value in values])
    if field.type == "payload":
        return any_of([payload_test(field, compare.operator, value) for value in values])
    texts = tuple(value for value in values if isinstance(value, Text))
    if field.type == "enum":
        return enum_test(field, texts)
    known = field.name if knows_values and field.is_of_row else ""
    parts = [regex_test(field.sql, value, known) for value in values if isinstance(value, Regex)]
    if texts:
        parts.append(text_test(field.sql, texts, field.raw_sql, compare.operator == "=", field.type == "id"))
    numbers = [Number(text.number, "") for text in texts if text.number is not None]
    numbers += [value for value in values if isinstance(value, Number)]
    number_sql = field.number_sql or field.sql
    parts += number_tests(number_sql, compare.operator, numbers)
    parts += [range_test(number_sql, value) for value in values if isinstance(value, Numbers)]
    return any_of(parts)


def enum_test(field: Field, texts: tuple[Text, ...]) -> Sql:
    """The values of the field that are asked for; wildcards are resolved here."""
    wanted = tuple(value for value in field.values if any(fits(text, value) for text in texts))
    return Sql(f"{field.sql} IN ({_marks(wanted)})", wanted)


def text_test(sql: str, texts: tuple[Text, ...], raw_sql: str = "", is_exact: bool = False, is_id: bool = False) -> Sql:
    """The value is one of the texts; begins with one, for an id."""
    if is_exact:
        exact = tuple("".join(text.parts) for text in texts)
        return Sql(f"{sql} IN ({_marks(exact)})", exact)
    plain: list[Sql] = []
    folded = [tuple(fold(part) for part in text.parts) for text in texts]
    whole = tuple(parts[0] for parts in folded if parts[0].isascii() and len(parts) == 1 and not is_id)
    if whole:
        plain.append(Sql(f"{sql} COLLATE NOCASE IN ({_marks(whole)})", whole))
    patterns = [like_pattern(parts, after=is_id and len(parts) == 1) for parts in folded]
    for pattern, parts in zip(patterns, folded, strict=True):
        if pattern.isascii() and (is_id or len(parts) > 1):
            plain.append(Sql(f"{sql} LIKE ? ESCAPE '\\'", (pattern,)))
    others = any_of([Sql(f"folds_like({sql}, ?)", (pattern,)) for pattern in patterns])
    ascii_only = any_of(plain) if plain else Sql("0")
    test = f"CASE WHEN {holds_other_than_ascii(raw_sql or sql)} THEN {others.text} ELSE {ascii_only.text} END"
    return Sql(test, others.parameters + ascii_only.parameters)


def holds_other_than_ascii(sql: str) -> str:
    """SQL that is true where a text has a character beyond ASCII.

    There folding says more than LIKE and NOCASE do, which decide the rest: a pattern that is not ASCII when folded is
    like no text that is.
    """
    return f"length({sql}) <> length(CAST({sql} AS BLOB))"


def equals(sql: str, text: str) -> Sql:
    """The value is the text, in any case."""
    return text_test(sql, (Text((text,)),))


def regex_test(sql: str, regex: Regex, known: str = "") -> Sql:
    """The regular expression is found in the value. Of a field of which some values are `known`, each of them is looked
    through once, and not where it stands again: of a million spans the names are mostly the same few."""
    test = f"matches_regex({sql}, ?)"
    if not known:
        return Sql(test, (regex.pattern,), CALL)
    values = f"SELECT value FROM near_values WHERE field = '{known}'"
    found = f"{values} AND matches_regex(value, ?)"
    case = f"CASE WHEN {sql} IN ({found}) THEN 1 WHEN {sql} NOT IN ({values}) THEN {test} END"
    return Sql(case, (regex.pattern, regex.pattern), CALL)


def number_tests(sql: str, operator: str, numbers: list[Number]) -> list[Sql]:
    """The value is one of the numbers, or stands to the one number as the operator says."""
    values = tuple(bindable(number.value) for number in numbers)
    if not values:
        return []
    if operator in ("", "="):
        return [Sql(f"{sql} IN ({_marks(values)})", values)]
    return [Sql(f"{sql} {operator} ?", values)]


def range_test(sql: str, ends: Numbers) -> Sql:
    """The value is within the range, both ends included."""
    if ends.low and ends.high:
        return Sql(f"{sql} BETWEEN ? AND ?", (bindable(ends.low.value), bindable(ends.high.value)))
    if ends.low:
        return Sql(f"{sql} >= ?", (bindable(ends.low.value),))
    return Sql(f"{sql} <= ?", tuple(bindable(end.value) for end in (ends.high,) if end))


def time_test(sql: str, operator: str, value: Value, clock: Clock) -> Sql:
    """The time stands to the moment as the operator says."""
    first, last = bounds(operator, value, clock)
    parts = [Sql(f"{sql} >= ?", (bindable(first),))] if first is not None else []
    parts += [Sql(f"{sql} < ?", (bindable(last),))] if last is not None else []
    return join(parts, "AND")


def bounds(operator: str, value: Value, clock: Clock) -> tuple[int | None, int | None]:
    """From when on, and up to (without) when; None is an open end.

    A day or a minute is an interval, and `>` and `<=` are about its end. A time ago is a point, from which on is meant
    where there is no operator.
    """
    low, high = (value.low, value.high) if isinstance(value, Moments) else (value, value)
    start = resolve(low, clock.now_ns, clock.zone).start_ns if isinstance(low, Moment) else None
    end = resolve(high, clock.now_ns, clock.zone).end_ns if isinstance(high, Moment) else None
    if isinstance(value, Moments):
        return start, end
    if operator in ("", "="):
        return start, (end if isinstance(value, Moment) and value.ago_ns is None else None)
    return {">=": (start, None), ">": (end, None), "<": (None, start), "<=": (None, end)}[operator]


def payload_test(field: Field, operator: str, value: Value) -> Sql:
    """Text or a regular expression is found in what the span carried."""
    mode, pattern = search_pattern(operator, value)
    return Sql(f"has_text(s.trace_id, s.span_id, '{field.scope}', '{mode}', ?)", (pattern,), PAYLOAD)


def search_pattern(operator: str, value: Value) -> tuple[str, str]:
    """Mode (`word` or `regex`) and pattern of `has_text`. Wildcards and exact case become a regular expression."""
    if isinstance(value, Regex):
        return "regex", value.pattern
    parts = [part for part in value.parts if part] if isinstance(value, Text) else []
    if operator == "=":
        return "regex", f"(?-i:{re.escape(parts[0])})"
    if len(parts) == 1:
        return "word", parts[0]
    return "regex", "(?s:.*?)".join(re.escape(part) for part in parts)


def _marks(values: tuple[Parameter, ...] | list[str]) -> str:
    """A parameter mark for each value."""
    return ", ".join("?" * len(values))
