"""Groups of a sample: the same sums, in which each trace counts as often as its weight says."""

from __future__ import annotations

from typing import Any

from tracetui.figures import Group, Key, Percentiles
from tracetui.model import Usage
from tracetui.store.estimates import OF_TRACE, WEIGHT, weighted_percentiles
from tracetui.store.groups import OF_SPANS, Tally
from tracetui.store.schema import COST_IS_OWN, USAGE_IS_OWN


def with_weights(sql: str) -> str:
    """The query for spans with the weight of their trace as its last column."""
    before, after = sql.split(OF_SPANS, 1)
    return f"{before}, {WEIGHT}{OF_SPANS}{OF_TRACE} {after}"


class WeightedTally(Tally):
    """The sums of one group while its spans come by, those of a trace one after the other."""

    def __init__(self, of: str) -> None:
        super().__init__(of)
        self._sums = dict.fromkeys(("calls", "traces", "errors", "refused", "priced", "unpriced"), 0.0)
        self._used: list[float | None] = [None] * len(self._tokens)
        self._took: list[tuple[int, float]] = []
        self._began: list[tuple[int, float]] = []
        self._spent: float | None = None

    def add(self, row: tuple[Any, ...]) -> None:
        """Add a span."""
        trace_id, whole_ns, is_call, status, repeats = row[:5]
        weight, took_ns, sums = row[-1], row[12], self._sums
        if trace_id != self._trace:
            self._trace = trace_id
            sums["traces"] += weight
            if self._of == "traces":
                self._keep(self._took, whole_ns, weight)
        sums["errors"] += weight * (status == "error")
        sums["refused"] += weight * (status == "refused")
        if self._of == "spans":
            self._keep(self._took, took_ns, weight)
        if repeats in COST_IS_OWN:
            self._add_money(row, is_call, weight)
        if repeats in USAGE_IS_OWN:
            self._add_tokens(row, weight)
            self._keep(self._began, row[13], weight)
            sums["calls"] += weight * bool(is_call)
            if is_call and self._of == "calls":
                self._keep(self._took, took_ns, weight)

    def _keep(self, times: list[tuple[int, float]], ns: int | None, weight: float) -> None:
        if ns is not None:
            times.append((max(0, ns), weight))

    def _add_money(self, row: tuple[Any, ...], is_call: int, weight: float) -> None:
        if row[11] is not None:
            self._spent = row[11] * weight + (self._spent or 0.0)
            self._sums["priced"] += weight
        elif is_call or any(count is not None for count in (*row[5:9], row[10])):
            self._sums["unpriced"] += weight

    def _add_tokens(self, row: tuple[Any, ...], weight: float) -> None:
        for bucket, count in enumerate(row[5:11]):
            if count is not None:
                self._used[bucket] = count * weight + (self._used[bucket] or 0.0)

    def group(self, key: Key) -> Group:
        """What was added up; counts are whole numbers again."""
        counts = {name: round(number) for name, number in self._sums.items()}
        used: list[Any] = [None if count is None else round(count) for count in self._used]
        usage = Usage(*used)
        return Group(
            key, usage=usage, cost_usd=self._spent, latency=_percentiles(self._took), ttft=_percentiles(self._began),
            is_estimate=True, **counts,
        )  # fmt: skip


def _percentiles(times: list[tuple[int, float]]) -> Percentiles:
    return Percentiles(*weighted_percentiles(times))
