"""THE table of keys: what each action is called, its keys, and which pane has to have the focus.

Keys are written as a reader writes them: `j`, `G`, `}`, `space`, `enter`, `ctrl+d`. Every action can be given other keys
in `[keys]` of config.toml. docs/keys.md, the help, the palette and the hints at the bottom all read this table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Literal, TypeAlias

from msgspec import Struct

from tracetui.errors import WrongUse

Where: TypeAlias = Literal["list", "tree", "payload", "input", "view"]
"""What has the focus. `input` is any field that text is typed into: the filter bar, the rating strip, find. `view` is
a view over the screen: totals, sessions, users, a conversation; moves and the program's own keys are those of the list."""

LIST: tuple[Where, ...] = ("list",)
TREE: tuple[Where, ...] = ("tree",)
PAYLOAD: tuple[Where, ...] = ("payload",)
BROWSING: tuple[Where, ...] = ("list", "tree")
READING: tuple[Where, ...] = ("tree", "payload")
PANES: tuple[Where, ...] = ("list", "tree", "payload")
INPUT: tuple[Where, ...] = ("input",)
VIEW: tuple[Where, ...] = ("view",)
ALWAYS: tuple[Where, ...] = ("list", "tree", "payload", "input")

SWALLOWED: frozenset[str] = frozenset(f"ctrl+{letter}" for letter in "himbaswtn")
"""Keys that a terminal, tmux, screen or a browser keeps, or sends as another key. `alt+…` is not to be relied on either."""

GROUPS = ("Move", "Open", "Payload", "Filter", "Rate and mark", "Show", "Views", "Take away", "Program")
"""Headings of the help, in order."""


class Action(Struct, frozen=True):
    """One thing that a key does. `rank` orders the hints at the bottom, the lowest last to go; 0 is not hinted."""

    id: str
    keys: tuple[str, ...]
    label: str
    where: tuple[Where, ...]
    group: str
    hint: str = ""
    rank: int = 0


ACTIONS: tuple[Action, ...] = (
    Action("cursor_down", ("j", "down"), "down", PANES, "Move", "move", 5),
    Action("cursor_up", ("k", "up"), "up", PANES, "Move"),
    Action("half_down", ("ctrl+d",), "half a page down", PANES, "Move"),
    Action("half_up", ("ctrl+u",), "half a page up", PANES, "Move"),
    Action("page_down", ("pagedown", "ctrl+f"), "a page down", PANES, "Move"),
    Action("page_up", ("pageup",), "a page up", PANES, "Move"),
    Action("top", ("g", "home"), "to the start", PANES, "Move"),
    Action("bottom", ("G", "end"), "to the end", PANES, "Move"),
    Action("next_trace", ("}",), "next trace", PANES, "Move"),
    Action("previous_trace", ("{",), "previous trace", PANES, "Move"),
    Action("next_sibling", ("]",), "next sibling span", READING, "Move"),
    Action("previous_sibling", ("[",), "previous sibling span", READING, "Move"),
    Action("next_error", ("x",), "next error", PANES, "Move", "error", 9),
    Action("previous_error", ("X",), "previous error", PANES, "Move"),
    Action("jump", (".",), "jump to the slowest, costliest, …", PANES, "Move", "jump", 17),
    Action("slowest_span", (), "slowest span by its own time; again: the next one", PANES, "Move"),
    Action("costliest_span", (), "costliest span; again: the next one", PANES, "Move"),
    Action("largest_span", (), "span with the most tokens; again: the next one", PANES, "Move"),
    Action("next_hit", ("n",), "next hit", PANES, "Move"),
    Action("previous_hit", ("N",), "previous hit", PANES, "Move"),
    Action("open", ("l", "right", "enter"), "open, go deeper", BROWSING, "Open", "open", 4),
    Action("toggle_fold", ("enter", "space"), "open or close a fold", PAYLOAD, "Open"),
    Action("scroll_right", ("l", "right"), "to the right of long lines", PAYLOAD, "Open"),
    Action("close", ("h", "left"), "close, go up", PANES, "Open"),
    Action("up_level", ("backspace",), "up one level", PANES, "Open"),
    Action("toggle_node", ("space",), "open or close the span", TREE, "Open"),
    Action("expand_subtree", ("*",), "open or close everything below", TREE, "Open"),
    Action("expand_all", ("=",), "open all spans", TREE, "Open"),
    Action("collapse_all", ("-",), "close all spans", TREE, "Open"),
    Action("next_pane", ("tab",), "next pane", PANES, "Open", "pane", 8),
    Action("previous_pane", ("shift+tab",), "previous pane", PANES, "Open"),
    Action("messages_tab", ("1",), "messages", PANES, "Payload"),
    Action("output_tab", ("2",), "output", PANES, "Payload"),
    Action("tools_tab", ("3",), "tools", PANES, "Payload"),
    Action("attributes_tab", ("4",), "attributes", PANES, "Payload"),
    Action("scores_tab", ("5",), "scores", PANES, "Payload"),
    Action("raw_tab", ("6",), "raw record", PANES, "Payload"),
    Action("scroll_payload_down", ("J",), "scroll the payload down", BROWSING, "Payload", "scroll payload", 12),
    Action("scroll_payload_up", ("K",), "scroll the payload up", BROWSING, "Payload"),
    Action("wrap", ("w",), "wrap long lines", PANES, "Payload"),
    Action("cycle_mode", ("m",), "rendered, plain, pretty JSON, raw", PANES, "Payload", "mode", 13),
    Action("compare_prompt", ("d",), "what this prompt changed against the call before", READING, "Payload", "diff", 17),
    Action("find", ("/",), "find text in the payload", PAYLOAD, "Payload", "find", 2),
    Action("find_spans", ("&",), "find spans of this trace, hide the others", READING, "Filter", "spans", 18),
    Action("filter", ("/",), "filter traces", BROWSING, "Filter", "filter", 2),
    Action("filter_by_value", ("f",), "filter by a value of this row", PANES, "Filter", "filter by", 10),
    Action("toggle_filter", ("\\",), "filter off and on again", PANES, "Filter"),
    Action("accept", ("enter",), "apply, choose, save", INPUT, "Filter"),
    Action("complete", ("tab",), "complete", INPUT, "Filter"),
    Action("choose_down", ("down",), "down the proposals, newer history", INPUT, "Filter"),
    Action("choose_up", ("up",), "up the proposals, older history", INPUT, "Filter"),
    Action("sort", ("s",), "sort by …", LIST, "Filter", "sort", 11),
    Action("reverse_sort", ("S",), "reverse the order", LIST, "Filter"),
    Action("follow", ("F",), "follow the newest trace", PANES, "Filter", "follow", 14),
    Action("rate", ("r",), "rate", PANES, "Rate and mark", "rate", 3),
    Action("undo", ("u",), "take the last rating back", PANES, "Rate and mark"),
    Action("mark", ("space",), "mark the trace", LIST, "Rate and mark", "mark", 15),
    Action("mark_range", ("v",), "mark from here to the next v", LIST, "Rate and mark"),
    Action("mark_all", ("a",), "mark all, or none", LIST, "Rate and mark"),
    Action("zoom", ("z",), "this pane alone", PANES, "Show", "zoom", 16),
    Action("split_left", ("<",), "move the split to the left", PANES, "Show"),
    Action("split_right", (">",), "move the split to the right", PANES, "Show"),
    Action("timeline", ("t",), "tree or timeline", PANES, "Show"),
    Action("relative_times", ("T",), "clock or age of traces", PANES, "Show"),
    Action("totals", ("$",), "totals of what is listed", PANES, "Show", "totals", 7),
    Action("check", (), "check what got worse in the last 24 hours", PANES, "Show"),
    Action("receipt", ("#",), "how the cost came about", PANES, "Show", "receipt", 16),
    Action("conversation", ("c",), "the session of this trace, as a conversation", PANES, "Show", "session", 18),
    Action("sessions", ("C",), "sessions", PANES, "Show"),
    Action("users", ("U",), "users", PANES, "Show"),
    Action("view_open", ("enter", "l", "right"), "open the row", VIEW, "Views", "open", 1),
    Action("view_filter", ("f",), "list the traces of the row", VIEW, "Views", "filter by it", 3),
    Action("view_next", ("tab",), "next grouping", VIEW, "Views", "group by", 2),
    Action("view_previous", ("shift+tab",), "previous grouping", VIEW, "Views"),
    Action("view_group", ("b",), "group by …", VIEW, "Views"),
    Action("view_sort", ("s",), "sort by …", VIEW, "Views", "sort", 4),
    Action("view_reverse", ("S",), "reverse the order", VIEW, "Views"),
    Action("view_next_change", ("n",), "next step that differs", VIEW, "Views", "difference", 2),
    Action("view_previous_change", ("N",), "previous step that differs", VIEW, "Views"),
    Action("view_mark", ("space",), "mark a version of a prompt, grouped by prompt", VIEW, "Views"),
    Action("view_compare", ("D",), "compare the two marked versions, or this one with the one before", VIEW, "Views", "", 3),
    Action("view_scroll_down", ("J",), "scroll the text beside the rows down", VIEW, "Views", "scroll text", 5),
    Action("view_scroll_up", ("K",), "scroll the text beside the rows up", VIEW, "Views"),
    Action("view_close", ("escape", "q", "h", "left", "backspace"), "stop what runs, else back", VIEW, "Views", "back", 6),
    Action("compare", ("D",), "compare the two marked traces, or the marked one with this", PANES, "Show", "compare", 19),
    Action("mask", ("M",), "mask personal data and keys; unmask", PANES, "Show"),
    Action("columns", (), "choose the columns of the list", PANES, "Show"),
    Action("theme", (), "choose colours", PANES, "Show"),
    Action("copy", ("y",), "copy …", PANES, "Take away", "copy", 6),
    Action("copy_pane", ("Y",), "copy the whole pane", PANES, "Take away"),
    Action("export", ("E",), "export what is marked to a file", PANES, "Take away"),
    Action("edit", ("e",), "open in $EDITOR; images outside", PANES, "Take away"),
    Action("pager", ("o",), "open in $PAGER", PANES, "Take away"),
    Action("palette", (":", "ctrl+p"), "all actions, traces, saved filters", PANES, "Program"),
    Action("help", ("?", "f1"), "help", PANES, "Program", "help", 1),
    Action("escape", ("escape",), "one thing less: popup, input, search, zoom, level", ALWAYS, "Program"),
    Action("mouse", ("%",), "give the mouse to the terminal, take it back", PANES, "Program"),
    Action("back", ("q",), "back, or quit", PANES, "Program"),
    Action("quit", ("Q",), "quit", PANES, "Program"),
    Action("copy_or_quit", ("ctrl+c",), "copy what is selected, else quit", ALWAYS, "Program"),
    Action("suspend", ("ctrl+z",), "suspend to the shell", ALWAYS, "Program"),
)  # fmt: skip


class Keymap:
    """Which action a key means where, with the user's own keys in place of the table's.

    A key that the user gives to one action is taken from every other that has it by default.
    """

    def __init__(self, own: Mapping[str, Iterable[str]] | None = None) -> None:
        """`own` is `[keys]` of config.toml. Raises WrongUse on an unknown action, an unusable key or a key given twice."""
        self.actions = tuple(_with_own_keys({action: tuple(keys) for action, keys in (own or {}).items()}))
        self._by_key = {
            (where, key): action for action in self.actions for where in action.where for key in action.keys
        }

    def find(self, where: Where, key: str) -> Action | None:
        """The action of a key, as a reader writes it, where `where` has the focus."""
        return self._by_key.get((where, key))

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """The keys of an action."""
        return next((action.keys for action in self.actions if action.id == action_id), ())

    def show(self, action_id: str) -> str:
        """The first key of an action as it is drawn; `the palette` where it has none."""
        return next((show_key(key) for key in self.keys_of(action_id)), "the palette")

    def fill(self, text: str) -> str:
        """Put keys into a text that names actions: `{escape} leaves`."""
        return text.format_map({action.id: self.show(action.id) for action in self.actions})

    def filter_keys(self) -> str:
        """What to press where a filter leaves nothing to show."""
        return self.fill("{toggle_filter} turns the filter off   {filter} edits it")

    def offered(self, where: Where) -> list[Action]:
        """The actions that there are where `where` has the focus, in the order of the table."""
        return [action for action in self.actions if where in action.where]

    def hints(self, where: Where) -> list[Action]:
        """The actions to remind of at the bottom of the screen, the most useful first."""
        return sorted((action for action in self.offered(where) if action.rank and action.keys), key=_rank)


def _rank(action: Action) -> int:
    return action.rank


def _with_own_keys(own: dict[str, tuple[str, ...]]) -> list[Action]:
    known = {action.id: action for action in ACTIONS}
    for action_id, keys in own.items():
        if action_id not in known:
            near = get_close_matches(action_id, known, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else "`?` in the program lists them"
            raise WrongUse(f'config.toml: unknown action "{action_id}" in [keys]: {hint}')
        for key in keys:
            _refuse_unusable(action_id, key, known[action_id])
    _refuse_doubles(own, known)
    actions = []
    for action in ACTIONS:
        if action.id in own:
            keys = own[action.id]
        else:
            keys = tuple(key for key in action.keys if not _is_taken(key, action, own, known))
        actions.append(Action(action.id, keys, action.label, action.where, action.group, action.hint, action.rank))
    return actions


def _is_taken(key: str, action: Action, own: dict[str, tuple[str, ...]], known: dict[str, Action]) -> bool:
    return any(key in keys and set(known[other].where) & set(action.where) for other, keys in own.items())


def _refuse_doubles(own: dict[str, tuple[str, ...]], known: dict[str, Action]) -> None:
    for action_id, keys in own.items():
        for other, others in own.items():
            double = set(keys) & set(others) if other != action_id else set()
            if double and set(known[action_id].where) & set(known[other].where):
                raise WrongUse(f'config.toml: [keys] gives "{min(double)}" to both {action_id} and {other}')


def _refuse_unusable(action_id: str, key: str, action: Action) -> None:
    if key in SWALLOWED or key.startswith("alt+"):
        raise WrongUse(
            f'config.toml: keys.{action_id}: terminals keep "{key}" or send another key; choose a different one'
        )
    if "input" in action.where and len(key) == 1:
        raise WrongUse(f'config.toml: keys.{action_id}: "{key}" is needed for typing; choose a key such as ctrl+g')


def spell_key(key: str, character: str | None) -> str:
    """The key of a Textual event as a reader writes it: `}` and not `right_curly_bracket`."""
    if character is not None and len(character) == 1 and character.isprintable() and character != " ":
        return character
    return key


_SHOWN = {
    "down": "↓", "up": "↑", "left": "←", "right": "→", "escape": "esc", "pagedown": "pgdn", "pageup": "pgup",
    "backspace": "⌫",
}  # fmt: skip


def show_key(key: str) -> str:
    """A key as it is drawn: `↓`, `^d`, `esc`, `}`."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return _SHOWN.get(key, key)


def keys_table() -> str:
    """The table as Markdown, as it stands in docs/keys.md."""
    lines: list[str] = []
    for group in GROUPS:
        lines += [f"### {group}", "", "| keys | action | where | id |", "| --- | --- | --- | --- |"]
        for action in ACTIONS:
            if action.group == group:
                keys = " ".join(f"`{key}`" for key in action.keys) or "in the palette"
                lines.append(f"| {keys} | {action.label} | {show_where(action.where)} | `{action.id}` |")
        lines.append("")
    return "\n".join(lines)


def keys_toml() -> str:
    """The table as `[keys]` of config.toml, ready to paste."""
    lines = ["[keys]"]
    for group in GROUPS:
        lines.append(f"# {group}")
        for action in ACTIONS:
            if action.group == group:
                keys = ", ".join(_quoted(key) for key in action.keys)
                note = f"{action.label} ({show_where(action.where)})"
                lines.append(f"{f'{action.id} = [{keys}]':<44} # {note}")
    return "\n".join(lines) + "\n"


def _quoted(key: str) -> str:
    return "'\\'" if key == "\\" else f'"{key}"'


def show_where(where: tuple[Where, ...]) -> str:
    """The places of an action in words."""
    named = {PANES: "everywhere but while typing", ALWAYS: "everywhere", INPUT: "while typing"}
    return named.get(where) or ", ".join(where)
