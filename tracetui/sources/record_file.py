"""What all files of JSON records have in common: they are read from a cursor on, their records are loaded again when
somebody looks at a span, and their scores go beside them.

A format of such files is a subclass that says what one record gives (`map`) and what one of its spans carried
(`unfold`); both are functions of the record alone. A record is a line, an object or an element of an array.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from tracetui.model import Json, Payload, Score, Span
from tracetui.sources.base import Batch, Reference, Skipped
from tracetui.sources.cursors import FilePosition, dump_position
from tracetui.sources.lines import Chunk, Record, describe_shape
from tracetui.sources.lines_again import load_record
from tracetui.sources.scored_file import SKIPS_KEPT, ScoredFile, wrapping_note
from tracetui.wire.otlp_values import loads
from tracetui.wire.reasons import TOO_DEEP, not_json


class Given(Struct, frozen=True):
    """What one record gave: spans, of which the place in this tuple is their `Reference.item`, and scores.

    `skipped` are reasons why parts of the record (or all of it) gave nothing; `other` counts parts that are whole
    and known, but are about something else (a metric, a page's own head). `versions`, where there are any, say for
    each span how new it is: texts that sort, of which the greatest holds whatever the order in the file.
    """

    spans: tuple[Span, ...] = ()
    scores: tuple[Score, ...] = ()
    skipped: tuple[str, ...] = ()
    other: int = 0
    versions: tuple[str | None, ...] = ()


OTHER = Given(other=1)


class Page(Struct, frozen=True):
    """A record as it was loaded again: its bytes, its value, and the spans that it gives."""

    data: bytes
    record: Json
    spans: tuple[Span, ...]


class RecordFile(ScoredFile):
    """One file of JSON records. Raises UnreadableSource where it cannot be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._wrapping = describe_shape(path).wrapping
        self._page: Page | None = None
        self._newest: dict[tuple[str, str], str] = {}

    def map(self, record: Json, line: int) -> Given:
        """What one parsed record gives; `line` is where it stands, counted from 1. Raises nothing."""
        raise NotImplementedError

    def unfold(self, record: Json, item: int, span: Span, raw: str) -> Payload:
        """What the span at `item` of a record carried; `raw` is the record's text."""
        raise NotImplementedError

    def notes(self) -> Iterable[str]:
        """Sentences for `info` about what was assumed."""
        return wrapping_note(self._wrapping)

    def parse(self, data: bytes) -> Json:
        """The value of one record. Raises ValueError, RecursionError."""
        return loads(data)

    def _batch(self, chunk: Chunk, position: FilePosition) -> Batch:
        spans: list[Span] = []
        references: list[Reference] = []
        scores: list[Score] = []
        skipped: list[Skipped] = []
        other = chunk.text_lines
        duplicates = 0
        incomplete = chunk.incomplete
        if chunk.reset:
            self._newest.clear()
        for record in chunk.records:
            given = self._map(record)
            old = self._outdated(given) if given.versions else {}
            for item, span in enumerate(given.spans):
                if item not in old:
                    references.append(Reference(record.position, record.length, item))
                    spans.append(span)
            scores += (
                given.scores if not old else (score for score in given.scores if score.span_id not in old.values())
            )
            duplicates += len(old)
            if given.skipped and chunk.is_unsure(record):
                incomplete = 1
            else:
                skipped += [Skipped(record.line, reason) for reason in given.skipped]
            other += given.other
        return Batch(
            dump_position(position),
            chunk.done,
            chunk.total,
            spans=tuple(spans),
            references=tuple(references),
            scores=tuple(scores),
            skipped=tuple(skipped[:SKIPS_KEPT]),
            skipped_count=len(skipped),
            duplicates=duplicates,
            incomplete=incomplete,
            other=other,
            reset=chunk.reset,
            notice=chunk.notice,
        )

    def _outdated(self, given: Given) -> dict[int, str]:
        """Those spans (place → id) of which a newer version was read before."""
        old: dict[int, str] = {}
        for item, (span, version) in enumerate(zip(given.spans, given.versions, strict=True)):
            if version is None:
                continue
            key = (span.trace_id, span.span_id)
            if version < self._newest.setdefault(key, version):
                old[item] = span.span_id
            else:
                self._newest[key] = version
        return old

    def _map(self, record: Record) -> Given:
        try:
            return self.map(self.parse(record.data), record.line)
        except RecursionError:
            return Given(skipped=(TOO_DEEP,))
        except ValueError as error:
            return Given(skipped=(self._unread(record.data, error),))
        except Exception as error:  # noqa: BLE001  a record that is like no other is one record lost, and counted
            return Given(skipped=(f"not understood ({type(error).__name__})",))

    def _unread(self, data: bytes, error: ValueError) -> str:
        """Why a record could not be parsed."""
        return not_json(data, error)

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the record of the span again. Raises SourceVanished, UnreadableSource."""
        found: list[Page] = []

        def is_right(data: bytes) -> bool:
            page = self._read_page(data)
            if page is None or reference.item >= len(page.spans) or page.spans[reference.item].span_id != span.span_id:
                return False
            found.append(page)
            return True

        load_record(self.path, reference.position, reference.length, is_right)
        page = found[0]
        return self.unfold(page.record, reference.item, span, page.data.decode("utf-8", "replace"))

    def _read_page(self, data: bytes) -> Page | None:
        """A record with its spans; None where it is none. The last one that held many is kept: going through the
        spans of a saved API answer would otherwise parse all of it at each step."""
        if self._page is not None and self._page.data == data:
            return self._page
        try:
            record = self.parse(data)
            page = Page(data, record, self.map(record, 0).spans)
        except (ValueError, RecursionError):
            return None
        if len(page.spans) > 1:
            self._page = page
        return page
