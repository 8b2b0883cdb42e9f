"""Ratings as rows of MLflow's `assessments`: what is written, overridden and taken back.

MLflow refuses to show a trace at all when the value of one of its assessments is no JSON or its source type is unknown,
so both are made here from what they can be. An edit is MLflow's own override: a new row, and the old one is not valid.
"""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256
from typing import Any

from tracetui.errors import NotWritable
from tracetui.model import Score
from tracetui.sources.mlflow_rows import ID_KEY, LABEL_KEY

_SOURCES = {"human": "HUMAN", "llm": "LLM_JUDGE", "code": "CODE", "api": "CODE"}
_LONGEST = 250
_MS = 1_000_000
_SAME = "trace_id = ? AND span_id IS ? AND name = ? AND source_type = ? AND source_id IS ?"


def save(conn: sqlite3.Connection, columns: frozenset[str], score: Score) -> None:
    """Insert a rating within an open transaction; the author's earlier one is overridden. Raises NotWritable."""
    if len(score.name) > _LONGEST:
        raise NotWritable(f"MLflow's names of assessments have {_LONGEST} characters at most; choose a shorter one")
    row_id = assessment_id(score)
    if conn.execute("SELECT 1 FROM assessments WHERE assessment_id = ?", (row_id,)).fetchone():
        return
    sql = "SELECT experiment_id, timestamp_ms FROM trace_info WHERE request_id = ?"
    trace = conn.execute(sql, (score.trace_id,)).fetchone()
    if trace is None:
        raise NotWritable("MLflow has deleted the trace that was to be rated; nothing was saved")
    sql = f"SELECT assessment_id FROM assessments WHERE {_SAME} AND valid = 1 AND assessment_type = 'feedback' ORDER BY last_updated_timestamp DESC LIMIT 1"
    old = conn.execute(sql, _identity(score)).fetchone()
    values = {**_values(score, row_id), "experiment_id": trace[0], "trace_timestamp_ms": trace[1]}
    if old is not None:
        values["overrides"] = old[0]
        conn.execute("UPDATE assessments SET valid = 0 WHERE assessment_id = ?", old)
    names = [name for name in values if name in columns]
    marks = ", ".join("?" * len(names))
    conn.execute(f"INSERT INTO assessments ({', '.join(names)}) VALUES ({marks})", [values[name] for name in names])


def take_back(conn: sqlite3.Connection, columns: frozenset[str], score: Score, now_ns: int) -> None:
    """Make a rating invalid within an open transaction; the one that it overrode is valid again."""
    row_id = assessment_id(score)
    sql = "UPDATE assessments SET valid = 0, last_updated_timestamp = ? WHERE assessment_id = ? AND valid = 1"
    if not conn.execute(sql, (now_ns // _MS, row_id)).rowcount or "overrides" not in columns:
        return
    sql = "UPDATE assessments SET valid = 1 WHERE assessment_id = (SELECT overrides FROM assessments WHERE assessment_id = ?)"
    conn.execute(sql, (row_id,))


def assessment_id(score: Score) -> str:
    """The id of a score's row, in MLflow's form."""
    is_hex = len(score.id) == 32 and all(letter in "0123456789abcdef" for letter in score.id)
    return f"a-{score.id if is_hex else sha256(score.id.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _span_id(score: Score) -> str | None:
    """None also for the span that stands for a trace whose spans are not there."""
    return None if score.span_id == score.trace_id else score.span_id


def _identity(score: Score) -> tuple[Any, ...]:
    return score.trace_id, _span_id(score), score.name, _SOURCES[score.source], score.author


def _values(score: Score, row_id: str) -> dict[str, Any]:
    """The row of a score. `aggregate_value` and `is_numeric_value` are what MLflow's statistics read."""
    value = score.label if score.value is None else score.value
    number = None if score.value is None else float(score.value)
    metadata = {ID_KEY: score.id}
    if score.value is not None and score.label is not None:
        metadata[LABEL_KEY] = score.label
    now_ms = score.time_ns // _MS
    return {
        "assessment_id": row_id, "trace_id": score.trace_id, "name": score.name, "assessment_type": "feedback",
        "value": json.dumps(value), "created_timestamp": now_ms, "last_updated_timestamp": now_ms,
        "source_type": _SOURCES[score.source], "source_id": score.author, "span_id": _span_id(score),
        "rationale": score.comment, "valid": 1, "assessment_metadata": json.dumps(metadata), "aggregate_value": number,
        "is_numeric_value": int(score.value is not None and not isinstance(score.value, bool)),
    }  # fmt: skip
