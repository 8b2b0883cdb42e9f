"""Two stretches of time that are compared, from what a user writes: `24h`, `7d`, `2026-11-20..2026-11-21`. Pure."""

from __future__ import annotations

from datetime import UTC

from msgspec import Struct

from tracetui.errors import WrongUse
from tracetui.query.times import Interval, parse_duration, parse_moment, resolve
from tracetui.text import iso

DAY = "24h"


class Side(Struct, frozen=True):
    """One of the two samples that are compared: what it is called, and the filter that selects it."""

    title: str
    filter: str


def parse_now(text: str | None, clock_ns: int) -> int:
    """The present in whole microseconds, as filters can say it: the clock's, or the moment that was written (UTC)."""
    if text is None:
        return clock_ns // 1000 * 1000
    moment = parse_moment(text)
    if moment is None:
        raise WrongUse(f'--now: "{text}" is no time; write one such as 2026-11-20T10:00')
    return resolve(moment, clock_ns, UTC).start_ns // 1000 * 1000


def parse_period(text: str, option: str, end_ns: int, now_ns: int) -> Interval:
    """The time before `end_ns` that a duration says, or the range that is written, its last day included.

    Raises WrongUse, naming the option.
    """
    first, dots, last = text.partition("..")
    if not dots:
        length_ns = parse_duration(text)
        if not length_ns:
            raise WrongUse(f'{option}: "{text}" is no period; write one such as 24h, 7d or 2026-11-20..2026-11-21')
        return Interval(end_ns - length_ns // 1000 * 1000, end_ns)
    moments = parse_moment(first), parse_moment(last)
    if moments[0] is None or moments[1] is None:
        raise WrongUse(f'{option}: "{text}" is no range of times; write one such as 2026-11-20..2026-11-21')
    found = Interval(resolve(moments[0], now_ns, UTC).start_ns, resolve(moments[1], now_ns, UTC).end_ns)
    if found.start_ns >= found.end_ns:
        raise WrongUse(f'{option}: "{text}" ends before it begins')
    return found


def in_time(when: Interval, query: str | None) -> Side:
    """The traces of a filter that started in a stretch of time."""
    start, end = _written(when.start_ns), _written(when.end_ns)
    return Side(f"{start} to {end}", joined(query, f"since:{start} before:{end}"))


class LastDay(Struct, frozen=True):
    """The last 24 hours and the 24 before. `newest_ns` is the newest trace where it is of another time: the hours are then
    those that end with it."""

    baseline: Side
    period: Side
    newest_ns: int | None = None


def last_day(query: str | None, newest_ns: int | None, now_ns: int) -> LastDay:
    """What is compared where nothing was chosen; `newest_ns` is when the newest trace of the filter began, None of none."""
    hours = parse_period(DAY, "DAY", _next_second(now_ns), now_ns)
    is_other = newest_ns is not None and not hours.start_ns <= newest_ns < hours.end_ns
    if newest_ns is not None and is_other:
        hours = parse_period(DAY, "DAY", _next_second(newest_ns), now_ns)
    before = parse_period(DAY, "DAY", hours.start_ns, now_ns)
    return LastDay(in_time(before, query), in_time(hours, query), newest_ns if is_other else None)


def _next_second(ns: int) -> int:
    """The whole second after a time: a period that ends there has all of it, and reads well."""
    return (ns // 1_000_000_000 + 1) * 1_000_000_000


def joined(query: str | None, *terms: str) -> str:
    """A user's filter and more terms that have all to hold. Terms about spans stand in scopes of their own, so that
    they and the filter may speak of different spans."""
    own = [f"({query.strip()})"] if query and query.strip() else []
    return " ".join([*own, *(term for term in terms if term)])


def _written(ns: int) -> str:
    """A time as it can be pasted, without a fraction where there is none."""
    return (iso(ns) or "").replace(".000000Z", "Z")
