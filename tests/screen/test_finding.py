"""Finding: in the payload, in the spans of a trace, and from a text filter down to the matched words."""

from __future__ import annotations

from pathlib import Path

from tests.screen.program import NARROW, press, running, until
from tracetui.tui.widgets.payload.view import PayloadView


def payload(pilot: object) -> PayloadView:
    return pilot.app.screen.payload  # type: ignore[attr-defined, no-any-return]


async def test_a_text_filter_leads_to_the_span_and_the_words_highlighted(support_db: Path) -> None:
    async with running(support_db, query="sealant", title="Traces 61 ") as pilot:
        await until(pilot, lambda text: "docs-bot" in text and "searching" not in text)
        await until(pilot, lambda text: "“sealant” 1 of" in text)
        assert pilot.app.screen.spans.selected_node.matches  # type: ignore[attr-defined]
        assert payload(pilot).hit_count > 0
        await press(pilot, "l n", "“sealant”")
        await pilot.press("escape")
        assert payload(pilot).finding == ""


async def test_spans_of_a_trace_are_found_by_their_content_and_the_rest_is_hidden(support_db: Path) -> None:
    async with running(support_db, query="tool:open_return", title="Traces 51 ") as pilot:
        await until(pilot, lambda text: "Spans 6" in text)
        await press(pilot, "l ampersand", "words in this trace")
        text = await press(pilot, "R minus 5 5", "3 of 6, 3 hidden: R-55")
        assert "Spans 3" in text
        assert "support-agent" in text
        await until(pilot, lambda text: "“R-55” 1 of" in text)
        await press(pilot, "enter", "Spans 3")
        await press(pilot, "escape", "Spans 3")
        await press(pilot, "escape", "Spans 6")


async def test_a_wrong_filter_for_spans_is_said_and_changes_nothing(support_db: Path) -> None:
    async with running(support_db, query="tool:open_return", title="Traces 51 ") as pilot:
        await until(pilot, lambda text: "Spans 6" in text)
        await press(pilot, "l ampersand", "words in this trace")
        text = await press(pilot, "k i n d d : x", "did you mean kind?")
        assert "Spans" in text
        await press(pilot, "escape", "Spans 6")


async def test_the_payload_is_searched_as_one_types_and_hits_are_counted(support_db: Path) -> None:
    async with running(support_db, query="tool:open_return", title="Traces 51 ") as pilot:
        await until(pilot, lambda text: "Spans 6" in text)
        await press(pilot, "l j l", "assistant")
        await press(pilot, "slash O R D E R", "“ORDER” 1 of")
        await press(pilot, "enter n", "“ORDER” 2 of")
        await press(pilot, "N N", "“ORDER” ")
        await press(pilot, "d", "this prompt against call")


async def test_words_are_looked_for_in_a_payload_that_has_no_room_yet(support_db: Path) -> None:
    async with running(support_db, NARROW, query="tool:open_return", title="Traces 51 ") as pilot:
        await press(pilot, "l ampersand", "words in this trace")
        await press(pilot, "R minus 5 5 enter", "3 of 6, 3 hidden: R-55")
        await press(pilot, "tab", "“R-55” 1 of")


async def test_a_trace_without_a_span_that_matches_says_so(support_db: Path) -> None:
    async with running(support_db, NARROW, query="tool:open_return", title="Traces 51 ") as pilot:
        await press(pilot, "l ampersand", "words in this trace")
        await press(pilot, "x y z z y enter", "no span of this trace matches xyzzy", "esc shows all")
        await press(pilot, "escape", "Spans 6")
