"""What the reader sees of a trace when answers come late, fail, or the words looked for change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

from tests.screen.widget_data import make_payload, make_tree
from tracetui.model import Tree
from tracetui.query import compile_filter
from tracetui.tui.keymap import Keymap
from tracetui.tui.screens.reading import Reading


class Asked:
    """Questions that are answered when a test says so; one that was forgotten gets no answer."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Callable[[Any], None], Callable[[str], None] | None]] = {}

    def ask(self, topic: str, question: object, answered: Callable[[Any], None], failed: Any = None) -> None:
        self._open[topic] = answered, failed

    def forget(self, topic: str) -> None:
        self._open.pop(topic, None)

    def answer(self, topic: str, value: object) -> None:
        if topic in self._open:
            self._open.pop(topic)[0](value)

    def fail(self, topic: str, sentence: str) -> None:
        failed = self._open.pop(topic)[1]
        assert failed is not None
        failed(sentence)


def trace(name: str) -> Tree:
    return make_tree([0], trace_id=name, s0={"name": f"root of {name}", "node": {"matches": True}})


class Room:
    """A reading with widgets that only remember what they were told."""

    def __init__(self) -> None:
        self.asked, self.spans, self.payload = Asked(), MagicMock(), MagicMock()
        self.payload.node, self.payload.payload, self.payload.finding = None, None, ""
        self.reading = Reading(self.spans, self.payload, self.asked, Keymap(), lambda: None)  # type: ignore[arg-type]

    def open(self, tree: Tree, filter_: str = "") -> None:
        self.spans.selected_node = tree.nodes[0]
        self.reading.open_trace(tree.trace.trace_id, compile_filter(filter_, now_ns=0) if filter_ else None)
        self.asked.answer("tree", tree)

    @property
    def shown(self) -> Tree | None:
        tree: Tree | None = self.spans.set_tree.call_args.args[0]
        return tree


def test_spans_found_in_a_trace_that_was_left_are_not_shown_over_the_next_one() -> None:
    room = Room()
    room.open(trace("a"))
    room.reading.narrow("kind:tool")
    room.open(trace("b"))
    room.asked.answer("narrow", trace("a"))
    assert room.shown == trace("b")


def test_what_is_found_out_about_a_span_is_not_shown_where_no_trace_is_any_more() -> None:
    room = Room()
    room.open(trace("a"))
    room.reading.open_trace(None, None)
    shown = room.payload.show.call_count
    room.asked.answer("payload", make_payload())
    assert room.payload.show.call_count == shown
    assert room.shown is None


def test_a_trace_that_cannot_be_had_takes_the_place_of_the_one_before() -> None:
    room = Room()
    room.open(trace("a"))
    room.reading.open_trace("b", None)
    room.asked.fail("tree", "no such trace")
    assert room.shown is None
    assert room.reading.tree is None
    room.spans.set_empty.assert_called_with("✕ no such trace")


def test_a_trace_that_cannot_be_had_again_stays_as_it_was_known() -> None:
    room = Room()
    room.open(trace("a"))
    room.reading.refresh(None)
    room.asked.fail("tree", "the database is locked")
    assert room.shown == trace("a")
    assert "the database is locked" in str(room.spans.border_subtitle)


def looked_for(room: Room) -> str:
    """The words that the payload of the selected span is searched for, as they are when it comes."""
    room.payload.find.reset_mock()
    room.asked.answer("payload", make_payload())
    found = MagicMock(tab=1)
    room.asked.answer("context", found)
    return str(room.payload.find.call_args.args[0]) if room.payload.find.call_args else ""


def test_a_filter_by_other_words_looks_for_those_in_the_trace_that_is_open() -> None:
    room = Room()
    room.open(trace("a"), "sealant")
    assert looked_for(room) == "sealant"
    room.payload.finding = "sealant"
    room.reading.refresh(compile_filter("chain", now_ns=0))
    room.asked.answer("tree", trace("a"))
    assert looked_for(room) == "chain"


def test_words_that_were_dropped_stay_dropped_when_spans_arrive() -> None:
    room = Room()
    room.open(trace("a"), "sealant")
    looked_for(room)
    room.reading.drop_words()
    room.reading.refresh(compile_filter("sealant", now_ns=0))
    room.asked.answer("tree", trace("a"))
    assert looked_for(room) == ""
