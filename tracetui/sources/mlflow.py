"""MLflow's SQLite tracking store, `mlflow.db`, also while a server runs on it. docs/formats/mlflow.md.

Its journal is a rollback journal: a reader that dawdles keeps MLflow from writing. Every query here is fetched whole.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tracetui.model import Payload, Score, Span
from tracetui.sources import mlflow_scores
from tracetui.sources.base import Batch, Reference, Skipped
from tracetui.sources.head import Head
from tracetui.sources.live_database import FIRST_ROWS, ROWS, Judged, LiveDatabase, Position
from tracetui.sources.mlflow_artifact import artifact_place, artifact_size, artifact_spans
from tracetui.sources.mlflow_rows import (
    BROKEN,
    AssessmentRow,
    SpanRow,
    TraceRow,
    content_of,
    integer,
    payload_of,
    preview_of,
    score_of,
    span_of,
    whole_trace,
)
from tracetui.sources.sqlite_read import rows_up_to

_TRACE = "trace"
_TRACES_AT_ONCE = 50
_IDS_AT_ONCE = 400
_OPEN_KEPT = 500
_BESIDE = ("trace_tags", "trace_request_metadata")


class MlflowSource(LiveDatabase):
    """One tracking store of any version with traces."""

    format = "mlflow"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._awaited: dict[str, Path] = {}

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it has MLflow's tables of traces."""
        return head.has_columns("experiments", "experiment_id", "name") and head.has_columns(
            "trace_info", "request_id", "timestamp_ms"
        )

    def place_of_scores(self) -> str:
        """MLflow's table of assessments, where there is one."""
        has_table = self.has("assessments", "assessment_id", "valid")
        return f"MLflow's assessments in {self.path.name}" if has_table else self._sidecar.place()

    @property
    def is_writable(self) -> bool:
        """Whether the database has a place for ratings that can be written."""
        return super().is_writable and self.has("assessments", "assessment_id", "valid")

    def notes(self) -> Iterable[str]:
        """What differs from MLflow's own figures."""
        yield "the experiment of each trace is in its metadata as `project`"
        yield "tokens of embeddings and reasoning come from the recorded answers; MLflow's totals leave embeddings out"

    def is_same(self, position: Position) -> bool:
        """Whether no span was deleted."""
        if not position.last or not self.has("spans"):
            return True
        found = self.rows("SELECT span_id FROM spans WHERE rowid = ?", (position.last,))
        count = self.rows(rows_up_to("spans"), (position.last,))[0][0]
        return bool(found) and found[0][0] == position.mark and count == position.count

    # Spans.

    def read_spans(self, position: Position, *, is_first: bool) -> Iterator[Batch]:
        """New spans, traces without spans, and traces that changed since they were read."""
        marks = {table: self._newest(table) for table in _BESIDE}
        stale = set() if is_first else self._changed_traces(position)
        total = position.count + self._rest(position)
        size = FIRST_ROWS if is_first else ROWS
        while rows := self._span_rows("s.rowid > ? ORDER BY s.rowid LIMIT ?", (position.last, size)):
            position.last, position.mark = self.behind(position.last, rows[-1].row_id), rows[-1].span_id
            position.count += len(rows)
            yield self._span_batch(rows, position, total)
            size = ROWS
        yield from self._read_new_traces(position, total)
        yield from self._read_again(sorted(stale), position, total)
        position.extra.update(marks)

    def _newest(self, table: str) -> int:
        return self.rows(f"SELECT coalesce(max(rowid), 0) FROM {table}")[0][0] if self.has(table) else 0

    def _rest(self, position: Position) -> int:
        if not self.has("spans"):
            return 0
        return int(self.rows("SELECT count(*) FROM spans WHERE rowid > ?", (position.last,))[0][0])

    def _changed_traces(self, position: Position) -> set[str]:
        """Traces that were open and went on, and traces with new tags or metadata."""
        known = dict(entry.rsplit(" ", 1) for entry in position.open_traces)
        now = dict(self._states(list(known)))
        changed = {trace_id for trace_id, state in known.items() if now.get(trace_id) != state}
        position.open_traces = [f"{key} {now[key]}" for key in known if key in now and _is_open(now[key])]
        for table in _BESIDE:
            if self.has(table, "request_id"):
                sql = f"SELECT DISTINCT request_id FROM {table} WHERE rowid > ?"
                changed |= {trace_id for (trace_id,) in self.rows(sql, (position.extra.get(table, 0),))}
        read_before = self._rows_in(
            "SELECT request_id FROM trace_info WHERE request_id IN ({}) AND rowid <= ?",
            sorted(changed), position.extra.get(_TRACE, 0),
        )  # fmt: skip
        return {trace_id for (trace_id,) in read_before}

    def _states(self, trace_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        """For each trace its status, how many spans it has, how many of these have ended, and the size of its file."""
        counts = (
            "(SELECT count(*) FROM spans s WHERE s.trace_id = i.request_id) || ',' ||"
            " (SELECT count(s.end_time_unix_nano) FROM spans s WHERE s.trace_id = i.request_id)"
            if self.has("spans")
            else "'0,0'"
        )
        sql = f"SELECT i.request_id, i.status || ',' || {counts} FROM trace_info i WHERE i.request_id IN ({{}})"
        states = {trace_id: str(state) for trace_id, state in self._rows_in(sql, trace_ids)}
        bare = [trace_id for trace_id, state in states.items() if state.endswith(",0,0")]
        places = {trace_id: artifact_place(trace) for trace_id, trace in self._traces(bare).items()}
        for trace_id, state in states.items():
            place = places.get(trace_id)
            size = artifact_size(place)
            self._awaited.pop(trace_id, None)
            if place is not None and not size:
                self._awaited[trace_id] = place
            yield trace_id, f"{state},{size}"

    def changed(self, cursor: str | None) -> bool:
        """As any database; also when the file of a trace came that was not there yet."""
        return super().changed(cursor) or any(map(artifact_size, self._awaited.values()))

    def _read_new_traces(self, position: Position, total: int) -> Iterator[Batch]:
        """Traces that are new: those without rows of spans are given here, open ones are remembered."""
        while True:
            last = position.extra.get(_TRACE, 0)
            sql = "SELECT rowid, request_id FROM trace_info WHERE rowid > ? ORDER BY rowid LIMIT ?"
            rows = self.rows(sql, (last, ROWS))
            if not rows:
                return
            position.extra[_TRACE] = self.behind(last, rows[-1][0])
            states = dict(self._states([trace_id for _, trace_id in rows]))
            opened = [f"{trace_id} {state}" for trace_id, state in states.items() if _is_open(state)]
            position.open_traces = [*position.open_traces, *opened][-_OPEN_KEPT:]
            bare = [trace_id for trace_id, state in states.items() if state.rsplit(",", 3)[1] == "0"]
            yield self._bare_batch(bare, position, total)

    def _bare_batch(self, trace_ids: list[str], position: Position, total: int) -> Batch:
        spans: list[Span] = []
        references: list[Reference] = []
        for trace in self._traces(trace_ids).values():
            rows = artifact_spans(trace)
            spans += [span_of(row, trace) for row in rows] or [whole_trace(trace)]
            references += [Reference(0, 0, number) for number in range(1, len(rows) + 1)] or [Reference(0)]
        return self.batch(position, total=max(total, position.count), spans=tuple(spans), references=tuple(references))

    def _read_again(self, trace_ids: list[str], position: Position, total: int) -> Iterator[Batch]:
        for start in range(0, len(trace_ids), _TRACES_AT_ONCE):
            chunk = trace_ids[start : start + _TRACES_AT_ONCE]
            marks = ", ".join("?" * len(chunk))
            rows = self._span_rows(f"s.trace_id IN ({marks}) AND s.rowid <= ?", (*chunk, position.last))
            batch = self._span_batch(rows, position, total)
            bare = self._bare_batch(sorted(set(chunk) - {row.trace_id for row in rows}), position, total)
            yield msgspec.structs.replace(
                batch,
                spans=batch.spans + bare.spans,
                references=batch.references + bare.references,
                forget=frozenset(chunk),
                skipped=(),
                skipped_count=0,
            )

    def _span_rows(self, where: str, parameters: tuple[Any, ...]) -> list[SpanRow]:
        if not self.has("spans", "trace_id", "span_id"):
            return []
        return [_span_row(values) for values in self.rows(f"{self._select()} WHERE {where}", parameters)]

    def _select(self) -> str:
        names = (
            "trace_id", "span_id", "parent_span_id", "name", "type", "status", "start_time_unix_nano",
            "end_time_unix_nano", "content", "total_cost", "model_name", "model_provider",
        )  # fmt: skip
        return f"SELECT s.rowid, {', '.join(self.column('spans', 's', name) for name in names)} FROM spans s"

    def _span_batch(self, rows: list[SpanRow], position: Position, total: int) -> Batch:
        traces = self._traces(sorted({row.trace_id for row in rows}))
        skipped = tuple(Skipped(row.row_id, f"span {row.span_id}: {BROKEN}") for row in rows if not content_of(row))
        return self.batch(
            position,
            total=max(total, position.count),
            spans=tuple(span_of(row, traces.get(row.trace_id) or TraceRow(row.trace_id)) for row in rows),
            references=tuple(Reference(row.row_id) for row in rows),
            skipped=skipped,
            skipped_count=len(skipped),
        )

    def _traces(self, trace_ids: Sequence[str]) -> dict[str, TraceRow]:
        names = (
            "timestamp_ms",
            "execution_time_ms",
            "status",
            "trace_name",
            "session_id",
            "request_preview",
            "response_preview",
        )
        columns = ", ".join(self.column("trace_info", "i", name) for name in names)
        sql = (
            f"SELECT i.request_id, e.name, {columns} FROM trace_info i"
            " LEFT JOIN experiments e ON e.experiment_id = i.experiment_id WHERE i.request_id IN ({})"
        )
        tags, metadata = self._pairs("trace_tags", trace_ids), self._pairs("trace_request_metadata", trace_ids)
        found: dict[str, TraceRow] = {}
        for trace_id, experiment, start, duration, status, name, session, request, response in self._rows_in(
            sql, trace_ids
        ):
            found[trace_id] = TraceRow(
                trace_id, experiment, integer(start), integer(duration), status, name, session, request, response,
                tags.get(trace_id, {}), metadata.get(trace_id, {}),
            )  # fmt: skip
        return found

    def _pairs(self, table: str, trace_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        if self.has(table, "request_id", "key", "value"):
            for trace_id, key, value in self._rows_in(
                f"SELECT request_id, key, value FROM {table} WHERE request_id IN ({{}})", trace_ids
            ):
                found.setdefault(trace_id, {})[str(key)] = "" if value is None else str(value)
        return found

    def _rows_in(self, sql: str, ids: Sequence[str], *others: Any) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(ids), _IDS_AT_ONCE):
            chunk = ids[start : start + _IDS_AT_ONCE]
            yield from self.rows(sql.format(", ".join("?" * len(chunk))), (*chunk, *others))

    def load_payload(self, conn: sqlite3.Connection, span: Span, reference: Reference) -> Payload | None:
        """The content of the row, of the file of the trace, or the preview of the trace."""
        if self.has("spans", "trace_id", "span_id"):
            where = "WHERE s.trace_id = ? AND s.span_id = ?"
            values = conn.execute(f"{self._select()} {where}", (span.trace_id, span.span_id)).fetchone()
            if values is not None:
                return payload_of(_span_row(values))
        trace = self._traces([span.trace_id]).get(span.trace_id)
        if trace is None:
            return None
        rows = {row.span_id: row for row in artifact_spans(trace)}
        return payload_of(rows[span.span_id]) if span.span_id in rows else preview_of(trace)

    # Judgements.

    def judgements_mark(self) -> object:
        """Count, newest row, newest change and some sums."""
        if not self.has("assessments", "assessment_id", "valid", "value", "last_updated_timestamp"):
            return None
        return self.rows(
            "SELECT count(*), max(rowid), max(last_updated_timestamp), sum(valid), sum(length(value)) FROM assessments"
        )

    def read_judgements(self, known: Mapping[str, tuple[str, str]]) -> Iterable[Judged]:
        """Assessments that are valid; one that the same person overrode is superseded, and stays as it is."""
        if not self.has("assessments", "assessment_id", "valid", "last_updated_timestamp", "trace_id"):
            return
        fresh: dict[str, str] = {}
        overridden = (
            "EXISTS (SELECT 1 FROM assessments o WHERE o.overrides = a.assessment_id AND o.valid AND o.name = a.name"
            " AND o.source_type = a.source_type AND o.source_id IS a.source_id)"
            if self.has("assessments", "overrides")
            else "0"
        )
        sql = (
            "SELECT assessment_id, last_updated_timestamp || ' ' || length(value), valid,"
            f" CASE WHEN valid THEN 0 ELSE {overridden} END FROM assessments a ORDER BY last_updated_timestamp"
        )
        for row_id, version, is_valid, is_overridden in self.rows(sql):
            if is_valid and known.get(row_id, ("", ""))[0] != str(version):
                fresh[row_id] = str(version)
            elif is_valid or is_overridden:
                yield Judged(row_id, str(version))
        yield from self._load_assessments(fresh)

    def _load_assessments(self, versions: dict[str, str]) -> Iterator[Judged]:
        names = (
            "assessment_id", "trace_id", "name", "value", "error", "last_updated_timestamp", "source_type", "source_id",
            "span_id", "rationale", "assessment_metadata",
        )  # fmt: skip
        columns = ", ".join(self.column("assessments", "a", name) for name in names)
        sql = f"SELECT {columns} FROM assessments a WHERE a.assessment_id IN ({{}}) ORDER BY a.last_updated_timestamp"
        for values in self._rows_in(sql, list(versions)):
            row = AssessmentRow(*values)
            yield Judged(row.assessment_id, versions[row.assessment_id], score_of(row))

    def save(self, conn: sqlite3.Connection, score: Score) -> str:
        """Insert the row within an open transaction."""
        mlflow_scores.save(conn, self._columns["assessments"], score)
        return self.place_of_scores()

    def take_back(self, conn: sqlite3.Connection, score: Score) -> str:
        """Make the row invalid within an open transaction."""
        mlflow_scores.take_back(conn, self._columns["assessments"], score, time.time_ns())
        return self.place_of_scores()


def _is_open(state: str) -> bool:
    """Whether more of a trace may come: in progress, without spans, or with spans that have not ended."""
    status, spans, ended, size = state.rsplit(",", 3)
    return status == "IN_PROGRESS" or (spans == "0" and size == "0") or spans != ended


def _span_row(values: tuple[Any, ...]) -> SpanRow:
    row = list(values)
    row[7], row[8] = integer(row[7]), integer(row[8])
    row[9] = row[9].decode("utf-8", "replace") if isinstance(row[9], bytes) else row[9]
    return SpanRow(*row)
