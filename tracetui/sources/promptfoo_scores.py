"""What promptfoo's assertions said of a result → scores."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from tracetui.model import Json, Score, ScoreSource
from tracetui.semconv.scalars import text_of
from tracetui.sources.cells import dict_of, list_of, object_cell, time_ns
from tracetui.sources.sqlite_read import Row

OURS = "tracetui"
"""The key in a rating's component that names the score in `tracetui_scores` which it repeats."""
_BY_MODEL = (
    "llm-",
    "model-graded",
    "g-eval",
    "factuality",
    "answer-relevance",
    "context-",
    "select-best",
    "pi",
    "select",
)


def scores_of(result_id: str, row: Row, complain: Callable[[str], None]) -> list[Score]:
    """The result's own score, its named scores, and those of its assertions that have no name of these."""
    moment = time_ns(row.get("updated_at")) or time_ns(row.get("created_at")) or 0
    grading = object_cell(row, "grading_result", complain)
    named = object_cell(row, "named_scores", complain)
    found: dict[str, Score] = {}

    def add(name: str, value: Json, comment: Json = None, source: ScoreSource = "code") -> None:
        if isinstance(value, bool | int | float):
            _number(found, Score("", result_id, None, name, _plain(value), comment=text_of(comment), source=source))

    components = [item for item in list_of(grading.get("componentResults")) if isinstance(item, dict)]
    add("score", row.get("score"), grading.get("reason"))
    for name, value in named.items():
        reasons = [item.get("reason") for item in components if dict_of(item.get("assertion")).get("metric") == name]
        add(name, value, reasons[0] if len(reasons) == 1 else None)
    for item in components:
        assertion = dict_of(item.get("assertion"))
        kind, metric = text_of(assertion.get("type")) or "assertion", text_of(assertion.get("metric"))
        if item.get(OURS) is not None or metric in named:
            continue
        if kind == "human":
            add("human", item.get("score"), item.get("comment"), "human")
        else:
            add(metric or kind, item.get("score"), item.get("reason"), _source(kind))
    return [_identified(score, moment) for score in found.values()]


def _plain(value: Any) -> float | bool:
    return value if isinstance(value, bool) else float(value)


def _number(found: dict[str, Score], score: Score) -> None:
    """Keep a score; a second one of the same name is told apart by its number."""
    name, number = score.name, 1
    while name in found:
        number += 1
        name = f"{score.name} {number}"
    found[name] = msgspec.structs.replace(score, name=name)


def _source(kind: str) -> ScoreSource:
    return "llm" if kind.removeprefix("not-").startswith(_BY_MODEL) else "code"


def _identified(score: Score, moment: int) -> Score:
    """A score that changes is another score, which supersedes the one before."""
    mark = msgspec.json.encode(score) + str(moment).encode()
    return msgspec.structs.replace(score, id=f"promptfoo-{hashlib.sha256(mark).hexdigest()[:24]}", time_ns=moment)
