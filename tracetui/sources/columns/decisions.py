"""What names alone do not say, decided from the sample rows: units, and whether input counts include cached tokens.

Each decision that is not certain adds a sentence to `notes`, which the user sees in `info`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tracetui.semconv.usage import INCLUSIVE_INPUT, count
from tracetui.sources.columns.leaves import Leaf
from tracetui.sources.columns.mapping import Column, Convention
from tracetui.sources.columns.prices import fit_cached_price
from tracetui.sources.columns.times import SCALES, duration_ns, epoch_ns, has_no_zone
from tracetui.sources.columns.toml import path_text
from tracetui.sources.columns.values import has_decimal_comma, number_of

Chosen = dict[str, list[Leaf]]

_UNIT_WORDS: dict[str, tuple[str, ...]] = {
    "ns": ("ns", "nano", "nanos", "nanoseconds"),
    "us": ("us", "micros", "microseconds", "micro"),
    "ms": ("ms", "msec", "millis", "milliseconds", "msecs"),
    "min": ("min", "minutes", "mins"),
    "s": ("s", "sec", "secs", "seconds", "second"),
}
_MONEY_WORDS: tuple[tuple[str, str], ...] = (
    ("millicent", "millicents"), ("cent", "cents"), ("micro", "micros"), ("nano", "nanos"), ("mills", "mills"),
)  # fmt: skip
_EXCLUSIVE_CACHE = frozenset({"cache_read_input_tokens", "cache_creation_input_tokens", "cache_write_input_tokens"})
_INCLUSIVE_CACHE = frozenset(
    {"cached_tokens", "cached_prompt_tokens", "prompt_cached_tokens", "prompt_cache_hit_tokens"}
)
_NANOSECONDS_FROM = 1e8
_MILLISECONDS_FROM = 200


def decide_duration(leaf: Leaf, chosen: Chosen, notes: list[str]) -> str:
    """The unit of a duration: by the name's suffix, by end − start, or by magnitude."""
    named = _unit_in_name(leaf)
    if named is not None:
        return named
    numbers = _numbers(leaf)
    if not numbers:
        return "ms"
    measured = _measured_unit(leaf, chosen)
    if measured is not None:
        return measured
    from statistics import median  # brings fractions along; most names say their unit

    typical = median(numbers)
    unit = "ns" if typical >= _NANOSECONDS_FROM else "ms" if typical > _MILLISECONDS_FROM else "s"
    notes.append(f"{path_text(leaf.path)} has no unit in its name: taken for {unit}, by its size")
    return unit


def decide_moment(leaf: Leaf, chosen: Chosen, notes: list[str]) -> str:
    """As `decide_duration`, or "time" where the column holds the time of the first token itself."""
    values = list(leaf.values.values())
    if values and 2 * sum(epoch_ns(value) is not None for value in values) > len(values):
        return "time"
    if not values and leaf.name.endswith(("_at", "_start_time")):
        return "time"
    named = _unit_in_name(leaf)
    if named is not None:
        return named
    durations = [column for column in chosen.get("duration", ()) if column.values]
    if durations and _unit_in_name(durations[0]) is None:
        return decide_duration(durations[0], chosen, [])
    return decide_duration(leaf, {}, notes)


def decide_money(leaf: Leaf) -> Column:
    """The unit of money by its name, and the decimal comma by all values of the column."""
    comma = has_decimal_comma(list(leaf.values.values()))
    unit = next((unit for word, unit in _MONEY_WORDS if word in leaf.name), None)
    return Column(leaf.path, unit=unit, comma=comma)


def _unit_in_name(leaf: Leaf) -> str | None:
    last = leaf.name.rsplit("_", 1)[-1]
    return next((unit for unit, words in _UNIT_WORDS.items() if last in words), None)


def _numbers(leaf: Leaf) -> list[float]:
    return [number for value in leaf.values.values() if (number := number_of(value)) is not None and number > 0]


def _measured_unit(leaf: Leaf, chosen: Chosen) -> str | None:
    """The unit with which most durations are what lies between start and end."""
    if "start" not in chosen or "end" not in chosen:
        return None
    starts, ends = chosen["start"][0].values, chosen["end"][0].values
    hits = dict.fromkeys(SCALES, 0)
    compared = 0
    for number, value in leaf.values.items():
        start, end = epoch_ns(starts.get(number)), epoch_ns(ends.get(number))
        if start is None or end is None or end <= start:
            continue
        compared += 1
        for unit in hits:
            length = duration_ns(value, unit)
            hits[unit] += length is not None and abs(length - (end - start)) <= 0.1 * (end - start)
    best = max(hits, key=lambda unit: hits[unit])
    return best if compared and hits[best] * 2 > compared else None


def time_notes(chosen: Chosen, notes: list[str]) -> None:
    """Say how times are read where somebody could doubt it."""
    for field in ("start", "end"):
        notes += [
            f"{path_text(leaf.path)} has no zone: read as UTC"
            for leaf in chosen.get(field, ())
            if any(has_no_zone(value) for value in leaf.values.values())
        ]
    if "start" in chosen:
        leaf = chosen["start"][0]
        is_late = leaf.name.startswith(("created", "logged", "inserted", "recorded", "log_"))
        if is_late and "duration" in chosen and "end" not in chosen:
            notes.append(f"{path_text(leaf.path)} is taken for the start of the call, not for its end")
    elif "end" in chosen and "duration" in chosen:
        end, duration = chosen["end"][0], chosen["duration"][0]
        notes.append(f"the start is {path_text(end.path)} − {path_text(duration.path)}")
    elif "end" not in chosen:
        notes.append("no column holds a time: rows stand in their order, at 1970")


class _Counts(Struct):
    """The counts of one sample row; `cached` is read and written together."""

    input: int
    cached: int
    output: int
    total: int | None
    row: int


def decide_usage(chosen: Chosen, notes: list[str]) -> Convention | None:
    """Whether the input count includes the cached tokens: by totals, by the names, by the costs, else assumed."""
    caches = [*chosen.get("cache_read_tokens", ()), *chosen.get("cache_write_tokens", ())]
    if "input_tokens" not in chosen or not caches:
        return None
    leaf = chosen["input_tokens"][0]
    counts = list(_counts(chosen))
    pair = f"{path_text(leaf.path)} {{}} {path_text(caches[0].path)}"
    by_totals = _by_totals(counts)
    if by_totals is not None:
        notes.append(f"{pair.format(_VERBS[by_totals])}: the totals prove it")
        return by_totals
    named = _by_names(leaf, caches)
    if named is None:
        by_cost = _by_cost(chosen, counts)
        if by_cost is not None:
            notes.append(f"{pair.format(_VERBS[by_cost])}: the costs prove it")
            return by_cost
        notes.append(f'{pair.format("is taken to include")}: assumption; if it does not, set usage = "exclusive"')
    if named != "exclusive" and any(row.cached > row.input for row in counts):
        notes.append(
            f"some rows have more {path_text(caches[0].path)} than {path_text(leaf.path)}: marked as inconsistent"
        )
    return named or "inclusive"


_VERBS: dict[Convention, str] = {"inclusive": "includes", "exclusive": "does not include"}


def _counts(chosen: Chosen) -> Iterator[_Counts]:
    def at(field: str, row: int) -> int | None:
        return next((count(leaf.values[row]) for leaf in chosen.get(field, ()) if row in leaf.values), None)

    for row in chosen["input_tokens"][0].values:
        input, output = at("input_tokens", row), at("output_tokens", row)
        cached = (at("cache_read_tokens", row) or 0) + (at("cache_write_tokens", row) or 0)
        if input is not None and output is not None:
            yield _Counts(input, cached, output, at("total_tokens", row), row)


def _by_totals(counts: list[_Counts]) -> Convention | None:
    telling = [row for row in counts if row.cached and row.total is not None]
    if not telling:
        return None
    if all(row.total == row.input + row.cached + row.output for row in telling):
        return "exclusive"
    return "inclusive" if all(row.total == row.input + row.output for row in telling) else None


def _by_names(leaf: Leaf, caches: list[Leaf]) -> Convention | None:
    if leaf.name in INCLUSIVE_INPUT or "prompt" in leaf.name:
        return "inclusive"
    names = {cache.name for cache in caches}
    if names & _EXCLUSIVE_CACHE:
        return "exclusive"
    return "inclusive" if names & _INCLUSIVE_CACHE else None


def _by_cost(chosen: Chosen, counts: list[_Counts]) -> Convention | None:
    """What the recorded costs say: cached tokens beside the input add to them, those within it make them cheaper."""
    if "cost" not in chosen or "model" not in chosen:
        return None
    costs, models = chosen["cost"][0].values, chosen["model"][0].values
    groups: dict[str, list[tuple[float, float, float, float]]] = {}
    for row in counts:
        cost = number_of(costs.get(row.row))
        if cost:
            point = (float(row.input), float(row.cached), float(row.output), float(cost))
            groups.setdefault(str(models.get(row.row)), []).append(point)
    signs = {sign for points in groups.values() if (sign := fit_cached_price(points))}
    if len(signs) != 1:
        return None
    return "exclusive" if signs.pop() > 0 else "inclusive"
