"""Ratings that stand in the rows themselves → scores with ids that stay the same when a row is read again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import get_args

from msgspec import Struct

from tracetui.model import Json, Score, ScoreSource
from tracetui.sources.columns.access import at_path, text_getter
from tracetui.sources.columns.leaves import spelled
from tracetui.sources.columns.mapping import Mapping
from tracetui.sources.columns.synonyms import RATING_OBJECTS
from tracetui.sources.columns.times import epoch_ns
from tracetui.sources.columns.values import Row, compact_json, number_of, opened, text_of, truth_of
from tracetui.sources.columns.words import BAD_WORDS, GOOD_WORDS

_LABEL_LENGTH = 60
_THUMBS = re.compile(r"thumbs?(_up|_down)?|like|liked|is_\w+|helpful|correct")
_VALUES = ("score", "value", "rating", "result", "number", "passed")
_LABELS = ("label", "category", "verdict", "grade", "string_value")
_COMMENTS = ("comment", "explanation", "reason", "reasoning", "feedback", "text", "note", "rationale")
_NAMES = ("name", "metric", "key", "evaluator", "metric_name")
_TIMES = ("time", "timestamp", "ts", "created_at", "at")
_AUTHORS = ("author", "user", "user_id", "annotator", "rater", "by")
_SOURCES = frozenset(get_args(ScoreSource))
_SOURCE_WORDS: dict[str, ScoreSource] = {
    "annotation": "human", "user": "human", "person": "human", "model": "llm", "ai": "llm", "llm_judge": "llm",
    "judge": "llm", "automatic": "code", "auto": "code", "eval": "code", "heuristic": "code", "sdk": "api",
}  # fmt: skip


class Target(Struct, frozen=True):
    """What a rating is of, and where it stands: `row` names the row for ever (`calls.jsonl:12`)."""

    trace_id: str
    span_id: str
    row: str
    time_ns: int


class _Judgement(Struct):
    value: float | bool | None = None
    label: str | None = None
    comment: str | None = None

    @property
    def says_something(self) -> bool:
        return self.value is not None or self.label is not None or self.comment is not None


def compile_ratings(mapping: Mapping) -> Callable[[Row, Target], tuple[Score, ...]] | None:
    """A row → its scores; None where the mapping has no ratings."""
    if not mapping.scores:
        return None
    readers = [(name, spelled(column.path[-1]), at_path(column.path)) for name, column in mapping.scores.items()]
    comment_get = text_getter(mapping, "comment")

    def scores(row: Row, target: Target) -> tuple[Score, ...]:
        found: list[Score] = []
        for name, column, get in readers:
            value = opened(get(row))
            if value is None or value == "":
                continue
            if column in RATING_OBJECTS and isinstance(value, dict | list):
                found += _several(value, column, target)
            else:
                judgement = _judge(value, column)
                judgement.comment = judgement.comment or comment_get(row)
                if judgement.says_something:
                    found.append(_score(name, judgement, target))
        return tuple(found)

    return scores


def _score(
    name: str,
    found: _Judgement,
    target: Target,
    source: ScoreSource = "human",
    author: str | None = None,
    time_ns: int = 0,
) -> Score:
    said = f"{name}\0{found.value!r}\0{found.label}\0{found.comment}\0{author}"
    digest = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return Score(
        id=f"{target.row}:{digest}",
        trace_id=target.trace_id,
        span_id=target.span_id,
        name=name,
        value=found.value,
        label=found.label,
        comment=found.comment,
        source=source,
        author=author,
        time_ns=time_ns or target.time_ns,
    )


def _judge(value: Json, column: str) -> _Judgement:
    """One rating: a number, a boolean, a word, a sentence, or an object of these."""
    if isinstance(value, bool):
        return _Judgement(value)
    if isinstance(value, dict):
        return _judge_object(value, column)
    if isinstance(value, int | float):
        return _Judgement(_of_thumbs(value, column))
    if not isinstance(value, str):
        return _Judgement(label=compact_json(value)[:_LABEL_LENGTH])
    return _judge_text(value.strip(), column)


def _of_thumbs(value: float, column: str) -> float | bool | None:
    number = number_of(value)
    if number is not None and _THUMBS.fullmatch(column) and number in (-1, 0, 1):
        return number == 1
    return None if number is None else float(number)


def _judge_text(text: str, column: str) -> _Judgement:
    number = number_of(text)
    if number is not None:
        return _Judgement(_of_thumbs(number, column))
    word = text.lower().replace(" ", "_")
    if _THUMBS.fullmatch(column):
        truth = True if word in GOOD_WORDS else False if word in BAD_WORDS else truth_of(text)
        if truth is not None:
            return _Judgement(truth)
    if word in ("true", "false"):
        return _Judgement(word == "true")
    is_sentence = len(text) > _LABEL_LENGTH or text.count(" ") > 3
    return _Judgement(comment=text[:4000]) if is_sentence else _Judgement(label=text or None)


def _judge_object(value: dict[str, Json], column: str) -> _Judgement:
    told = next((value[key] for key in (*_VALUES, *_LABELS) if value.get(key) is not None), None)
    judged = _judge(told, column) if told is not None and not isinstance(told, dict) else _Judgement()
    label = next((value[key] for key in _LABELS if isinstance(value.get(key), str)), None)
    comment = next((value[key] for key in _COMMENTS if isinstance(value.get(key), str) and value[key]), None)
    return _Judgement(judged.value, label or judged.label, comment or judged.comment)


def _several(value: Json, column: str, target: Target) -> Iterator[Score]:
    """Scores of an object by name, or of a list in which each says its own."""
    source: ScoreSource = "code" if column.startswith("eval") else "human"
    items = value.items() if isinstance(value, dict) else ((_name_of(item), item) for item in value)
    for name, item in items:
        if item is None or not isinstance(name, str) or not name:
            continue
        judged = _judge(item, spelled(name))
        if not judged.says_something:
            continue
        if not isinstance(item, dict):
            yield _score(name, judged, target, source)
            continue
        time_ns = next((ns for key in _TIMES if (ns := epoch_ns(item.get(key)))), 0)
        author = next((text for key in _AUTHORS if (text := text_of(item.get(key)))), None)
        yield _score(name, judged, target, _source(item.get("source"), source), author, time_ns)


def _name_of(item: Json) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((item[key] for key in _NAMES if isinstance(item.get(key), str)), None)


def _source(word: Json, otherwise: ScoreSource) -> ScoreSource:
    if not isinstance(word, str):
        return otherwise
    spelled_word = word.lower()
    return spelled_word if spelled_word in _SOURCES else _SOURCE_WORDS.get(spelled_word, otherwise)  # type: ignore[return-value]
