"""What transcripts have in common: files to which an agent appends a line an event, where a span is told by several lines.

A format of such files is a subclass that makes a `Fold`, which takes the lines in order and keeps what is still open,
and that reads a span's payload from the region of the file in which the span lies (`unfold`). Reading on after the end
feeds the new lines to the fold of the last reading. Where that is gone (another process read the file), the file is
folded again up to the cursor, which is what one more reading of that one file takes; nothing of it is emitted again.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.model import Payload, Span
from tracetui.sources.base import Batch, Reference, Skipped
from tracetui.sources.cursors import FilePosition, dump_position, parse_position
from tracetui.sources.lines import Chunk, Form, Record, changed, read_records
from tracetui.sources.lines_again import load_record
from tracetui.sources.lines_cursor import parse_cursor
from tracetui.sources.record_file import RecordFile
from tracetui.sources.scored_file import SKIPS_KEPT
from tracetui.sources.transcript_draft import Draft
from tracetui.sources.transcript_json import NotAnObject
from tracetui.wire.reasons import TOO_DEEP, not_json

END = 4 << 20
"""Bytes at either end of a long turn that are loaded for its payload."""


class Fold:
    """Takes the lines of one file in order and keeps the spans that they tell.

    A subclass implements `feed`, which changes drafts and calls `touch` for each one that changed, and `settle`.
    """

    def __init__(self) -> None:
        self.skipped: list[str] = []
        self.other = 0
        self.duplicates = 0
        self._touched: dict[int, Draft] = {}

    def feed(self, record: Record) -> None:
        """Take one line. Raises ValueError where it is no JSON, RecursionError where it is too deep."""
        raise NotImplementedError

    def settle(self) -> None:
        """Bring what follows from several spans (the end and the status of a turn) up to date."""

    def touch(self, draft: Draft) -> None:
        """Remember that a span is new or changed."""
        self._touched[id(draft)] = draft

    def take(self) -> list[Draft]:
        """The spans that are new or changed since the last time, each once."""
        self.settle()
        drafts = list(self._touched.values())
        self._touched.clear()
        return drafts


class Place(FilePosition, frozen=True, array_like=True):
    """The cursor: how far the file was read, the scores beside it, and what was found in files beside it."""

    context: str = ""


class TranscriptFile(RecordFile):
    """One transcript. Raises UnreadableSource where it cannot be read."""

    form: Form | None = "lines"
    tells_rest = False

    def make_fold(self, context: str) -> Fold:
        """A fold that has seen nothing yet."""
        raise NotImplementedError

    def context(self, known: str | None) -> str:
        """What the meaning of this file takes from files beside it; when it changes, the file is read again.

        `known` is what was found the last time. Called at every poll.
        """
        return ""

    def unfold_region(self, span: Span, data: bytes, item: int) -> Payload:
        """What a span carried; `data` is the region of the file that its draft named, whole lines."""
        raise NotImplementedError

    def changed(self, cursor: str | None) -> bool:
        """Whether the file, the scores beside it, or what it takes from its neighbours changed."""
        place = parse_position(cursor, Place(""))
        return (
            changed(self.path, place.lines)
            or self._sidecar.changed(place.scores)
            or self.context(place.context) != place.context
        )

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read new lines, then new scores from beside the file."""
        place = parse_position(cursor, Place(""))
        context = self.context(None if cursor is None else place.context)
        is_moved = place.lines is not None and context != place.context
        if is_moved:
            place = Place("", None, context)
        fold = self._fold_until(place.lines, context)
        done = total = self._size()
        is_tail = bool(place.lines)
        for chunk in read_records(self.path, place.lines, self.form):
            if chunk.reset:
                fold, is_tail = self.make_fold(context), False
            place = Place(chunk.cursor, None if chunk.reset else place.scores, context)
            done, total = chunk.done, chunk.total
            yield self._fed(fold, chunk, place)
        self._kept = (place.lines, fold) if is_tail else None
        yield from self._score_batches(place, done, total)

    _kept: tuple[str | None, Fold] | None = None

    def _fold_until(self, lines: str | None, context: str) -> Fold:
        """The fold that has seen everything before the cursor."""
        kept, self._kept = self._kept, None
        if kept is not None and kept[0] == lines:
            return kept[1]
        fold = self.make_fold(context)
        known = parse_cursor(lines)
        if known is None:
            return fold
        try:
            for chunk in read_records(self.path, None, self.form):
                for record in chunk.records:
                    if record.position >= known.offset:
                        break
                    feed(fold, record)
                else:
                    continue
                break
        except (SourceVanished, UnreadableSource):
            return self.make_fold(context)
        fold.take()
        fold.skipped, fold.other, fold.duplicates = [], 0, 0
        return fold

    def _fed(self, fold: Fold, chunk: Chunk, place: Place) -> Batch:
        skipped: list[Skipped] = []
        for record in chunk.records:
            feed(fold, record)
            if fold.skipped:
                skipped += [Skipped(record.line, reason) for reason in fold.skipped]
                fold.skipped.clear()
        drafts = fold.take()
        other, duplicates = fold.other, fold.duplicates
        fold.other = fold.duplicates = 0
        return Batch(
            dump_position(place),
            chunk.done,
            chunk.total,
            spans=tuple(draft.span() for draft in drafts),
            references=tuple(draft.reference() for draft in drafts),
            skipped=tuple(skipped[:SKIPS_KEPT]),
            skipped_count=len(skipped),
            duplicates=duplicates,
            incomplete=chunk.incomplete,
            other=other + chunk.text_lines,
            reset=chunk.reset,
            notice=chunk.notice,
            updates=True,
        )

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the region of the span again. Raises SourceVanished, UnreadableSource."""
        return self.unfold_region(span, self._region(span, reference), reference.item)

    def _region(self, span: Span, reference: Reference) -> bytes:
        """The lines of a span. Of a long turn only its two ends: what it carried is the prompt and the last answer."""
        start, length = reference.position, reference.length
        if span.kind != "agent" or length <= 2 * END:
            return load_record(self.path, start, length)
        head = load_record(self.path, start, END).rpartition(b"\n")[0]
        tail = load_record(self.path, start + length - END, END).partition(b"\n")[2]
        return head + b"\n" + tail


def feed(fold: Fold, record: Record) -> None:
    """Feed one line; what cannot be read is skipped with its reason."""
    try:
        fold.feed(record)
    except RecursionError:
        fold.skipped.append(TOO_DEEP)
    except NotAnObject:
        fold.skipped.append(NotAnObject.REASON)
    except ValueError as error:
        fold.skipped.append(not_json(record.data, error))
