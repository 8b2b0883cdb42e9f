"""Joins what belongs together before it is written: a span with its log events, an update with what it updates.

A draft is one span of one transaction. What the store has of it already is read from its payload row, so nothing that
was answered for lives in memory only, and the order of arrival does not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from tracetui.collector.captured import Addition, Captured, Correction, Piece, Protocol, Whole
from tracetui.model import Json, Payload, Score, Span, Status
from tracetui.semconv.attributes import LogEvent, RawSpan, interpret, scores_of, unfold
from tracetui.semconv.chat_response import is_refusal
from tracetui.semconv.genai_events import finish_of
from tracetui.sources.export_values import fingerprint
from tracetui.store.captured import (
    Connection,
    copy_payload,
    find_payload,
    find_root,
    find_score,
    find_span,
    find_trace_of_span,
    forget_early,
    move_scores,
    write_captured,
    write_payloads,
)
from tracetui.store.scores import save_score
from tracetui.store.trace_facts import stand_in_id, with_said
from tracetui.workspace.importing import payload_row

ReadPiece = Callable[[dict[str, Json]], "tuple[Span, Payload] | None"]
Key = tuple[str, str]


class Draft(Struct):
    """A span as it will be written. Without a `span` only its payload waits for it; `fields` are of a record in pieces."""

    key: Key
    span: Span | None = None
    payload: Payload | None = None
    fields: dict[str, Json] | None = None
    stamps: dict[str, str] = {}
    is_changed: bool = False


class Drafts:
    """The drafts of one transaction on `conn`. `readers` understand the records of protocols that send pieces."""

    def __init__(self, conn: Connection, readers: dict[Protocol, ReadPiece], price: Callable[[Span], Span]) -> None:
        self._conn = conn
        self._readers = readers
        self._price = price
        self._drafts: dict[Key, Draft] = {}
        self._scores: list[Score] = []
        self._corrections: list[Correction] = []
        self._moved: list[Key] = []
        self._early: list[str] = []

    def take(self, captured: Captured) -> None:
        """Take in one request."""
        for raw in captured.spans:
            self._add_span(raw)
        for event in captured.events:
            self._add_event(event)
        for whole in captured.wholes:
            self._add_whole(whole)
        for piece in captured.pieces:
            self._add_piece(piece)
        for addition in captured.additions:
            self._add_metadata(addition)
        self._scores += captured.scores
        self._corrections += captured.corrections

    def write(self) -> frozenset[str]:
        """Write everything that changed. Gives the traces that are still to be arranged: see `write_captured`."""
        changed = self._changed()
        for trace_id in {draft.key[0] for draft in changed}:
            self._tell_root(trace_id)
        changed = self._changed()
        write_payloads(self._conn, [_row(draft) for draft in changed if draft.payload is not None])
        spans = [self._price(draft.span) for draft in changed if draft.span is not None]
        # What a trace's own record says holds for spans that come later, too.
        records = [self._draft((trace_id, stand_in_id(trace_id))) for trace_id in {span.trace_id for span in spans}]
        facts = {record.key[0]: record.span for record in records if record.span is not None and not record.is_changed}
        unarranged = write_captured(self._conn, spans, facts)
        forget_early(self._conn, self._early)
        self._write_scores()
        return unarranged

    @property
    def trace_ids(self) -> frozenset[str]:
        """The traces of which something changed."""
        return frozenset(draft.key[0] for draft in self._changed())

    def _changed(self) -> list[Draft]:
        return [draft for draft in self._drafts.values() if draft.is_changed]

    def _tell_root(self, trace_id: str) -> None:
        """Read the trace's own record, if it has one, and give its input and output to a first span that lacks them."""
        facts = self._draft((trace_id, stand_in_id(trace_id)))
        if facts.fields is None:
            return
        if not facts.is_changed:
            self._read_fields(facts, "langfuse")
        root = self._find_root(trace_id)
        if root is None or root.fields is None or facts.payload is None:
            return
        self._read_fields(root, "langfuse")
        root.payload = with_said(root.payload or Payload(), facts.payload)
        root.is_changed = True

    def _find_root(self, trace_id: str) -> Draft | None:
        """The first span without a parent, among those of this transaction and of the store."""
        known = find_root(self._conn, trace_id)
        stored = [self._draft((trace_id, known))] if known is not None else []
        fresh = [draft for key, draft in self._drafts.items() if key[0] == trace_id and key[1] != stand_in_id(trace_id)]
        roots = [draft for draft in (*stored, *fresh) if draft.span is not None and draft.span.parent_id is None]
        return min(roots, key=lambda draft: draft.span.start_ns if draft.span else 0, default=None)

    def _write_scores(self) -> None:
        for trace_id, span_id in self._moved:
            move_scores(self._conn, span_id, trace_id)
        for score in self._scores:
            self._save(self._placed(score))
        for correction in self._corrections:
            known = find_score(self._conn, correction.score_id)
            if known is not None:
                self._save(msgspec.structs.replace(known, **correction.changes))

    def _save(self, score: Score) -> None:
        """A score with the id of an older one corrects it; the older one is kept as history."""
        older = find_score(self._conn, score.id)
        if older is not None:
            told = (score.value, score.label, score.comment)
            if (older.value, older.label, older.comment) == told:
                return
            score = msgspec.structs.replace(score, id=fingerprint(score.id, repr(told)))
        save_score(self._conn, "scores", score)

    def _placed(self, score: Score) -> Score:
        """A score that names only a span (its id stands in for the trace's) with the trace of that span, if it is known."""
        if score.span_id is None or score.trace_id != score.span_id:
            return score
        trace_id = self._trace_of(score.span_id)
        return msgspec.structs.replace(score, trace_id=trace_id) if trace_id else score

    def _add_span(self, raw: RawSpan) -> None:
        span = interpret(raw)
        draft = self._draft((span.trace_id, span.span_id))
        told = [event for event in _log_events(draft) if not _is_of_span(event, raw)]
        self._set(draft, _finished(span, told), unfold(raw, told))
        self._scores += scores_of(raw)

    def _add_event(self, event: LogEvent) -> None:
        draft = self._draft((event.trace_id, event.span_id))
        self._scores += scores_of(event)
        told = _log_events(draft)
        if event not in told:
            draft.payload = unfold(_raw_of(draft), [*told, event])
            draft.span = None if draft.span is None else _finished(draft.span, [event])
            draft.is_changed = True

    def _set(self, draft: Draft, span: Span, payload: Payload) -> None:
        """Keep what is newer; one that has ended is not replaced by one that has not."""
        if draft.span is not None and draft.span.end_ns is not None and span.end_ns is None:
            return
        draft.span, draft.payload, draft.is_changed = span, payload, True

    def _add_whole(self, whole: Whole) -> None:
        span = self._apart(whole.span) if whole.is_attempt else whole.span
        draft = self._draft((span.trace_id, span.span_id))
        self._set(draft, span, whole.payload)
        if whole.is_attempt and span.trace_id != span.span_id:
            self._moved.append(draft.key)

    def _add_metadata(self, addition: Addition) -> None:
        """Add to a span that is there; what is said of one that never came is dropped."""
        trace_id = self._trace_of(addition.span_id)
        draft = self._draft((trace_id, addition.span_id)) if trace_id is not None else None
        if draft is not None and draft.span is not None:
            if not draft.is_changed:
                draft.payload = None  # its row stays as it is
            metadata = {**draft.span.metadata, **addition.metadata}
            draft.span, draft.is_changed = msgspec.structs.replace(draft.span, metadata=metadata), True

    def _apart(self, span: Span) -> Span:
        """Keep calls with one id apart: the one that began last has it. Gives this one, with the id it is to have."""
        other = self._draft((span.trace_id, span.span_id))
        if other.span is None or other.span.start_ns == span.start_ns:
            return span
        if other.span.start_ns > span.start_ns:
            return msgspec.structs.replace(span, span_id=_id_of_attempt(span))
        aside = msgspec.structs.replace(other.span, span_id=_id_of_attempt(other.span))
        key = (aside.trace_id, aside.span_id)
        if not other.is_changed:
            copy_payload(self._conn, *other.key, aside.span_id)
        self._drafts[key] = Draft(key, aside, other.payload if other.is_changed else None, is_changed=True)
        self._drafts[other.key] = Draft(other.key)
        return span

    def _add_piece(self, piece: Piece) -> None:
        draft = self._draft((piece.trace_id or self._find_trace(piece), piece.span_id))
        if piece.protocol == "langsmith" and draft.key[0] != piece.span_id:
            self._moved.append(draft.key)
            self._take_early(draft)
        draft.fields = _merged(draft, piece)
        self._read_fields(draft, piece.protocol)
        draft.is_changed = True

    def _take_early(self, draft: Draft) -> None:
        """Take over what came of a run before its trace was known, when its own id stood in for the trace's."""
        trace_id, span_id = draft.key
        early = self._draft((span_id, span_id))
        for name, given in (early.fields or {}).items():
            draft.fields = _merged(
                draft, Piece("langsmith", trace_id, span_id, {name: given}, early.stamps.get(name, ""))
            )
        if early.fields is not None:
            self._drafts[early.key] = Draft(early.key)
            self._early.append(span_id)

    def _find_trace(self, piece: Piece) -> str:
        """The trace of a piece that does not name it: that of the span as it is known, else of its parent, else its own."""
        parent = piece.fields.get("parent_run_id")
        for span_id in (piece.span_id, parent if isinstance(parent, str) else None):
            if span_id is not None and (found := self._trace_of(span_id)) is not None:
                return found
        return piece.span_id

    def _trace_of(self, span_id: str) -> str | None:
        known = next((key[0] for key, draft in self._drafts.items() if key[1] == span_id and draft.span), None)
        return known or find_trace_of_span(self._conn, span_id)

    def _read_fields(self, draft: Draft, protocol: Protocol) -> None:
        fields = draft.fields or {}
        read = self._readers[protocol](fields)
        payload = Payload()
        if read is not None:
            draft.span, payload = read
        raw = msgspec.json.encode({**fields, _STAMPS: draft.stamps} if draft.stamps else fields).decode()
        draft.payload = msgspec.structs.replace(payload, raw=raw)

    def _draft(self, key: Key) -> Draft:
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = self._load(key)
        return draft

    def _load(self, key: Key) -> Draft:
        row = find_payload(self._conn, *key)
        if row is None:
            return Draft(key)
        attributes, events, raw = row
        payload = Payload(attributes=_object(attributes), events=tuple(_listed(events)), raw=raw or "")
        fields = _object(raw) if raw else None
        stamps = fields.pop(_STAMPS, {}) if fields else {}
        return Draft(key, find_span(self._conn, *key), payload, fields, stamps if isinstance(stamps, dict) else {})


_STAMPS = "tracetui.set_at"
"""Key of a record in pieces: when each of its fields was set, for pieces that come late."""


def _id_of_attempt(span: Span) -> str:
    return f"{span.span_id}#{span.start_ns}"


def _merged(draft: Draft, piece: Piece) -> dict[str, Json]:
    """The record with the fields of a piece; an older piece only adds what is not there. Metadata are
    joined by key, tags are united."""
    fields, stamps = dict(draft.fields or {}), dict(draft.stamps)
    for name, given in piece.fields.items():
        known = fields.get(name)
        is_late = name in fields and stamps.get(name, "") > piece.stamp
        if isinstance(known, dict) and isinstance(given, dict) and name in _JOINED:
            given = _joined(given, known) if is_late else _joined(known, given)
        elif isinstance(known, list) and isinstance(given, list) and name == "tags":
            given = [*known, *(tag for tag in given if tag not in known)]
        elif is_late:
            continue
        fields[name] = given
        if piece.stamp and not is_late:
            stamps[name] = piece.stamp
    draft.stamps = stamps
    return fields


_JOINED = frozenset({"metadata", "extra"})


def _joined(older: dict[str, Json], newer: dict[str, Json]) -> dict[str, Json]:
    """Objects joined key by key, and the objects within them."""
    both = {**older, **newer}
    for key in older.keys() & newer.keys():
        if isinstance(older[key], dict) and isinstance(newer[key], dict):
            both[key] = _joined(older[key], newer[key])
    return both


def _finished(span: Span, told: list[LogEvent]) -> Span:
    """A call with the finish reason that only its log events tell."""
    finish = finish_of(told) if span.kind == "generation" and span.finish_reason is None else None
    if finish is None:
        return span
    status: Status = "refused" if span.status == "success" and is_refusal(finish) else span.status
    return msgspec.structs.replace(span, finish_reason=finish, status=status)


def _log_events(draft: Draft) -> list[LogEvent]:
    """The events of a payload again as they were sent."""
    return [
        LogEvent(
            *draft.key, event.get("name") or "", event.get("time_ns") or 0, event.get("body"), event.get("attributes") or {}
        )
        for event in (draft.payload.events if draft.payload is not None else ())
    ]  # fmt: skip


def _is_of_span(event: LogEvent, raw: RawSpan) -> bool:
    return event.body is None and any(
        (own.name, own.time_ns, own.attributes) == (event.name, event.time_ns, event.attributes) for own in raw.events
    )


def _raw_of(draft: Draft) -> RawSpan:
    """The span of a payload as far as its messages need it; its events travel beside it."""
    payload = draft.payload or Payload()
    attributes = dict(payload.attributes)
    resource, scope = attributes.pop("resource", None), attributes.pop("scope", None)
    return RawSpan(
        *draft.key,
        attributes=attributes,
        resource=resource if isinstance(resource, dict) else {},
        scope=scope if isinstance(scope, str) else "",
        raw=payload.raw,
    )


def _row(draft: Draft) -> tuple[Any, ...]:
    """The payload's row under the draft's own key, which can be one without a span."""
    return payload_row(draft.span or Span(*draft.key), draft.payload or Payload())


def _object(text: Any) -> dict[str, Json]:
    found = _json(text)
    return found if isinstance(found, dict) else {}


def _listed(text: Any) -> list[dict[str, Json]]:
    found = _json(text)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _json(text: Any) -> Json:
    try:
        return msgspec.json.decode(text) if text else None
    except msgspec.MsgspecError:
        return None
