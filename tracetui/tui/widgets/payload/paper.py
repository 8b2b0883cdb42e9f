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
LAID_OUT_BELOW = 8_000_000
"""Characters up to which JSON is laid out without being asked to (40 ms)."""
_ONE_LINE = 72
_VALUE_LINES = 14
_WORTH_FOLDING = 6
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
    text = _as_json(content)
    return body(content, margin=margin) if text is None else json_blocks(text, margin=margin)


def laid_out(text: str, *, margin: Sequence[Ink] = BODY) -> list[Block] | None:
    """Text that is a JSON object or array, laid out; None for any other."""
    found = _as_json(text)
    return None if found is None else json_blocks(found, margin=margin)


def _as_json(content: Json) -> str | None:
    """JSON laid out, on one line where it is short; None for text that is not JSON, or too long to be laid out here."""
    if isinstance(content, str):
        laid_out = pretty(content) if len(content) < LAID_OUT_BELOW and looks_like_json(content) else None
        return laid_out if laid_out is None or len(content) > _ONE_LINE else content
    compact = write_json(content, compact=True)
    return compact if len(compact) <= _ONE_LINE else pretty(compact) or write_json(content)


def folded(
    text: str, tone: str, fold: str, how: How, *, margin: Sequence[Ink] = BODY, lines: int = _FOLDED_LINES
) -> list[Block]:
    """Text of which only the beginning shows until the fold is opened."""
    end, rest = _fold_at(text, lines)
    if end >= len(text):
        return body(text, tone, margin=margin)
    if how.is_open(fold):
        return [*pieces(text, tone, margin=margin), *_closing(fold, how, margin)]
    more = Inks((f"▾ … {rest}, enter unfolds", "accent"), margin=margin, fold=fold)
    return [*pieces(text[:end].rstrip("\n"), tone, margin=margin), more]


def folded_value(content: Json, fold: str, how: How, *, margin: Sequence[Ink] = BODY) -> list[Block]:
    """Any JSON value, of which only the beginning shows where it is long, until the fold is opened."""
    text = _as_json(content)
    if text is None:
        return folded(content, "text", fold, how, margin=margin, lines=_VALUE_LINES)
    end = -1
    for _ in range(_VALUE_LINES):
        end = text.find("\n", end + 1)
        if end < 0:
            return json_blocks(text, margin=margin)
    rest = text.count("\n", end + 1) + 1
    if rest < _WORTH_FOLDING:
        return json_blocks(text, margin=margin)
    if how.is_open(fold):
        return [*json_blocks(text, margin=margin), *_closing(fold, how, margin)]
    more = Inks((f"▾ … {count(rest)} more lines, enter unfolds", "accent"), margin=margin, fold=fold)
    return [*json_blocks(text[:end], margin=margin), more]


def _closing(fold: str, how: How, margin: Sequence[Ink]) -> list[Block]:
    return [] if how.opens_all else [Inks(("▴ enter folds", "faint"), margin=margin, fold=fold)]


def _fold_at(text: str, shown: int) -> tuple[int, str]:
    """Where to cut a text to be folded, and what is behind the cut; the length of the text for a short one."""
    letters = shown * _FOLDED_LETTERS // _FOLDED_LINES
    end = -1
    for _ in range(shown):
        end = text.find("\n", end + 1)
        if end < 0:
            break
    lines = text.count("\n", end + 1) + 1 if end >= 0 else 0
    if 0 <= end <= letters and lines > 2:
        return end, f"{count(lines)} more lines"
    if len(text) > 2 * letters:
        return letters, f"{count(len(text) - letters)} more characters"
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
