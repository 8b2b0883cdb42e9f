from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from tracetui.model import Score
from tracetui.store.scores import current_scores, read_scores_since, retract_score, save_score


def score(id_: str, value: float | bool | None = 1.0, time_ns: int = 1, **more: Any) -> Score:
    return Score(id_, "t", more.pop("span_id", None), more.pop("name", "rating"), value, time_ns=time_ns, **more)


def current(conn: sqlite3.Connection) -> list[str]:
    return [item.id for item in current_scores(conn, "scores", ["t"])]


def test_a_newer_score_of_the_same_rater_supersedes_the_older_one(store: sqlite3.Connection) -> None:
    save_score(store, "scores", score("a"))
    save_score(store, "scores", score("b", time_ns=2))
    assert current(store) == ["b"]
    assert [(row[1].id, row[2]) for row in read_scores_since(store, "scores", 0)] == [("a", False), ("b", True)]


def test_two_raters_never_overwrite_each_other(store: sqlite3.Connection) -> None:
    save_score(store, "scores", score("a", author="ada"))
    save_score(store, "scores", score("b", author="bram"))
    save_score(store, "scores", score("c", author="ada", span_id="s"))
    assert current(store) == ["a", "b", "c"]


def test_taking_a_score_back_restores_the_one_before(store: sqlite3.Connection) -> None:
    save_score(store, "scores", score("a"))
    save_score(store, "scores", score("b", time_ns=2))
    retract_score(store, "scores", "b", 3)
    retract_score(store, "scores", "b", 4)
    assert current(store) == ["a"]
    retract_score(store, "scores", "a", 5)
    assert current(store) == []


def test_an_older_score_that_arrives_late_is_history(store: sqlite3.Connection) -> None:
    save_score(store, "scores", score("new", time_ns=9))
    save_score(store, "scores", score("old", time_ns=2))
    assert current(store) == ["new"]


def test_a_boolean_stays_a_boolean_and_a_label_a_label(store: sqlite3.Connection) -> None:
    for item in (score("a", True, name="n1"), score("b", 0.5, name="n2"), score("c", None, name="n3", label="good")):
        save_score(store, "scores", item)
        save_score(store, "scores", item)
    found = {item.id: (item.value, item.label) for item in current_scores(store, "scores", ["t"])}
    assert found == {"a": (True, None), "b": (0.5, None), "c": (None, "good")}
    assert isinstance(found["a"][0], bool)


@pytest.mark.parametrize("when", [2**63, -(2**63) - 1, 10**30])
def test_a_time_that_no_table_can_hold_is_none(store: sqlite3.Connection, when: int) -> None:
    save_score(store, "scores", Score("a", "t", None, "r", 1, time_ns=when))
    assert store.execute("SELECT value, time_ns FROM scores").fetchall() == [(1.0, 0)]


def test_a_value_that_no_number_can_hold_is_kept_as_a_word(store: sqlite3.Connection) -> None:
    save_score(store, "scores", Score("a", "t", None, "r", 10**400))
    save_score(store, "scores", Score("b", "t", None, "q", 10**20))
    found = store.execute("SELECT value, label FROM scores ORDER BY id").fetchall()
    assert found == [(None, "a number too large to be kept"), (1e20, None)]
