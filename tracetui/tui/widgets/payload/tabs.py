"""What each of the tabs draws, in each mode. Pure.

This has half of the program's drawing behind it: it is loaded with the first trace, not before the first rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from tracetui.model import Json, Node, Payload
from tracetui.text import size
from tracetui.tui.lines.document import Block, pieces
from tracetui.tui.lines.find import Finding
from tracetui.tui.widgets.payload import paper
from tracetui.tui.widgets.payload.attributes import draw_attributes
from tracetui.tui.widgets.payload.facts import draw_facts
from tracetui.tui.widgets.payload.json_text import json_blocks, write_json
from tracetui.tui.widgets.payload.messages import draw_messages
from tracetui.tui.widgets.payload.output import draw_output
from tracetui.tui.widgets.payload.plain import Plain
from tracetui.tui.widgets.payload.raw import draw_raw
from tracetui.tui.widgets.payload.scores import draw_scores
from tracetui.tui.widgets.payload.subject import How, Subject
from tracetui.tui.widgets.payload.tab_titles import TITLES
from tracetui.tui.widgets.payload.tools import draw_tools

_LEFT_OUT = "! {} of long texts are left out of what is shown here; exports, and what y copies, have them"
_SEARCHED = (0, 2, 3, 5)
"""Tabs in which text is looked for: messages, tools, attributes, raw."""


class Tab(Struct, frozen=True):
    """What a tab draws: its blocks, whether the facts stand above them, and what the JSON and raw modes show instead."""

    draw: Callable[[Subject, How], list[Block]]
    has_facts: bool = False
    as_json: Callable[[Node, Payload], Json] | None = None


_TABS: tuple[Tab, ...] = (
    Tab(draw_messages, True, lambda node, payload: {"input": payload.input, "output": payload.output}),
    Tab(draw_output, True, lambda node, payload: payload.output),
    Tab(draw_tools, False, lambda node, payload: payload.tools),
    Tab(draw_attributes, False, lambda node, payload: {"attributes": payload.attributes, "events": payload.events}),
    Tab(draw_scores, False, lambda node, payload: node.scores),
    Tab(draw_raw),
)


def draw_tab(subject: Subject, index: int, how: How) -> Sequence[Block]:
    """The blocks of one tab."""
    tab = _TABS[index]
    if how.mode in ("json", "raw") and subject.payload is not None and tab.as_json is not None:
        text = write_json(tab.as_json(subject.node, subject.payload), compact=how.mode == "raw")
        return json_blocks(text) if how.mode == "json" else pieces(text, "text")
    blocks = [*draw_facts(subject.node), paper.blank()] if tab.has_facts else []
    if subject.payload is not None and subject.payload.left_out:
        blocks += [paper.note(_LEFT_OUT.format(size(subject.payload.left_out)), "warning", margin=()), paper.blank()]
    blocks += tab.draw(subject, how)
    if subject.failure:
        blocks.append(paper.note(f"✕ {subject.failure}", "error-text", margin=()))
    elif subject.payload is None and TITLES[index] != "Scores":
        blocks.append(paper.note("loading…", "faint", margin=()))
    return [Plain(block) for block in blocks] if how.mode == "plain" else blocks


def draw_waiting(subject: Subject, index: int) -> Sequence[Block]:
    """What stands in a tab while its blocks are made."""
    blocks = [*draw_facts(subject.node), paper.blank()] if _TABS[index].has_facts else []
    return [*blocks, paper.note("laying out…", "faint", margin=())]


def find_tab(subject: Subject, wanted: str) -> int | None:
    """The first tab, from 1 on, that has some text in it, folds included; None where none has. May take seconds."""
    for index in _SEARCHED:
        finding = Finding(draw_tab(subject, index, How(opens_all=True)), wanted)
        while not finding.is_done and not finding.total:
            finding.advance(0.02)
        if finding.total:
            return index + 1
    return None
