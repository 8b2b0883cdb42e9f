"""Scores as Langfuse's API takes them: one JSON list, the body of `POST /api/public/scores`.

Ids are kept, so that sending the body again replaces the scores and makes no second ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tracetui.exports.json_text import dump_json
from tracetui.exports.selection import Selected
from tracetui.model import Json, Score
from tracetui.store.trace_facts import stand_in_id
from tracetui.text import iso


def write_langfuse_scores(selection: Iterable[Selected]) -> Iterator[str]:
    """The current scores of the traces and of their spans, an object a line within the list."""
    yield "["
    separator = "\n"
    for selected in selection:
        for score in scores_of(selected):
            yield separator + dump_json(langfuse_score(score))
            separator = ",\n"
    yield "\n]\n"


def scores_of(selected: Selected) -> Iterator[Score]:
    """Scores of the trace itself, then those of its spans in drawing order."""
    yield from (score for score in selected.tree.trace.scores if score.span_id is None)
    for node in selected.tree.nodes:
        yield from (score for score in node.scores if score.span_id is not None)


def langfuse_score(score: Score) -> dict[str, Json]:
    """One score. A boolean is 1 or 0 there, a category its text; who gave it stands in the metadata."""
    is_of_trace = score.span_id is None or score.span_id == stand_in_id(score.trace_id)
    made: dict[str, Json] = {
        "id": score.id,
        "traceId": score.trace_id,
        **({} if is_of_trace else {"observationId": score.span_id}),
        "name": score.name,
        **_value(score),
        **({"comment": score.comment} if score.comment else {}),
    }
    author = {"author": score.author} if score.author else {}
    time = {"timestamp": iso(score.time_ns)} if score.time_ns else {}
    return {**made, **time, "metadata": {"source": score.source, **author}}


def _value(score: Score) -> dict[str, Json]:
    if isinstance(score.value, bool):
        return {"value": int(score.value), "dataType": "BOOLEAN"}
    if score.value is not None:
        return {"value": score.value, "dataType": "NUMERIC"}
    return {"value": score.label or "", "dataType": "CATEGORICAL"}
