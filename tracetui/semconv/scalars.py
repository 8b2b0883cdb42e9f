"""Single values as programs send them → text, numbers, durations; None where the value is none."""

from __future__ import annotations

import math

from tracetui.model import Json

_NUMBERS = (int, float)  # a tuple: `int | float` would be put together anew at every call
_NO_TEXT = (bool, dict, list)


def text_of(value: Json) -> str | None:
    """Text, or the digits of a number; None for "", null, a boolean, an object, a list."""
    if isinstance(value, str):
        return value or None
    if value is None or isinstance(value, _NO_TEXT):
        return None
    return str(value)


def number_of(value: Json) -> float | None:
    """A finite number that is not negative."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if value is None or isinstance(value, bool) or not isinstance(value, _NUMBERS):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def duration_of(value: Json, unit_ns: float) -> int | None:
    """A duration in some unit as ns; None where it is no number, negative, or longer than a program lives."""
    number = number_of(value)
    return round(number * unit_ns) if number is not None and number < 1e9 else None
