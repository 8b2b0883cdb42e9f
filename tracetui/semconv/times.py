"""Times as texts and numbers → ns since the Unix epoch."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from tracetui.model import Json

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d):([0-5]\d)(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE | re.ASCII
)
_LARGEST = 2**63 - 1


def nanoseconds(value: Json) -> int | None:
    """OTLP's `…UnixNano`: digits as text or a number; 0, absent, negative or over 63 bits are None."""
    if isinstance(value, str):
        if not value.isdecimal() or not value.isascii() or len(value) > 19:
            return None
        value = int(value)
    elif isinstance(value, float):
        if not 0 < value <= _LARGEST:
            return None
        value = int(value)
    elif type(value) is not int:
        return None
    return value if 0 < value <= _LARGEST else None


def iso_nanoseconds(text: str) -> int | None:
    """ISO 8601 with up to nine digits of a second; without a zone it is UTC."""
    found = _ISO.fullmatch(text.strip().strip('"'))
    if found is None:
        return None
    minute, second, fraction, zone = found.groups()
    start = _minute_seconds(minute, zone)
    if start is None:
        return None
    return (start + int(second)) * 1_000_000_000 + (int(fraction[:9].ljust(9, "0")) if fraction else 0)


@lru_cache(maxsize=4096)
def _minute_seconds(minute: str, zone: str | None) -> int | None:
    """The start of a minute. A file has many times in each, and to understand a date is what costs."""
    offset = "+00:00" if zone is None or zone in ("Z", "z") else zone
    try:
        return int(datetime.fromisoformat(minute + offset).astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        return None
