"""The tree of spans."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult

from tests.screen.screen_text import screen_lines, screen_text
from tests.screen.widget_data import HOSTILE, NOW_NS, SECOND, make_tree
from tracetui.model import Cost, Score, SubtreeCost, Tree, Usage
from tracetui.text import cell_width
from tracetui.tui.widgets.span_tree import SpanTree

CALL = {
    "kind": "generation",
    "model": "gpt-5-mini",
    "usage": Usage(input=1200, output=310),
    "cost": Cost(0.0031, "computed"),
}
AGENT = make_tree(
    [0, 1, 2, 1, 1],
    s0={"kind": "agent", "name": "support-agent", "end_ns": NOW_NS + 4 * SECOND, "node": {"subtree_cost": SubtreeCost(0.0031, 1, 1)}},
    s1={"kind": "chain", "name": "plan"},
    s2={**CALL, "name": "chat", "ttft_ns": SECOND // 2, "node": {"matches": True}},
    s3={"kind": "tool", "name": "get_order", "status": "error", "status_message": "order 1234 not found"},
    s4={**CALL, "name": "answer", "end_ns": None, "status": "running", "cost": Cost(reason="pending"), "node": {"matches": True}},
)  # fmt: skip


class Harness(App[None]):
    CSS = "SpanTree { border: none; }"

    def __init__(self, tree: Tree = AGENT) -> None:
        super().__init__()
        self._tree_to_show = tree
        self.moved: list[str] = []
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield SpanTree()

    def on_mount(self) -> None:
        self.spans.set_tree(self._tree_to_show)
        self.spans.focus()

    @property
    def spans(self) -> SpanTree:
        return self.query_one(SpanTree)

    def on_span_tree_moved(self, event: SpanTree.Moved) -> None:
        self.moved.append(event.span_id)

    def on_span_tree_chosen(self, event: SpanTree.Chosen) -> None:
        self.chosen.append(event.span_id)


def names(app: App[None]) -> list[str]:
    """First words of the rows."""
    return [line[:30].rstrip() for line in screen_lines(app)[1:] if line.strip()]


GOLDEN_76 = """\
 span                                                  took tokens      cost
▌▾⬢ support-agent                         ━━━━━━━━━    4.0s  ∑3.0k ∑≥$0.0031
 ├╴▾⧉ plan                                ━━╸         800ms  ∑1.5k
 │ └╴ ✦ chat gpt-5-mini                   ╶─╸         600ms   1.5k   $0.0031
 ├╴ ƒ ✕ get_order order 1234 not found     ━╸         400ms
 └╴ ✦ ▸ answer gpt-5-mini                  ╺━━━━━━━ running   1.5k         …"""


async def test_a_tree_has_guides_bars_and_figures() -> None:
    async with Harness().run_test(size=(76, 10)) as pilot:
        await pilot.pause()
        assert screen_text(pilot.app).rstrip() == GOLDEN_76


@pytest.mark.parametrize("size", [(160, 45), (100, 30), (80, 24), (40, 10), (20, 8)])
async def test_every_line_is_as_wide_as_the_screen(size: tuple[int, int]) -> None:
    async with Harness().run_test(size=size) as pilot:
        await pilot.pause()
        assert {cell_width(line) for line in screen_lines(pilot.app)} == {size[0]}
        assert "support-agent" in screen_text(pilot.app)


TIMELINE = make_tree(
    [0, 1, 1, 1],
    s0={"kind": "agent", "name": "agent", "end_ns": NOW_NS + 4 * SECOND},
    s1={**CALL, "name": "chat", "end_ns": NOW_NS + 2 * SECOND, "ttft_ns": SECOND},
    s2={"kind": "tool", "name": "search", "start_ns": NOW_NS + SECOND, "end_ns": NOW_NS + 2 * SECOND},
    s3={"kind": "tool", "name": "late", "start_ns": NOW_NS + 3 * SECOND, "end_ns": NOW_NS + 4 * SECOND, "status": "error"},
)  # fmt: skip
GOLDEN_TIMELINE = """\
 span                           start   0           2s               took     own     gap       cost
▌▾⬢ agent                        +0ms   ━╾──────────╼━━━━━━──────    4.0s    1.2s
 ├╴ ✦ chat gpt-5-mini          +250ms ∥ ┈╶─────┝━━━━╸                1.8s           250ms    $0.0031
 ├╴ ƒ search                    +1.0s ∥ ┊     ━━━━━━╸                1.0s
 └╴ ƒ ✕ late                    +3.0s   ┊           ┊┈┈┈┈┈╺━━━━━━    1.0s            1.0s"""


async def test_a_timeline_shows_when_each_span_ran_beside_after_and_how_long_by_itself() -> None:
    async with Harness(TIMELINE).run_test(size=(100, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.spans.timeline = True
        await pilot.pause()
        assert screen_text(app).rstrip() == GOLDEN_TIMELINE
        app.spans.go_to_ranked("time")
        assert app.spans.selected_id == "s1"
        app.spans.go_to_ranked("time")
        assert app.spans.selected_id == "s0"


async def test_collapsing_hides_expanding_shows_and_the_count_is_said() -> None:
    async with Harness().run_test(size=(76, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.spans.select("s1")
        app.spans.action_collapse()
        await pilot.pause()
        assert [name.split()[1] for name in names(app)[1:3]] == ["plan", "ƒ"]
        assert "plan +1" in names(app)[1]
        app.spans.action_expand()
        await pilot.pause()
        assert len(names(app)) == 5


def test_the_page_about_views_shows_the_timeline_as_it_is() -> None:
    assert GOLDEN_TIMELINE in (Path(__file__).parents[2] / "docs" / "views.md").read_text()


@pytest.mark.parametrize(
    ("start", "actions", "end"),
    [
        ("s2", ["parent"], "s1"),
        ("s2", ["collapse"], "s1"),
        ("s1", ["next_sibling"], "s3"),
        ("s1", ["next_sibling", "next_sibling"], "s4"),
        ("s4", ["next_sibling"], "s4"),
        ("s4", ["previous_sibling", "previous_sibling"], "s1"),
        ("s2", ["collapse_all", "cursor_down"], "s3"),
        ("s0", ["expand_subtree", "cursor_down"], "s0"),
        ("s0", ["expand_subtree", "expand_all", "cursor_down"], "s1"),
        ("s0", ["toggle_node", "bottom"], "s0"),
    ],
)
async def test_moves_along_branches(start: str, actions: list[str], end: str) -> None:
    async with Harness().run_test(size=(76, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.spans.select(start)
        for action in actions:
            getattr(app.spans, f"action_{action}")()
        await pilot.pause()
        assert app.spans.selected_id == end
        assert app.moved[-1] == end


@pytest.mark.parametrize(
    ("start", "kind", "step", "end"),
    [
        ("s0", "error", 1, "s3"), ("s4", "error", 1, None), ("s4", "error", -1, "s3"), ("s0", "error", -1, None),
        ("s0", "match", 1, "s2"), ("s2", "match", 1, "s4"), ("s4", "match", 1, None), ("s4", "match", -1, "s2"),
    ],
)  # fmt: skip
async def test_steps_to_errors_and_matches_end_where_there_are_no_more(
    start: str, kind: str, step: int, end: str | None
) -> None:
    async with Harness().run_test(size=(76, 10)) as pilot:
        spans = pilot.app.spans  # type: ignore[attr-defined]
        spans.action_collapse_all()
        spans.select(start)
        assert getattr(spans, f"step_{kind}")(step) == (end is not None)
        assert spans.selected_id == (end or start)


async def test_opening_a_leaf_chooses_it() -> None:
    async with Harness().run_test(size=(76, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.spans.select("s3")
        app.spans.action_expand()
        await pilot.pause()
        assert app.chosen == ["s3"]


async def test_a_refresh_keeps_the_selection_and_what_is_collapsed_another_trace_does_not() -> None:
    async with Harness().run_test(size=(76, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.spans.select("s1")
        app.spans.action_collapse()
        app.spans.select("s3")
        app.spans.set_tree(make_tree([0, 1, 2, 1, 1, 1]))
        await pilot.pause()
        assert app.spans.selected_id == "s3"
        assert len(names(app)) == 5
        app.spans.set_tree(make_tree([0, 1, 2, 1], trace_id="other"))
        await pilot.pause()
        assert app.spans.selected_id == "s0"
        assert len(names(app)) == 4


async def test_a_depth_of_a_thousand_stays_readable() -> None:
    async with Harness(make_tree(range(1_000))).run_test(size=(60, 12)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.spans.action_bottom()
        await pilot.pause()
        row = screen_lines(app)[-1]
        assert row.startswith("▌⋯99")
        assert "s999" in row


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"node": {"is_orphan": True}}, "orphan"),
        ({**CALL, "node": {"repeats_usage": True}}, "↺1.5k"),
        ({**CALL, "usage": Usage(input=1, cache_read=5, inconsistent=True)}, "!6"),
        ({**CALL, "cost": Cost(reason="unknown model")}, "1.5k         –"),
        ({"node": {"scores": (Score(id="1", trace_id="t", span_id="s1", name="n", value=0.5),)}}, "★ 0.5"),
        ({"status": "refused"}, "⊘ s1"),
        ({"name": ""}, "(no name)"),
    ],
)
async def test_what_is_odd_about_a_span_is_marked(facts: dict[str, Any], text: str) -> None:
    async with Harness(make_tree([0, 1], s1=facts)).run_test(size=(90, 10)) as pilot:
        await pilot.pause()
        assert text in screen_lines(pilot.app)[2]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_texts_from_a_trace_stay_inert_and_in_their_cells(text: str) -> None:
    facts = {"name": text, "model": text, "status": "error", "status_message": text}
    async with Harness(make_tree([0, 1], s0=facts, s1=facts)).run_test(size=(64, 8)) as pilot:
        await pilot.pause()
        for line in screen_lines(pilot.app):
            assert line.isprintable()
            assert cell_width(line) == 64


async def test_no_trace_is_no_error() -> None:
    async with Harness().run_test(size=(76, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        app.spans.set_tree(None)
        app.spans.set_empty("choose a trace")
        for action in ("expand", "collapse", "parent", "collapse_all", "next_sibling", "choose"):
            getattr(app.spans, f"action_{action}")()
        await pilot.pause()
        assert app.spans.selected_id is None
        assert app.spans.selected_node is None
        assert "choose a trace" in screen_text(app)
