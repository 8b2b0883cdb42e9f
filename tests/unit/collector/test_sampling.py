"""The collector samples what is settled: stored whole first, so late errors count, and what was acknowledged is there till then."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracetui.collector.captured import Captured
from tracetui.collector.counters import Counters
from tracetui.collector.listen import Listening
from tracetui.collector.writer import Writer
from tracetui.errors import WrongUse
from tracetui.model import Score
from tracetui.semconv.raw import RawSpan
from tracetui.store import sampling
from tracetui.store.sampling import Policy, share_of
from tracetui.workspace import open_workspace

from .conftest import Client
from .test_otlp import request, span

RATE = 0.1
S = 10**9


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def writer(store: Path, clock: Clock, counters: Counters) -> Iterator[Writer]:
    """A writer that samples at 10 %, and whose clock stands still."""
    one = Writer(store, counters, policy=Policy(RATE), clock=clock)
    yield one
    one.close()


def named(is_kept: bool, number: int = 0) -> str:
    """The id of a trace that the rate keeps, or does not."""
    found = (f"{n:032x}" for n in range(1, 100_000) if (share_of(f"{n:032x}") < RATE) == is_kept)
    return next(trace_id for place, trace_id in enumerate(found) if place == number)


def sent(trace_id: str, span_id: str = "a", **fields: object) -> Captured:
    given = {"start_ns": S, "end_ns": 2 * S, **fields}
    return Captured(spans=(RawSpan(trace_id, span_id, **given),))  # type: ignore[arg-type]


def put(writer: Writer, *captured: Captured) -> None:
    for one in captured:
        writer.submit(one).result(timeout=20)


def pass_by(writer: Writer, clock: Clock, seconds: float, until: Callable[[], bool] = lambda: True) -> None:
    """Let time pass, and wait until the writer has looked at what is due."""
    clock.now += seconds
    put(writer, Captured())
    deadline = time.monotonic() + 20
    while not until():
        assert time.monotonic() < deadline
        put(writer, Captured())


def there(store: Path) -> set[str]:
    conn = sqlite3.connect(store)
    found = {row[0] for row in conn.execute("SELECT DISTINCT trace_id FROM spans")}
    conn.close()
    return found


def weights(store: Path) -> dict[str, tuple[float, str]]:
    conn = sqlite3.connect(store)
    found = {row[0]: row[1:] for row in conn.execute("SELECT * FROM weights")}
    conn.close()
    return found


def test_a_settled_trace_is_kept_for_others_or_goes(
    writer: Writer, store: Path, clock: Clock, counters: Counters
) -> None:
    kept, other = named(True), named(False)
    put(writer, sent(kept), sent(other))
    pass_by(writer, clock, 9)
    assert there(store) == {kept, other}
    pass_by(writer, clock, 2, lambda: counters.read().left_out == 1)
    assert there(store) == {kept}
    assert weights(store) == {kept: (10.0, "rate")}
    assert "1 traces sampled out" in counters.read().told()


def test_a_trace_that_grows_is_not_settled(writer: Writer, store: Path, clock: Clock) -> None:
    other = named(False)
    for number in range(5):
        put(writer, sent(other, f"s{number}"))
        pass_by(writer, clock, 8)
    assert there(store) == {other}


def test_an_error_that_comes_late_keeps_the_trace_whole(writer: Writer, store: Path, clock: Clock) -> None:
    other, quiet = named(False), named(False, 1)
    put(writer, sent(other), sent(quiet))
    pass_by(writer, clock, 8)
    put(writer, sent(other, "late", status_code=2, parent_id="a"))
    pass_by(writer, clock, 12, lambda: quiet not in there(store))
    pass_by(writer, clock, 12, lambda: other in weights(store))
    assert weights(store) == {other: (1.0, "error")}
    conn = sqlite3.connect(store)
    assert conn.execute("SELECT count(*) FROM spans").fetchone() == (2,)
    conn.close()


def test_a_rating_keeps_the_trace(writer: Writer, store: Path, clock: Clock, counters: Counters) -> None:
    other, quiet = named(False), named(False, 1)
    put(writer, sent(other), sent(quiet), Captured(scores=(Score("s", other, None, "user_rating", 1.0),)))
    pass_by(writer, clock, 11, lambda: counters.read().left_out == 1)
    assert (there(store), weights(store)) == ({other}, {other: (1.0, "rated")})


def test_what_runs_is_waited_for(writer: Writer, store: Path, clock: Clock, counters: Counters) -> None:
    running, quiet = named(False), named(False, 1)
    put(writer, sent(running, end_ns=None), sent(quiet))
    pass_by(writer, clock, 11, lambda: counters.read().left_out == 1)
    assert there(store) == {running}
    put(writer, sent(running))
    pass_by(writer, clock, 31, lambda: counters.read().left_out == 2)
    assert there(store) == set()


def test_what_comes_after_a_trace_went_goes_as_well(
    writer: Writer, store: Path, clock: Clock, counters: Counters
) -> None:
    other = named(False)
    put(writer, sent(other))
    pass_by(writer, clock, 11, lambda: counters.read().left_out == 1)
    put(writer, sent(other, "late", parent_id="a", status_code=2))
    assert there(store) == {other}
    pass_by(writer, clock, 11, lambda: counters.read().left_out == 2)
    assert there(store) == set()


def test_also_by_a_collector_that_was_started_again(store: Path, clock: Clock, counters: Counters) -> None:
    other = named(False)
    first = Writer(store, counters, policy=Policy(RATE), clock=clock)
    put(first, sent(other))
    pass_by(first, clock, 11, lambda: counters.read().left_out == 1)
    first.close()
    second = Writer(store, counters, policy=Policy(RATE), clock=clock)
    put(second, sent(other, "late", parent_id="a"))
    pass_by(second, clock, 11, lambda: counters.read().left_out == 2)
    second.close()
    assert there(store) == set()


def test_what_a_store_held_before_is_left_alone(store: Path, clock: Clock, counters: Counters) -> None:
    old, new = named(False), named(False, 1)
    before = Writer(store, counters)
    put(before, sent(old))
    before.close()
    writer = Writer(store, counters, policy=Policy(RATE), clock=clock)
    put(writer, sent(new))
    pass_by(writer, clock, 3600, lambda: counters.read().left_out == 1)
    writer.close()
    assert there(store) == {old}


def test_without_a_rate_nothing_goes(store: Path, clock: Clock, counters: Counters) -> None:
    writer = Writer(store, counters, policy=Policy(1.0), clock=clock)
    put(writer, *(sent(named(False, number)) for number in range(3)))
    pass_by(writer, clock, 3600)
    writer.close()
    assert (len(there(store)), weights(store), counters.read().left_out) == (3, {}, 0)


def test_a_locked_store_is_sampled_later(
    writer: Writer, store: Path, clock: Clock, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, other = named(True), named(False)
    put(writer, sent(kept), sent(other))
    asked = []

    def fail(*_: object) -> None:
        asked.append(1)
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(sampling, "drop_traces", fail)
        pass_by(writer, clock, 11, lambda: bool(asked))
        assert (there(store), weights(store)) == ({kept, other}, {})
    pass_by(writer, clock, 2, lambda: counters.read().left_out == 1)
    assert weights(store) == {kept: (10.0, "rate")}


def test_sums_of_what_was_collected_are_near_what_was_sent(
    writer: Writer, store: Path, clock: Clock, counters: Counters
) -> None:
    number = 600
    for first in range(0, number, 100):
        spans = [
            RawSpan(f"{n:032x}", "a", start_ns=S + n, end_ns=2 * S + n, status_code=2 if n % 20 == 0 else 0)
            for n in range(first, first + 100)
        ]
        put(writer, Captured(spans=tuple(spans)))
    pass_by(writer, clock, 11, lambda: len(weights(store)) + counters.read().left_out == number)
    with open_workspace([store], wait=True) as workspace:
        totals = workspace.totals()
    assert totals.errors == 30
    assert totals.traces == pytest.approx(number, abs=3 * (570 * 9) ** 0.5)
    assert totals.kept == len(there(store)) < 150


def test_the_collector_says_at_which_rate_it_samples(start: Callable[..., Listening]) -> None:
    assert ("sampled", "at 10%, 0 traces not kept") in start(policy=Policy(RATE)).facts()
    assert ("sampled", "no, everything is kept") in start(policy=Policy(1.0)).facts()


def test_a_request_is_on_disk_when_it_is_answered(start: Callable[..., Listening], store: Path) -> None:
    client = Client(start(policy=Policy(0.000001)).address)
    assert client.post_json("/v1/traces", request(span())).status == 200
    assert len(there(store)) == 1


def test_a_share_that_is_none_is_refused(store: Path) -> None:
    from tracetui.cli.listen import Wanted, begin

    with pytest.raises(WrongUse, match="is no share of traces"):
        begin(str(store), Wanted("0", sample="0%", grpc="off"))
    assert not store.exists()


@pytest.mark.parametrize(("sample", "said"), [(None, "at 20%"), ("5%", "at 5%"), ("100%", "no, everything is kept")])
def test_the_configuration_says_the_rate_unless_the_command_does(store: Path, sample: str | None, said: str) -> None:
    from tracetui.cli.listen import Wanted, begin
    from tracetui.config import config_dir

    config_dir().mkdir(parents=True, exist_ok=True)
    (config_dir() / "config.toml").write_text("[sampling]\nrate = 0.2\n")
    running = begin(str(store), Wanted("0", sample=sample, grpc="off"))
    try:
        assert dict(running.facts())["sampled"].startswith(said)
    finally:
        running.close()
