"""Copy traces of any source, with their payloads and scores, into a tracetui store."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from tracetui.errors import NotWritable, TracetuiError
from tracetui.model import Content, Json, Payload, Score, Span, Weight
from tracetui.semconv.chat import dump_messages
from tracetui.semconv.json_text import without_surrogates
from tracetui.store.connection import explain_sqlite_error, open_store, transaction
from tracetui.store.scores import save_score
from tracetui.store.weights import write_weights
from tracetui.store.write import Entry, chunks, write_spans

if TYPE_CHECKING:
    from tracetui.redaction import Redactor
    from tracetui.workspace import FilterLike, Workspace

_TRACES_AT_ONCE = 100
_PAYLOAD = "INSERT OR REPLACE INTO payloads VALUES (?, ?, ?, ?, ?, ?, ?, ?)"

Value = TypeVar("Value")

_encoder = msgspec.json.Encoder()


class ImportReport(Struct, frozen=True):
    """What an import did: traces and spans read, those of the spans that were new, scores, and what could not be read."""

    traces: int
    spans: int
    new_spans: int
    scores: int
    unreadable: tuple[str, ...]


def import_into(
    workspace: Workspace,
    store_path: Path,
    filter: FilterLike = None,
    progress: Callable[[int, int], None] | None = None,
    redactor: Redactor | None = None,
) -> ImportReport:
    """Copy the traces that match into a store, which is made where there is none. The same ids again are replaced.

    With a `redactor`, only what it leaves is written. `progress` gets (traces done, traces in all). Raises NotWritable.
    """
    trace_ids = workspace.trace_ids(filter, "start")
    conn = open_store(store_path)
    traces = spans = new_spans = scores = 0
    unreadable: list[str] = []
    try:
        for piece in chunks(trace_ids, _TRACES_AT_ONCE):
            read = _Piece(workspace, piece, redactor)
            with transaction(conn):
                written = write_spans(conn, (Entry(span) for span in read.spans), is_index=False)
                conn.executemany(_PAYLOAD, read.payloads)
                write_weights(conn, read.weights)
            for score in read.scores:
                save_score(conn, "scores", score)
            traces += len(piece)
            spans += len(read.spans)
            new_spans += len(read.spans) - written.duplicates
            scores += len(read.scores)
            unreadable += read.unreadable
            if progress is not None:
                progress(traces, len(trace_ids))
    except sqlite3.Error as error:
        why = explain_sqlite_error(store_path, error)
        raise NotWritable(f"{why}; the import stopped after {traces} traces") from error
    finally:
        conn.close()
    return ImportReport(traces, spans, new_spans, scores, tuple(unreadable))


class _Piece:
    """The spans, payload rows and scores of some traces."""

    def __init__(self, workspace: Workspace, trace_ids: list[str], redactor: Redactor | None) -> None:
        self._redactor = redactor
        self.spans: list[Span] = []
        self.payloads: list[tuple[Any, ...]] = []
        self.scores: list[Score] = []
        self.weights: list[Weight] = []
        self.unreadable: list[str] = []
        for trace_id in trace_ids:
            tree = workspace.tree(trace_id)
            self.scores += self._allowed(tree.trace.scores)
            self.weights += [] if tree.trace.weight is None else [tree.trace.weight]
            for node in tree.nodes:
                self.spans.append(self._allowed(node.span))
                self._add_payload(workspace, node.span)

    def _allowed(self, value: Value) -> Value:
        return value if self._redactor is None else self._redactor.redact(value)

    def _add_payload(self, workspace: Workspace, span: Span) -> None:
        try:
            payload = workspace.payload(span.trace_id, span.span_id)
        except TracetuiError as error:
            self.unreadable.append(str(error))
            return
        self.payloads.append(payload_row(span, self._allowed(payload)))


def payload_row(span: Span, payload: Payload) -> tuple[Any, ...]:
    """The row of `payloads`. The record as it stood is kept, unless it is a line of our own form, which says no more."""
    raw = None if payload.raw.startswith('{"tracetui":') else without_surrogates(payload.raw) or None
    return (
        span.trace_id,
        span.span_id,
        _content(payload.input),
        _content(payload.output),
        _json(msgspec.to_builtins(payload.tools)),
        _json(payload.attributes),
        _json(list(payload.events)),
        raw,
    )


def _content(content: Content) -> str | None:
    return None if content is None else _encoded(dump_messages(content))


def _json(value: Json) -> str | None:
    return _encoded(value) if value else None


def _encoded(value: Json) -> str:
    try:
        return _encoder.encode(value).decode()
    except UnicodeEncodeError:  # a lone surrogate, which no database holds
        return _encoder.encode(without_surrogates(value)).decode()
