"""tracecraft's SQLite store: runs as JSON documents in `traces`, their steps once more as rows in `steps`.

docs/formats/tracecraft.md explains it to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from tracetui.sources.cells import Dict, object_cell, text_cell
from tracetui.sources.head import Head
from tracetui.sources.sqlite_file import Group, SqliteFile
from tracetui.sources.sqlite_read import ROW_ID, Database
from tracetui.sources.sqlite_watch import Watched
from tracetui.sources.tracecraft_run import spans_of_run


class TracecraftStore(SqliteFile):
    """One store. A run that is saved again replaces its row."""

    format = "tracecraft"
    watched = (Watched("traces", "id", is_replaced=True), Watched("steps", "trace_id", is_replaced=True))
    scores_inside = True

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it has runs with their data, and steps."""
        return head.has_columns("traces", "id", "data", "error_count") and head.has_columns("steps", "trace_id", "type")

    def notes(self) -> Iterable[str]:
        """What is counted."""
        yield "tokens and costs are the sums of the steps; a run's own totals count only where its steps have none"

    def read_group(self, db: Database, key: Any) -> Group:
        """One run: its document, or its rows where the document cannot be read."""
        group = Group()
        rows = db.rows("traces", {"id": key})
        row = rows[0] if rows else {}
        complain = partial(group.skip, "traces", row.get(ROW_ID))
        run = object_cell(row, "data", complain)
        if not run:
            run = self._run_of_rows(db, key, row)
        run.setdefault("id", str(key))
        tags = [tag for found in db.rows("trace_tags", {"trace_id": key}) if (tag := text_cell(found, "tag"))]
        if tags and not run.get("tags"):
            run["tags"] = tags
        for part in spans_of_run(run, complain):
            group.add(part.span, part.payload)
        return group

    @staticmethod
    def _run_of_rows(db: Database, key: Any, row: Dict) -> Dict:
        """A run made of its columns and the rows of its steps."""
        steps = db.rows("steps", {"trace_id": key}, order=("start_time",))
        columns = {name: value for name, value in row.items() if name not in ("data", ROW_ID)}
        begins = [step["start_time"] for step in steps if "start_time" in step]
        return {"start_time": min(begins, key=str, default=None), **columns, "steps": steps}
