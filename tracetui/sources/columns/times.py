"""Times and durations as developers write them → nanoseconds. None is what is no time; nothing raises.

Numbers are epochs whose unit is told by their magnitude; text is ISO 8601, `YYYY/MM/DD`, RFC 2822, or digits. A text
without a zone is UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from tracetui.model import Json

_LATEST = 2**63 - 1
_IN_MICROSECONDS = len("2026-11-20T10:00:00.000000Z")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", re.ASCII)
_ANY = re.compile(
    r"(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_DIGITS = re.compile(r"\s*\d{9,19}(?:\.\d+)?\s*", re.ASCII)
_CLOCK = re.compile(r"(?:(?P<hours>\d+):)?(?P<minutes>\d{1,2}):(?P<seconds>\d{1,2}(?:\.\d+)?)", re.ASCII)
_WITH_UNIT = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ns|us|µs|ms|s|sec|secs|seconds|m|min)\s*", re.ASCII)
_MONTH = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.ASCII | re.IGNORECASE)

SCALES: dict[str, int] = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9}
"""Units of a mapping → nanoseconds."""
_WORDS = {"µs": "us", "sec": "s", "secs": "s", "seconds": "s", "m": "min"}


def epoch_ns(value: Json, unit: str | None = None) -> int | None:
    """The time as ns since 1970, or None. `unit` overrides what the magnitude of a number says."""
    kind = type(value)
    if kind is str:
        return _from_text(value, unit)
    if kind is int or kind is float:
        return _from_number(value, unit)
    return None


def _from_number(value: float, unit: str | None) -> int | None:
    if not 0 < value < 1e19:
        return None
    if unit is not None and unit in SCALES:
        return _within(_scaled(value, SCALES[unit]))
    if value >= 1e17:
        return _within(int(value))
    if value >= 1e14:
        return _within(_scaled(value, 10**3))
    if value >= 1e11:
        return _within(_scaled(value, 10**6))
    return _within(_scaled(value, 10**9)) if value >= 1e8 else None


def _scaled(value: float, scale: int) -> int:
    """Floats of seconds and milliseconds hold microseconds, and no more: what lies below is noise."""
    if isinstance(value, int):
        return value * scale
    return round(value * scale / 1000) * 1000 if scale > 1000 else round(value * scale)


def _within(ns: int) -> int | None:
    return ns if 0 < ns <= _LATEST else None


def _from_text(text: str, unit: str | None) -> int | None:
    if len(text) >= 16 and text[4:5] == "-":
        fast = _iso(text)
        if fast is not None:
            return fast
    if len(text) > 80:
        return None
    if _DIGITS.fullmatch(text):
        return _from_number(float(text) if "." in text else int(text), unit)
    found = _ANY.fullmatch(text.strip())
    return _from_match(found) if found else _from_mail(text)


def _iso(text: str) -> int | None:
    """The usual form, `2026-11-20T10:00:00.000000Z`, at the price of some slices."""
    base = _minute(text[:16])
    if base is not None and len(text) == _IN_MICROSECONDS and text[19] == "." and text[26] == "Z" and text[16] == ":":
        digits = text[17:19] + text[20:26]
        if digits.isdigit() and digits.isascii():
            return base + int(digits) * 1000
    seconds, rest = text[17:19], text[19:]
    if base is None or text[16:17] != ":" or not (seconds.isdigit() and seconds.isascii()):
        return None
    ns = base + int(seconds) * 10**9
    if rest[:1] == "." or rest[:1] == ",":
        digits = rest[1:].rstrip("Zz")
        if not (digits.isdigit() and digits.isascii()):
            return None
        ns += int(digits[:9].ljust(9, "0"))
        rest = rest[1 + len(digits) :]
    return ns if rest in ("", "Z", "z") else None


@lru_cache(maxsize=4096)
def _minute(text: str) -> int | None:
    if not _MINUTE.fullmatch(text):
        return None
    try:
        moment = datetime(int(text[:4]), int(text[5:7]), int(text[8:10]), int(text[11:13]), int(text[14:]), tzinfo=UTC)
    except ValueError:
        return None
    seconds = int(moment.timestamp())
    return seconds * 10**9 if 0 < seconds < 9_000_000_000 else None


def _from_match(found: re.Match[str]) -> int | None:
    year, month, day = (int(part) for part in re.split(r"[-/]", found["date"]))
    try:
        moment = datetime(
            year, month, day, int(found["hour"] or 0), int(found["minute"] or 0), int(found["second"] or 0), tzinfo=UTC
        )
    except ValueError:
        return None
    ns = int(moment.timestamp()) * 10**9 + int((found["fraction"] or "0")[:9].ljust(9, "0"))
    return _within(ns - _offset_s(found["zone"]) * 10**9)


def _offset_s(zone: str | None) -> int:
    if not zone or zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def _from_mail(text: str) -> int | None:
    """RFC 2822: `Mon, 02 Nov 2026 06:13:54 +0000`."""
    if ("," not in text and ":" not in text) or _MONTH.search(text) is None:
        return None
    from email.utils import parsedate_to_datetime  # brings sockets and locales along, for dates that are rare

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return _within(int(moment.timestamp()) * 10**9 + moment.microsecond * 1000)
    except (ValueError, OverflowError):
        return None


def has_no_zone(value: Json) -> bool:
    """Whether a time is text that does not say its zone."""
    if not isinstance(value, str):
        return False
    found = _ANY.fullmatch(value.strip()) if len(value) < 80 else None
    return found is not None and found["zone"] is None and found["hour"] is not None


def duration_ns(value: Json, unit: str | None) -> int | None:
    """A duration as ns, or None. Text may carry its own unit (`812ms`, `1.5 s`) or be a clock (`00:00:01.5`)."""
    kind = type(value)
    if kind is int or kind is float:
        if not 0 <= value < 1e18:
            return None
        ns = round(value * SCALES.get(unit or "ms", 10**6))
        return ns if ns <= _LATEST else None
    if kind is str and len(value) < 40:
        return _duration_of_text(value, unit)
    return None


def _duration_of_text(text: str, unit: str | None) -> int | None:
    try:
        return duration_ns(float(text), unit)
    except ValueError:
        pass
    found = _WITH_UNIT.fullmatch(text)
    if found:
        word = found["unit"]
        return duration_ns(float(found["number"]), _WORDS.get(word, word))
    clock = _CLOCK.fullmatch(text.strip())
    if clock:
        seconds = int(clock["hours"] or 0) * 3600 + int(clock["minutes"]) * 60 + float(clock["seconds"])
        return duration_ns(seconds, "s")
    return None
