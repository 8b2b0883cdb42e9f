"""Two versions of a prompt compared: what changed in the text, then in each figure, and whether it may be noise. Pure."""

from __future__ import annotations

from tracetui.analysis.measure_text import doubt_text, estimate_text
from tracetui.analysis.prompts import CONFIDENCE, Judged, PromptVersion, TextChange, VersionChange
from tracetui.text import ABSENT, clock, count, inert
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.step_text import draw_words

_SAYS = {
    "better": ("better", "success"),
    "worse": ("worse", "error"),
    "noise": ("may be noise", "muted"),
    "few": ("too few to say", "faint"),
    "same": ("the same", "faint"),
}


def draw_versions(change: VersionChange) -> list[Block]:
    """The sheet: both versions, the text, a line and its doubt for each measure that one of them has something of."""
    shown = [one for one in change.judged if one.change.one.n or one.change.other.n]
    blocks = [
        _side("-", "removed", change.one),
        _side("+", "added", change.other),
        paper.blank(),
        paper.heading("text", "strong", "[-first-] {+second+}", rule="━"),
        *_text(change.text),
        paper.blank(),
        paper.heading("figures", "strong", _summary(shown), rule="━"),
    ]
    return blocks + [block for one in shown for block in _measure(one)]


def _side(sign: str, tone: str, version: PromptVersion) -> Block:
    sample = version.sample
    first, last = (ABSENT if ns is None else clock(ns) for ns in (sample.first_ns, sample.last_ns))
    seen = f"  {count(sample.calls)} calls, {first} to {last}"
    return Inks((f"{sign} ", tone), (inert(version.title), "strong"), (seen, "muted"))


def _text(text: TextChange | None) -> list[Block]:
    if text is None:
        return [paper.note("no text was captured of one of them")]
    blocks: list[Block] = []
    if not (text.one.is_template and text.other.is_template):
        calls = f"{text.one_call.span_id} and {text.other_call.span_id}"
        blocks.append(paper.note(f"system prompts of the calls {calls}, with their values filled in", "faint"))
    is_same = text.one.text == text.other.text
    return [*blocks, paper.note("the same text") if is_same else draw_words(text.pieces)]


def _summary(shown: list[Judged]) -> str:
    verdicts = [one.verdict for one in shown]
    said = [f"{verdicts.count(each)} {each}" for each in ("worse", "better") if each in verdicts]
    return ", ".join(said) or "no difference that chance does not explain as well"


def _measure(one: Judged) -> list[Block]:
    measure, change = one.change.measure, one.change
    said, tone = _SAYS[one.verdict]
    figures = f"  {estimate_text(measure, change.one)} → {estimate_text(measure, change.other)}  "
    blocks: list[Block] = [Inks((inert(measure.title), "strong"), (figures, "text"), (said, tone), margin=paper.BODY)]
    if one.verdict not in ("few", "same"):
        blocks.append(paper.note(doubt_text(measure, change.doubt, CONFIDENCE), "faint", margin=[("    ", "text")]))
    return blocks
