"""Logs of Inspect AI, `.eval` and `.json`: each sample of each epoch is a trace. docs/formats/inspect_ai.md.

Inspect writes a log anew while it runs. What a look finds rewritten is read again, a sample at a time; scores are saved
beside the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct

from tracetui.errors import UnreadableSource
from tracetui.model import Payload, Score, Span
from tracetui.sources.base import Batch, Description, Reference, Saved, Skipped
from tracetui.sources.cursors import dump_position, parse_position, stamp_of
from tracetui.sources.head import Head
from tracetui.sources.inspect_archive import Log, Stored, read_archive, read_object
from tracetui.sources.inspect_payload import payload_of
from tracetui.sources.inspect_sample import Eval, is_sample, trace_id_of
from tracetui.sources.inspect_scores import scores_of
from tracetui.sources.inspect_spans import nodes_of
from tracetui.sources.sidecar import SidecarScores

_HEAD = re.compile(r'"(?:eval_id|task_id)"\s*:')
_ALSO = ('"version"', '"eval"', '"run_id"', '"task"')
_SAMPLES_AT_ONCE = 20
_NO_SAMPLE = "not a sample: no id and epoch"


class Position(Struct, frozen=True):
    """The cursor: the file as it was, the samples that were read and their marks, the scores beside the file."""

    file: tuple[int, int, int] = (0, 0, 0)
    samples: dict[str, str] = {}
    sidecar: str | None = None


class InspectLog:
    """One log. Raises UnreadableSource where it cannot be read."""

    format = "inspect-ai"

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            self._is_archive = file.read(2) == b"PK"
        self._sidecar = SidecarScores(path)

    @staticmethod
    def recognise(head: Head) -> bool:
        """An archive with a journal or samples, or JSON that begins with the description of an evaluation."""
        if head.is_zip:
            import zipfile

            try:
                with zipfile.ZipFile(head.path) as archive:
                    names = archive.namelist()
            except (zipfile.BadZipFile, NotImplementedError, OSError):
                return False
            return "header.json" in names or "_journal/start.json" in names
        return (
            bool(_HEAD.search(head.text)) and all(key in head.text for key in _ALSO) and head.text.lstrip()[:1] == "{"
        )

    def describe(self) -> Description:
        """Say what was recognised and where scores go."""
        notes = ["Inspect counts cached tokens beside the input", "the task is the feature, the run is the session"]
        try:
            log = self._load({}, only="")
            error = log.head.get("error")
            if isinstance(error, dict) and isinstance(error.get("message"), str):
                notes.append(f"the run failed: {error['message']}")
            elif Eval.of(log.head).is_running:
                notes.append("the run has not ended: samples appear when they are complete")
        except UnreadableSource as problem:
            notes.append(str(problem))
        return Description(
            str(self.path), self.format, self._sidecar.writable, self._sidecar.place(), notes=tuple(notes)
        )

    def changed(self, cursor: str | None) -> bool:
        """Whether the file was written, or a score saved beside it."""
        position = parse_position(cursor, Position())
        return stamp_of(self.path) != position.file or self._sidecar.changed(position.sidecar)

    def _load(self, known: dict[str, str], only: str | None = None) -> Log:
        return read_archive(self.path, known, only) if self._is_archive else read_object(self.path)

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read the samples that are new or were rewritten, then scores from beside the file."""
        position = parse_position(cursor, Position())
        now = stamp_of(self.path)
        done = len(position.samples)
        if now != position.file:
            log = self._load(position.samples)
            gone = position.samples.keys() - {stored.name for stored in log.samples}
            is_again = bool(gone) and cursor is not None
            if is_again:
                log = self._load({})
            for batch in self._batches(log, position, now, is_again=is_again):
                done = batch.done
                position = parse_position(batch.cursor, Position())
                yield batch
        for change in self._sidecar.read(position.sidecar):
            position = Position(position.file, position.samples, change.cursor)
            yield self._sidecar.batch(change, dump_position(position), done, done)

    def _batches(self, log: Log, position: Position, now: tuple[int, int, int], *, is_again: bool) -> Iterator[Batch]:
        run = Eval.of(log.head)
        marks = {} if is_again else dict(position.samples)
        fresh = [stored for stored in log.samples if stored.sample is not None or stored.problem is not None]
        places = {stored.name: place for place, stored in enumerate(log.samples)}
        waiting, total, is_first = iter(fresh), len(log.samples), True
        while (chunk := list(islice(waiting, _SAMPLES_AT_ONCE))) or is_first:
            known = {stored.name for stored in chunk if stored.name in marks}
            marks.update({stored.name: stored.mark for stored in chunk})
            is_last = total <= len(marks)
            position = Position(now if is_last else (0, 0, 0), dict(marks), position.sidecar)
            batch = _batch(chunk, run, known, position, places)
            if is_first and is_again:
                batch = msgspec.structs.replace(
                    batch, reset=True, notice=f"{self.path.name} lost samples: read again from the start"
                )
            yield batch
            is_first = False

    def payload(self, span: Span, reference: Reference, joined: tuple[Reference, ...] = ()) -> Payload:
        """Load the sample again. Raises SourceVanished, UnreadableSource."""
        stamp_of(self.path)
        for log in self._logs_with(reference.position):
            run = Eval.of(log.head)
            for stored in log.samples:
                if is_sample(stored.sample) and trace_id_of(stored.sample, run) == span.trace_id:
                    for node in nodes_of(stored.sample, run):
                        if node.span.span_id == span.span_id:
                            return payload_of(node, stored.sample, json.dumps(node.source, ensure_ascii=False))
        raise UnreadableSource(f"{self.path}: the sample of this span is not there any more")

    def _logs_with(self, place: int) -> Iterator[Log]:
        """The log with the one sample at its place decompressed, then, should it have moved, with all of them."""
        if self._is_archive:
            names = [stored.name for stored in self._load({}, only="").samples]
            if place < len(names):
                yield self._load({}, only=names[place])
        yield self._load({})

    def write_score(self, score: Score) -> Saved:
        """Append to the file beside the log. Raises NotWritable."""
        return self._sidecar.write(score)

    def retract_score(self, score: Score) -> Saved:
        """Take a score back; the line that saved it stays as history. Raises NotWritable."""
        return self._sidecar.retract(score)

    def close(self) -> None:
        """Nothing is held open."""


def _batch(chunk: list[Stored], run: Eval, known: set[str], position: Position, places: dict[str, int]) -> Batch:
    spans: list[Span] = []
    references: list[Reference] = []
    scores: list[Score] = []
    skipped: list[Skipped] = []
    forget: set[str] = set()
    for stored in chunk:
        if not is_sample(stored.sample):
            skipped.append(Skipped(None, stored.problem or _NO_SAMPLE))
            continue
        nodes = nodes_of(stored.sample, run)
        spans += [node.span for node in nodes]
        references += [Reference(places[stored.name], 0, item) for item in range(len(nodes))]
        trace_id = nodes[0].span.trace_id
        scores += scores_of(stored.sample, trace_id)
        if stored.name in known:
            forget.add(trace_id)
    return Batch(
        dump_position(position), len(position.samples), max(len(places), len(position.samples)), spans=tuple(spans), references=tuple(references),
        scores=tuple(scores), skipped=tuple(skipped), skipped_count=len(skipped), forget=frozenset(forget),
    )  # fmt: skip
