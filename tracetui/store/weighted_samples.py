"""Samples of traces some of which stand for others: what was observed, and how much each observation counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from tracetui.figures import Key, Rating, Sample, Weighting
from tracetui.store.samples import Tally
from tracetui.store.schema import COST_IS_OWN


class WeightedTally(Tally):
    """The values of one group while its spans come by. What each span adds to them counts as often as its trace."""

    def __init__(self, is_of_calls: bool) -> None:
        super().__init__(is_of_calls)
        self._weight = 1.0
        self._seen = dict(self._counts)
        self._sums = dict.fromkeys((*self._counts, "cost_usd"), 0.0)
        self._squares = dict.fromkeys(self._counts, 0.0)
        self._weights: dict[str, list[float]] = {name: [] for name in self._lists}

    def add(self, row: tuple[Any, ...], rated: Iterable[tuple[str | None, Rating]]) -> None:
        """Add a span, whose row ends with the weight of its trace."""
        if row[0] != self._trace:
            self._end_trace()
            self._weight = row[-1]
        super().add(row, rated)
        self._weigh()
        if row[8] in COST_IS_OWN and row[14] is not None:
            self._sums["cost_usd"] += self._weight * row[14]

    def _end_trace(self) -> None:
        super()._end_trace()
        self._weigh()

    def _weigh(self) -> None:
        """Note the weight of everything that came since."""
        weight = self._weight
        for name, number in self._counts.items():
            more = number - self._seen[name]
            if more:
                self._seen[name] = number
                self._sums[name] += weight * more
                self._squares[name] += weight * weight * more
        for name, values in self._lists.items():
            weights = self._weights[name]
            if len(values) > len(weights):
                weights += [weight] * (len(values) - len(weights))

    def sample(self, key: Key) -> Sample:
        """What was seen, with its weights."""
        found = super().sample(key)
        lists = {name: weights for name, weights in self._weights.items() if name != "ratings"}
        return structs.replace(found, weighting=Weighting(self._sums, self._squares, lists))
