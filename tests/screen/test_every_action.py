"""Every action of the keymap is done by its key, and what it did is read from the screen.

A scene is one run of the program; each of its steps is an action, keys of which the last is the action's, and a text
that the screen has then. A text after `!` is one that it has not. `{0}` is the id of the first trace of the list.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from textual.app import SuspendNotSupported

from tests.screen.program import MEDIUM, NARROW, WIDE, running, until_true
from tests.screen.screen_text import screen_text
from tracetui.tui.app import TracetuiApp
from tracetui.tui.keymap import ACTIONS, Keymap
from tracetui.workspace import open_workspace


class Scene(NamedTuple):
    query: str | None
    size: tuple[int, int]
    begin: str
    begins_with: str
    steps: tuple[tuple[str, str, str], ...]


SCENES = {
    "moves in the list": Scene(
        None, WIDE, "", "trace {0}",
        (
            ("cursor_down", "j", "trace {1}"), ("cursor_up", "k", "trace {0}"),
            ("half_down", "ctrl+d", "!trace {0}"), ("half_up", "ctrl+u", "trace {0}"),
            ("page_down", "pagedown", "!trace {0}"), ("page_up", "pageup", "trace {0}"),
            ("bottom", "G", "trace {-1}"), ("top", "g", "trace {0}"),
            ("next_trace", "}", "trace {1}"), ("previous_trace", "{", "trace {0}"),
            ("next_error", "x", "✕ error"), ("previous_error", "X", "no error before"),
        ),
    ),
    "the list": Scene(
        None, WIDE, "", "trace {0}",
        (
            ("sort", "s", "Sort by"), ("reverse_sort", "escape S", "time↑"), ("follow", "F", "FOLLOW"),
            ("mark", "space", "1 marked"), ("mark_range", "v", "RANGE to v"), ("mark_all", "v a", "215 marked"),
            ("filter_by_value", "a f", "Filter by"), ("relative_times", "escape T", " ago"),
            ("split_left", "<", "time"), ("split_right", ">", "time"), ("zoom", "z", "ZOOM"),
            ("mask", "M", "MASKED"),
            ("help", "z ?", "Keys in the list of traces"), ("palette", "escape :", "action, trace, span"),
            ("columns", "c o l u m n s enter", "Columns"), ("theme", "escape : c h o o s e space c enter", "Colours"),
            ("mouse", "escape %", "the mouse is the terminal's"), ("compare", "D", "no trace is marked"),
            ("export", "E", "Export"), ("next_pane", "escape tab", "tab"), ("previous_pane", "shift+tab", "s sort"),
        ),
    ),
    "filtering": Scene(
        None, WIDE, "", "trace {0}",
        (
            ("filter", "/", "enter applies"), ("complete", "s t a t tab", "status:"),
            ("choose_down", "down", "status:"), ("choose_up", "up", "status:"),
            ("accept", "ctrl+u s t a t u s : r e f u s e d enter", "Traces 11 of 215"),
            ("toggle_filter", "\\", "Traces 215"), ("escape", "/ escape", "!enter applies"),
        ),
    ),
    "the tree": Scene(
        "tool:open_return", WIDE, "", "open_return",
        (
            ("open", "l", "* subtree|Spans 6"), ("close", "g h", "+5"), ("toggle_node", "space", "!+5"),
            ("collapse_all", "-", "Spans 6"), ("expand_all", "=", "Spans 6"), ("expand_subtree", "g *", "+5"),
            ("next_sibling", "= g j ]", "took 515ms"), ("previous_sibling", "[", "first token 383ms"),
            ("next_hit", "n", "tool open_return"), ("previous_hit", "N", "this is the first trace"),
            ("timeline", "t", "Timeline 6"), ("find_spans", "t &", "words in this trace"),
            ("compare_prompt", "escape G d", "this prompt against call 2"),
            ("jump", "d .", "slowest by its own time"), ("slowest_span", "s", "slowest: 1 of"),
            ("costliest_span", ". c", "costliest: 1 of"), ("largest_span", ". t", "most tokens: 1 of"),
        ),
    ),
    "beside the tree": Scene(
        "tool:open_return", MEDIUM, "l G", "call 3 of 3",
        (
            ("scroll_payload_down", "J", "!✦ generation"), ("scroll_payload_up", "K", "✦ generation"),
            ("up_level", "backspace", "Traces 51"),
        ),
    ),
    "the payload": Scene(
        "tool:open_return", NARROW, "l G tab", "call 3 of 3",
        (
            ("output_tab", "2", "2 Output"), ("tools_tab", "3", "offered"), ("attributes_tab", "4", "service.name"),
            ("scores_tab", "5", "5 Scores"), ("raw_tab", "6", '"input"'), ("messages_tab", "1", "call 3 of 3"),
            ("toggle_fold", "enter", "You are the support assistant"), ("find", "/", "find"),
            ("cycle_mode", "escape m", "plain"), ("wrap", "w", "no wrap"), ("scroll_right", "l", "!call 3 of 3"),
        ),
    ),
    "the views": Scene(
        "session:conv-1131", WIDE, "", "Traces 4 ",
        (
            ("totals", "$", "By model"), ("view_next", "tab", "By feature"), ("view_previous", "shift+tab", "By model"),
            ("view_group", "b", "Group by"), ("view_sort", "escape s", "Sort by"), ("view_reverse", "escape S", "cost↑"),
            ("view_open", "enter", "model:="), ("conversation", "g c", "Conversation 4"),
            ("view_close", "escape", "Traces "), ("sessions", "C", "Sessions 1"), ("users", "U", "Users "),
            ("view_filter", "f", "user:="), ("receipt", "# l", "How the cost came about"),
            ("back", "escape z q", "!ZOOM"),
        ),
    ),
    "versions of a prompt": Scene(
        None, WIDE, "dollar_sign tab tab tab", "answer@4",
        (("view_mark", "g space space", "◆"), ("view_compare", "D", "figures"), ("check", "escape escape colon c h e c k enter", "measures")),
    ),
    "a comparison": Scene(
        "tool:track_parcel", NARROW, "space space D", " changed",
        (
            ("view_next_change", "g n", "✦ chat gpt-5-mini ─"), ("view_previous_change", "N", "⬢ support-agent ─"),
            ("view_scroll_down", "J", "!took +"), ("view_scroll_up", "K", "took +"),
        ),
    ),
    "rating and taking": Scene(
        None, WIDE, "", "trace {0}",
        (
            ("rate", "r", "★ user_rating"), ("undo", "escape u", "nothing was rated in this session"),
            ("copy", "y", "trace id"), ("copy_pane", "escape Y", "215 rows"),
            ("edit", "e", "$EDITOR could not be run"), ("pager", "o", "$PAGER could not be run"),
            ("suspend", "ctrl+z", "this terminal cannot suspend"),
        ),
    ),
}  # fmt: skip
LEAVING = {"quit": "Q", "copy_or_quit": "ctrl+c"}


def test_every_action_has_a_step_with_one_of_its_keys() -> None:
    steps = [(action, keys) for scene in SCENES.values() for action, keys, _ in scene.steps]
    assert {action for action, _ in steps} | set(LEAVING) == {action.id for action in ACTIONS}
    keymap = Keymap()
    for action, keys in [*steps, *LEAVING.items()]:
        own = keymap.keys_of(action)
        assert not own or set(keys.split()) & set(own), (action, keys)


@pytest.mark.parametrize("name", SCENES)
async def test_what_an_action_did_is_on_the_screen(
    support_db: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = SCENES[name]
    monkeypatch.setenv("EDITOR", "no-such-editor")
    monkeypatch.setenv("PAGER", "no-such-pager")

    def cannot_suspend(app: TracetuiApp) -> None:
        raise SuspendNotSupported

    monkeypatch.setattr(TracetuiApp, "action_suspend_process", cannot_suspend)
    ids = open_workspace([support_db], wait=True).trace_ids(scene.query)
    async with running(support_db, scene.size, scene.query, is_fresh=True) as pilot:

        def shows(text: str) -> bool:
            wanted = text.removeprefix("!").replace("{0}", ids[0]).replace("{1}", ids[1]).replace("{-1}", ids[-1])
            found = any(each in screen_text(pilot.app) for each in wanted.split("|"))
            return found != text.startswith("!")

        async def act(keys: str, text: str, action: str = "") -> None:
            await pilot.press(*keys.split())
            await until_true(pilot, lambda: shows(text), f"{action} {keys!r} → {text!r}")

        await act("", "Traces ")
        await act(scene.begin, scene.begins_with)
        for action, keys, text in scene.steps:
            await act(keys, text, action)


@pytest.mark.parametrize(("action", "key"), LEAVING.items())
async def test_these_leave(support_db: Path, action: str, key: str) -> None:
    async with running(support_db) as pilot:
        await pilot.press(key)
        await until_true(pilot, lambda: not pilot.app.is_running or pilot.app._exit, action)
