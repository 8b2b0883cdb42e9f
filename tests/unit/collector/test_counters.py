"""The counts of the collector, and how many spans a second came."""

from __future__ import annotations

import pytest

from tracetui.collector.counters import Counters, Counts
from tracetui.collector.listen import Listening


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 1000.5

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_rate_is_that_of_the_last_five_seconds(clock: Clock) -> None:
    counters = Counters(clock)
    assert counters.rate() == 0
    counters.add(accepted=10)
    clock.now += 1
    counters.add(accepted=5)
    counters.add(accepted=5, malformed=3)
    assert counters.rate() == 4
    clock.now += 4
    assert counters.rate() == 2
    clock.now += 1
    assert counters.rate() == 0
    counters.add(refused=3)
    assert counters.rate() == 0


def test_no_more_than_the_last_seconds_is_remembered(clock: Clock) -> None:
    counters = Counters(clock)
    for _ in range(100):
        clock.now += 0.5
        counters.add(accepted=1)
    assert len(counters._recent) == 5
    assert counters.read().accepted == 100


@pytest.mark.parametrize(
    ("counts", "rate", "told"),
    [
        (Counts(), 0.0, "0 spans"),
        (Counts(accepted=1), 0.0, "1 span"),
        (Counts(accepted=1204, scores=3, refused=2, malformed=1), 12.4, "1,204 spans (12/s), 3 scores, 2 refused, 1 malformed"),
        (Counts(accepted=2, scores=1), 0.4, "2 spans (0.4/s), 1 score"),
    ],
)  # fmt: skip
def test_counts_are_a_phrase(counts: Counts, rate: float, told: str) -> None:
    assert counts.told(rate) == told


def test_what_was_redacted_or_lost_is_told_where_there_is_any(collector: Listening) -> None:
    labels = {label for label, _ in collector.facts()}
    collector._counters.add(redacted=2, lost=1)
    collector._counters.last_refusal = "too much"
    more = {label: text for label, text in collector.facts() if label not in labels}
    assert more == {
        "redacted": "2 pieces of personal data, keys and tokens",
        "lost": "1 call that passed and could not be stored",
        "last refusal": "too much",
    }
