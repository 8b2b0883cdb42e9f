"""What a chart over time shows: one bar for each day or hour, empty ones too. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.figures import Group

Bucket: TypeAlias = Literal["day", "hour"]
_FORMS: dict[Bucket, tuple[str, timedelta, str]] = {
    "day": ("%Y-%m-%d", timedelta(days=1), "%m-%d"),
    "hour": ("%Y-%m-%d %H:00", timedelta(hours=1), "%d. %H:%M"),
}
_MOST_BARS = 400
_HOURS_UP_TO_S = 3 * 86_400


class Bars(Struct, frozen=True):
    """Heights of the bars, and what stands under each."""

    values: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


def choose_bucket(first_ns: int | None, last_ns: int | None) -> Bucket:
    """Hours for up to three days, else days."""
    if first_ns is None or last_ns is None:
        return "day"
    return "hour" if (last_ns - first_ns) / 1e9 <= _HOURS_UP_TO_S else "day"


def make_bars(groups: Sequence[Group], bucket: Bucket, figure: Callable[[Group], float]) -> Bars:
    """One bar for each bucket from the first to the last that has a trace; beyond 400, the latest 400."""
    form, step, short = _FORMS[bucket]
    found: dict[datetime, float] = {}
    for group in groups:
        moment = _parse(group.key[0], form)
        if moment is not None:
            found[moment] = figure(group)
    if not found:
        return Bars()
    last = max(found)
    at = max(min(found), last - step * (_MOST_BARS - 1))
    values, labels = [], []
    while at <= last:
        values.append(found.get(at, 0.0))
        labels.append(at.strftime(short))
        at += step
    return Bars(tuple(values), tuple(labels))


def _parse(text: str | None, form: str) -> datetime | None:
    try:
        return None if text is None else datetime.strptime(text, form)
    except ValueError:
        return None


def round_ticks(highest: float, at_most: int) -> list[float]:
    """Round values from 0 up to `highest`, at most so many above zero."""
    if highest <= 0 or at_most < 1:
        return [0.0]
    least = highest / at_most
    scale = 10.0 ** math.floor(math.log10(least))
    step = next(factor * scale for factor in (1, 2, 5, 10) if factor * scale >= least * 0.999999)
    return [step * number for number in range(int(highest / step + 1e-9) + 1)]


def shorten_figure(text: str) -> str:
    """A round figure without the zeros after its point: `$0.1000` is `$0.1`, `2.0k` is `2k`."""
    number = text.rstrip("kMBTmsµh")
    unit = text[len(number) :]
    return (number.rstrip("0").rstrip(".") if "." in number else number) + unit
