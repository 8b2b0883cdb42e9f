"""The judgements of a span."""

from __future__ import annotations

from tracetui.model import Score
from tracetui.text import clock, inert
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.widgets.columns import draw_value
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.subject import How, Subject


def draw_scores(subject: Subject, how: How) -> list[Block]:
    """Each score with who gave it, when and why; the newest first."""
    scores = sorted(subject.node.scores, key=lambda score: -score.time_ns)
    if not scores:
        return [paper.heading("scores", "strong"), paper.note("not rated yet", "faint")]
    return [block for score in scores for block in [*_score(score), paper.blank()]]


def _score(score: Score) -> list[Block]:
    who = " ".join(part for part in (score.source, inert(score.author or "")) if part)
    when = clock(score.time_ns) if score.time_ns else ""
    target = "" if score.span_id else "  of the trace"
    title = Inks(
        ("★ ", "score"),
        (inert(score.name), "strong"),
        (f"  {draw_value(score)}", "score"),
        (f"  {who}", "muted"),
        (f"  {when}{target}", "faint"),
    )
    return [title, *(paper.body(score.comment) if score.comment else [])]
