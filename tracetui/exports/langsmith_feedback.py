"""Scores as LangSmith's API takes them: a JSON object a line, each the body of one `POST /feedback`.

LangSmith wants UUIDs. An id that is none is turned into one that always follows from it, so that sending a line again
replaces the feedback and makes no second one; runs keep the ids that they have.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator

from tracetui.exports.json_text import dump_json
from tracetui.exports.langfuse_scores import scores_of
from tracetui.exports.selection import Selected
from tracetui.model import Json, Score, ScoreSource
from tracetui.text import iso

_SOURCES: dict[ScoreSource, str] = {"human": "app", "llm": "model", "code": "api", "api": "api"}
_OURS = uuid.UUID("6f6b1a52-6c0e-5d6c-9b58-7a3f5d1c2e40")


def write_langsmith_feedback(selection: Iterable[Selected]) -> Iterator[str]:
    """The current scores of the traces and of their spans. A score of a trace is one of its root run."""
    for selected in selection:
        root_id = selected.tree.trace.root_id
        for score in scores_of(selected):
            yield dump_json(feedback(score, score.span_id or root_id)) + "\n"


def feedback(score: Score, run_id: str | None) -> dict[str, Json]:
    """One score: a number or boolean is `score`, a category is `value`."""
    given: dict[str, Json] = {"score": score.value} if score.value is not None else {"value": score.label or ""}
    author = {"metadata": {"author": score.author}} if score.author else {}
    return {
        "id": _uuid(score.id),
        "run_id": run_id or score.trace_id,
        "trace_id": score.trace_id,
        "key": score.name,
        **given,
        **({"comment": score.comment} if score.comment else {}),
        "feedback_source": {"type": _SOURCES[score.source], **author},
        **({"created_at": iso(score.time_ns)} if score.time_ns else {}),
    }


def _uuid(identity: str) -> str:
    try:
        return str(uuid.UUID(identity))
    except ValueError:
        return str(uuid.uuid5(_OURS, identity))
