"""Chats of Gemini CLI: a file a session, as JSON lines or as the one JSON object that it wrote before; the chats of
sub-agents lie in a folder named after their parent. docs/formats/gemini-cli.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.model import Content, Json, Message, Part, Payload, Span, Thinking, ToolCall, ToolResult
from tracetui.semconv.chat_parts import parts_of
from tracetui.sources.gemini_cli_fold import AgentPlace, GeminiFold
from tracetui.sources.gemini_cli_records import Entry
from tracetui.sources.head import Head
from tracetui.sources.lines import read_records
from tracetui.sources.lines_objects import find_objects
from tracetui.sources.transcript_file import TranscriptFile, feed
from tracetui.sources.transcript_json import decode_line
from tracetui.wire.otlp_values import loads

Dict = dict[str, Json]


class GeminiCliSource(TranscriptFile):
    """One chat; a sub-agent's gives its spans to the trace of the turn that started it."""

    format = "gemini-cli"
    form = None

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._looked: tuple[int, str] | None = None
        self._entry: Entry | None = None

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it begins with the head of a session."""
        if head.objects:
            return {"sessionId", "projectHash"} <= head.objects[0].keys()
        text = head.text.lstrip()
        return text.startswith("{") and '"sessionId"' in text[:400] and '"projectHash"' in text[:600]

    def notes(self) -> Iterable[str]:
        """What was assumed."""
        yield from super().notes()
        yield "a message that was written again as it grew counts once, in its last state"
        yield "starts of model calls are the times of the messages before them, so latencies are upper bounds"

    def context(self, known: str | None) -> str:
        """The place of a sub-agent's chat, "" for any other."""
        if known == "-" or (known and _place(known).is_settled):
            return known or ""
        if self._entry is None:
            self._entry = _first_entry(self.path)
        if self._entry.kind != "subagent":
            return "-" if self._entry.sessionId else ""
        parent = _parent_of(self.path)
        size = parent.stat().st_size if parent is not None else -1
        if self._looked is None or self._looked[0] != size:
            place = None if parent is None else _find_place(parent, self._entry)
            self._looked = (size, "" if place is None else msgspec.json.encode(place).decode())
        return self._looked[1]

    def make_fold(self, context: str) -> GeminiFold:
        """A fold that knows where the chat belongs."""
        place = _place(context) if context not in ("", "-") else None
        return GeminiFold(self.path.name.partition(".")[0], place)

    def unfold_region(self, span: Span, data: bytes, item: int) -> Payload:
        """What a span carried."""
        return unfold(span, data)


def _place(context: str) -> AgentPlace:
    return msgspec.json.decode(context, type=AgentPlace)


def _first_entry(path: Path) -> Entry:
    try:
        for chunk in read_records(path):
            for record in chunk.records:
                return decode_line(Entry, record.data)
    except (ValueError, RecursionError, SourceVanished, UnreadableSource):
        pass
    return Entry()


def _parent_of(path: Path) -> Path | None:
    """The chat of the session whose name the folder has: its file is named after the first eight characters."""
    parent_id = path.parent.name
    found = sorted(path.parent.parent.glob(f"session-*{parent_id[:8]}.json*"))
    return next((other for other in found if other.name.endswith((".json", ".jsonl"))), None)


def _find_place(parent: Path, entry: Entry) -> AgentPlace | None:
    fold = GeminiFold(parent.name.partition(".")[0])
    try:
        for chunk in read_records(parent):
            for record in chunk.records:
                feed(fold, record)
    except (SourceVanished, UnreadableSource):
        return None
    named = fold.agents.get(entry.sessionId or "")
    if named is not None:
        return AgentPlace(*named, fold.session, True)
    start = Entry(timestamp=entry.startTime).time_ns or 0
    roots = [root for root in fold.roots if root.start_ns <= start] or fold.roots[:1]
    return AgentPlace(roots[-1].trace_id, roots[-1].span_id, fold.session) if roots else None


def unfold(span: Span, data: bytes) -> Payload:
    """The payload of a span; `data` are whole records, the last of an id is what it is."""
    messages: dict[str, Dict] = {}
    rewound: dict[str, Dict] = {}
    for record in _records(data):
        if isinstance(record.get("$rewindTo"), str):
            _rewind(messages, rewound, record["$rewindTo"])
        elif isinstance(record.get("id"), str):
            messages[record["id"]] = {**messages.get(record["id"], {}), **record}
    found = {"generation": _generation, "tool": _tool}.get(span.kind, _turn)
    return found(span, messages if span.span_id in messages or span.kind == "tool" else {**rewound, **messages})


def _records(data: bytes) -> Iterator[Dict]:
    for start, end in find_objects(data, is_array=False, is_last=True).spans:
        try:
            value = loads(data[start:end])
        except (ValueError, RecursionError):
            continue
        change = value.get("$set")
        inner = change if isinstance(change, dict) else value
        if isinstance(inner.get("messages"), list):
            yield from (message for message in inner["messages"] if isinstance(message, dict))
        else:
            yield value


def _rewind(messages: dict[str, Dict], rewound: dict[str, Dict], message_id: str) -> None:
    ids = list(messages)
    for known in ids[ids.index(message_id) if message_id in messages else 0 :]:
        rewound[known] = messages.pop(known)


def _generation(span: Span, messages: dict[str, Dict]) -> Payload:
    ids = list(messages)
    at = ids.index(span.span_id) if span.span_id in messages else len(ids)
    own = messages.get(span.span_id, {})
    before = [message for known in ids[:at] for message in _messages(messages[known])]
    attributes = {key: own[key] for key in ("tokens", "displayContent") if own.get(key) is not None}
    answer = _messages(own)[:1]
    return Payload(tuple(before) or None, tuple(answer) or None, attributes=attributes, raw=_text(own))


def _messages(record: Dict) -> list[Message]:
    """A record as a message, and the results of its tools after it."""
    kind = record.get("type")
    if kind not in ("user", "gemini"):
        return []
    parts: list[Part] = [Thinking(_thought(thought)) for thought in _listed(record.get("thoughts"))]
    parts += parts_of(record.get("content"))
    calls = _listed(record.get("toolCalls"))
    parts += [ToolCall(call.get("id"), str(call.get("name") or "tool"), call.get("args")) for call in calls]
    found = [Message("user" if kind == "user" else "assistant", tuple(parts))] if parts else []
    results = [call for call in calls if call.get("result") is not None]
    if results:
        answers = tuple(ToolResult(call.get("id"), _result(call), _failed(call), call.get("name")) for call in results)
        found.append(Message("tool", answers))
    return found


def _listed(value: Json) -> list[Dict]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _thought(thought: Dict) -> str:
    texts = [thought.get("subject"), thought.get("description")]
    return ": ".join(text for text in texts if isinstance(text, str) and text)


def _failed(call: Dict) -> bool:
    return call.get("status") in ("error", "cancelled")


def _result(call: Dict) -> Json:
    """The output of a tool, out of the parts in which it was given to the model."""
    results = call.get("result")
    responses = [
        part["functionResponse"].get("response")
        for part in _listed(results)
        if isinstance(part.get("functionResponse"), dict)
    ]
    if not responses or len(responses) != len(_listed(results)):
        return results
    outputs = [response["output"] if _is_output(response) else response for response in responses]
    return outputs[0] if len(outputs) == 1 else outputs


def _is_output(response: Json) -> bool:
    return isinstance(response, dict) and response.keys() == {"output"}


def _tool(span: Span, messages: dict[str, Dict]) -> Payload:
    for known, record in messages.items():
        for number, call in enumerate(_listed(record.get("toolCalls"))):
            if span.span_id in (call.get("id"), f"{known}:tool-{number + 1}"):
                rest = {key: item for key, item in call.items() if key not in ("id", "name", "args", "result")}
                return Payload(call.get("args"), _result(call), attributes=rest, raw=_text(call))
    return Payload()


def _turn(span: Span, messages: dict[str, Dict]) -> Payload:
    records = list(messages.values())
    prompt = messages.get(span.span_id) or next((record for record in records if record.get("type") == "user"), {})
    later = records[records.index(prompt) + 1 :] if prompt in records else records
    turn: list[Dict] = []
    for record in later:
        if record.get("type") == "user" and span.parent_id is None:
            break
        turn.append(record)
    answer: Content = next((tuple(_messages(record)[:1]) for record in reversed(turn) if _messages(record)), None)
    return Payload(tuple(_messages(prompt)) or None, answer, raw=_text(prompt))


def _text(value: Json) -> str:
    return msgspec.json.encode(value).decode()
