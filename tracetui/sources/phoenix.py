"""Arize Phoenix's local store, `phoenix.db`, also while Phoenix runs. docs/formats/phoenix.md.

Ratings go where Phoenix keeps its own: the annotation tables, so that its page and its API show them.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from tracetui.errors import NotWritable, UnreadableSource
from tracetui.model import Payload, Score, Span, Usage
from tracetui.semconv.attributes import interpret, unfold
from tracetui.sources import phoenix_scores
from tracetui.sources.base import Batch, Reference, Saved, Skipped
from tracetui.sources.head import Head
from tracetui.sources.live_database import FIRST_ROWS, ROWS, Judged, LiveDatabase, Position
from tracetui.sources.phoenix_rows import (
    BROKEN,
    AnnotationRow,
    SpanRow,
    own_mark,
    raw_span,
    row_of,
    score_of,
    span_of,
    sum_of,
    summary_tree,
    whole_span,
)
from tracetui.sources.phoenix_server import Server, find_servers, post_annotation
from tracetui.sources.sqlite_read import one_look, rows_up_to
from tracetui.sources.sqlite_write import transact

_JUDGED = ("id", "name", "label", "score", "explanation")
_COST = "cost"
_TRACES_AT_ONCE = 20
_IDS_AT_ONCE = 500
_ANNOTATIONS = (
    ("span", "span_annotations", "JOIN spans s ON s.id = a.span_rowid JOIN traces t ON t.id = s.trace_rowid", "s.span_id"),
    ("trace", "trace_annotations", "JOIN traces t ON t.id = a.trace_rowid", "NULL"),
    (
        "document", "document_annotations",
        "JOIN spans s ON s.id = a.span_rowid JOIN traces t ON t.id = s.trace_rowid", "s.span_id",
    ),
    (
        "session", "project_session_annotations",
        "JOIN traces t ON t.id = (SELECT f.id FROM traces f WHERE f.project_session_rowid = a.project_session_id"
        " ORDER BY f.start_time, f.id LIMIT 1)", "NULL",
    ),
)  # fmt: skip
"""Name of the row, table, how it reaches its trace, the span. A session's annotation stands on its first trace."""


class PhoenixSource(LiveDatabase):
    """One `phoenix.db` of any recent schema: tables and columns that it has not are read as not recorded."""

    format = "phoenix"
    counts_rows = True

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it has Phoenix's tables."""
        return (
            head.has_columns("projects", "name")
            and head.has_columns("traces", "trace_id", "project_rowid")
            and head.has_columns("spans", "trace_rowid", "span_id", "attributes", "start_time")
        )

    def place_of_scores(self) -> str:
        """Phoenix's annotation tables."""
        return f"Phoenix's annotations in {self.path.name}"

    def notes(self) -> Iterable[str]:
        """What differs from Phoenix's own figures."""
        yield "the project of each trace is in its metadata as `project`"
        yield "tokens of embeddings are counted here where they were recorded; Phoenix's page counts those of LLM spans"
        wrapping = self.rows(
            "SELECT count(*) FROM (SELECT 1 FROM spans s JOIN spans c ON c.parent_id = s.span_id AND c.span_kind = 'LLM'"
            " WHERE s.span_kind = 'LLM' LIMIT 1)"
        )
        if wrapping[0][0]:
            yield (
                "LLM spans around LLM spans: their usage and cost are counted once here; Phoenix's page counts tokens once"
                " too, but adds the cost of both"
            )

    def is_same(self, position: Position) -> bool:
        """Whether no span was deleted."""
        if not position.last:
            return True
        found = self.rows("SELECT span_id FROM spans WHERE id = ?", (position.last,))
        count = self.rows(rows_up_to("spans"), (position.last,))[0][0]
        return bool(found) and found[0][0] == position.mark and count == position.count

    # Spans.

    def read_spans(self, position: Position, *, is_first: bool) -> Iterator[Batch]:
        """New spans in the order of their rows, then traces in which older spans changed."""
        had_read = position.last
        costs_until = self._newest_cost()
        stale: set[str] = set() if is_first else set(self._traces_with_late_costs(position, had_read))
        total = position.count + self.rows("SELECT count(*) FROM spans WHERE id > ?", (position.last,))[0][0]
        size = FIRST_ROWS if is_first else ROWS
        while rows := self._span_rows("s.id > ? ORDER BY s.id LIMIT ?", (position.last, size)):
            stale.update(self._traces_of_wrappers(rows, position.last))
            position.last, position.mark = self.behind(position.last, rows[-1].id), rows[-1].span_id
            position.count += len(rows)
            yield self._span_batch(rows, position, total)
            size = ROWS
        position.extra[_COST] = costs_until
        yield from self._read_again(sorted(stale), position, total)

    def _newest_cost(self) -> int:
        return self.rows("SELECT coalesce(max(id), 0) FROM span_costs")[0][0] if self.has("span_costs") else 0

    def _traces_with_late_costs(self, position: Position, had_read: int) -> list[str]:
        """Traces of spans that were read before their cost was known."""
        if not self.has("span_costs", "span_rowid"):
            return []
        sql = (
            "SELECT DISTINCT t.trace_id FROM span_costs c JOIN spans s ON s.id = c.span_rowid"
            " JOIN traces t ON t.id = s.trace_rowid WHERE c.id > ? AND s.id <= ?"
        )
        return [trace_id for (trace_id,) in self.rows(sql, (position.extra.get(_COST, 0), had_read))]

    def _traces_of_wrappers(self, rows: list[SpanRow], before: int) -> list[str]:
        """Traces in which an LLM span read earlier now turns out to have an LLM span below it."""
        parents = sorted({row.parent_id for row in rows if row.kind == "LLM" and row.parent_id})
        sql = (
            "SELECT DISTINCT t.trace_id FROM spans s JOIN traces t ON t.id = s.trace_rowid"
            " WHERE s.span_id IN ({}) AND s.span_kind = 'LLM' AND s.id <= ?"
        )
        return [trace_id for (trace_id,) in self._rows_in(sql, parents, before)]

    def _read_again(self, trace_ids: list[str], position: Position, total: int) -> Iterator[Batch]:
        for start in range(0, len(trace_ids), _TRACES_AT_ONCE):
            chunk = trace_ids[start : start + _TRACES_AT_ONCE]
            marks = ", ".join("?" * len(chunk))
            rows = self._span_rows(f"t.trace_id IN ({marks}) AND s.id <= ?", (*chunk, position.last))
            batch = self._span_batch(rows, position, total)
            yield msgspec.structs.replace(batch, forget=frozenset(chunk), skipped=(), skipped_count=0)

    def _span_rows(self, where: str, parameters: tuple[Any, ...]) -> list[SpanRow]:
        return [row_of(values) for values in self.rows(f"{self._select()} WHERE {where}", parameters)]

    def _select(self) -> str:
        has_session = self.has("traces", "project_session_rowid") and self.has("project_sessions", "session_id")
        has_cost = self.has("span_costs", "span_rowid", "total_cost")
        names = (
            "id", "span_id", "parent_id", "name", "span_kind", "start_time", "end_time", "attributes", "events",
            "status_code", "status_message",
        )  # fmt: skip
        columns = [self.column("spans", "s", name) for name in names]
        columns += ["t.trace_id", "p.name", "n.session_id" if has_session else "NULL"]
        columns.append("(SELECT c.total_cost FROM span_costs c WHERE c.span_rowid = s.id)" if has_cost else "NULL")
        columns.append(
            "CASE WHEN s.span_kind = 'LLM' THEN"
            " EXISTS (SELECT 1 FROM spans c WHERE c.parent_id = s.span_id AND c.span_kind = 'LLM') ELSE 0 END"
        )
        session = "LEFT JOIN project_sessions n ON n.id = t.project_session_rowid" if has_session else ""
        return (
            f"SELECT {', '.join(columns)} FROM spans s JOIN traces t ON t.id = s.trace_rowid"
            f" LEFT JOIN projects p ON p.id = t.project_rowid {session}"
        )

    def _span_batch(self, rows: list[SpanRow], position: Position, total: int) -> Batch:
        inner = self._usage_within([row for row in rows if row.wraps])
        trees = [summary_tree(row) for row in rows]
        skipped = tuple(
            Skipped(row.id, f"span {row.span_id}: {BROKEN}")
            for row, tree in zip(rows, trees, strict=True)
            if not isinstance(tree, dict)
        )
        return self.batch(
            position,
            total=max(total, position.count),
            spans=tuple([span_of(row, tree, inner.get(row.span_id)) for row, tree in zip(rows, trees, strict=True)]),
            references=tuple([Reference(row.id) for row in rows]),
            skipped=skipped,
            skipped_count=len(skipped),
        )

    def _usage_within(self, wrappers: list[SpanRow]) -> dict[str, Usage]:
        """What the LLM spans directly below each of these used. Carried by Phoenix's index on `parent_id`."""
        found: dict[str, list[Usage]] = {}
        sql = f"{self._select()} WHERE s.parent_id IN ({{}}) AND s.span_kind = 'LLM' AND s.id > ?"
        for values in self._rows_in(sql, [row.span_id for row in wrappers], 0):
            row = row_of(values)
            found.setdefault(row.parent_id or "", []).append(interpret(raw_span(row, summary_tree(row))).usage)
        return {span_id: sum_of(usages) for span_id, usages in found.items()}

    def _rows_in(self, sql: str, ids: Sequence[str | int], *others: Any) -> Iterator[tuple[Any, ...]]:
        remaining = iter(ids)
        while chunk := list(islice(remaining, _IDS_AT_ONCE)):
            yield from self.rows(sql.format(", ".join("?" * len(chunk))), (*chunk, *others))

    def load_payload(self, conn: sqlite3.Connection, span: Span, reference: Reference) -> Payload | None:
        """The attributes and events of the row."""
        values = conn.execute(f"{self._select()} WHERE s.span_id = ?", (span.span_id,)).fetchone()
        if values is None:
            return None
        row = row_of(values)
        return unfold(whole_span(row, msgspec.json.encode(row).decode()))

    # Judgements.

    def judgements_mark(self) -> object:
        """Count, newest row, newest change and some sums of each table: Phoenix's own times tell only the second."""
        return [
            self.rows(
                f"SELECT count(*), max(a.id), max({self.column(table, 'a', 'updated_at')}), total(a.score),"
                f" sum(length(a.label)), sum(length(a.explanation)), {self._length_of_metadata(table)} FROM {table} a"
            )
            for _, table, _, _ in _ANNOTATIONS
            if self.has(table, *_JUDGED)
        ]

    def _length_of_metadata(self, table: str) -> str:
        return f"sum(length({self.column(table, 'a', 'metadata')}))"

    def read_judgements(self, known: Mapping[str, tuple[str, str]]) -> Iterable[Judged]:
        """All annotations; those that are new or edited with their score."""
        for kind, table, joins, span in _ANNOTATIONS:
            if not self.has(table, *_JUDGED):
                continue
            updated = (
                f"ifnull({self.column(table, 'a', 'updated_at')}, '') || ' ' || ifnull(a.score, '') || ' ' ||"
                f" ifnull(a.label, '') || ' ' || ifnull(length(a.explanation), '') || ' ' ||"
                f" ifnull(length({self.column(table, 'a', 'metadata')}), '')"
            )
            versions = [
                (f"{kind}-{row_id}", str(version), row_id)
                for row_id, version in self.rows(f"SELECT id, {updated} FROM {table} a ORDER BY id")
            ]
            fresh = {}
            for key, version, row_id in versions:
                if known.get(key, ("", ""))[0] == version:
                    yield Judged(key, version)
                else:
                    fresh[row_id] = version
            yield from self._load_annotations(kind, table, joins, span, fresh)

    def _load_annotations(
        self, kind: str, table: str, joins: str, span: str, versions: dict[int, str]
    ) -> Iterator[Judged]:
        names = ("name", "label", "score", "explanation", "metadata", "annotator_kind", "updated_at", "identifier")
        columns = [self.column(table, "a", name) for name in names]
        has_users = self.has(table, "user_id") and self.has("users", "username")
        columns.append("(SELECT u.username FROM users u WHERE u.id = a.user_id)" if has_users else "NULL")
        columns.append(self.column(table, "a", "document_position"))
        sql = f"SELECT a.id, t.trace_id, {span}, {', '.join(columns)} FROM {table} a {joins} WHERE a.id IN ({{}})"
        for row_id, *values in self._rows_in(sql, list(versions)):
            row = AnnotationRow(*values)
            score = score_of(row, f"{kind}-{row_id}")
            if score is not None:
                listed = own_mark(row.metadata).get("retracted")
                retracted = tuple(item for item in listed if isinstance(item, str)) if isinstance(listed, list) else ()
                yield Judged(f"{kind}-{row_id}", versions[row_id], score, retracted)

    def write_score(self, score: Score) -> Saved:
        """Save as an annotation: through Phoenix where it runs on this very file, beside the file where it runs and does
        not take it, else as a row. Raises NotWritable."""
        servers = find_servers(self.path) if self.is_writable else []
        if not servers:
            return super().write_score(score)
        if self._post(servers, score):
            return Saved(score, f"Phoenix's annotations in {self.path.name}, through its server")
        saved = self._sidecar.write(score)
        return Saved(score, f"{saved.place}, as the Phoenix that has {self.path.name} open did not take it")

    def retract_score(self, score: Score) -> Saved:
        """Take a score back, also as a row beside a server that runs: it has no door for that. Raises NotWritable."""
        if not self.is_writable or not self._is_row(score):
            return super().retract_score(score)
        servers = find_servers(self.path)
        if servers and not any(server.ports for server in servers):
            raise NotWritable(
                f"{self.path}: a Phoenix that cannot be asked from here has it open, and may lose spans when another"
                " program writes; take the rating back on its page, or when it has stopped"
            )
        place = transact(self.path, lambda conn: self.take_back(conn, score))
        # A server that took it after we had stopped waiting: then it lies beside the file as well.
        return self._sidecar.retract(score) if self._sidecar.holds(score) else Saved(score, place)

    def _post(self, servers: list[Server], score: Score) -> bool:
        place = phoenix_scores.place_of(score, self._columns)
        if not place.has_identifier:
            return False
        target = ("trace", score.trace_id) if score.span_id is None else ("span", score.span_id)
        try:
            with one_look(self.path) as conn:
                old = phoenix_scores.find_row(conn, place, score)
            content = phoenix_scores.content_of(score, old[4] if old else None, old[1:4] if old else None)
            post_annotation(servers, target, content)
            return self._is_row(score)
        except UnreadableSource:
            return False  # whether it is there cannot be seen: it is saved beside the file as well

    def _is_row(self, score: Score) -> bool:
        """Whether the row of the score's author is this very score. Raises UnreadableSource."""
        with one_look(self.path) as conn:
            row = phoenix_scores.find_row(conn, phoenix_scores.place_of(score, self._columns), score)
        return row is not None and own_mark(row[4]).get("id") == score.id

    def save(self, conn: sqlite3.Connection, score: Score) -> str:
        """Write the row within an open transaction."""
        phoenix_scores.save(conn, phoenix_scores.place_of(score, self._columns), score)
        return self.place_of_scores()

    def take_back(self, conn: sqlite3.Connection, score: Score) -> str:
        """Bring the row back to what it was before, within an open transaction."""
        place = phoenix_scores.place_of(score, self._columns)
        phoenix_scores.take_back(conn, place, score, time.time_ns())
        return self.place_of_scores()
