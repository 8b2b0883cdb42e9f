"""Points in time as people write them, and which nanoseconds they mean.

A moment is kept as it was written and becomes an interval only with a clock and a zone, both passed in.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS

UNITS_NS: dict[str, int] = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": SECOND_NS,
    "m": 60 * SECOND_NS,
    "h": 3_600 * SECOND_NS,
    "d": DAY_NS,
    "w": 7 * DAY_NS,
}
"""Units of a duration; `m` is minutes."""

_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([a-zµμ]+)", re.IGNORECASE)
_DATE = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2})(?:[T ]"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9})[0-9]*)?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?)?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")

Size: TypeAlias = Literal["month", "day", "minute", "second", "instant"]
_SIZES_NS: dict[Size, int] = {"minute": 60 * SECOND_NS, "second": SECOND_NS, "instant": 1}
_FINEST: tuple[tuple[str, Size], ...] = (
    ("fraction", "instant"),
    ("second", "second"),
    ("minute", "minute"),
    ("day", "day"),
)
"""Which part of a date makes it that precise."""


class Moment(Struct, frozen=True):
    """A point in time, or the day, month, minute or second that was written.

    Either `ago_ns` before now, or `days_ago` whole days before today at `clock`, or the date `clock` itself (a naive
    wall-clock time, in `offset_minutes` from UTC where that was written).
    """

    written: str
    size: Size
    ago_ns: int | None = None
    days_ago: int | None = None
    clock: datetime = datetime(1970, 1, 1)
    fraction_ns: int = 0
    offset_minutes: int | None = None


class Interval(Struct, frozen=True):
    """Nanoseconds since the Unix epoch: from `start_ns`, up to and without `end_ns`."""

    start_ns: int
    end_ns: int


def parse_duration(text: str, bare_unit: str | None = None) -> int | None:
    """Nanoseconds of `2s`, `800ms`, `1m30s`, or None where it is no duration. A bare number is in `bare_unit`."""
    if bare_unit and re.fullmatch(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", text):
        text += bare_unit
    total, at = Decimal(0), 0
    for amount in _AMOUNT.finditer(text):
        unit = UNITS_NS.get(amount[2].lower())
        if amount.start() != at or unit is None:
            return None
        total, at = total + Decimal(amount[1]) * unit, amount.end()
    return int(total) if text and at == len(text) else None


def parse_moment(text: str) -> Moment | None:
    """A moment from `2h` (ago), `now`, `today`, `yesterday`, `10:30` (today), `2026-11-20T10:00`, or None."""
    word = text.lower()
    if word == "now":
        return Moment(text, "instant", ago_ns=0)
    if word in ("today", "yesterday"):
        return Moment(text, "day", days_ago=int(word == "yesterday"))
    ago_ns = parse_duration(text)
    if ago_ns is not None:
        return Moment(text, "instant", ago_ns=ago_ns)
    try:
        return _parse_clock(text) or _parse_date(text)
    except ValueError:  # the 30th of February, the hour 25
        return None


def _parse_clock(text: str) -> Moment | None:
    """A time of today."""
    found = _CLOCK.fullmatch(text)
    if not found:
        return None
    clock = datetime(1970, 1, 1, int(found[1]), int(found[2]), int(found[3] or 0))
    return Moment(text, "second" if found[3] else "minute", days_ago=0, clock=clock)


def _parse_date(text: str) -> Moment | None:
    """A date in the order of ISO 8601, with as much of the time of day as was written."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    clock = datetime(int(found["year"]), int(found["month"]), int(found["day"] or 1), hour, minute, second)
    size: Size = next((size for part, size in _FINEST if found[part]), "month")
    fraction_ns = int((found["fraction"] or "").ljust(9, "0"))
    return Moment(text, size, clock=clock, fraction_ns=fraction_ns, offset_minutes=_parse_offset(found["zone"]))


def _parse_offset(zone: str | None) -> int | None:
    """Minutes east of UTC, or None where no zone was written."""
    if zone is None or zone in "Zz":
        return None if zone is None else 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if minutes >= 24 * 60:
        raise ValueError(zone)
    return -minutes if zone[0] == "-" else minutes


def resolve(moment: Moment, now_ns: int, zone: tzinfo) -> Interval:
    """The nanoseconds that a moment means. `zone` is that of the wall clock."""
    if moment.ago_ns is not None:
        return Interval(now_ns - moment.ago_ns, now_ns - moment.ago_ns + 1)
    clock = moment.clock
    if moment.days_ago is not None:
        today = datetime.fromtimestamp(now_ns // SECOND_NS, zone)
        clock = clock.replace(year=today.year, month=today.month, day=today.day) - timedelta(days=moment.days_ago)
    if moment.offset_minutes is not None:
        zone = timezone(timedelta(minutes=moment.offset_minutes))
    start_ns = _epoch_ns(clock, zone) + moment.fraction_ns
    if moment.size in ("day", "month"):
        return Interval(start_ns, _epoch_ns(_following(clock, moment.size), zone))
    return Interval(start_ns, start_ns + _SIZES_NS[moment.size])


def _following(clock: datetime, size: Size) -> datetime:
    """The first moment of the next day or month; the last representable one at the end of the calendar."""
    try:
        if size == "day":
            return clock + timedelta(days=1)
        return clock.replace(year=clock.year + clock.month // 12, month=clock.month % 12 + 1)
    except (ValueError, OverflowError):
        return datetime.max


def _epoch_ns(clock: datetime, zone: tzinfo) -> int:
    """Nanoseconds since the epoch of a wall-clock time; in UTC where the zone does not reach so far."""
    try:
        return int(clock.replace(tzinfo=zone).timestamp()) * SECOND_NS
    except (ValueError, OverflowError, OSError):
        return int(clock.replace(tzinfo=UTC).timestamp()) * SECOND_NS


class LocalZone(tzinfo):
    """The zone of this machine with its summer times, for those who run filters to pass in."""

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        """The offset of the machine's wall clock at that time."""
        return dt.replace(tzinfo=None).astimezone().utcoffset() if dt else None

    def dst(self, dt: datetime | None) -> timedelta | None:
        """Not known apart from the offset."""
        return None

    def tzname(self, dt: datetime | None) -> str | None:
        """The abbreviation in use at that time."""
        return dt.replace(tzinfo=None).astimezone().tzname() if dt else None

    def fromutc(self, dt: datetime) -> datetime:
        """The wall-clock time of an instant given in UTC."""
        local = dt.replace(tzinfo=UTC).astimezone()
        return local.replace(tzinfo=self)
