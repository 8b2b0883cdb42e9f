"""Which nanoseconds a written time means, in a zone and at a time that are passed in."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tracetui.query.times import LocalZone, parse_duration, parse_moment, resolve

NOW = datetime(2026, 11, 20, 10, 30, 15, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
S = 1_000_000_000


def ns(moment: datetime) -> int:
    return int(moment.timestamp()) * S


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2s", 2 * S), ("800ms", 800_000_000), ("1m30s", 90 * S), ("1h", 3600 * S), ("1.5h", 5400 * S), (".5s", S // 2),
        ("7d", 7 * 86_400 * S), ("1w", 7 * 86_400 * S), ("3us", 3_000), ("3µs", 3_000), ("5ns", 5), ("2H", 7200 * S),
        ("2", None), ("", None), ("s", None), ("2x", None), ("2s!", None), ("-2s", None), ("2s 3s", None), ("１s", None),
    ],
)  # fmt: skip
def test_a_duration_is_an_amount_and_a_unit_or_several(text: str, expected: int | None) -> None:
    assert parse_duration(text) == expected


def test_a_bare_number_is_in_the_unit_that_is_passed_in() -> None:
    assert (parse_duration("3000", "ms"), parse_duration("2.5", "s")) == (3 * S, 5 * S // 2)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-12", datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-11-20T10:00", datetime(2026, 11, 20, 10, tzinfo=UTC), datetime(2026, 11, 20, 10, 1, tzinfo=UTC)),
        ("2026-11-20T10:00:07Z", datetime(2026, 11, 20, 10, 0, 7, tzinfo=UTC), datetime(2026, 11, 20, 10, 0, 8, tzinfo=UTC)),
        ("2026-11-20T10:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC), datetime(2026, 11, 20, 8, 1, tzinfo=UTC)),
        ("2026-11-20T10:00-0530", datetime(2026, 11, 20, 15, 30, tzinfo=UTC), datetime(2026, 11, 20, 15, 31, tzinfo=UTC)),
        ("09:15", datetime(2026, 11, 20, 9, 15, tzinfo=UTC), datetime(2026, 11, 20, 9, 16, tzinfo=UTC)),
        ("09:15:30", datetime(2026, 11, 20, 9, 15, 30, tzinfo=UTC), datetime(2026, 11, 20, 9, 15, 31, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_written_time_is_as_long_as_it_is_precise(text: str, start: datetime, end: datetime) -> None:
    moment = parse_moment(text)
    assert moment is not None
    interval = resolve(moment, ns(NOW), UTC)
    assert (interval.start_ns, interval.end_ns) == (ns(start), ns(end))


def test_a_time_ago_and_a_fraction_of_a_second_are_points() -> None:
    ago, exact = parse_moment("2h"), parse_moment("2026-11-20T10:00:00.25Z")
    assert ago
    assert exact
    assert resolve(ago, ns(NOW), UTC).start_ns == ns(NOW - timedelta(hours=2))
    interval = resolve(exact, ns(NOW), UTC)
    assert interval.start_ns == ns(datetime(2026, 11, 20, 10, tzinfo=UTC)) + 250_000_000
    assert interval.end_ns - interval.start_ns == 1


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026", "2026-13", "2026-02-30", "2026-1-1-1", "25:00", "10:61", "2026-11-20T24:00", "0000-01-01",
     "2026-11-20T10:00+24:00", "20261120", "2026-11-20T10", "２０２６-11-20"],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_moment(text) is None


def test_a_day_has_23_hours_where_the_clock_is_put_forward() -> None:
    moment = parse_moment("2026-03-29")
    assert moment
    interval = resolve(moment, ns(NOW), BERLIN)
    assert interval.end_ns - interval.start_ns == 23 * 3600 * S
    assert interval.start_ns == ns(datetime(2026, 3, 28, 23, tzinfo=UTC))


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 30), 23), ((2026, 10, 26), 25), ((2026, 11, 20), 24)])
def test_yesterday_is_a_whole_day_also_where_the_clock_was_changed(day: tuple[int, int, int], hours: int) -> None:
    moment = parse_moment("yesterday")
    assert moment
    now = datetime(*day, 12, tzinfo=BERLIN)
    interval = resolve(moment, ns(now), BERLIN)
    assert interval.end_ns == ns(datetime(*day, tzinfo=BERLIN))
    assert interval.end_ns - interval.start_ns == hours * 3600 * S


def test_today_is_the_day_of_the_zone() -> None:
    moment = parse_moment("today")
    assert moment
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert resolve(moment, ns(late), BERLIN).start_ns == ns(datetime(2026, 11, 20, 23, tzinfo=UTC))
    west = timezone(timedelta(hours=-12))
    assert resolve(moment, ns(NOW), west).start_ns == ns(datetime(2026, 11, 19, 12, tzinfo=UTC))


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "9999-12", "9999-12-31T23:59:59", "99999999999999d"])
@pytest.mark.parametrize(
    "zone", [UTC, BERLIN, LocalZone(), timezone(timedelta(hours=14)), timezone(-timedelta(hours=14))]
)
def test_the_ends_of_the_calendar_are_no_trouble(text: str, zone: timezone) -> None:
    moment = parse_moment(text)
    assert moment
    interval = resolve(moment, ns(NOW), zone)
    assert interval.start_ns < interval.end_ns


def test_the_local_zone_is_that_of_the_machine_with_its_summer_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    for text in ("2026-07-01", "2026-12-01", "2026-03-29", "2026-10-25", "today", "2026-07-01T12:00"):
        moment = parse_moment(text)
        assert moment
        assert resolve(moment, ns(NOW), LocalZone()) == resolve(moment, ns(NOW), BERLIN)
    assert datetime.fromtimestamp(0, LocalZone()).tzname() == "CET"
