"""Values that were seen, for completion in the filter bar."""

from __future__ import annotations

import sqlite3

from tracetui.query import FIELDS, fold

_LOOKED_AT = 200_000
_COLUMNS = {
    field.name: field.sql
    for field in FIELDS
    if field.type in ("text", "enum", "mixed") and field.sql and not field.within and field.key == "none"
}
_TAGS = "SELECT v.value FROM spans s, json_each(s.tags) v WHERE json_valid(s.tags) LIMIT {limit}"
_KEYS = "SELECT v.key FROM spans s, json_each(s.metadata) v WHERE json_valid(s.metadata) LIMIT {limit}"
_SCORES = "SELECT name FROM scores WHERE superseded_by IS NULL AND retracted_ns IS NULL LIMIT {limit}"
_SPECIAL = {"tag": _TAGS, "metadata": _KEYS, "score": _SCORES}


def observed_values(conn: sqlite3.Connection, field: str, prefix: str, limit: int) -> list[tuple[str, int]]:
    """Values of a field that begin with, or else contain, `prefix`, most frequent first, with their counts.

    `metadata` and `score` without a key give the keys that were seen. Looks at the first 200,000 spans at most.
    """
    if field in _SPECIAL:
        inner = _SPECIAL[field].format(limit=_LOOKED_AT)
    elif field in _COLUMNS:
        inner = f"SELECT {_COLUMNS[field]} FROM spans s LIMIT {_LOOKED_AT}"
    elif field.startswith("metadata."):
        inner = (
            "SELECT v.value FROM spans s, json_each(s.metadata) v WHERE json_valid(s.metadata) AND v.key = :key"
            f" LIMIT {_LOOKED_AT}"
        )
    elif field.startswith("score."):
        inner = f"SELECT coalesce(label, value) FROM scores WHERE name = :key LIMIT {_LOOKED_AT}"
    else:
        return []
    sql = f"SELECT x.v, count(*) FROM (SELECT NULL AS v WHERE 0 UNION ALL {inner}) x WHERE x.v IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    key = field.partition(".")[2]
    rows = [(str(value), count) for value, count in conn.execute(sql, {"key": key} if ":key" in inner else {})]
    needle = fold(prefix)
    first = [row for row in rows if fold(row[0]).startswith(needle)]
    rest = [row for row in rows if needle in fold(row[0]) and not fold(row[0]).startswith(needle)]
    return (first + rest)[:limit]
