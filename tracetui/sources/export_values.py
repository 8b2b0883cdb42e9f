"""Values of exported rows, as JSON has them or as text of a CSV cell → the values of our model."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable

from tracetui.model import Cost, Json, Score, ScoreSource, Usage
from tracetui.semconv.json_text import opened
from tracetui.semconv.scalars import number_of, text_of
from tracetui.semconv.times import iso_nanoseconds
from tracetui.semconv.usage import count

Row = dict[str, Json]

_TRUE = frozenset({"true", "True", "TRUE", "t", "1"})
_FALSE = frozenset({"false", "False", "FALSE", "f", "0"})
_LATEST = 2**63 - 1


def text(row: Row, *keys: str) -> str | None:
    """The first of these values that is text or a number; never "" and never NULL written out."""
    for key in keys:
        found = row.get(key)
        if found is not None and (said := text_of(found)) is not None:
            return said
    return None


def value(row: Row, *keys: str) -> Json:
    """The first of these values that is there and not empty text, JSON text of objects and arrays opened."""
    for key in keys:
        found = row.get(key)
        if found is not None and found != "":
            return opened(found)
    return None


def table(row: Row, *keys: str) -> Row:
    """The first of these values that is an object (or JSON text of one), else {}."""
    for key in keys:
        found = row.get(key)
        if found is not None and isinstance(found := opened(found), dict):
            return found
    return {}


def listed(row: Row, *keys: str) -> list[Json]:
    """The first of these values that is a list (or JSON text of one), else []."""
    for key in keys:
        found = row.get(key)
        if found is not None and isinstance(found := opened(found), list):
            return found
    return []


def truth(found: Json) -> bool | None:
    """A boolean, also as text of a CSV cell."""
    if isinstance(found, bool):
        return found
    if isinstance(found, str):
        return True if found in _TRUE else False if found in _FALSE else None
    return None


def number(found: Json) -> float | None:
    """A finite number of either sign, also as text."""
    if isinstance(found, str) and found.startswith("-"):
        positive = number_of(found[1:])
        return None if positive is None else -positive
    if isinstance(found, int | float) and not isinstance(found, bool) and found < 0:
        positive = number_of(-found)
        return None if positive is None else -positive
    return number_of(found)


def moment(found: Json) -> int | None:
    """ISO text (UTC where it names no zone), or an epoch whose unit its size tells → ns."""
    if isinstance(found, str):
        at = iso_nanoseconds(_with_minutes(found))
        if at is not None:
            return at
    seconds = number_of(found)
    if seconds is None:
        return None
    exact = int(found) if isinstance(found, int) or (isinstance(found, str) and found.isdecimal()) else None
    for least, scale in ((1e17, 1), (1e14, 10**3), (1e11, 10**6), (1e8, 10**9)):
        if seconds >= least:
            # A float of seconds holds microseconds; what lies below is noise of the last binary digit.
            ns = exact * scale if exact is not None else round(seconds * (scale / 1000)) * 1000
            return ns if ns <= _LATEST else None
    return None


def _with_minutes(found: str) -> str:
    """Postgres writes a zone as `+00`."""
    return found + ":00" if len(found) > 19 and found[-3:-2] in ("+", "-") else found


def after(start_ns: int, duration: Json, unit_ns: float) -> int | None:
    """The end of what began at `start_ns` and lasted so many units; None where that is no number."""
    lasted = number_of(duration)
    if lasted is None or lasted * unit_ns >= 1e18:
        return None
    # An integer of ns stays exact: a float of this size has lost its last digits.
    exact = count(duration) if unit_ns == 1 else None
    end_ns = start_ns + (exact if exact is not None else round(lasted * unit_ns))
    return end_ns if end_ns <= _LATEST else None


def between(start_ns: int, at: Json) -> int | None:
    """How long after the start a moment was; None where it is none or lies before."""
    found = moment(at)
    return found - start_ns if found is not None and found >= start_ns else None


def recorded(usd: float | None, usage: Usage | None = None) -> Cost:
    """A recorded cost. Where `usage` is given, 0 beside tokens means that the platform knew no price."""
    if usd is None or (usd == 0 and usage is not None and usage.total > 0):
        return Cost()
    return Cost(usd, "recorded")


def score(
    trace_id: str,
    span_id: str | None,
    name: str,
    given: Json,
    *,
    source: ScoreSource = "api",
    comment: str | None = None,
    author: str | None = None,
    time_ns: int | None = None,
    identity: str | None = None,
    place: int = 0,
) -> Score | None:
    """A score of a number, a boolean or a category; None where there is no value.

    Without an `identity` one is made of the target, the name, the value and the `place` among scores of that name:
    the same record read twice is one score, a newer one of it with another value supersedes it.
    """
    if isinstance(given, bool):
        found: float | bool | None = given
    else:
        found = number(given)
    label = given if found is None and isinstance(given, str) and given else None
    if found is None and label is None:
        return None
    made = identity or fingerprint("score", trace_id, span_id or "", name, str(place), repr(given))
    return Score(made, trace_id, span_id, name, found, label, comment, source, author, time_ns or 0)


def fingerprint(*parts: str) -> str:
    """32 hex digits that follow from some texts, for what has no id of its own."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def row_id(row: Row) -> str:
    """An id for a row that has none: the same for the same content."""
    return fingerprint(json.dumps(row, sort_keys=True, default=str))


def texts(values: Iterable[Json]) -> tuple[str, ...]:
    """Those of the values that are text or numbers, as text."""
    return tuple(found for item in values if (found := text_of(item)) is not None)


def error_text(error: Json) -> str | None:
    """The message of an error in any provider's form; its type only where there is no message."""
    error = opened(error)
    if isinstance(error, str):
        return error or None
    if not isinstance(error, dict):
        return None
    inner = table(error, "error") or error
    return text(inner, "message") or text(inner, "type", "code")


def tags_of(row: Row, *keys: str) -> tuple[str, ...]:
    """Tags from a list, or from Postgres's text of an array: `{night,"with, comma"}`."""
    for key in keys:
        found = opened(row.get(key))
        if isinstance(found, list):
            return texts(found)
        if isinstance(found, str) and found.startswith("{") and found.endswith("}"):
            return tuple(next(csv.reader([found[1:-1]]), []))
    return ()
