"""A rating written into promptfoo's own tables, as its web page does it, so that its page and its exports show it."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from tracetui.model import Json, Score
from tracetui.semconv.scalars import number_of
from tracetui.sources.cells import Dict, dict_of, list_of
from tracetui.sources.promptfoo_scores import OURS
from tracetui.wire.otlp_values import loads

_REASON = "Manual result (overrides all other grading results)"
_GRADED = ("pass", "score", "reason", "comment")


def rate(conn: sqlite3.Connection, score: Score) -> None:
    """Grade the result as the score says, within an open transaction; a label alone becomes the comment. Nothing where
    it is no result's score."""
    is_of_result = score.span_id in (None, score.trace_id)
    found = _load(conn, score.trace_id) if is_of_result else None
    if found is not None:
        _save(conn, score.trace_id, *_graded(found, score))


def take_back(conn: sqlite3.Connection, score: Score) -> None:
    """Grade the result as it was before this score, within an open transaction; nothing where somebody has graded it
    since."""
    found = _load(conn, score.trace_id)
    mark = _mark(found[0]) if found is not None else {}
    if found is not None and mark.get("id") == score.id:
        _save(conn, score.trace_id, *_ungraded(found[0], mark))


def _load(conn: sqlite3.Connection, result_id: str) -> tuple[Dict, Any, Any] | None:
    sql = "SELECT grading_result, success, score FROM eval_results WHERE id = ?"
    row = conn.execute(sql, (result_id,)).fetchone()
    if row is None:
        return None
    try:
        grading = dict_of(loads(str(row[0] or "{}").encode("utf-8", "replace")))
    except (ValueError, RecursionError):
        grading = {}
    return grading, row[1], row[2]


def _save(conn: sqlite3.Connection, result_id: str, grading: Dict, success: Any, score: Any) -> None:
    text = json.dumps(grading, ensure_ascii=False) if grading else None
    sql = "UPDATE eval_results SET grading_result = ?, success = ?, score = ? WHERE id = ?"
    conn.execute(sql, (text, success, score, result_id))
    if any(row[1] == "updated_at" for row in conn.execute("PRAGMA table_info(eval_results)")):
        conn.execute("UPDATE eval_results SET updated_at = CURRENT_TIMESTAMP WHERE id = ?", (result_id,))


def _graded(found: tuple[Dict, Any, Any], score: Score) -> tuple[Dict, Any, Any]:
    grading, success, number = found
    if score.value is None:
        comment = ": ".join(text for text in (score.label, score.comment) if text)
        return {**grading, "comment": comment}, success, number
    before = _mark(grading).get("before") or {
        **{key: grading[key] for key in _GRADED if key in grading}, "success": success, "number": number, "human": _human(grading),
    }  # fmt: skip
    passes = _passes(score.value)
    verdict = {"pass": passes, "score": float(score.value), "reason": _REASON, "comment": score.comment or ""}
    mark = {OURS: {"id": score.id, "before": before}}
    component = {**verdict, "assertion": {"type": "human"}, **mark}
    grading = {**grading, **verdict, "componentResults": [*_others(grading), component]}
    return grading, int(passes), float(score.value)


def _ungraded(grading: Dict, mark: Dict) -> tuple[Dict, Any, Any]:
    before = dict_of(mark.get("before"))
    kept = {key: value for key, value in grading.items() if key not in _GRADED}
    restored = {key: before[key] for key in _GRADED if key in before}
    others = _others(grading) + ([before["human"]] if before.get("human") else [])
    components = {"componentResults": others} if others else {}
    kept.pop("componentResults", None)
    return {**kept, **restored, **components}, before.get("success"), number_of(before.get("number"))


def _others(grading: Dict) -> list[Json]:
    return [item for item in list_of(grading.get("componentResults")) if not _is_human(item)]


def _is_human(item: Json) -> bool:
    return dict_of(dict_of(item).get("assertion")).get("type") == "human"


def _mark(grading: Dict) -> Dict:
    """What we noted in the rating that stands now; empty where it is none of ours."""
    return dict_of(_human(grading).get(OURS))


def _human(grading: Dict) -> Dict:
    """The rating that stands now, empty where there is none."""
    return next((dict_of(item) for item in list_of(grading.get("componentResults")) if _is_human(item)), {})


def _passes(value: float | bool) -> bool:
    """A thumb is as it says; a share of 1 passes from a half on, any other scale where it is positive."""
    return value >= 0.5 if 0 <= value <= 1 else value > 0
