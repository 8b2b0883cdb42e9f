"""Which columns of the list fit, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screen.widget_data import NOW_NS, make_trace
from tracetui.model import Score, Usage
from tracetui.text import cell_width
from tracetui.tui.widgets.columns import (
    COLUMNS,
    Present,
    column_at,
    draw_cells,
    draw_money,
    draw_scores,
    draw_titles,
    plan_columns,
)

ALL = {column.id for column in COLUMNS}
WIDE = {column.id: 40 for column in COLUMNS}
PRESENT = Present(NOW_NS)


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (18, "status name"),
        (32, "status time name took"),
        (46, "status time name took cost"),
        (60, "status time name took tokens cost err score"),
        (90, "status time name feature model took tokens cost spans err score"),
        (160, "status time name feature model took tokens cost spans err score user session"),
    ],
)
def test_columns_leave_by_priority_as_width_runs_out(width: int, columns: str) -> None:
    plan = plan_columns(width, has_values=ALL, wide={})
    assert [place.column.title or place.column.id for place in plan.placed] == columns.split()
    assert len(plan.placed) + len(plan.left_out) == len(COLUMNS)


@given(st.integers(1, 260), st.sets(st.sampled_from(sorted(ALL))), st.booleans())
def test_a_row_has_exactly_its_width(width: int, has_values: set[str], is_relative: bool) -> None:
    plan = plan_columns(width, has_values=has_values, wide=WIDE)
    trace = make_trace(name="日本語" * 40, user_id="u" * 50, models=("m" * 50, "n"), cost_usd=0.0000123, unpriced=1)
    for inks in (draw_cells(plan, trace, Present(NOW_NS, is_relative)), draw_titles(plan, "-start")):
        assert sum(cell_width(text) for text, _ in inks) == width


def test_a_column_without_any_text_takes_no_room() -> None:
    plan = plan_columns(200, has_values=(), wide={})
    assert {"user", "session", "feature", "scores", "errors", "models"}.isdisjoint(p.column.id for p in plan.placed)
    assert plan.left_out == ()


def test_the_title_says_how_many_columns_found_no_room_and_which_one_sorts() -> None:
    titles = "".join(text for text, _ in draw_titles(plan_columns(60, has_values=ALL, wide={}), "-cost"))
    assert "+5" in titles
    assert "cost↓" in titles
    assert "cost↑" in "".join(text for text, _ in draw_titles(plan_columns(60, has_values=ALL, wide={}), "cost"))


def test_a_click_finds_its_column() -> None:
    plan = plan_columns(60, has_values=ALL, wide={})
    titles = "".join(text for text, _ in draw_titles(plan, ""))
    for title in ("time", "name", "took", "tokens", "cost"):
        column = column_at(plan, titles.index(title))
        assert column is not None
        assert column.title == title
    assert column_at(plan, 500) is None


def cell(of: str, present: Present = PRESENT, cells: int = 40, **facts: object) -> str:
    column = next(column for column in COLUMNS if column.id == of)
    return column.draw(make_trace(**facts), present, cells)[0]


@pytest.mark.parametrize(
    ("column", "facts", "text"),
    [
        ("cost", {"cost_usd": None, "priced": 0, "unpriced": 2}, "–"),
        ("cost", {"cost_usd": None, "priced": 0, "unpriced": 0}, ""),
        ("cost", {"cost_usd": 1.2, "unpriced": 2}, "≥$1.2000"),
        ("tokens", {"usage": Usage()}, "–"),
        ("tokens", {"usage": Usage(input=0, output=0)}, "0"),
        ("duration", {"end_ns": None}, "running"),
        ("status", {"status": "error"}, "✕"),
        ("status", {"status": "refused"}, "⊘"),
        ("status", {"status": "running"}, "▸"),
        ("errors", {"errors": 3}, "3✕"),
        ("errors", {"errors": 0}, ""),
        ("models", {"models": ("a", "b", "c")}, "a +2"),
        ("models", {"models": ()}, ""),
        ("name", {"name": ""}, "(no name)"),
        ("name", {"name": "\x1b[31mx"}, "␛[31mx"),
        ("feature", {"name": "a", "feature": "a"}, ""),
        ("feature", {"name": "a", "feature": "b"}, "b"),
    ],
)
def test_a_cell_says_what_is_known(column: str, facts: dict[str, object], text: str) -> None:
    assert cell(column, **facts) == text


def test_a_time_that_needs_its_date_is_relative_where_the_date_finds_no_room() -> None:
    yesterday = NOW_NS - 86_400 * 1_000_000_000
    assert cell("time", start_ns=yesterday) == "11-17 11:06:40"
    assert cell("time", start_ns=yesterday, cells=8) == "1d ago"
    assert cell("time", start_ns=NOW_NS) == "11:06:40"
    assert cell("time", Present(NOW_NS, True), start_ns=yesterday) == "1d ago"


@pytest.mark.parametrize(
    ("usd", "cells", "partial", "text"),
    [
        (0.0031, 9, False, "$0.0031"),
        (0.000012, 9, False, "<$0.0001"),
        (0.00012, 9, False, "$0.0001"),
        (1.5, 9, False, "$1.5000"),
        (12345.678, 9, True, "≥$12,345.68"),
        (0.000012, 9, True, "≥$0"),
        (1.5, 4, False, "$1.50"),
        (None, 2, False, "–"),
    ],
)
def test_a_figure_is_never_cut_to_look_like_another(usd: float | None, cells: int, partial: bool, text: str) -> None:
    assert draw_money(usd, cells, partial=partial) == text


def score(value: float | bool | None = None, label: str | None = None, **facts: object) -> Score:
    return Score(id="1", trace_id="t", span_id=None, name="n", value=value, label=label, **facts)  # type: ignore[arg-type]


def test_a_persons_score_counts_most_and_the_others_are_counted() -> None:
    assert draw_scores(()) == ""
    assert draw_scores((score(1.0),)) == "★ 1"
    assert draw_scores((score(True, time_ns=1), score(0.25, source="llm", time_ns=9))) == "★ yes+1"
    assert draw_scores((score(label="good\x1b"),)) == "★ good␛"
