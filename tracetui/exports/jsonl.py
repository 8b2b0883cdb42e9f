"""The documented JSONL form (docs/jsonl.md): a line a span with everything it carried. The inverse of
`sources/tracetui_jsonl.py`: what this writes, that reads back into the same values, and this writes it again as the
same bytes.

Keys whose value is the default of `model.Span` or `model.Payload` are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from tracetui.exports.json_text import dump_json, dump_json_pieces
from tracetui.exports.selection import Selected
from tracetui.model import Content, Cost, Json, Payload, Score, Span, Usage, Weight
from tracetui.semconv.chat import dump_messages, parse_content
from tracetui.sources.tracetui_jsonl import MARK, VERSION

_ALWAYS = frozenset({"trace_id", "span_id", "start_ns", "id", "name"})
"""What a reader wants to see on every line, whatever its value."""
_BLANK: dict[type, Struct] = {
    Span: Span("", ""),
    Usage: Usage(),
    Cost: Cost(),
    Payload: Payload(),
    Score: Score("", "", None, ""),
}


def write_jsonl(selection: Iterable[Selected]) -> Iterator[str]:
    """The lines of the traces in turn: the spans of a trace in drawing order, then the scores of the trace itself."""
    for selected in selection:
        for node in selected.tree.nodes:
            payload = selected.load(node.span)
            yield from dump_json_pieces(_span_object(node.span, payload, node.scores, selected.tree.trace.weight))
            yield "\n"
        for score in selected.tree.trace.scores:
            if score.span_id is None:
                yield score_line(score) + "\n"


def span_line(span: Span, payload: Payload, scores: Iterable[Score] = (), weight: Weight | None = None) -> str:
    """One span as a line without its line end. What sampling decided of its trace stands on each of its lines."""
    return dump_json(_span_object(span, payload, scores, weight))


def _span_object(span: Span, payload: Payload, scores: Iterable[Score], weight: Weight | None) -> dict[str, Json]:
    line: dict[str, Json] = {MARK: VERSION, **_given(span)}
    if weight is not None:
        line |= {"weight": weight.weight, "kept_for": weight.reason}
    line |= _content("input", payload.input) | _content("output", payload.output)
    is_this_line = payload.raw.startswith(f'{{"{MARK}":')
    line |= _given(payload, leave_out=("input", "output", "raw") if is_this_line else ("input", "output"))
    if of_span := [_given(score, leave_out=("trace_id", "span_id")) for score in scores]:
        line["scores"] = of_span
    return line


def score_line(score: Score) -> str:
    """A score as a line of its own: how a score of a whole trace is written."""
    target = {"trace_id": score.trace_id} | ({"span_id": score.span_id} if score.span_id is not None else {})
    return dump_json({MARK: VERSION, **target, "score": _given(score, leave_out=("trace_id", "span_id"))})


def _given(value: Struct, leave_out: tuple[str, ...] = ()) -> dict[str, Json]:
    """The fields whose value is not their default, in the order of the type; usage and cost likewise."""
    blank = _BLANK[type(value)]
    given: dict[str, Json] = {}
    for name in value.__struct_fields__:
        field = getattr(value, name)
        if name in leave_out or (field == getattr(blank, name) and name not in _ALWAYS):
            continue
        given[name] = _given(field) if type(field) in _BLANK else field
    return given


def _content(name: str, content: Content) -> dict[str, Json]:
    """A conversation or a value under `name`; a value that would be read back as a conversation under `name_value`."""
    if content is None:
        return {}
    if not isinstance(content, tuple) and parse_content(content) != content:
        name += "_value"
    return {name: dump_messages(content)}
