"""The history that aider keeps of what it sent to the model and got back: plain text with header lines.

A header counts only where the whole line is one. Times are local and have no zone, so they are read in the zone of
this machine. docs/formats/aider.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from tracetui.model import Content, Message, Payload, Span, Text
from tracetui.sources.head import Head
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft, title_of
from tracetui.sources.transcript_file import Fold, TranscriptFile

_HEADER = re.compile(rb"(TO LLM|LLM RESPONSE) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\r?")
_ROLE = re.compile(r"(SYSTEM|USER|ASSISTANT|TOOL|FUNCTION|DEVELOPER)(?: |$)")
_RULE = "-------"


class AiderFold(Fold):
    """A request and the response after it are one generation, which is a trace."""

    def __init__(self) -> None:
        super().__init__()
        self._open: Draft | None = None
        self._is_answered = False

    def feed(self, record: Record) -> None:
        """Take one line of text."""
        header = _HEADER.fullmatch(record.data)
        if header is None:
            self._text(record)
        elif header[1] == b"TO LLM":
            self._request(record, _time(header[2]))
        else:
            self._response(record, _time(header[2]))

    def _text(self, record: Record) -> None:
        draft = self._open
        if draft is None:
            self.other += 1
            return
        if not self._is_answered and record.data.startswith(b"USER "):
            draft.name = title_of(record.data[5:].decode("utf-8", "replace")) or draft.name
        self._reach(draft, record)

    def _reach(self, draft: Draft, record: Record) -> None:
        draft.reach(record.position + record.length)
        self.touch(draft)

    def _request(self, record: Record, time_ns: int | None) -> None:
        if self._open is not None and not self._is_answered:
            self._open.status, self._open.status_message = "error", "no response"
            self._open.end_at(time_ns)
            self.touch(self._open)
        if time_ns is None:
            self._open = None
            self.skipped.append("a request without a possible time")
            return
        key = f"aider-{record.position}"
        draft = Draft(trace_id=key, span_id=key, kind="generation", name="aider", start_ns=time_ns, status="running")
        draft.position = record.position
        self._open, self._is_answered = draft, False
        self._reach(draft, record)

    def _response(self, record: Record, time_ns: int | None) -> None:
        draft = self._open
        if draft is None:
            self.skipped.append("a response without a request")
            return
        self._is_answered = True
        draft.status = "success"
        draft.end_at(time_ns if time_ns is not None else draft.start_ns)
        self._reach(draft, record)


class AiderSource(TranscriptFile):
    """One `.aider.llm.history`."""

    format = "aider"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether its first line is a header."""
        first = head.shape.head.lstrip().partition(b"\n")
        return bool(first[1]) and _HEADER.fullmatch(first[0]) is not None

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "times have no zone: they are read as local times of this machine"
        yield "no model, tokens or cost are recorded"

    def make_fold(self, context: str) -> AiderFold:
        """A fold that has seen nothing yet."""
        return AiderFold()

    def unfold_region(self, span: Span, data: bytes, item: int) -> Payload:
        """The request as messages by their roles, and the response."""
        text = data.decode("utf-8", "replace")
        request: list[str] = []
        response: list[str] | None = None
        for line in text.splitlines()[1:]:
            if response is None and _HEADER.fullmatch(line.encode()):
                response = []
            else:
                (request if response is None else response).append(line)
        return Payload(_messages(request, "user"), _messages(response or [], "assistant"), raw=text)


def _messages(lines: list[str], role: str) -> Content:
    """Lines as messages: a rule or another role begins the next one."""
    found: list[tuple[str, list[str]]] = []
    is_new = True
    for line in lines:
        if line == _RULE:
            is_new = True
            continue
        named = _ROLE.match(line)
        said = named[1].lower() if named else found[-1][0] if found and not is_new else role
        if is_new or said != found[-1][0]:
            found.append((said, []))
            is_new = False
        found[-1][1].append(line[named.end() :] if named else line)
    messages = tuple(Message(said, (Text("\n".join(texts).strip("\n")),)) for said, texts in found if any(texts))
    return messages or None


def _time(text: bytes) -> int | None:
    try:
        return int(datetime.fromisoformat(text.decode()).timestamp()) * 1_000_000_000
    except (ValueError, OverflowError, OSError):
        return None
