"""Ratings as rows of Phoenix's annotation tables: what is written, superseded and taken back.

A rating is one row with an identifier of its own for each author, so that it never meets what the page edits or what
another person said. Phoenix keeps no history; ours lies in the row's metadata, under the key `tracetui`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from tracetui.errors import NotWritable
from tracetui.model import Json, Score
from tracetui.semconv.json_text import parse_json_text
from tracetui.sources.phoenix_rows import OURS, digest, number_if_any, own_mark

RESERVED = "note"
_KINDS = {"human": "HUMAN", "llm": "LLM", "code": "CODE", "api": "CODE"}
_HISTORY = 20


class Place(Struct, frozen=True):
    """Where annotations of one kind of target are, and the columns that this version of Phoenix has."""

    table: str
    parent: str
    find: str
    columns: frozenset[str]

    @property
    def has_identifier(self) -> bool:
        """Whether several annotations of one name can stand beside each other."""
        return "identifier" in self.columns


def place_of(score: Score, columns: Mapping[str, frozenset[str]]) -> Place:
    """The table for a score's target. Raises NotWritable where this version of Phoenix has none."""
    kind, find = (
        ("trace", "SELECT id FROM traces WHERE trace_id = ?")
        if score.span_id is None
        else ("span", "SELECT id FROM spans WHERE span_id = ?")
    )
    table = f"{kind}_annotations"
    if table not in columns:
        raise NotWritable(f"this Phoenix database has no table {table}; upgrade Phoenix, or rate its spans")
    return Place(table, f"{kind}_rowid", find, columns[table])


class Content(Struct, frozen=True):
    """What an annotation says, in Phoenix's terms, and our mark in its metadata."""

    name: str
    label: str | None
    score: float | None
    explanation: str | None
    kind: str
    identifier: str
    metadata: dict[str, Json]


def identifier_of(score: Score) -> str:
    """The identifier under which an author's ratings stand."""
    return f"{OURS}:{score.author or ''}"


def content_of(score: Score, metadata: str | None = None, old: tuple[Any, ...] | None = None) -> Content:
    """A score as an annotation; `metadata` and `old` (label, score, explanation) are those of the row it replaces."""
    if score.name == RESERVED:
        raise NotWritable(f'Phoenix keeps the name "{RESERVED}" for notes; give the score another name')
    number = None if score.value is None else float(score.value)
    mark: dict[str, Json] = {"id": score.id, "digest": digest(score.label, number, score.comment)}
    if isinstance(score.value, bool):
        mark["boolean"] = True
        mark["label"] = score.label
    whole = parse_json_text(metadata or "")
    before = own_mark(metadata)
    if old is not None:
        earlier = {"label": old[0], "score": number_if_any(old[1]), "explanation": old[2], **_identity(before)}
        mark["before"] = [earlier, *_list(before.get("before"))][:_HISTORY]
        mark["retracted"] = _list(before.get("retracted"))[-_HISTORY:]
    kept = {key: value for key, value in whole.items() if key != OURS} if isinstance(whole, dict) else {}
    return Content(
        score.name, score.label, number, score.comment, _KINDS[score.source], identifier_of(score), {**kept, OURS: mark}
    )


def _identity(mark: dict[str, Json]) -> dict[str, Json]:
    return {key: mark[key] for key in ("id", "digest", "boolean") if key in mark} | {"own_label": mark.get("label")}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def find_row(conn: sqlite3.Connection, place: Place, score: Score) -> tuple[Any, ...] | None:
    """The row that the score's author has for this name: (id, label, score, explanation, metadata)."""
    where = " AND identifier = ?" if place.has_identifier else ""
    sql = (
        f"SELECT id, label, score, explanation, metadata FROM {place.table}"
        f" WHERE {place.parent} = ({place.find}) AND name = ?{where}"
    )
    parameters = [
        score.span_id or score.trace_id,
        score.name,
        *([identifier_of(score)] if place.has_identifier else []),
    ]
    found: tuple[Any, ...] | None = conn.execute(sql, parameters).fetchone()
    return found


def save(conn: sqlite3.Connection, place: Place, score: Score) -> None:
    """Write the row of a score within an open transaction. Raises NotWritable where its target is gone."""
    old = find_row(conn, place, score)
    if old is not None and own_mark(old[4]).get("id") == score.id:
        return
    content = content_of(score, old[4] if old else None, old[1:4] if old else None)
    values: dict[str, Any] = {
        "name": content.name, "label": content.label, "score": content.score, "explanation": content.explanation,
        "metadata": _json(content.metadata), "annotator_kind": content.kind, "updated_at": _time(score.time_ns),
        "created_at": _time(score.time_ns), "identifier": content.identifier, "source": "APP",
    }  # fmt: skip
    if old is not None:
        del values["created_at"], values["identifier"]
        _update(conn, place, old[0], values)
        return
    target = conn.execute(place.find, (score.span_id or score.trace_id,)).fetchone()
    if target is None:
        raise NotWritable("Phoenix has deleted what was to be rated; nothing was saved")
    values[place.parent] = target[0]
    names = [name for name in values if name in place.columns]
    marks = ", ".join("?" * len(names))
    sql = f"INSERT INTO {place.table} ({', '.join(names)}) VALUES ({marks})"
    conn.execute(sql, [values[name] for name in names])


def take_back(conn: sqlite3.Connection, place: Place, score: Score, now_ns: int) -> None:
    """Take a rating back within an open transaction: the one before it stands again, or the row goes.

    Raises NotWritable where somebody edited it in Phoenix since.
    """
    row = find_row(conn, place, score)
    mark = own_mark(row[4]) if row else {}
    if row is None or mark.get("id") != score.id:
        return
    if mark.get("digest") != digest(*row[1:4]):
        raise NotWritable("the rating was edited in Phoenix since; it was left as it is there")
    earlier = _list(mark.get("before"))
    if not earlier or not isinstance(earlier[0], dict):
        conn.execute(f"DELETE FROM {place.table} WHERE id = ?", (row[0],))
        return
    first = earlier[0]
    restored: dict[str, Json] = {key: first[key] for key in ("id", "digest", "boolean") if key in first}
    restored |= {"label": first.get("own_label"), "before": earlier[1:]}
    restored["retracted"] = [*_list(mark.get("retracted")), score.id][-_HISTORY:]
    metadata = {**parse_json_text(row[4]), OURS: restored}
    values = {key: first.get(key) for key in ("label", "score", "explanation")}
    _update(conn, place, row[0], {**values, "metadata": _json(metadata), "updated_at": _time(now_ns)})


def _update(conn: sqlite3.Connection, place: Place, row_id: int, values: dict[str, Any]) -> None:
    names = [name for name in values if name in place.columns]
    sets = ", ".join(f"{name} = ?" for name in names)
    conn.execute(f"UPDATE {place.table} SET {sets} WHERE id = ?", [*(values[name] for name in names), row_id])


def _json(value: Json) -> str:
    return msgspec.json.encode(value).decode()


def _time(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // 10**9, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns // 1000 % 10**6:06d}"
