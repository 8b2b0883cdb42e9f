"""What retrievers, rerankers and embeddings carry: documents as a ranked list, vectors as their length and beginning."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.model import Json
from tracetui.text import count, inert, middle
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.json_text import write_json
from tracetui.tui.widgets.payload.subject import How

_TEXTS = ("content", "text", "page_content", "pageContent", "document", "snippet", "chunk", "body")
_SCORES = ("score", "relevance_score", "relevanceScore", "similarity", "distance")
_IDS = ("id", "document_id", "doc_id", "documentId")
_TITLES = ("title", "name", "source", "url")
_HOLDERS = ("documents", "results", "matches", "hits", "data", "sources", "nodes")
_UNDER: tuple[Ink, ...] = (("    │ ", "rule"),)
_BAR = 8
_VECTOR = 16
"""Numbers from which a list of nothing else is a vector."""


def draw_documents(value: Json, how: How, key: str) -> list[Block] | None:
    """A list of documents, also one within an object, as a ranked list; None where it is something else."""
    if isinstance(value, dict):
        holder = next((name for name in _HOLDERS if name in value and _are_documents(value[name])), None)
        if holder is None:
            return None
        rest = {name: item for name, item in value.items() if name != holder}
        return [*(paper.value(rest) if rest else []), *_ranked(value[holder], how, key)]
    return _ranked(value, how, key) if _are_documents(value) else None


def _are_documents(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_document(item) for item in value)


def _is_document(value: Json) -> bool:
    if not isinstance(value, dict) or "role" in value or "type" in value:
        return False
    found = _opened(value)
    has_text = any(isinstance(found.get(name), str) for name in _TEXTS)
    return has_text or (_number(found, _SCORES) is not None and any(name in found for name in (*_IDS, "index")))


def _opened(value: dict[str, Json]) -> dict[str, Json]:
    """A document with what lies one object deeper under `document`, or under keys that begin with `document.`."""
    inner = value.get("document")
    if isinstance(inner, dict):
        value = {**{name: item for name, item in value.items() if name != "document"}, **inner}
    return {name.removeprefix("document."): item for name, item in value.items()}


def _ranked(documents: list[dict[str, Json]], how: How, key: str) -> list[Block]:
    opened = [_opened(document) for document in documents]
    scores = [_number(document, _SCORES) for document in opened]
    most = max((score for score in scores if score is not None and score > 0), default=0.0)
    blocks: list[Block] = [paper.note(f"{count(len(opened))} documents", "muted")]
    for number, (document, score) in enumerate(zip(opened, scores, strict=True), start=1):
        blocks += _document(document, number, score, most, how, f"{key} {number}")
    return blocks


def _document(
    document: dict[str, Json], number: int, score: float | None, most: float, how: How, key: str
) -> list[Block]:
    rest = dict(document)
    shown_id, title, text = _take(rest, _IDS), _take(rest, _TITLES), _take(rest, _TEXTS)
    for name in _SCORES:
        if _number(rest, (name,)) is not None:
            del rest[name]
            break
    inks: list[Ink] = [(f"{number:>2} ", "strong")]
    if score is not None:
        filled = round(_BAR * max(0.0, score) / most) if most else 0
        inks += [(f"{score:.4g}".ljust(7), "score"), ("▇" * filled, "score"), ("·" * (_BAR - filled) + " ", "faint")]
    inks += [
        (f" {middle(inert(title), 60)}" if title else "", "text"),
        (f"  {inert(shown_id)}" if shown_id else "", "faint"),
    ]
    blocks: list[Block] = [Inks(*inks, margin=paper.BODY)]
    if text is not None:
        blocks += paper.folded(text, "text", f"document {key}", how, margin=_UNDER)
    if rest:
        blocks += paper.folded_value(rest, f"metadata {key}", how, margin=_UNDER)
    return blocks


def _take(document: dict[str, Json], names: Sequence[str]) -> str | None:
    """The first of these values that is text or a number, which is taken out of the document."""
    for name in names:
        value = document.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            del document[name]
            return str(value)
    return None


def _number(document: dict[str, Json], names: Sequence[str]) -> float | None:
    for name in names:
        value = document.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def draw_vectors(value: Json, how: How, key: str) -> list[Block] | None:
    """Vectors, also within objects, a line each until they are unfolded; None where there are none."""
    items = value if isinstance(value, list) and not _is_vector(value) else [value]
    found = [_vector(item) for item in items]
    if not found or any(vector is None for vector, _ in found):
        return None
    blocks: list[Block] = [paper.note(f"{count(len(found))} vectors" if len(found) > 1 else "a vector", "muted")]
    for number, (vector, rest) in enumerate(found, start=1):
        blocks += _draw_vector(vector or [], how, f"vector {key} {number}")
        if rest:
            blocks += paper.value(rest, margin=_UNDER)
    return blocks


def _vector(value: Json) -> tuple[list[Json] | None, dict[str, Json]]:
    if _is_vector(value):
        return value, {}
    if isinstance(value, dict):
        name = next((name for name in ("embedding", "vector", "values") if _is_vector(value.get(name))), None)
        if name is not None:
            return value[name], {other: item for other, item in value.items() if other != name}
    return None, {}


def _is_vector(value: Json) -> bool:
    return isinstance(value, list) and len(value) >= _VECTOR and all(map(_is_number, value))


def _draw_vector(vector: list[Json], how: How, fold: str) -> list[Block]:
    head = ", ".join(f"{number:.4g}" for number in vector[:4])
    if not how.is_open(fold):
        label = f"▾ {count(len(vector))} numbers  [{head}, …], enter unfolds"
        return [Inks((label, "accent"), margin=paper.BODY, fold=fold)]
    closing = Inks(("▴ enter folds", "faint"), margin=paper.BODY, fold=fold)
    return [*paper.body(write_json(vector, compact=True)), *([] if how.opens_all else [closing])]
