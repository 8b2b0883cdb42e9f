"""Messages as a conversation: calls with their results, what is missing or repeated, documents, media, Markdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rich.style import Style
from textual.pilot import Pilot

from tests.screen.screen_text import screen_text
from tests.screen.test_payload_view import NODE, Harness
from tests.screen.widget_data import make_node, make_payload
from tracetui.model import Media, Message, Node, Payload, Text, ToolCall, ToolDefinition, ToolResult
from tracetui.semconv.chat_pairs import Context, Elsewhere
from tracetui.tui.widgets.payload.differing import diff_prompts


async def shown(payload: Payload, context: Context | None = None, *, node: Node = NODE, open_folds: int = 0) -> str:
    """The text of the messages with what the trace says about them."""
    app = Harness()
    async with app.run_test(size=(80, 60)) as pilot:
        app.view.show(node, payload, context=context)
        await pilot.pause()
        for _ in range(open_folds):
            app.view.action_toggle_fold()
            await pilot.pause()
        return screen_text(app)


def call(call_id: str | None = "c1", **arguments: Any) -> Message:
    return Message("assistant", (ToolCall(call_id, "get_order", arguments),))


async def test_a_result_of_another_span_stands_under_its_call_and_says_where_it_is_from() -> None:
    context = Context(elsewhere={0: Elsewhere(ToolResult("c1", {"state": "shipped"}), "span get_order")})
    text = await shown(make_payload(input="x", output=(call(n=1),)), context)
    assert '   │ {"n": 1}\n   ↳ result  from span get_order\n   │ {"state": "shipped"}' in text


async def test_calls_and_results_without_each_other_are_flagged_once_the_trace_was_looked_through() -> None:
    payload = make_payload(input=(Message("tool", (ToolResult("zz", "lost"),)),), output=(call(),))
    assert "?" not in await shown(payload)
    text = await shown(payload, Context())
    assert "? no result in this trace" in text
    assert "↳ result  zz  ? no call asked for this" in text
    text = await shown(payload, Context(is_running=True, askers={0: "call 2"}))
    assert "▸ no result yet" in text
    assert "↳ result  zz  called in call 2" in text


async def test_what_a_tool_span_carried_is_no_orphan() -> None:
    payload = make_payload(input=None, output=(Message("tool", (ToolResult("zz", "found"),)),))
    assert "?" not in await shown(payload, Context(), node=make_node(kind="tool"))


@pytest.mark.parametrize(
    ("times", "mark"), [(1, None), (2, "↻ identical call 2 of 2"), (3, "↻ loop: identical call 3 of 3")]
)
async def test_identical_calls_are_marked_with_their_count(times: int, mark: str | None) -> None:
    text = await shown(make_payload(input=tuple(call(f"c{n}", id=7) for n in range(times)), output=None))
    assert (mark in text) if mark else ("↻" not in text)


async def test_a_result_shows_where_its_call_is_folded_away() -> None:
    history = (
        *(Message("user", (Text(f"q{n}"),)) for n in range(4)),
        call(),
        Message("tool", (ToolResult("c1", "found"),)),
    )
    text = await shown(make_payload(input=history), Context(shared=5, shared_with="call 3"))
    assert "5 earlier messages, same as call 3" in text
    assert "found" in text


async def test_long_arguments_and_results_are_folded() -> None:
    answer = (Message("assistant", (ToolCall("c1", "f", {"list": list(range(40))}),)),)
    text = await shown(make_payload(input="x", output=answer))
    assert "… 30 more lines, enter unfolds" in text
    assert " 39" not in text
    assert " 39" in await shown(make_payload(input="x", output=answer), open_folds=1)


DOCUMENTS = [
    {"id": "tubeless", "score": 0.93, "content": "Needs sealant.", "title": "Going tubeless"},
    {"id": "chains", "score": 0.465, "content": "Twelve speeds.", "metadata": {"page": 3}},
]


@pytest.mark.parametrize("output", [
    DOCUMENTS, {"documents": DOCUMENTS}, [{"document": document} for document in DOCUMENTS],
    [{f"document.{key}": value for key, value in document.items()} for document in DOCUMENTS],
])  # fmt: skip
async def test_documents_are_a_ranked_list_with_scores(output: Any) -> None:
    text = await shown(make_payload(input="tubeless?", output=output), node=make_node(kind="retriever"))
    assert "2 documents" in text
    lines = [line.strip() for line in text.splitlines()]
    at = lines.index("1 0.93   ▇▇▇▇▇▇▇▇  Going tubeless  tubeless")
    assert lines[at + 1] == "│ Needs sealant."
    assert "2 0.465  ▇▇▇▇····" in text
    assert '{"metadata": {"page": 3}}' in text


async def test_a_list_of_other_things_stays_json() -> None:
    text = await shown(make_payload(output=[{"a": 1}, {"b": 2}]), node=make_node(kind="retriever"))
    assert '[{"a": 1}, {"b": 2}]' in text


@pytest.mark.parametrize("output", [
    [0.125] * 1536, [[0.125] * 1536, [0.5] * 3072], [{"embedding": [0.125] * 1536, "index": 0}],
])  # fmt: skip
async def test_vectors_are_their_length_and_beginning(output: Any) -> None:
    text = await shown(make_payload(input=["a"], output=output), node=make_node(kind="embedding"))
    assert "▾ 1,536 numbers  [0.125, 0.125, 0.125, 0.125, …], enter unfolds" in text


async def test_an_inline_image_says_type_size_name_and_hash() -> None:
    image = Media("image", "image/png", 3, "photo.png", "AQID")
    text = await shown(make_payload(output=(Message("user", (image,)),)))
    assert "[image image/png 3 B photo.png sha256:039058c6f2c0]" in text


MARKDOWN = (
    "# Title\n\nSome **bold** and `code` [site](https://x.org)\n- item\n\n```python\ndef f():\n    return 1\n```\nend"
)


async def test_markdown_keeps_its_letters_and_gets_colours() -> None:
    app = Harness(make_payload(input="x", output=MARKDOWN))
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        text = screen_text(app)
        lines = [line[3:].rstrip() for line in text.rstrip().splitlines()]
        assert lines[-len(MARKDOWN.splitlines()) :] == MARKDOWN.splitlines()
        palette = app.view.palette
        assert style_of(app, "bold") == palette["strong"]
        assert style_of(app, "Title") == palette["md-heading"]
        assert style_of(app, "return") == palette["code-keyword"]
        app.view.mode = "plain"
        await pilot.pause()
        assert style_of(app, "bold") == palette["text"]


def style_of(app: Harness, text: str) -> Style | None:
    """Style of the segment of the payload that has some text."""
    view = app.view
    for y in range(view.size.height):
        for segment in view.render_line(y):
            style = segment.style.clear_meta_and_links() if segment.style else None
            if segment.text.strip() == text or (text in segment.text and style == view.palette["text"]):
                return style
    return None


async def test_a_difference_stands_in_place_of_the_messages_until_it_is_taken_away() -> None:
    before = make_payload(
        input=(Message("system", (Text("Be brief and kind to all."),)), Message("user", (Text("hi"),)))
    )
    after = make_payload(
        input=(Message("system", (Text("Be long and kind to all."),)), Message("user", (Text("hi"),)), call())
    )
    app = Harness()
    async with app.run_test(size=(80, 40)) as pilot:
        app.view.show(NODE, after, difference=diff_prompts(before, after, "call 1"))
        await pilot.pause()
        text = screen_text(app)
        assert "Δ this prompt against call 1" in text
        assert "Δ the system prompt differs" in text
        assert "Be [-brief-]{+long+} and kind to all." in text
        assert "… 1 messages unchanged" in text
        assert "+ ƒ get_order {}" in text
        app.view.show(NODE, after)
        await pilot.pause()
        assert "Δ" not in screen_text(app)


async def test_tools_tab_counts_identical_calls() -> None:
    app = Harness(
        make_payload(tools=(ToolDefinition("get_order"),), output=(call("a", n=1), call("b", n=1), call("d", n=1)))
    )
    async with app.run_test(size=(80, 40)) as pilot:
        app.view.show_tab(3)
        await pilot.pause()
        assert "ƒ get_order  called 3×  1× earlier  ↻ 3 identical" in screen_text(app)


async def test_a_long_conversation_is_laid_out_beside_the_screen_and_found_in_its_folds() -> None:
    history = tuple(Message("user", (Text(f"question {number}"),)) for number in range(1_200))
    app = Harness()
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.show(NODE, make_payload(input=history))
        await until(pilot, lambda: "question 0" in screen_text(app))
        app.view.show(NODE, make_payload(input=history), context=Context(shared=1_199, shared_with="call 3"))
        await until(pilot, lambda: "1,199 earlier messages, same as call 3" in screen_text(app))
        app.view.find("question 700")
        await until(pilot, lambda: (1, 1) in app.found)
        assert "question 700" in screen_text(app)
        app.view.find("")
        await until(pilot, lambda: "1,199 earlier messages" in screen_text(app))


async def until(pilot: Pilot[None], is_met: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_met():
            return
        await pilot.pause(0.01)
    raise AssertionError(screen_text(pilot.app))
