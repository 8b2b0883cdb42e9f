"""When a row's call began and ended."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from tracetui.model import Json
from tracetui.sources.columns.access import Get, at_path
from tracetui.sources.columns.mapping import Mapping
from tracetui.sources.columns.times import duration_ns, epoch_ns
from tracetui.sources.columns.values import Row

_YEAR_NS = 366 * 86400 * 10**9


class Clock(Struct, frozen=True, gc=False):
    """Times of a call in ns since 1970; what was not recorded is None. `length_ns` is the recorded duration."""

    start_ns: int | None
    end_ns: int | None
    ttft_ns: int | None
    length_ns: int | None = None


def compile_clock(mapping: Mapping) -> Callable[[Row], Clock]:
    """A row → its times. What is missing of start, end and duration follows from the other two."""
    start_get = _first(mapping, "start", epoch_ns)
    end_get = _first(mapping, "end", epoch_ns)
    length_get = _first(mapping, "duration", duration_ns)
    moment_get = _first(mapping, "ttft", _moment)

    def clock(row: Row) -> Clock:
        start = start_get(row)
        end = end_get(row)
        length = length_get(row)
        if length is not None and length > _YEAR_NS:
            length = None
        if start is None:
            start = end - length if end is not None and length is not None else end
            start = end if start is not None and start <= 0 else start
        elif length is not None and (end is None or end < start):
            end = start + length
        ttft = moment_get(row)
        if ttft is not None and ttft > _YEAR_NS:
            ttft = ttft - start if start is not None and ttft >= start else None
        return Clock(start, end, ttft, length)

    return clock


def _moment(value: Json, unit: str | None) -> int | None:
    """A duration, or a time: the two are told apart by their size."""
    return epoch_ns(value) if unit == "time" else duration_ns(value, unit)


def _first(mapping: Mapping, field: str, read: Callable[[Json, str | None], int | None]) -> Callable[[Row], int | None]:
    readers: list[tuple[Get, str | None]] = [
        (at_path(column.path), column.unit) for column in mapping.fields.get(field, ())
    ]
    if not readers:
        return lambda _: None
    if len(readers) == 1:
        only, only_unit = readers[0]

        def one(row: Row) -> int | None:
            value = only(row)
            return None if value is None else read(value, only_unit)

        return one

    def first(row: Row) -> int | None:
        for get, unit in readers:
            value = get(row)
            found = None if value is None else read(value, unit)
            if found is not None:
                return found
        return None

    return first
