"""What was measured, as a table of all lines and as a table of how each grows with the size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = [
    "| what | size | measured | floor | ratio or value | budget | reached |",
    "| --- | --- | --- | --- | --- | --- | --- |",
]


@dataclass(frozen=True)
class Result:
    """One line. `budget` is for the ratio where there is a floor, else for the measure itself; None where there is none.
    `amount` says how much a size is, such as "113 MB"."""

    what: str
    size: str
    measured: float
    unit: str
    floor: float | None
    budget: float | None
    amount: str = ""

    @property
    def ratio(self) -> float:
        """What is compared with the budget."""
        return self.measured / self.floor if self.floor else self.measured

    @property
    def is_reached(self) -> bool:
        return self.budget is None or self.ratio <= self.budget

    def shown(self) -> str:
        """The ratio, or the measure where there is no floor."""
        return f"{self.ratio:.2f} ×" if self.floor else f"{_figure(self.measured)} {self.unit}"

    def line(self) -> str:
        """A row of the table of all lines."""
        size = f"{self.size}, {self.amount}" if self.amount else self.size
        floor = "–" if self.floor is None else f"{_figure(self.floor)} {self.unit}"
        budget, verdict = "–", "–"
        if self.budget is not None:
            budget = f"≤ {self.budget:g} ×" if self.floor else f"≤ {self.budget:,.0f} {self.unit}"
            verdict = "yes" if self.is_reached else "**no**"
        measured = f"{_figure(self.measured)} {self.unit}"
        return f"| {self.what} | {size} | {measured} | {floor} | {self.shown()} | {budget} | {verdict} |"


def _figure(value: float) -> str:
    return f"{value:,.1f}" if value >= 10 else f"{value:.2f}"


def growth(results: Sequence[Result], sizes: Sequence[str]) -> list[str]:
    """A row for each measure that was taken at several sizes, a column for each size, and what came of the growth."""
    rows = [f"| what | {' | '.join(sizes)} | smallest to largest |", f"| --- |{' --- |' * len(sizes)} --- |"]
    for what in dict.fromkeys(result.what for result in results):
        found = {result.size: result for result in results if result.what == what}
        at = [found[size] for size in sizes if size in found]
        if len(at) < 2:
            continue
        cells = [f"{_figure(found[size].measured)} {found[size].unit}" if size in found else "" for size in sizes]
        times = f"{at[-1].measured / at[0].measured:.1f} ×" if at[0].measured else "–"
        rows.append(f"| {what} | {' | '.join(cells)} | {times} |")
    return rows
