"""Draws what a prompt added, removed or changed, in place of the messages."""

from __future__ import annotations

from tracetui.analysis.words import Piece
from tracetui.text import count, inert
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.differing import Change, Difference
from tracetui.tui.widgets.payload.subject import How

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "same": " "}
_TONES = {"added": "added", "removed": "removed", "changed": "warning", "same": "text"}
_BRACKETS = {"added": ("{+", "+}"), "removed": ("[-", "-]"), "same": ("", "")}
"""What stands around words that came or went, where colours do not show."""
_KEPT = 90
"""Letters of text that both have, which are shown beside what differs."""


def draw_difference(difference: Difference, how: How) -> list[Block]:
    """The differing messages in full, the others by their number."""
    title = f"Δ this prompt against {inert(difference.against)}"
    blocks = [paper.heading(title, "strong", "d shows the messages again", rule="━")]
    if difference.drifts:
        blocks.append(paper.note("Δ the system prompt differs", "warning", margin=()))
    if all(change.op == "same" for change in (*difference.changes, *difference.facts)):
        return [*blocks, paper.note("nothing was added, removed or changed", "muted", margin=())]
    for index, change in enumerate((*difference.changes, *difference.facts)):
        blocks += _change(change, how, f"diff {index}")
    return blocks


def _change(change: Change, how: How, key: str) -> list[Block]:
    if change.op == "same":
        return [paper.note(f"… {count(change.count)} messages unchanged", "faint", margin=())]
    tone = _TONES[change.op]
    blocks = [paper.heading(f"{_SIGNS[change.op]} {change.role}", tone, change.op)]
    if change.op == "changed":
        return [*blocks, *_words(change.runs, how, key)]
    sign: Ink = (f"{_SIGNS[change.op]} ", tone)
    return [*blocks, *(block for run in change.runs for block in paper.body(run.text, tone, margin=[sign]))]


def _words(runs: tuple[Piece, ...], how: How, key: str) -> list[Block]:
    """One text with what came and went marked; long parts that both have are shortened."""
    inks: list[Ink] = []
    is_cut = False
    for run in runs:
        text = run.text
        if run.change == "same" and len(text) > 3 * _KEPT and not how.is_open(key):
            is_cut = True
            text = f"{text[:_KEPT]} … {count(len(text) - 2 * _KEPT)} characters unchanged … {text[-_KEPT:]}"
        before, after = _BRACKETS[run.change]
        inks += [(before, "faint"), (inert(text, keep_newlines=True), _TONES[run.change]), (after, "faint")]
    sign: Ink = ("~ ", "warning")
    blocks: list[Block] = [Inks(*(ink for ink in inks if ink[0]), margin=[sign])]
    if is_cut:
        blocks.append(Inks(("▾ enter shows what is unchanged", "accent"), margin=[sign], fold=key))
    elif key in how.opened:
        blocks.append(Inks(("▴ enter folds", "faint"), margin=[sign], fold=key))
    return blocks
