from __future__ import annotations

import re

import pytest

from tracetui.exports.markdown import fenced, inline, write_markdown
from tracetui.model import Message, Payload, Span, Text

from . import made


def report(*selection: made.Selected) -> str:
    return "".join(write_markdown(selection))


def outside_of_code(markdown: str) -> str:
    """What is left when fences and code spans are taken away, as CommonMark does."""
    kept, fence = [], None
    for line in markdown.split("\n"):
        opening = re.match(r"(`{3,})[a-z]*$", line)
        if fence is not None:
            fence = None if line.startswith(fence) and not line.strip("` ") else fence
        elif opening:
            fence = opening.group(1)
        else:
            kept.append(re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", line))
    assert fence is None
    return "\n".join(kept)


def test_the_report_has_facts_tree_messages_scores_and_tools() -> None:
    text = report(made.hard_trace())
    for part in (
        "`support␛[31m agent`",
        "$0.0031 (recorded)",
        "→ get_order(",
        "[refusal] I can't.",
        "user_rating 4",
        "Look it up",
    ):
        assert part in text


@pytest.mark.parametrize("text", ["```\n# out", "~~~", "````````", "a\n```\n\n<b>", "`", "``` ``", "\r```\r# out"])
def test_a_fence_cannot_be_closed_from_within(text: str) -> None:
    assert outside_of_code(fenced(text)).strip() == ""


@pytest.mark.parametrize("text", ["`", "``x`", "a` b `` c", "![x](http://evil)", "<img src=x>", "\n# x", "@team", ""])
def test_text_within_a_line_cannot_leave_its_code(text: str) -> None:
    assert outside_of_code(inline(text)).strip() == ""


HOSTILE = "x` ```\n# heading\n<script>alert(1)</script> [a](javascript:b) ![i](http://evil/p.png) @team http://evil"


def test_nothing_of_a_hostile_trace_stands_outside_of_code() -> None:
    span = Span(
        "t", HOSTILE, None, "generation", HOSTILE, 1, 2, None, "error", HOSTILE, HOSTILE, HOSTILE, tags=(HOSTILE,)
    )
    payload = Payload(input=(Message(HOSTILE, (Text(HOSTILE),), HOSTILE),), output={"k": HOSTILE})
    text = outside_of_code(report(made.selected([span], {HOSTILE: payload})))
    for sign in ("script", "evil", "# heading", "@team"):
        assert sign not in text


def test_the_report_holds_no_control_byte() -> None:
    assert "".join(report(made.hard_trace()).split("\n")).isprintable()
