"""Blocks that the tabs are made of: headings, bodies of text, values, folds. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.model import Json
from tracetui.text import cell_width, count, inert
from tracetui.tui.lines.document import Block, Inks, pieces
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload.json_text import json_blocks, looks_like_json, pretty, write_json
from tracetui.tui.widgets.payload.subject import How

BODY: tuple[Ink, ...] = (("  ", "text"),)
"""Margin of what stands under a heading."""
_ONE_LINE = 72
_FOLDED_LINES = 4
_FOLDED_LETTERS = 480


def blank() -> Block:
    """An empty line."""
    return Inks()


def heading(text: str, tone: str, note: str = "", *, rule: str = "─") -> Block:
    """A line over what follows, ruled to the edge; `note` is muted. Both are made inert."""
    inks = [(inert(text), tone), (f" {inert(note)}" if note else "", "muted"), (" ", "rule")]
    return Inks(*inks, fill=(rule, "rule"))


def note(text: str, tone: str = "muted", *, margin: Sequence[Ink] = BODY) -> Block:
    """A remark of ours about what is or is not there."""
    return Inks((inert(text), tone), margin=margin)


def body(text: str, tone: str = "text", *, margin: Sequence[Ink] = BODY) -> list[Block]:
    """Text of any length as it was captured; where that is nothing at all, it says so."""
    return pieces(text, tone, margin=margin) if text else [note("(empty)", "faint", margin=margin)]


def value(content: Json, *, margin: Sequence[Ink] = BODY) -> list[Block]:
    """Any JSON value: text as text (laid out where it is JSON itself), small things on one line, the rest in many."""
    if isinstance(content, str):
        laid_out = pretty(content) if looks_like_json(content) else None
        return body(content, margin=margin) if laid_out is None else _laid_out(content, laid_out, margin)
    compact = write_json(content, compact=True)
    return _laid_out(compact, compact if len(compact) <= _ONE_LINE else write_json(content), margin)


def _laid_out(compact: str, text: str, margin: Sequence[Ink]) -> list[Block]:
    return json_blocks(compact if len(compact) <= _ONE_LINE else text, margin=margin)


def folded(text: str, tone: str, fold: str, how: How, *, margin: Sequence[Ink] = BODY) -> list[Block]:
    """Text of which only the beginning shows until the fold is opened."""
    end, rest = _fold_at(text)
    if end >= len(text):
        return body(text, tone, margin=margin)
    if how.is_open(fold):
        closing = Inks(("▴ enter folds", "faint"), margin=margin, fold=fold)
        return [*pieces(text, tone, margin=margin), *([] if how.opens_all else [closing])]
    more = Inks((f"▾ … {rest}, enter unfolds", "accent"), margin=margin, fold=fold)
    return [*pieces(text[:end].rstrip("\n"), tone, margin=margin), more]


def _fold_at(text: str) -> tuple[int, str]:
    """Where to cut a text to be folded, and what is behind the cut; the length of the text for a short one."""
    end = -1
    for _ in range(_FOLDED_LINES):
        end = text.find("\n", end + 1)
        if end < 0:
            break
    lines = text.count("\n", end + 1) + 1 if end >= 0 else 0
    if 0 <= end <= _FOLDED_LETTERS and lines > 2:
        return end, f"{count(lines)} more lines"
    if len(text) > 2 * _FOLDED_LETTERS:
        return _FOLDED_LETTERS, f"{count(len(text) - _FOLDED_LETTERS)} more characters"
    return len(text), ""


def flow(pairs: Sequence[tuple[str, Sequence[Ink]]]) -> Block:
    """Facts one after another, wrapped between them: each a label (which may be "") and its inks."""
    inks: list[Ink] = []
    for label, values in pairs:
        if inks:
            inks.append(("  ", "text"))
        if label:
            inks.append((_tied(f"{label} "), "faint"))
        inks += [(_tied(text), tone) for text, tone in values]
    return Inks(*inks)


def _tied(text: str) -> str:
    """Text that is not broken at its blanks, unless it is long."""
    return text.replace(" ", "\xa0") if cell_width(text) <= 40 else text
