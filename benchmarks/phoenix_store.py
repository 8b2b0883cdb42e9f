"""A Phoenix store of any size: the schema of a real one, filled with plain SQL, as its server would fill it."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.build import groups_of, made
from benchmarks.make_traces import openinference
from tests.formats.databases import unpack

_PROJECT = 1
_EMPTIED = ("span_cost_details", "span_costs", "document_annotations", "span_annotations", "trace_annotations",
            "project_session_annotations", "spans", "traces", "project_sessions")  # fmt: skip
_SPAN = f"INSERT INTO spans VALUES ({', '.join('?' * 17)})"
_STATUS = {"error": "ERROR"}
_TRACES_AT_ONCE = 200


def phoenix_of(size: str) -> Path:
    """A `phoenix.db` with the traces of a size."""
    return made(f"{size}.phoenix.db", lambda path: _make(path, size))


def _make(path: Path, size: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path.write_bytes(unpack("phoenix/phoenix.db", Path(folder)).read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA synchronous = OFF")
        for table in _EMPTIED:
            conn.execute(f"DELETE FROM {table}")
        filling = _Filling(conn)
        for group in groups_of(size, _TRACES_AT_ONCE):
            conn.execute("BEGIN")
            filling.add(group)
            conn.execute("COMMIT")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)


class _Filling:
    """Gives each trace, session and span its row."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._traces: dict[str, int] = {}
        self._sessions: dict[str, int] = {}
        self._spans = 0

    def add(self, spans: list[dict[str, Any]]) -> None:
        """Whole traces; parents come before their children."""
        for span in spans:
            if span["trace_id"] not in self._traces:
                self._add_trace(span)
            self._add_span(span, self._traces[span["trace_id"]])

    def _add_trace(self, root: dict[str, Any]) -> None:
        times = _time(root["start_ns"]), _time(root["end_ns"])
        session = root["session_id"]
        if session not in self._sessions:
            self._sessions[session] = len(self._sessions) + 1
            row = (self._sessions[session], session, _PROJECT, *times)
            self._conn.execute("INSERT INTO project_sessions VALUES (?, ?, ?, ?, ?)", row)
        number = self._traces[root["trace_id"]] = len(self._traces) + 1
        row = (number, _PROJECT, root["trace_id"], *times, self._sessions[session])
        self._conn.execute("INSERT INTO traces VALUES (?, ?, ?, ?, ?, ?)", row)

    def _add_span(self, span: dict[str, Any], trace: int) -> None:
        self._spans += 1
        flat = openinference(span)
        kind = flat["openinference.span.kind"]
        tokens = (flat.get("llm.token_count.prompt"), flat.get("llm.token_count.completion"))
        sums = (int(span["status"] == "error"), tokens[0] or 0, tokens[1] or 0)
        start, end = _time(span["start_ns"]), _time(span["end_ns"])
        attributes = json.dumps(_nested(flat), ensure_ascii=False, separators=(",", ":"))
        self._conn.execute(
            _SPAN,
            (self._spans, trace, span["span_id"], span["parent_id"], span["name"], kind, start, end, attributes, "[]",
             _STATUS.get(span["status"], "OK"), span.get("error") or "", *sums, *tokens),
        )  # fmt: skip
        if "cost_usd" in span:
            sql = "INSERT INTO span_costs (span_rowid, trace_rowid, span_start_time, total_cost) VALUES (?, ?, ?, ?)"
            self._conn.execute(sql, (self._spans, trace, start, span["cost_usd"]))


def _time(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Attributes as Phoenix keeps them: nested on dots, a list where the parts are numbers. They come in order."""
    found: dict[str, Any] = {}
    for key, value in flat.items():
        *parts, last = key.split(".")
        at: Any = found
        for part, following in pairwise([*parts, last]):
            at = _within(at, part, [] if following.isdigit() else {})
        at[last] = value
    return found


def _within(at: Any, part: str, empty: Any) -> Any:
    if isinstance(at, dict):
        return at.setdefault(part, empty)
    if int(part) == len(at):
        at.append(empty)
    return at[int(part)]
