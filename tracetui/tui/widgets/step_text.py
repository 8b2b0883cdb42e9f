"""What differs in one step, in full: facts side by side, then input and output word by word. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tracetui.analysis.delta_text import say_duration, say_money, say_tokens
from tracetui.analysis.trace_diff import Step
from tracetui.analysis.words import Piece
from tracetui.text import count, inert
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload import paper

_MARKS = {"added": ("{+", "+}"), "removed": ("[-", "-]"), "same": ("", "")}
"""What stands around words that came or went, where colours do not show."""
_TONES = {"added": "added", "removed": "removed", "same": "text"}
_KEPT = 160
"""Letters of text that both have, which are shown beside what differs."""
_ONLY = {"added": "only the second trace has this step", "removed": "only the first trace has this step"}


def draw_step(step: Step | None) -> list[Block]:
    """The blocks of one step."""
    if step is None:
        return [paper.note("no step is selected")]
    if step.change in _ONLY:
        return [paper.note(_ONLY[step.change], margin=()), paper.note("enter opens it", "faint", margin=())]
    blocks = _figures(step)
    for fact in step.facts:
        one, other = (inert(side) if side is not None else "–" for side in (fact.one, fact.other))
        blocks.append(
            Inks((f"{fact.name.replace('_', ' ')}  ", "faint"), (one, "removed"), (" → ", "muted"), (other, "added"))
        )
    for text in step.texts:
        blocks += [
            paper.blank(),
            paper.heading(text.field, "strong", "[-first-] {+second+}", rule="━"),
            draw_words(text.pieces),
        ]
    if not step.facts and not step.texts:
        blocks.append(paper.note("the same was asked and answered", margin=()))
    return blocks


def _figures(step: Step) -> list[Block]:
    deltas = step.deltas
    pairs = (
        ("took", say_duration(deltas.duration_ns)),
        ("first token", say_duration(deltas.ttft_ns)),
        ("tokens", say_tokens(deltas.tokens)),
        ("cost", say_money(deltas.cost_usd)),
    )
    shown: list[tuple[str, list[Ink]]] = [(label, [(text, "strong")]) for label, text in pairs if text]
    return [paper.flow(shown)] if shown else []


def draw_words(pieces: Sequence[Piece]) -> Block:
    """Two texts as one, with what came and what went marked; long parts that both have are shortened."""
    inks: list[Ink] = []
    last = len(pieces) - 1
    for number, piece in enumerate(pieces):
        before, after = _MARKS[piece.change]
        shown = inert(_shortened(piece, is_first=number == 0, is_last=number == last), keep_newlines=True)
        inks += [(before, "faint"), (shown, _TONES[piece.change]), (after, "faint")]
    return Inks(*(ink for ink in inks if ink[0]), margin=paper.BODY)


def _shortened(piece: Piece, *, is_first: bool, is_last: bool) -> str:
    """Text that both have, without what is far from any difference."""
    text = piece.text
    before, after = "" if is_first else text[:_KEPT], "" if is_last else text[-_KEPT:]
    left_out = len(text) - len(before) - len(after)
    if piece.change != "same" or left_out < _KEPT:
        return text
    return f"{before} … {count(left_out)} characters unchanged … {after}"
