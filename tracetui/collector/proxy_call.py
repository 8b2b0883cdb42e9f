"""One call that passes through the proxy, as far as it is kept: both bodies within limits, the times, how it ended."""

from __future__ import annotations

import time
import uuid

from msgspec import Struct

from tracetui.collector.proxy_headers import Raw, Told, kept_of_answer, kept_of_request, kept_query, secrets_of, told_by
from tracetui.collector.upstream import Upstream
from tracetui.model import Kind
from tracetui.wire.answer_stream import AnswerStream
from tracetui.wire.inflate import Opening, opening
from tracetui.wire.room import Room

_EVENTS = "text/event-stream"
SAMPLE = 16 << 10
"""What is kept of a body that cannot be kept whole."""
KINDS: tuple[tuple[str, Kind, str], ...] = (
    ("/chat/completions", "generation", "chat"),
    ("/completions", "generation", "text_completion"),
    ("/responses", "generation", "chat"),
    ("/messages", "generation", "chat"),
    ("/complete", "generation", "text_completion"),
    ("/embeddings", "embedding", "embeddings"),
    ("/images/generations", "generation", "image_generation"),
    ("/images/edits", "generation", "image_generation"),
    ("/audio/speech", "generation", "speech"),
    ("/audio/transcriptions", "generation", "transcription"),
    ("/audio/translations", "generation", "transcription"),
    ("/moderations", "guardrail", "moderation"),
    ("/rerank", "reranker", "rerank"),
)
"""End of a path → what a POST there is. Everything else passes and is not kept: lists of models, files, batches."""


class Keeping(Struct, frozen=True):
    """How much of each body is kept, and how much of all calls together until they are stored."""

    body: int = 16 << 20
    together: int = 64 << 20


class Kept:
    """A body, or the beginning of one that is too large: half of a JSON document is good for a look only."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.size = 0
        self.is_cut = False
        self._pieces: list[bytes] = []

    def take(self, piece: bytes) -> None:
        """Keep a piece, as long as all of them can be kept."""
        self.size += len(piece)
        if self.is_cut:
            return
        self._pieces.append(piece)
        if not self.room.take(len(piece)):
            self.is_cut = True
            self._pieces = [self.bytes()[:SAMPLE]]
            self.room.release()

    def bytes(self) -> bytes:
        """What was kept."""
        return b"".join(self._pieces)


class Streamed:
    """An answer of events: what was said in it."""

    def __init__(self, encoding: str, room: Room, longest: int) -> None:
        self.room = room
        self.size = 0
        self.opened: Opening = opening(encoding)
        self.answer = AnswerStream(room, longest)

    def take(self, piece: bytes) -> bool:
        """Take a piece as it came; True where an event in it says something."""
        self.size += len(piece)
        return sum(self.answer.feed(said) for said in self.opened.feed(piece)) > 0


class Call:
    """Made when the request came; everything else is set while it passes."""

    def __init__(self, method: str, path: str, query: bytes, headers: Raw, upstream: Upstream, total: Room, keeping: Keeping) -> None:  # fmt: skip
        self.told: Told = told_by(headers)
        self.span_id = self.told.request_id or str(uuid.uuid4())
        self.parent_id = self.told.parent_id
        self.is_first = False
        self.method, self.path, self.query = method, path, kept_query(query)
        self.upstream = upstream
        self.secrets = secrets_of(headers, query)
        self.request_headers = kept_of_request(headers)
        self.answer_headers: dict[str, str] = {}
        self.status: int | None = None
        self.failure: str | None = None
        self.is_cancelled = False
        self.start_ns = time.time_ns()
        self.end_ns: int | None = None
        self.ttft_ns: int | None = None
        self._begun = time.perf_counter_ns()
        self._keeping, self._total = keeping, total
        self.request = Kept(Room(keeping.body, total))
        self.answer: Kept | Streamed = Kept(Room(keeping.body, total))

    @property
    def kind(self) -> tuple[Kind, str] | None:
        """Kind and operation of a call of a model; None for anything else."""
        if self.method != "POST":
            return None
        path = self.path.rstrip("/")
        return next(((kind, operation) for end, kind, operation in KINDS if path.endswith(end)), None)

    @property
    def trace_id(self) -> str:
        """That of the caller's trace, else the session, else the call's own."""
        return self.told.trace_id or self.told.session_id or self.span_id

    @property
    def is_streamed(self) -> bool:
        """Whether the answer came as events."""
        return isinstance(self.answer, Streamed)

    def answered(self, status: int, headers: Raw) -> None:
        """The head of the answer came."""
        self.status, self.answer_headers = status, kept_of_answer(headers)
        if self.answer_headers.get("content-type", "").partition(";")[0].strip().lower() == _EVENTS:
            encoding = self.answer_headers.get("content-encoding", "")
            self.answer = Streamed(encoding, Room(self._keeping.body, self._total), self._keeping.body)

    def took(self, piece: bytes, at_ns: int) -> None:
        """A piece of the answer was passed on, which had come `at_ns` after the start."""
        if isinstance(self.answer, Kept):
            self.answer.take(piece)
        elif self.answer.take(piece) and self.ttft_ns is None:
            self.ttft_ns = at_ns

    def elapsed_ns(self) -> int:
        """Since the request came."""
        return time.perf_counter_ns() - self._begun

    def ended(self) -> None:
        """The last byte left, or nothing more will."""
        self.end_ns = self.start_ns + self.elapsed_ns()
        if isinstance(self.answer, Streamed):
            self.answer.answer.end()

    def release(self) -> None:
        """Nothing of it is held any more."""
        self.request.room.release()
        self.answer.room.release()
