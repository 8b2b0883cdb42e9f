"""Which day is checked where nothing was chosen."""

from __future__ import annotations

import pytest

from tracetui.analysis.periods import last_day

HOUR_NS = 3600 * 10**9
NOW_NS = 1_795_500_000 * 10**9 + 250
"""2026-11-24T06:00:00Z and a little."""


@pytest.mark.parametrize("newest_ns", [None, NOW_NS, NOW_NS - 23 * HOUR_NS])
def test_the_last_24_hours_are_held_to_the_24_before(newest_ns: int | None) -> None:
    hours = last_day(None, newest_ns, NOW_NS)
    assert hours.period.filter == "since:2026-11-23T06:00:01Z before:2026-11-24T06:00:01Z"
    assert hours.baseline.filter == "since:2026-11-22T06:00:01Z before:2026-11-23T06:00:01Z"
    assert hours.newest_ns is None


@pytest.mark.parametrize("hours_off", [-25, -1000, 2])
def test_where_the_newest_trace_is_of_another_time_the_day_ends_with_it(hours_off: int) -> None:
    newest_ns = 1_795_500_000 * 10**9 + hours_off * HOUR_NS
    hours = last_day("model:x", newest_ns, NOW_NS)
    assert hours.newest_ns == newest_ns
    assert hours.period.filter.startswith("(model:x) since:")
    start, end = hours.period.title.split(" to ")
    assert hours.baseline.title.endswith(f" to {start}")
    assert end.endswith(":00:01Z")
