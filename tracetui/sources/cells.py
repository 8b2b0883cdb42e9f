"""Single cells of somebody else's tables → text, JSON, times. What is no such value is None, never an error."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tracetui.model import Json
from tracetui.semconv.scalars import number_of, text_of
from tracetui.semconv.times import iso_nanoseconds
from tracetui.wire.otlp_values import loads
from tracetui.wire.reasons import TOO_DEEP, not_json

MS, SECOND = 1_000_000, 1_000_000_000
_LATEST_NS = 2**63 - 1
_DIGITS = re.compile(r"\d+(\.\d+)?")
Dict = dict[str, Json]


def json_cell(row: Mapping[str, Any], column: str, complain: Callable[[str], None]) -> Json:
    """The JSON in a cell; None where it is absent or no JSON, and then `complain` gets the reason."""
    value = row.get(column)
    if value is None or isinstance(value, int | float):
        return value
    data = value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
    if not data.strip():
        return None
    try:
        return loads(data)
    except RecursionError:
        complain(f"{column} is {TOO_DEEP}")
    except ValueError as error:
        complain(f"{column} is {not_json(data, error)}")
    return None


def object_cell(row: Mapping[str, Any], column: str, complain: Callable[[str], None]) -> Dict:
    """The JSON object in a cell; empty where there is none, and then `complain` gets the reason unless it is null."""
    value = json_cell(row, column, complain)
    if value is not None and not isinstance(value, dict):
        complain(f"{column} is JSON, but no object")
    return value if isinstance(value, dict) else {}


def dict_of(value: Json) -> Dict:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Json) -> list[Json]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text_cell(row: Mapping[str, Any], *columns: str) -> str | None:
    """The first of the columns that holds text (or a number, as its digits); bytes are read as UTF-8."""
    for column in columns:
        value = row.get(column)
        found = text_of(value.decode("utf-8", "replace") if isinstance(value, bytes) else value)
        if found is not None:
            return found
    return None


def time_ns(value: Json, unit_ns: int = MS) -> int | None:
    """A time as a number of `unit_ns` since the epoch, or as ISO 8601 text (UTC without a zone) → ns."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        return iso_nanoseconds(value)
    if isinstance(value, str):
        value = float(value) if "." in value or len(value) > 19 else int(value)
    if type(value) is int:
        found = value * unit_ns
    else:
        number = number_of(value)
        if number is None or number * unit_ns > _LATEST_NS:
            return None
        whole = int(number)
        found = whole * unit_ns + round((number - whole) * unit_ns)
    return found if 0 < found <= _LATEST_NS else None


def raw_text(row: Json) -> str:
    """A row, or what was parsed of one, as JSON text for the raw view; bytes are base64."""
    return json.dumps(row, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else repr(value)


def shortened(text: str, most: int = 60) -> str:
    """The first line of a text as a name."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
