from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.cli.table import Column, table_lines
from tracetui.text import cell_width

Pair = tuple[str, str]
COLUMNS: list[Column[Pair]] = [
    Column("NAME", lambda pair: pair[0], narrowest=6),
    Column("SIZE", lambda pair: pair[1], align=">", rank=1),
]


def table(rows: list[Pair], width: int | None) -> list[str]:
    return list(table_lines(COLUMNS, rows, width))


def test_cells_stand_below_their_titles() -> None:
    assert table([("a", "1"), ("long name", "234")], None) == ["NAME       SIZE", "a             1", "long name   234"]


def test_a_column_that_may_be_cut_is_cut_before_another_is_left_out() -> None:
    assert table([("a long name", "234")], 12) == ["NAME    SIZE", "a lon…   234"]
    assert table([("a long name", "234")], 11) == ["NAME", "a long name"]


def test_wide_characters_are_counted_in_cells() -> None:
    assert table([("返品", "1"), ("ab", "2")], None) == ["NAME  SIZE", "返品     1", "ab       2"]


def test_a_column_without_any_value_is_left_out() -> None:
    assert table([("a", "")], None) == ["NAME", "a"]


def test_without_rows_there_is_no_table() -> None:
    assert table([], 80) == []


def test_later_rows_that_are_wider_stick_out_in_a_pipe_and_are_cut_on_a_terminal() -> None:
    rows = [("a", "1")] * 1000 + [("much longer", "1")]
    assert table(rows, None)[-1] == "much longer     1"
    assert table(rows, 40)[-1] == "muc…     1"


@given(st.lists(st.tuples(st.text(), st.text("0123456789", max_size=5)), min_size=1, max_size=5), st.integers(13, 60))
def test_lines_never_exceed_the_terminal_nor_act_on_it(rows: list[Pair], width: int) -> None:
    for line in table(rows, width):
        assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs"}
        assert cell_width(line) <= width


@pytest.mark.parametrize("width", [1, 5])
def test_the_first_column_stays_however_narrow_it_gets(width: int) -> None:
    assert table([("abcdefghi", "1")], width)[1] == "abcde…"
