"""What a user types reaches SQLite as a parameter, whatever it is and wherever it stands."""

from __future__ import annotations

import sqlite3

import pytest

from tracetui.errors import FilterError
from tracetui.query import FIELDS, compile_filter
from tracetui.query.fields import ATTRIBUTE, Field
from tracetui.query.lexer import quote
from tracetui.query.parser import MAX_DEPTH

from .conftest import compiled, marked, probed, selected
from .hostile import NOW_NS, Payloads

ATTACKS = (
    "' OR 1=1 --", '" OR ""="', "x'); DROP TABLE spans; --", "%", "_", "\\", "' || (SELECT name FROM traces) || '", "?",
    ":now", "@x", "$x", "1; ATTACH 'x' AS y", "]", "`", "/*", "*/", "char(39)", "{test}", "{key}", "%s",
)  # fmt: skip


def heads(field: Field, attack: str) -> list[str]:
    """The field, and the attack as its key where it takes one."""
    if field.key == "none":
        return [field.name]
    dot = "" if field.name == "@" else "."
    path = [f"metadata.{quote(attack)}.b", f"metadata.a.{quote(attack)}"] if field.key == "path" else []
    return [f"{field.name}{dot}k", f"{field.name}{dot}{quote(attack)}", *path]


@pytest.mark.parametrize("field", [*FIELDS, ATTRIBUTE], ids=lambda field: field.name)
def test_nothing_that_is_typed_is_part_of_the_sql(field: Field, hostile: tuple[sqlite3.Connection, Payloads]) -> None:
    conn, _ = hostile
    before = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
    for attack in ATTACKS:
        for head in heads(field, attack):
            for test in (f":{quote(attack)}", f":*{quote(attack)}*", f":={quote(attack)}", f":{attack}"):
                try:
                    filter_ = compiled(head + test)
                except FilterError:
                    continue
                for sql in (filter_.trace_sql, filter_.probe_sql, filter_.span_sql):
                    assert len(attack) < 3 or attack not in sql
                assert filter_.trace_sql.count("?") == len(filter_.trace_params)
                assert selected(conn, filter_) == probed(conn, filter_)
                marked(conn, filter_)
    assert conn.execute("SELECT count(*) FROM sqlite_master").fetchone() == before


@pytest.mark.parametrize("head", ["name", "user", "tool", "tag", "score.a", "metadata.a", "metadata.a.b", "@a", "text"])
def test_filters_that_differ_in_a_value_only_are_the_same_sql(head: str) -> None:
    one, other = (compile_filter(f"{head}:{quote(value)}", now_ns=NOW_NS) for value in ("plain words", "O'Brien 100%"))
    assert one.trace_sql.replace("LIKE ? ESCAPE '\\'", "") in (
        other.trace_sql,
        one.trace_sql.replace("LIKE ? ESCAPE '\\'", ""),
    )
    assert "Brien" not in other.trace_sql


def test_a_value_that_would_match_all_as_a_wildcard_matches_itself(
    hostile: tuple[sqlite3.Connection, Payloads],
) -> None:
    conn, _ = hostile
    names = conn.execute("SELECT name, trace_id FROM spans").fetchall()
    found: set[str] = set()
    for value in ("100%", "a_b", "back\\slash"):
        wanted = {trace_id for name, trace_id in names if name == value}
        assert selected(conn, f"name:{quote(value)}") == wanted
        assert selected(conn, f"name:{quote(value)}*") == wanted
        found |= wanted
    assert found


def test_the_largest_filter_runs(hostile: tuple[sqlite3.Connection, Payloads]) -> None:
    """Neither SQLite's depth of expressions nor its number of parameters is reached within the allowed length."""
    conn, _ = hostile
    many = " OR ".join(f"metadata.a{number}:x" for number in range(500))
    for text in (many[:9_990].rpartition(" OR ")[0], "name:" + ",".join(f"*{n}*" for n in range(1500)), "-a " * 2500):
        assert len(text) <= 10_000
        filter_ = compile_filter(text, now_ns=NOW_NS)
        assert selected(conn, filter_) <= {trace_id for (trace_id,) in conn.execute("SELECT trace_id FROM traces")}


@pytest.mark.parametrize("opening", ["(", "-(", "(is:leaf OR "])
@pytest.mark.parametrize("inner", ["is:error", "metadata.a.b:x", "user:x", "@a:1", "score.a:*x*", "tool:a*,b,é"])
def test_the_deepest_filter_runs(hostile: tuple[sqlite3.Connection, Payloads], opening: str, inner: str) -> None:
    conn, _ = hostile
    for scope in ("", "any", "all", "root"):
        depth = MAX_DEPTH - 1
        filter_ = compiled(opening * depth + f"{scope}(is:root {inner})" + ")" * depth)
        assert selected(conn, filter_) == probed(conn, filter_)
        marked(conn, filter_)
