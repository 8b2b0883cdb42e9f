"""agno's database (`SqliteDb`): sessions and their runs, each run a JSON document.

A run is a trace, unless a team or a workflow started it: then it lies under that run. docs/formats/agno.md explains
it to users.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tracetui.model import Span
from tracetui.semconv.scalars import text_of
from tracetui.sources.agno_runs import Run, add_run, nested_runs
from tracetui.sources.cells import Dict, dict_of, json_cell, list_of, object_cell, text_cell
from tracetui.sources.head import Head
from tracetui.sources.sqlite_file import Group, SqliteFile
from tracetui.sources.sqlite_read import ROW_ID, Database, Row, tables_of
from tracetui.sources.sqlite_watch import Watched

_RUNS = ("run_id", "session_id", "run_data")
_SESSIONS = ("session_id", "session_type", "session_data")
_DEEPEST = 50


class AgnoSource(SqliteFile):
    """One database; the names of its tables are the user's choice, so they are known by their columns."""

    format = "agno"

    def learn_tables(self) -> None:
        """By their columns."""
        self._runs, self._sessions = _tables(tables_of(self._conn))
        self.watched = tuple(Watched(table, "session_id", stamp="updated_at") for table in self._runs + self._sessions)

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether there are runs, or sessions that hold their runs (agno 2)."""
        runs, sessions = _tables(head.tables)
        return bool(runs) or any("runs" in head.tables[table] for table in sessions)

    def notes(self) -> Iterable[str]:
        """What is derived."""
        yield "agno keeps whole seconds for a run and a duration for each call: the calls are laid one after another"

    def key_of(self, span: Span) -> str:
        """Groups are sessions."""
        return span.session_id or ""

    def read_group(self, db: Database, key: Any) -> Group:
        """All runs of a session, from the table of runs and from the session's own list (agno 2)."""
        group = Group()
        sessions = [row for table in self._sessions for row in db.rows(table, {"session_id": key})]
        session = sessions[0] if sessions else {}
        runs: dict[str, Run] = {}
        for table in self._runs:
            for row in db.rows(table, {"session_id": key}, order=("run_index", "created_at")):
                _keep(runs, _run_of_row(group, table, row))
        for table in self._sessions:
            for row in db.rows(table, {"session_id": key}):
                for run in _runs_of_session(group, table, row):
                    _keep(runs, run)
        for run in list(runs.values()):
            for inner in nested_runs(run, _DEEPEST):
                _keep(runs, inner)
        metadata = object_cell(session, "metadata", lambda _: None)
        for run in runs.values():
            add_run(group, str(key), run, runs, text_cell(session, "user_id"), metadata)
        return group


def _tables(tables: Mapping[str, frozenset[str]]) -> tuple[list[str], list[str]]:
    """The tables of runs, and those of sessions."""
    runs = sorted(name for name, columns in tables.items() if columns.issuperset(_RUNS))
    sessions = sorted(name for name, columns in tables.items() if columns.issuperset(_SESSIONS))
    return runs, sessions


def _keep(runs: dict[str, Run], run: Run | None) -> None:
    if run is not None:
        runs.setdefault(run.run_id, run)


def _run_of_row(group: Group, table: str, row: Row) -> Run | None:
    data = object_cell(row, "run_data", lambda reason: group.skip(table, row[ROW_ID], reason))
    run_id = text_cell(row, "run_id") or text_of(data.get("run_id"))
    if run_id is None:
        group.skip(table, row[ROW_ID], "a run without an id")
        return None
    return Run(run_id, text_cell(row, "parent_run_id") or text_of(data.get("parent_run_id")), {**_plain(row), **data})


def _plain(row: Row) -> Dict:
    names = ("agent_id", "team_id", "workflow_id", "user_id", "status", "created_at", "updated_at", "run_type")
    return {name: row[name] for name in names if name in row}


def _runs_of_session(group: Group, table: str, row: Row) -> list[Run]:
    value = json_cell(row, "runs", lambda reason: group.skip(table, row[ROW_ID], reason))
    found = []
    for number, item in enumerate(list_of(value)):
        data = dict_of(item)
        run_id = text_of(data.get("run_id"))
        if run_id is None:
            group.skip(table, row[ROW_ID], f"run {number + 1} of the session has no id")
            continue
        found.append(Run(run_id, text_of(data.get("parent_run_id")), data))
    return found
