"""aider's chat history in Markdown: what was asked (`####`), what was answered, and aider's own lines (`>`).

Only the start of a session has a time; tokens and costs are rounded, so they are metadata. docs/formats/aider.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from tracetui.model import Json, Message, Payload, Span, Text
from tracetui.sources.head import Head
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft, title_of
from tracetui.sources.transcript_file import Fold, TranscriptFile

_STARTED = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*")
_MODEL = re.compile(r"> (?:Main model|Model): (\S+) with .*")
_TOKENS = re.compile(r"> Tokens: (.*?)\.?(?: Cost: (\S+) message, .*)?\s*")
_ASKED, _OWN = "#### ", ">"


class ChatFold(Fold):
    """A question and its answer are one generation, which is a trace; a question without one is a command."""

    def __init__(self) -> None:
        super().__init__()
        self._session: tuple[str, int] | None = None
        self._model: str | None = None
        self._open: Draft | None = None
        self._is_asking = False

    def feed(self, record: Record) -> None:
        """Take one line of text."""
        line = record.data.decode("utf-8", "replace").rstrip("\r")
        is_question = line.startswith(_ASKED) or line == _ASKED.rstrip()
        if (started := _STARTED.fullmatch(line)) is not None:
            self._begin(record, started[1])
        elif is_question:
            self._ask(record, line[len(_ASKED) :])
        elif line.startswith(_OWN):
            self._note(record, line)
        elif line.strip():
            self._answer(record)
        self._is_asking = is_question

    def _begin(self, record: Record, time: str) -> None:
        self._open = self._model = None
        self.other += 1
        moment = _time(time)
        if moment is None:
            self.skipped.append("a session without a possible time")
        self._session = None if moment is None else (f"aider-{record.position}", moment)

    def _ask(self, record: Record, text: str) -> None:
        if self._is_asking and self._open is not None:
            self._open.reach(record.position + record.length)
            return
        self._open = None
        if self._session is None:
            self.skipped.append("a question before a session")
            return
        key = f"aider-chat-{record.position}"
        session_id, moment = self._session
        self._open = Draft(trace_id=key, span_id=key, kind="generation", name=title_of(text) or "aider",
                           model=self._model, session_id=session_id, start_ns=moment, end_ns=moment)  # fmt: skip
        self._open.position = record.position
        self._open.reach(record.position + record.length)

    def _answer(self, record: Record) -> None:
        if self._open is None:
            self.other += 1
            return
        self._reach(self._open, record)

    def _note(self, record: Record, line: str) -> None:
        """A line of aider's own: the model, or what a call took."""
        named, took = _MODEL.fullmatch(line), _TOKENS.fullmatch(line)
        if named is not None:
            self._model = named[1]
        if took is None or self._open is None:
            self.other += 1
            return
        facts: dict[str, Json] = {"tokens": took[1], "cost": took[2]}
        self._open.metadata |= {key: value for key, value in facts.items() if value is not None}
        self._reach(self._open, record)

    def _reach(self, draft: Draft, record: Record) -> None:
        draft.reach(record.position + record.length)
        self.touch(draft)


class AiderChat(TranscriptFile):
    """One `.aider.chat.history.md`."""

    format = "aider-chat"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether its first line tells when a chat was started."""
        first = head.text.lstrip("\ufeff \r\n").partition("\n")[0]
        return _STARTED.fullmatch(first) is not None

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "only the start of a session has a time, without a zone: all its calls have that time, and no latency is known"
        yield "tokens and costs are rounded: they are in the metadata, and no call has usage or cost"

    def make_fold(self, context: str) -> ChatFold:
        """A fold that has seen nothing yet."""
        return ChatFold()

    def unfold_region(self, span: Span, data: bytes, item: int) -> Payload:
        """The question and the answer, without aider's own lines."""
        text = data.decode("utf-8", "replace")
        lines = [line.rstrip("\r") for line in text.split("\n")]
        asked = [line[len(_ASKED) :] for line in lines if line.startswith(_ASKED.rstrip())]
        answered = [line for line in lines if not line.startswith((_ASKED.rstrip(), _OWN))]
        return Payload(_message("user", asked), _message("assistant", answered), raw=text)


def _message(role: str, lines: list[str]) -> tuple[Message, ...] | None:
    text = "\n".join(lines).strip("\n")
    return (Message(role, (Text(text),)),) if text else None


def _time(text: str) -> int | None:
    try:
        return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000
    except (ValueError, OverflowError, OSError):
        return None
