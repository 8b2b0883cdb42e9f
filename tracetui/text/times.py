"""Durations and points in time. Everything comes in as ns (since the Unix epoch, UTC) and is shown in local time."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from tracetui.text.numbers import ABSENT

_EPOCH = datetime(1970, 1, 1)
_US, _MS, _S = 1_000, 1_000_000, 1_000_000_000


def duration(ns: int | None) -> str:
    """Time that something took: `412µs`, `812ms`, `4.0s`, `2m05s`, `1h04m`, `2d03h`."""
    if ns is None:
        return ABSENT
    if ns < 0:
        return f"-{duration(-ns)}"
    if ns < 59_950 * _MS:
        return _short(ns)
    seconds = (ns + _S // 2) // _S
    if seconds < 3600:
        return f"{seconds // 60}m{seconds % 60:02d}s"
    minutes = seconds // 60
    if minutes < 24 * 60:
        return f"{minutes // 60}h{minutes % 60:02d}m"
    hours = minutes // 60
    return f"{hours // 24}d{hours % 24:02d}h"


def _short(ns: int) -> str:
    if ns == 0:
        return "0ms"
    if ns < _US:
        return f"{ns}ns"
    if ns < 999_500:
        return f"{ns / _US:.0f}µs"
    if ns < 9_950_000:
        return f"{ns / _MS:.1f}ms"
    if ns < 999_500_000:
        return f"{ns / _MS:.0f}ms"
    return f"{ns / _S:.1f}s"


def clock(ns: int | None, now_ns: int | None = None) -> str:
    """Local time of day `10:02:11`, with the date where that is not today, and the year where it is not this one.

    `now_ns` is the present; left out, the computer's clock is asked.
    """
    moment = _local(ns)
    if moment is None:
        return ABSENT
    now = _local(time.time_ns() if now_ns is None else now_ns) or moment
    if moment.date() == now.date():
        return moment.strftime("%H:%M:%S")
    if moment.year == now.year:
        return moment.strftime("%m-%d %H:%M:%S")
    return f"{moment.year:04d}-{moment.strftime('%m-%d %H:%M:%S')}"


def short_clock(ns: int | None, now_ns: int) -> str:
    """The same in nine cells: `10:02:11` today, `Mon 10:02` within six days, else the date, `12 Nov` or `Nov 2024`."""
    moment, now = _local(ns), _local(now_ns)
    if moment is None or now is None:
        return ABSENT
    if moment.date() == now.date():
        return moment.strftime("%H:%M:%S")
    if timedelta(0) <= now.date() - moment.date() < timedelta(days=7):
        return f"{_DAYS[moment.weekday()]} {moment.strftime('%H:%M')}"
    month = _MONTHS[moment.month - 1]
    return f"{moment.day} {month}" if abs(now - moment) < timedelta(days=300) else f"{month} {moment.year}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Of our own: the locale's may be of any width."""


def _local(ns: int | None) -> datetime | None:
    if ns is None:
        return None
    try:
        return datetime.fromtimestamp(ns // _S)
    except (OverflowError, ValueError, OSError):
        return None


_AGES = ((60, 1, "s"), (3600, 60, "m"), (86_400, 3600, "h"), (7 * 86_400, 86_400, "d"), (365 * 86_400, 7 * 86_400, "w"))


def ago(ns: int | None, now_ns: int) -> str:
    """How long before `now_ns` something was: `now`, `12s ago`, `3h ago`, `2d ago`, `5w ago`, `1y ago`; or `in 5m`."""
    if ns is None:
        return ABSENT
    seconds = abs(now_ns - ns) // _S
    if seconds == 0:
        return "now"
    age = next((f"{seconds // unit}{sign}" for below, unit, sign in _AGES if seconds < below), None)
    age = age or f"{seconds // (365 * 86_400)}y"
    return f"{age} ago" if ns <= now_ns else f"in {age}"


def iso(ns: int | None) -> str | None:
    """ISO 8601 in UTC with microseconds, `2026-11-20T10:00:00.000000Z`; None where there is none or no calendar has it."""
    if ns is None:
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=ns // 1000)
    except OverflowError:
        return None
    return f"{moment.isoformat(timespec='microseconds')}Z"
