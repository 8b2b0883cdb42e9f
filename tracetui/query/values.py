"""The written value of a term to a typed one, by the type of its field.

What is wrong is raised as ValueError with the sentence for the user; the parser adds the position.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from typing import TypeVar

from tracetui.query.ast import Moments, Number, Numbers, Operator, Regex, Text, Value
from tracetui.query.fields import Field, Type, suggest
from tracetui.query.fold import compile_regex
from tracetui.query.lexer import Item
from tracetui.query.times import Moment, parse_duration, parse_moment

NEEDS: dict[Type, str] = {
    "number": "a number (e.g. >=3)",
    "tokens": "a number of tokens (e.g. >1k)",
    "money": "an amount of money (e.g. >=$0.01)",
    "duration": "a number or duration (e.g. >2s)",
    "time": "a time (e.g. 2h, today, 2026-11-20)",
}
"""What a field of a type needs, where something else was written."""

_NUMBER = re.compile(r"([+-]?)\$?((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,4})?)([kmb]?)", re.IGNORECASE)
End = TypeVar("End")
_MULTIPLES = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}


def parse_value(field: Field, operator: Operator, item: Item, written_as: str) -> Value:
    """One value of a term. `written_as` is the name or alias that was typed. Raises ValueError."""
    if item.is_regex:
        return _parse_regex(field, operator, item)
    if not item.text:
        raise ValueError(empty_value(field, written_as))
    return _PARSERS[field.type](field, operator, item, written_as)


def empty_value(field: Field, written_as: str) -> str:
    """What to say where nothing stands after the operator."""
    if field.type in NEEDS and not field.implied:
        return f"{written_as} needs {NEEDS[field.type]}"
    return f"empty value: {written_as} needs one, e.g. {field.example}"


def parse_number(text: str) -> float | None:
    """A number such as `12`, `-0.5`, `$0.01`, `1.2k`, `2.5M`, or None. Whole numbers are int."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    multiple = _MULTIPLES[found[4].lower()]
    value: float
    if found[3]:
        value = float(found[2]) * multiple
    else:
        exact = Decimal(found[2]) * multiple
        value = int(exact) if exact == exact.to_integral_value() and exact.adjusted() < 18 else float(exact)
    if not isfinite(value):
        return None
    return -value if found[1] == "-" else value


def _parse_regex(field: Field, operator: Operator, item: Item) -> Regex:
    if field.type not in ("text", "id", "mixed", "payload"):
        raise ValueError(f"{field.name} takes no /regex/")
    if operator:
        raise ValueError(f"{operator} and a /regex/ cannot be combined")
    if item.is_open:
        raise ValueError("unclosed /: a regular expression ends with / (to search for a path, quote it)")
    if not item.text:
        raise ValueError("empty regular expression")
    try:
        compile_regex(item.text)
    except ValueError as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return Regex(item.text)


def _parse_text(field: Field, operator: Operator, item: Item, written_as: str) -> Text:
    """Text with wildcards where it is not quoted; without any after `=`."""
    if operator not in ("", "="):
        raise ValueError(f"{written_as} is text: {operator} does not apply (use *wildcards* or a,b,c)")
    return Text((item.text,) if operator == "=" else split_wildcards(item))


def split_wildcards(item: Item) -> tuple[str, ...]:
    """The literal parts between the stars of an item; several stars in a row are one."""
    parts = [""]
    for piece in item.pieces:
        literal, *rest = [piece.text] if piece.quoted else piece.text.split("*")
        parts[-1] += literal
        parts += rest
    inner = [part for part in parts[1:-1] if part]
    return (parts[0], *inner, parts[-1]) if len(parts) > 1 else (parts[0],)


def _parse_enum(field: Field, operator: Operator, item: Item, written_as: str) -> Text:
    """One of the values of the field, or wildcards that fit at least one."""
    text = _parse_text(field, operator, item, written_as)
    if not any(fits(text, value) for value in field.values):
        near = suggest(item.text, field.values)
        hint = f" — did you mean {near}?" if near else ":"
        raise ValueError(f'unknown {field.name} "{item.text}"{hint} ({", ".join(field.values)})')
    return Text(tuple(part.lower() for part in text.parts))


def fits(text: Text, value: str) -> bool:
    """Whether a value, in lower case, is what the text asks for."""
    return re.fullmatch(".*".join(re.escape(part.lower()) for part in text.parts), value) is not None


def _parse_number_value(field: Field, operator: Operator, item: Item, written_as: str) -> Number | Numbers:
    """A number or a range of numbers, in the unit of the field."""

    def read(text: str) -> Number:
        value: float | None
        if field.type == "duration":
            unit = field.bare_units.get(written_as.lower(), "s")
            value, text = parse_duration(text, unit), text + unit * text[-1:].isdigit()
        else:
            value = parse_number(text)
        if value is None:
            raise ValueError(f"{written_as} needs {NEEDS[field.type]}")
        return Number(value, text)

    if ".." not in item.text:
        return read(item.text)
    if operator not in ("", "="):
        raise ValueError(f"a range takes no {operator}")
    low, high = split_range(item.text, read)
    return number_range(low, high)


def number_range(low: Number | None, high: Number | None) -> Numbers:
    """A range of which the low end is not above the high one."""
    if low and high and low.value > high.value:
        raise ValueError(f"the range is empty: {low.written} is more than {high.written}")
    return Numbers(low, high)


def split_range(text: str, read: Callable[[str], End | None]) -> tuple[End | None, End | None]:
    """Both ends of `a..b`, either of which may be open."""
    low, high = text.split("..", 1)
    if not low and not high:
        raise ValueError("a range needs an end (e.g. 1..5, 1.. or ..5)")
    return (read(low) if low else None), (read(high) if high else None)


def _parse_time(field: Field, operator: Operator, item: Item, written_as: str) -> Value:
    """A moment or a range of moments."""

    def read(text: str) -> Moment:
        moment = parse_moment(text)
        if moment is None:
            raise ValueError(f"{written_as} needs {NEEDS['time']}")
        return moment

    if field.implied and operator:
        raise ValueError(f"{written_as} takes no {operator}: write {field.example}")
    if ".." not in item.text:
        return read(item.text)
    if operator not in ("", "=") or field.implied:
        raise ValueError(f"{operator or written_as} takes no range: write time:{item.text}")
    return Moments(*split_range(item.text, read))


def _parse_mixed(field: Field, operator: Operator, item: Item, written_as: str) -> Value:
    """Text that may be a number as well; a number where it is compared."""
    number = parse_number(item.text) if item.is_bare else None
    if operator not in ("", "="):
        if number is None:
            raise ValueError(f"{written_as} compares with a number here (e.g. {operator}0.5)")
        return Number(number, item.text)
    if item.is_bare and ".." in item.text:
        ends = split_range(item.text, parse_number)
        written = item.text.split("..", 1)
        if all(end is not None or not text for end, text in zip(ends, written, strict=True)):
            low, high = (None if end is None else Number(end, text) for end, text in zip(ends, written, strict=True))
            return number_range(low, high)
    text = _parse_text(field, operator, item, written_as)
    return Text(text.parts, number)


def _parse_payload(field: Field, operator: Operator, item: Item, written_as: str) -> Text:
    """Text to search for; stars at its ends mean nothing, since it is found anywhere."""
    text = _parse_text(field, operator, item, written_as)
    if not any(text.parts):
        raise ValueError("nothing to search for: * stands for any text")
    return text


_PARSERS: dict[Type, Callable[[Field, Operator, Item, str], Value]] = {
    "text": _parse_text,
    "id": _parse_text,
    "enum": _parse_enum,
    "number": _parse_number_value,
    "tokens": _parse_number_value,
    "money": _parse_number_value,
    "duration": _parse_number_value,
    "time": _parse_time,
    "mixed": _parse_mixed,
    "payload": _parse_payload,
}
