"""The columns of the list of traces: a table, a row for each, and which of them fit into a width."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from tracetui.model import Score, Trace
from tracetui.text import (
    ABSENT,
    STATUS_GLYPHS,
    ago,
    cell_width,
    clock,
    count,
    duration,
    fit,
    inert,
    money,
    short_clock,
    tokens,
)
from tracetui.tui.lines.palette import Ink

NAME_AT_LEAST = 12
"""Cells that the name keeps before another column is drawn."""
NAME_AT_BEST = 36
"""Cells that the name gets before other columns grow beyond their least width."""


class Present(Struct, frozen=True):
    """The present moment and how times are shown: as a clock or relative to it."""

    now_ns: int
    is_relative: bool = False


class Column(Struct, frozen=True):
    """One column. The lower its `priority` the longer it stays when width runs out; `sort` is its key of sorting.

    `width` is the least number of cells, `at_most` what it may grow to; the name takes what is left. `draw` gives text
    and tone of a cell of so many cells; a column for which no known trace gives text is left out, unless `stays`.
    """

    id: str
    title: str
    width: int
    priority: int
    draw: Callable[[Trace, Present, int], Ink]
    align: Literal["<", ">"] = "<"
    at_most: int = 0
    sort: str | None = None
    stays: bool = False


def _status(trace: Trace, _: Present, cells: int) -> Ink:
    return STATUS_GLYPHS[trace.status], trace.status


def _time(trace: Trace, present: Present, cells: int) -> Ink:
    if present.is_relative:
        return ago(trace.start_ns, present.now_ns), "muted"
    forms = (clock(trace.start_ns, present.now_ns), short_clock(trace.start_ns, present.now_ns))
    return next((form for form in forms if cell_width(form) <= cells), ago(trace.start_ns, present.now_ns)), "muted"


def _name(trace: Trace, _: Present, cells: int) -> Ink:
    name = inert(trace.name) or "(no name)"
    return name, "text" if trace.status != "error" else "error-text"


def _feature(trace: Trace, _: Present, cells: int) -> Ink:
    return ("" if trace.feature in (None, trace.name) else inert(trace.feature or "")), "muted"


def _models(trace: Trace, _: Present, cells: int) -> Ink:
    if len(trace.models) <= 1:
        return inert("".join(trace.models)), "model"
    more = f" +{len(trace.models) - 1}"
    name = inert(trace.models[0])
    room = max(0, cells - len(more))
    return (name if cell_width(name) <= room else fit(name, room)) + more, "model"


def _duration(trace: Trace, _: Present, cells: int) -> Ink:
    if trace.end_ns is None:
        return "running", "running"
    return duration(trace.duration_ns), "text"


def _tokens(trace: Trace, _: Present, cells: int) -> Ink:
    return (tokens(trace.usage.total) if trace.usage.is_recorded else ABSENT), "muted"


def _cost(trace: Trace, _: Present, cells: int) -> Ink:
    if trace.cost_usd is None and not trace.unpriced:
        return "", "muted"
    text = draw_money(trace.cost_usd, cells, partial=trace.unpriced > 0)
    return text, "muted" if trace.cost_usd is None else "text"


def _spans(trace: Trace, _: Present, cells: int) -> Ink:
    return count(trace.spans), "muted"


def _errors(trace: Trace, _: Present, cells: int) -> Ink:
    return (f"{trace.errors}✕" if trace.errors else ""), "error"


def _scores(trace: Trace, _: Present, cells: int) -> Ink:
    return draw_scores(trace.scores), "score"


def _user(trace: Trace, _: Present, cells: int) -> Ink:
    return inert(trace.user_id or ""), "muted"


def _session(trace: Trace, _: Present, cells: int) -> Ink:
    return inert(trace.session_id or ""), "muted"


COLUMNS: tuple[Column, ...] = (
    Column("status", "", 1, 0, _status, stays=True),
    Column("time", "time", 8, 1, _time, ">", at_most=14, sort="start", stays=True),
    Column("name", "name", NAME_AT_LEAST, 0, _name, sort="name", stays=True),
    Column("feature", "feature", 10, 8, _feature, at_most=20),
    Column("models", "model", 12, 7, _models, at_most=28),
    Column("duration", "took", 7, 2, _duration, ">", sort="latency", stays=True),
    Column("tokens", "tokens", 6, 5, _tokens, ">", sort="tokens", stays=True),
    Column("cost", "cost", 8, 3, _cost, ">", at_most=10, sort="cost", stays=True),
    Column("spans", "spans", 6, 9, _spans, ">", sort="spans", stays=True),
    Column("errors", "err", 4, 6, _errors, ">", sort="errors"),
    Column("scores", "score", 6, 4, _scores, at_most=10, sort="score"),
    Column("user", "user", 8, 10, _user, at_most=20),
    Column("session", "session", 8, 11, _session, at_most=24),
)
_GROWING = ("models", "user", "session", "scores", "feature")
BY_ID: dict[str, Column] = {column.id: column for column in COLUMNS}
_FIXED = ("status", "name")
"""Columns that are always there."""

Extras: TypeAlias = dict[str, dict[str, str]]
"""Values of metadata keys that are shown: by trace id, then by key."""


def make_columns(choices: Sequence[tuple[str, int]], extras: Extras) -> tuple[Column, ...]:
    """The chosen columns in their order, with their widths (0: as it comes); none chosen are the usual ones.

    `score.NAME` shows the newest score of that name, `metadata.KEY` what `extras` has. The status leads.
    """
    if not choices:
        return COLUMNS
    chosen = [BY_ID["status"]]
    for place, (column_id, width) in enumerate([each for each in choices if each[0] != "status"], start=1):
        column = BY_ID.get(column_id) or _own_column(column_id, extras)
        if column is not None:
            is_own = column_id not in BY_ID
            chosen.append(
                replace(
                    column,
                    width=width or column.width,
                    at_most=width or column.at_most,
                    priority=0 if column_id in _FIXED else 1 if is_own else place + 1,
                    stays=column.stays or is_own or width > 0,
                )
            )
    if BY_ID["name"].id not in [column.id for column in chosen]:
        chosen.append(BY_ID["name"])
    return tuple(chosen)


def _own_column(column_id: str, extras: Extras) -> Column | None:
    kind, _, key = column_id.partition(".")

    def draw_score(trace: Trace, _: Present, cells: int) -> Ink:
        named = [score for score in trace.scores if score.name == key]
        return (draw_value(named[-1]) if named else ""), "score"

    def draw_metadata(trace: Trace, _: Present, cells: int) -> Ink:
        return inert(extras.get(trace.trace_id, {}).get(key, "")), "muted"

    if kind == "score" and key:
        return Column(column_id, inert(key), max(6, min(12, cell_width(inert(key)))), 50, draw_score, ">")
    if kind == "metadata" and key:
        return Column(column_id, inert(key), max(8, min(16, cell_width(inert(key)))), 50, draw_metadata)
    return None


class Placed(Struct, frozen=True):
    """A column and the cells that it got."""

    column: Column
    width: int


class Plan(Struct, frozen=True):
    """Columns in drawing order, one blank between them, and the titles of those that found no room."""

    placed: tuple[Placed, ...]
    left_out: tuple[str, ...] = ()


def plan_columns(
    width: int, *, has_values: Iterable[str], wide: dict[str, int], columns: Sequence[Column] = COLUMNS
) -> Plan:
    """Choose among `columns` for `width` cells.

    `has_values` are ids of columns for which some trace has a text; `wide` is how wide the widest text of a column was
    found to be, beyond which it does not grow.
    """
    wanted = {column.id for column in columns if column.stays} | set(has_values)
    by_priority = sorted((column for column in columns if column.id in wanted), key=lambda column: column.priority)
    chosen: dict[str, int] = {}
    room = width
    for column in by_priority:
        needs = column.width + bool(chosen)
        if needs > room and column.priority:
            break
        chosen[column.id] = column.width
        room -= needs
    if room < 0:
        chosen = {**chosen, "name": chosen["name"] + room} if width > 2 else {"name": width}
    _grow(columns, chosen, max(0, room), wide)
    placed = tuple(Placed(column, chosen[column.id]) for column in columns if column.id in chosen)
    return Plan(placed, tuple(column.title for column in by_priority if column.id not in chosen))


def _grow(columns: Sequence[Column], chosen: dict[str, int], room: int, wide: dict[str, int]) -> None:
    """Give away `room` more cells: to the name until it is comfortable, then to those with longer texts, then to it."""
    limits = {column.id: min(column.at_most, wide.get(column.id, 0)) for column in columns}
    for name, limit in [
        ("time", min(9, limits.get("time", 0))),
        ("cost", limits.get("cost", 0)),
        ("name", NAME_AT_BEST // 2),
        ("time", limits.get("time", 0)),
        ("name", NAME_AT_BEST),
    ]:
        room = _widen(chosen, name, limit, room)
    for name in _GROWING:
        room = _widen(chosen, name, limits.get(name, 0), room)
    chosen["name"] += room


def _widen(chosen: dict[str, int], name: str, limit: int, room: int) -> int:
    if name not in chosen:
        return room
    more = max(0, min(room, limit - chosen[name]))
    chosen[name] += more
    return room - more


def draw_cells(plan: Plan, trace: Trace, present: Present) -> list[Ink]:
    """Draw a trace in the columns of `plan`."""
    inks: list[Ink] = []
    for place in plan.placed:
        if inks:
            inks.append((" ", "text"))
        text, tone = place.column.draw(trace, present, place.width)
        inks.append((fit(text, place.width, align=place.column.align), tone))
    return inks


def draw_titles(plan: Plan, sort: str) -> list[Ink]:
    """Draw the titles of the columns of `plan`, an arrow at the one that `sort` (`-start`: newest first) names."""
    inks: list[Ink] = []
    key, arrow = sort.removeprefix("-"), "↓" if sort.startswith("-") else "↑"
    for place in plan.placed:
        if inks:
            inks.append((" ", "heading"))
        is_sorted = place.column.sort == key
        title = place.column.title + (arrow if is_sorted else "")
        if place.column.id == "name" and plan.left_out and place.width > 10:
            more = f"+{len(plan.left_out)} "
            title = fit(title, place.width - len(more)) + more
        inks.append((fit(title, place.width, align=place.column.align), "sorted" if is_sorted else "heading"))
    return inks


def column_at(plan: Plan, x: int) -> Column | None:
    """The column of `plan` that is drawn at cell `x`."""
    for place in plan.placed:
        if x < place.width + 1:
            return place.column
        x -= place.width + 1
    return None


def draw_money(usd: float | None, cells: int, *, partial: bool = False, sign: str = "") -> str:
    """Money in at most `cells` cells, with four decimals where they fit, so that the points of a column stand in line.

    A figure is never cut; the tiniest say less (`<$0.0001`, or `≥$0` of a part). Its every digit is in the top line.
    """
    sign += "≥" if partial and usd is not None else ""
    if usd is None or not math.isfinite(usd) or usd == 0:
        return sign + money(usd)
    if 0 < usd < 0.00005:
        return f"{sign}$0" if partial else f"{sign}<$0.0001"
    text = f"{sign}{'-' if usd < 0 else ''}${abs(usd):,.4f}"
    return text if len(text) <= cells else sign + money(usd)


def draw_scores(scores: Sequence[Score]) -> str:
    """The score that counts most (a person's, else the newest) behind a star, and how many there are besides."""
    if not scores:
        return ""
    best = max(scores, key=lambda score: (score.source == "human", score.time_ns))
    more = f"+{len(scores) - 1}" if len(scores) > 1 else ""
    return f"★ {draw_value(best)}{more}"


def draw_value(score: Score) -> str:
    """What a score says: its label, yes or no, or its number in as few digits as it has."""
    if score.label is not None:
        return inert(score.label)
    if isinstance(score.value, bool):
        return "yes" if score.value else "no"
    return ABSENT if score.value is None else f"{score.value:.4g}"
