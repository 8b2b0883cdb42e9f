"""The log of events that aider writes with `--analytics-log`: no texts, but the model, tokens and cost of each call.

`message_send_starting` and the `message_send` after it are one generation; times are whole seconds. docs/formats/aider.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.model import Cost, Json, Payload, Span
from tracetui.semconv.scalars import number_of, text_of
from tracetui.semconv.usage import count, split_usage
from tracetui.sources.cells import SECOND, Dict, dict_of, time_ns
from tracetui.sources.head import Head
from tracetui.sources.lines import Record
from tracetui.sources.transcript_draft import Draft
from tracetui.sources.transcript_file import Fold, TranscriptFile
from tracetui.wire.otlp_values import loads
from tracetui.wire.reasons import describe

_START, _SENT, _FAILED = "message_send_starting", "message_send", "message_send_exception"
_ENDS = ("launched", "exit", _FAILED)
_WHAT = "an event of aider"


class AnalyticsFold(Fold):
    """Each call is a generation, which is a trace; what was launched together is a session."""

    def __init__(self) -> None:
        super().__init__()
        self._open: Draft | None = None
        self._session: str | None = None

    def feed(self, record: Record) -> None:
        """Take one event."""
        value: Json = loads(record.data)
        event = dict_of(value)
        name, moment = event.get("event"), time_ns(event.get("time"), SECOND)
        if not isinstance(name, str):
            self.skipped.append(describe(value, _WHAT))
        elif moment is None:
            self.skipped.append("an event without a time")
        elif name == _START:
            self._start(record, event, moment)
        elif name == _SENT:
            self._sent(record, event, moment)
        else:
            self._pass(record, event, name, moment)

    def _pass(self, record: Record, event: Dict, name: str, moment: int) -> None:
        self.other += 1
        if name == "launched":
            self._session = f"aider-{moment // SECOND}"
        if name in _ENDS and self._open is not None:
            reason = text_of(dict_of(event.get("properties")).get("exception"))
            self._fail(record, moment, reason or "it was not sent")

    def _start(self, record: Record, event: Dict, moment: int) -> None:
        if self._open is not None:
            self._fail(record, moment, "it was not sent")
        self._open = self._begun(record, event, moment)

    def _begun(self, record: Record, event: Dict, moment: int) -> Draft:
        key = f"aider-{record.position}"
        model = text_of(dict_of(event.get("properties")).get("main_model"))
        draft = Draft(trace_id=key, span_id=key, kind="generation", name=model or "aider", model=model,
                      start_ns=moment, status="running", session_id=self._session)  # fmt: skip
        draft.position = record.position
        self._reach(draft, record)
        return draft

    def _sent(self, record: Record, event: Dict, moment: int) -> None:
        draft = self._open if self._open is not None else self._begun(record, event, moment)
        self._open = None
        facts = dict_of(event.get("properties"))
        usd = number_of(facts.get("cost"))
        draft.model = text_of(facts.get("main_model")) or draft.model
        draft.name = draft.model or draft.name
        draft.usage = split_usage(input=count(facts.get("prompt_tokens")), output=count(facts.get("completion_tokens")))
        draft.cost = Cost() if usd is None or usd < 0 else Cost(usd, "recorded")
        draft.metadata = {key: facts[key] for key in ("edit_format",) if facts.get(key) is not None}
        draft.status = "success"
        draft.end_at(moment)
        self._reach(draft, record)

    def _fail(self, record: Record, moment: int, reason: str) -> None:
        draft, self._open = self._open, None
        if draft is not None:
            draft.status, draft.status_message = "error", reason
            draft.end_at(moment)
            self.touch(draft)

    def _reach(self, draft: Draft, record: Record) -> None:
        draft.reach(record.position + record.length)
        self.touch(draft)


class AiderAnalytics(TranscriptFile):
    """One log of events."""

    format = "aider-analytics"

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether its lines are events of aider."""
        return any(_is_event(record) for record in head.objects[:3])

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "times are whole seconds; no texts are recorded"
        yield "prompt_tokens do not tell cached tokens apart; cost is the call's own, total_cost a running sum that is not added"

    def make_fold(self, context: str) -> AnalyticsFold:
        """A fold that has seen nothing yet."""
        return AnalyticsFold()

    def unfold_region(self, span: Span, data: bytes, item: int) -> Payload:
        """No texts; the properties of the last event."""
        facts: Dict = {}
        for line in data.split(b"\n"):
            try:
                facts = dict_of(dict_of(loads(line)).get("properties")) or facts
            except (ValueError, RecursionError):
                continue
        return Payload(attributes=facts, raw=data.decode("utf-8", "replace"))


def _is_event(record: Dict) -> bool:
    has_shape = isinstance(record.get("event"), str) and isinstance(record.get("properties"), dict)
    return has_shape and "user_id" in record and "time" in record
