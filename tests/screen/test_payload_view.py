"""What one span carried."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from textual.app import App, ComposeResult

from tests.screen.screen_text import screen_lines, screen_text
from tests.screen.widget_data import HOSTILE, NOW_NS, make_node, make_payload, make_span
from tracetui.model import (
    Cost,
    Media,
    Message,
    Node,
    Payload,
    Refusal,
    Score,
    Text,
    Thinking,
    ToolCall,
    ToolDefinition,
    ToolResult,
    Unknown,
    Usage,
)
from tracetui.semconv.chat_pairs import Context, Elsewhere
from tracetui.text import cell_width
from tracetui.tui.widgets.payload.differing import diff_prompts
from tracetui.tui.widgets.payload.view import PayloadView

NODE = make_node()


class Harness(App[None]):
    CSS = "PayloadView { border: none; }"

    def __init__(self, payload: Payload | None = None, node: Node = NODE) -> None:
        super().__init__()
        self._payload = payload
        self._node = node
        self.found: list[tuple[int, int]] = []
        self.tabs: list[int] = []

    def compose(self) -> ComposeResult:
        yield PayloadView()

    def on_mount(self) -> None:
        if self._payload is not None:
            self.view.show(self._node, self._payload)
        self.view.focus()

    @property
    def view(self) -> PayloadView:
        return self.query_one(PayloadView)

    def on_payload_view_found(self, event: PayloadView.Found) -> None:
        self.found.append((event.current, event.total))

    def on_payload_view_tab_shown(self, event: PayloadView.TabShown) -> None:
        self.tabs.append(event.number)


async def drawn(payload: Payload, *, tab: int = 1, node: Node = NODE, size: tuple[int, int] = (80, 60)) -> str:
    """The screen with one payload."""
    app = Harness(payload, node)
    async with app.run_test(size=size) as pilot:
        app.view.show_tab(tab)
        await pilot.pause()
        return screen_text(app).rstrip()


GOLDEN_80 = """\
  1 Messages  2 Output  3 Tools  4 Attributes  5 Scores  6 Raw
 ✦ generation  ● success  gpt-5-mini
 took 1.0s  tokens not recorded  cost – no price
 trace trace-00000  span s0

 § system ─────────────────────────────────────────────────────────────────────
   Be brief.
 ❯ user ───────────────────────────────────────────────────────────────────────
   Where is order 1234?
 ✦ assistant ──────────────────────────────────────────────────────────────────
   ƒ get_order  call_1
   │ {"order_id": "1234"}
   ↳ result
   │ {"state": "shipped"}

 ▼ output ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
 ✦ assistant ──────────────────────────────────────────────────────────────────
   It was shipped."""


async def test_a_conversation_reads_from_top_to_bottom_with_each_result_under_its_call() -> None:
    assert await drawn(make_payload()) == GOLDEN_80


@pytest.mark.parametrize("size", [(160, 45), (100, 30), (80, 24), (40, 10), (20, 8)])
@pytest.mark.parametrize("tab", range(1, 7))
async def test_every_line_is_as_wide_as_the_screen(size: tuple[int, int], tab: int) -> None:
    app = Harness(make_payload())
    async with app.run_test(size=size) as pilot:
        app.view.show_tab(tab)
        await pilot.pause()
        assert {cell_width(line) for line in screen_lines(app)} == {size[0]}


@pytest.mark.parametrize(
    ("part", "lines"),
    [
        (Text(""), ["(empty)"]),
        (Refusal("I can't help with that."), ["⊘ refused", "I can't help with that."]),
        (Unknown({"type": "odd", "x": [1, None]}), ["a part of unknown type", '{"type": "odd", "x": [1, null]}']),
        (Media("image", "image/png", 34_211, "sha256:9f2b"), ["[image image/png 34.2 kB sha256:9f2b]"]),
        (Media("file"), ["[file]"]),
        (ToolCall("c1", "search", '{"q": broken'), ["ƒ search  c1", '│ {"q": broken']),
        (ToolCall(None, "search"), ["ƒ search", "│ no arguments captured"]),
        (ToolCall("c1", "search", {}), ["ƒ search  c1", "│ {}"]),
        (
            ToolResult("c9", "no call for this", is_error=True, name="search"),
            ["✕ result  search  c9", "│ no call for this"],
        ),
        (ToolResult("c9", None), ["↳ result  c9", "│ not captured"]),
        (ToolResult("c9", ""), ["↳ result  c9", "│ (empty)"]),
        (ToolResult("c9", '[{"a":1}]'), ["↳ result  c9", '│ [{"a":1}]']),
    ],
)
async def test_every_kind_of_part_says_what_it_is(part: Any, lines: list[str]) -> None:
    text = await drawn(make_payload(input=(Message("assistant", (part,)),), output=None))
    shown = [line.strip() for line in text.splitlines()]
    assert (
        shown[shown.index(next(line for line in shown if line.startswith("✦ assistant"))) + 1 :][: len(lines)] == lines
    )


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "output not captured"),
        ((), "(no messages)"),
        ("", "(empty)"),
        ("just text", "just text"),
        ({"a": 1}, '{"a": 1}'),
        ([], "[]"),
        (False, "false"),
        (0, "0"),
        ((Message("assistant", ()),), "(empty)"),
    ],
)
async def test_any_answer_is_drawn_and_none_is_said(content: Any, line: str) -> None:
    assert f"   {line}" in (await drawn(make_payload(input="x", output=content), tab=2)).splitlines()


async def test_thinking_is_folded_until_it_is_asked_for() -> None:
    thinking = "\n".join(f"thought {number}" for number in range(16))
    app = Harness(make_payload(input=None, output=(Message("assistant", (Thinking(thinking), Text("so."))),)))
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        assert "… 12 more lines, enter unfolds" in screen_text(app)
        assert "thought 5" not in screen_text(app)
        app.view.action_toggle_fold()
        await pilot.pause()
        assert "thought 15" in screen_text(app)
        app.view.action_toggle_fold()
        await pilot.pause()
        assert "thought 5" not in screen_text(app)
        line = next(y for y, text in enumerate(screen_lines(app)) if "enter unfolds" in text)
        await pilot.click(PayloadView, offset=(10, line))
        await pilot.pause()
        assert "thought 15" in screen_text(app)


async def test_a_shared_history_is_folded_and_named() -> None:
    history = tuple(Message("user", (Text(f"question {number}"),)) for number in range(25))
    app = Harness()
    async with app.run_test(size=(80, 40)) as pilot:
        app.view.show(NODE, make_payload(input=history), context=Context(shared=24, shared_with="call 3"))
        await pilot.pause()
        assert "… 24 earlier messages, same as call 3" in screen_text(app)
        assert "question 23" not in screen_text(app)
        assert "question 24" in screen_text(app)
        app.view.action_toggle_fold()
        await pilot.pause()
        assert "question 0" in screen_text(app)


FACTS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["✦ generation", "● success", "gpt-5-mini", "took 1.0s", "tokens not recorded", "cost – no price", "span s0"]),
    ({"usage": Usage(input=10, cache_read=5, cache_write=2, output=7, reasoning=3)},
     ["10 fresh + 5 cached + 2 written + 7 output (3 reasoning)"]),
    ({"usage": Usage(unsplit=1234)}, ["1,234 unsplit"]),
    ({"usage": Usage(input=1, cache_read=5, inconsistent=True)}, ["! inconsistent usage"]),
    ({"cost": Cost(0.0031, "computed", price="openai/gpt-5-mini 2026-08-01")}, ["$0.0031 computed openai/gpt-5-mini 2026-08-01"]),
    ({"cost": Cost(0.5, "recorded")}, ["cost $0.5000 recorded"]),
    ({"cost": Cost(reason="unknown model")}, ["cost – unknown model"]),
    ({"cost": Cost(reason="pending")}, ["cost … not priced yet"]),
    ({"provider": "openai", "finish_reason": "stop", "ttft_ns": 320_000_000}, ["openai", "finish stop", "first token 320ms"]),
    ({"end_ns": None, "status": "running"}, ["▸ running", "took running"]),
    ({"status": "error", "status_message": "boom\nat line 2"}, ["✕ boom", "✕ at line 2"]),
    ({"status": "refused"}, ["⊘ refused, without a message"]),
    ({"user_id": "ada", "session_id": "s-1", "prompt_name": "support", "prompt_version": "3", "tags": ("a", "b")},
     ["user ada", "session s-1", "prompt support 3", "tags a, b"]),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "parts"), FACTS)
async def test_the_facts_stand_on_top(facts: dict[str, Any], parts: list[str]) -> None:
    text = await drawn(make_payload(), node=make_node(**facts), size=(120, 30))
    for part in parts:
        assert part in text


async def test_the_facts_are_there_while_the_payload_is_loaded_and_when_it_cannot_be_had() -> None:
    app = Harness()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        assert "no span selected" in screen_text(app)
        app.view.show_pending(NODE)
        await pilot.pause()
        assert "gpt-5-mini" in screen_text(app)
        assert "loading…" in screen_text(app)
        app.view.show_error(NODE, "The file is gone: traces.jsonl.")
        await pilot.pause()
        assert "✕ The file is gone: traces.jsonl." in screen_text(app)
        assert "loading…" not in screen_text(app)
        app.view.show(NODE, make_payload())
        await pilot.pause()
        assert "It was shipped." in screen_text(app)
        assert app.view.payload is not None
        app.view.show_nothing()
        assert app.view.node is None


async def test_tools_offered_and_called_are_told_apart() -> None:
    offered = (ToolDefinition("search", "Finds things.", {"type": "object"}), ToolDefinition("refund"))
    answer = (Message("assistant", (ToolCall("1", "search"), ToolCall("2", "search"), ToolCall("3", "magic"))),)
    lines = [line.strip() for line in (await drawn(make_payload(tools=offered, output=answer), tab=3)).splitlines()]
    assert lines[1].startswith("2 offered, 3 called in this answer")
    assert lines[2:4] == ["ƒ search  called 2×  ↻ 2 identical", "Finds things."]
    assert "ƒ refund  not called" in lines
    assert "ƒ get_order  1× earlier not among the offered" in lines
    assert "ƒ magic  called 1× not among the offered" in lines


async def test_attributes_are_sorted_and_spelled_in_full() -> None:
    attributes = {"b.z": "long\ntext", "b.a": {"c": [1, 2], "d": None}, "a": "", "n": 1.5}
    event = {"name": "exception", "attributes": {"exception.type": "ValueError"}}
    text = await drawn(make_payload(attributes=attributes, events=(event,)), tab=4)
    lines = [line.strip() for line in text.splitlines()]
    assert lines[2:9] == ["a  (empty)", "b.a.c  [1, 2]", "b.a.d  null", "b.z", "long", "text", "n  1.5"]
    assert "attributes.exception.type  ValueError" in lines
    assert "start  2026-11-18T11:06:40.000000Z" in lines


async def test_scores_say_who_when_and_why() -> None:
    scores = (
        Score("1", "t", "s0", "helpful", 0.5, comment="too [short]", author="ada", time_ns=NOW_NS),
        Score("2", "t", "s0", "tone", label="rude", source="llm"),
    )
    node = Node(span=NODE.span, scores=scores)
    text = await drawn(make_payload(), tab=5, node=node)
    assert "★ helpful  0.5  human ada" in text
    assert "too [short]" in text
    assert "★ tone  rude  llm" in text
    assert "not rated yet" in await drawn(make_payload(), tab=5)


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        ('{"a":[1,{"b":null}]}', ["{", '"a": [', "1,", "{", '"b": null', "}", "]", "}"]),
        ("not {json", ["not {json"]),
        ("", ["the source keeps no record of its own here: not captured"]),
    ],
)
async def test_the_record_is_laid_out_where_it_is_json(raw: str, lines: list[str]) -> None:
    assert [line.strip() for line in (await drawn(make_payload(raw=raw), tab=6)).splitlines()[1:]] == lines


async def test_modes_show_the_same_plain_as_json_and_raw() -> None:
    app = Harness(make_payload())
    async with app.run_test(size=(100, 60)) as pilot:
        await pilot.pause()
        app.view.action_cycle_mode()
        await pilot.pause()
        assert app.view.mode == "plain"
        assert "It was shipped." in screen_text(app)
        assert "─" not in screen_text(app)
        app.view.action_cycle_mode()
        await pilot.pause()
        assert '      "role": "system",' in screen_text(app)
        app.view.action_cycle_mode()
        assert app.view.mode == "raw"
        assert json.loads(app.view.plain_text()())["output"][0]["parts"][0]["text"] == "It was shipped."
        app.view.action_cycle_mode()
        assert app.view.mode == "rendered"


async def test_tabs_open_by_number_and_by_click_and_their_titles_shorten() -> None:
    app = Harness(make_payload())
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        assert screen_lines(app)[0].split("  ")[1:7] == [
            "1 Messages", "2 Output", "3 Tools", "4 Attributes", "5 Scores", "6 Raw",
        ]  # fmt: skip
        await pilot.click(PayloadView, offset=(screen_lines(app)[0].index("Attributes"), 0))
        await pilot.pause()
        assert app.tabs == [4]
        assert app.view.tab == 4
        await pilot.resize_terminal(40, 20)
        await pilot.pause()
        assert screen_lines(app)[0].split() == ["1", "2", "3", "4", "Attributes", "5", "6"]


async def test_finding_goes_from_hit_to_hit_and_counts_them_even_in_folds() -> None:
    thinking = "\n".join(f"Needle {number}" for number in range(30))
    app = Harness(make_payload(output=(Message("assistant", (Thinking(thinking),)),)))
    async with app.run_test(size=(60, 16)) as pilot:
        app.view.find("needle")
        await pilot.pause()
        assert app.view.hit_count == 30
        assert app.found[-1] == (1, 30)
        assert "Needle 0" in screen_text(app)
        for _ in range(14):
            app.view.action_find_next()
        await pilot.pause()
        assert app.found[-1] == (15, 30)
        assert "Needle 14" in screen_text(app)
        app.view.action_find_previous()
        app.view.action_find_previous()
        assert app.view.finding == "needle"
        await pilot.pause()
        assert app.found[-1] == (13, 30)
        app.view.find("")
        await pilot.pause()
        assert app.found[-1] == (0, 0)


async def test_finding_wraps_around_and_survives_what_is_not_there() -> None:
    app = Harness(make_payload(output="one two one"))
    async with app.run_test(size=(60, 40)) as pilot:
        app.view.find("one")
        app.view.action_find_next()
        app.view.action_find_next()
        await pilot.pause()
        assert app.found[-1] == (1, 2)
        app.view.find("nowhere")
        app.view.action_find_next()
        await pilot.pause()
        assert app.found[-1] == (0, 0)


async def test_long_lines_are_wrapped_or_reached_sideways() -> None:
    app = Harness(make_payload(raw="x" * 100 + "END"))
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.show_tab(6)
        await pilot.pause()
        assert "END" in screen_text(app)
        app.view.action_toggle_wrap()
        await pilot.pause()
        assert "END" not in screen_text(app)
        for _ in range(3):
            app.view.action_right()
        await pilot.pause()
        assert "END" in screen_text(app)
        app.view.action_left()
        app.view.action_toggle_wrap()
        await pilot.pause()
        assert "END" in screen_text(app)


async def test_a_huge_line_opens_scrolls_and_ends() -> None:
    app = Harness(make_payload(raw="lorem ipsum dolor " * 400_000 + "THE END"))
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.show_tab(6)
        await pilot.pause()
        assert "7.2 MB" not in screen_text(app)
        assert screen_lines(app)[1].startswith(" lorem ipsum dolor")
        for action in ("page_down", "half_down", "cursor_down", "cursor_up", "page_up", "bottom"):
            getattr(app.view, f"action_{action}")()
            await pilot.pause()
        assert screen_lines(app)[-1].rstrip(" ▁▂▃▄▅▆▇█").endswith("THE END")
        above = screen_lines(app)[1][:70]
        app.view.action_cursor_up()
        await pilot.pause()
        assert screen_lines(app)[2][:70] == above


async def test_a_narrower_screen_stays_at_the_same_message() -> None:
    messages = tuple(Message("user", (Text(f"question {number} " + "word " * 60),)) for number in range(40))
    app = Harness(make_payload(input=messages))
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        row = next(row for row in range(400) if "question 20 " in "".join(t for t, _ in app.view.document.row(row)[0]))
        app.view.move_to(row)
        await pilot.pause()
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert "question 20 " in screen_lines(app)[1]


def hostile_subject(text: str) -> tuple[Payload, Node]:
    """A span in which everything that can be text is `text`."""
    parts = (Text(text), Thinking(text), Refusal(text), Unknown({text: [text]}), Media("image", text, 1, text, text))
    parts += (ToolCall(text, text, {text: text}), ToolResult(text, text, name=text), ToolCall("x", text, text))
    parts += (Text(f"```{text}\n{text}\n```\n# {text} **{text}** `{text}`"), Thinking(f"{text}\n" * 30))
    payload = Payload(
        input=(Message(text, parts, name=text),), output=text, tools=(ToolDefinition(text, text, {text: text}),),
        attributes={text: text, "x": {text: [text]}}, events=({text: text},), raw=text,
    )  # fmt: skip
    facts = {"name": text, "model": text, "status": "error", "status_message": text, "user_id": text, "tags": (text,)}
    score = Score("1", "t", "s0", text, label=text, comment=text, author=text)
    return payload, Node(span=make_node(**facts).span, scores=(score,))


def hostile_context(text: str) -> Context:
    """Everything the rest of a trace may say, in hostile words."""
    documents = [{"id": text, "title": text, "content": text, "score": 0.5, text: text}]
    return Context(
        place=text, previous=text, shared_with=text, askers={0: text},
        elsewhere={number: Elsewhere(ToolResult(text, documents), text) for number in range(2)},
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("mode", ["rendered", "plain", "json", "raw"])
async def test_whatever_a_tool_answers_stays_inert_in_every_tab(text: str, mode: Any) -> None:
    payload, node = hostile_subject(text)
    app = Harness()
    async with app.run_test(size=(50, 90)) as pilot:
        app.view.show(node, payload, context=hostile_context(text))
        app.view.mode = mode
        for tab in range(1, 7):
            app.view.show_tab(tab)
            app.view.find(text[:1])
            await pilot.pause()
            assert_inert(app)
            app.view.find("")
            app.view.action_toggle_wrap()
            await pilot.pause()
            assert_inert(app)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_differences_documents_and_shared_history_stay_inert(text: str) -> None:
    payload, node = hostile_subject(text)
    before = Payload((Message("system", (Text(f"{text} before {text}"),)),), tools=(ToolDefinition(text),))
    after = Payload((Message("system", (Text(f"{text} after {text}"),)), *payload.input), tools=payload.tools)
    app = Harness()
    async with app.run_test(size=(50, 90)) as pilot:
        app.view.show(node, after, context=hostile_context(text), difference=diff_prompts(before, after, text))
        await pilot.pause()
        assert_inert(app)
        many = Payload((*payload.input * 5,), [{"content": text, "score": 1, "id": text}])
        app.view.show(node, many, context=Context(shared=4, shared_with=text))
        await pilot.pause()
        assert_inert(app)


def assert_inert(app: Harness) -> None:
    for line in screen_lines(app):
        assert line.isprintable()
        assert cell_width(line) == 50


async def test_folds_and_place_survive_a_refresh_of_the_same_span() -> None:
    thinking = "\n".join(f"thought {number}" for number in range(60))
    payload = make_payload(input=None, output=(Message("assistant", (Thinking(thinking),)),))
    app = Harness(payload)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.view.action_toggle_fold()
        app.view.move(30)
        await pilot.pause()
        before = screen_text(app)
        assert "thought 40" in before
        app.view.show_pending(NODE)
        app.view.show(NODE, payload, context=Context())
        await pilot.pause()
        assert screen_text(app) == before
        app.view.show(make_node(name="other", user_id="x"), payload)
        app.view.show(Node(span=make_span("s9")), payload)
        await pilot.pause()
        assert "thought 40" not in screen_text(app)


async def test_the_screen_has_turns_while_a_long_text_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.tui.lines.searching._SLICE_S", 0.0)
    app = Harness(make_payload(raw="needle and hay " * 700_000))
    async with app.run_test(size=(80, 24)):
        app.view.show_tab(6)
        app.view.find("needle")
        while not app.view.hit_count:
            await asyncio.sleep(0.001)
        assert not app.view._finding.is_done  # type: ignore[union-attr]
