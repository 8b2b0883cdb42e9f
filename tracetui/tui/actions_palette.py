"""What the palette offers beside actions: saved filters, colours, SDKs to connect, and the traces and spans of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tracetui.errors import NotFound
from tracetui.model import Trace
from tracetui.text import clock, inert
from tracetui.tui.actions_filter import quoted
from tracetui.tui.screens.help import show_keys
from tracetui.tui.screens.palette import Entry
from tracetui.tui.screens.recall import jump
from tracetui.tui.themes import OUR_THEMES

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace

_MOST_TRACES = 12


class Finding:
    """Entries of the palette and what choosing one does. Ids of entries that are no action begin with a word and a colon."""

    def __init__(self, screen: MainScreen) -> None:
        self.screen = screen

    def entries(self) -> list[Entry]:
        """All that is known without asking the store."""
        screen = self.screen
        offered = screen.keymap.offered(screen.where())
        offered.sort(key=lambda each: each.group == "Move")  # the fingers know those
        actions = [Entry(each.id, "action", each.label, show_keys(each)) for each in offered if each.id != "palette"]
        saved = [
            Entry(f"filter:{name}", "filter", inert(name), inert(text))
            for name, text in screen.remembering.memory.saved.items()
        ]
        ours = [theme.name for theme in OUR_THEMES]
        others = sorted(set(screen.app.available_themes) - set(ours))
        themes = [Entry(f"theme:{name}", "colours", name.removeprefix("tracetui-")) for name in [*ours, *others]]
        return [*saved, *actions, *self._collector(), *themes]

    def _collector(self) -> list[Entry]:
        beside = self.screen.start.beside
        if beside is None:
            return []
        sdks = [Entry(f"connect:{sdk}", "connect", f"connect {sdk}", "copies what to set") for sdk in beside.recipes]
        return [Entry("collector:", "show", "connect", "where to send, what came"), *sdks]

    def offer(self, typed: str) -> list[Entry]:
        """`save NAME` keeps the filter that is on, `forget NAME` drops one that was saved."""
        word, _, name = typed.partition(" ")
        name = name.strip()
        memory, filter_ = self.screen.remembering.memory, self.screen.listing.filter
        if word == "save" and name:
            if filter_ is None:
                return [Entry("none:", "filter", "there is no filter to save: / makes one")]
            verb = "save again" if name in memory.saved else "save"
            return [
                Entry(f"save:{name}", "filter", f"{verb} as {inert(name)}", inert(self.screen.masked(filter_.text)))
            ]
        if word == "forget" and name in memory.saved:
            return [Entry(f"forget:{name}", "filter", f"forget {inert(name)}", inert(memory.saved[name]))]
        return []

    def look(self, typed: str, found: Callable[[Sequence[Entry]], None]) -> None:
        """Look for traces and spans by the beginning of an id, or a part of a name."""
        self.screen.questions.ask("palette", lambda workspace: _look(workspace, typed), found)

    def run(self, choice: str, tint: Callable[[str | None], None]) -> bool:
        """Do what was chosen; False where it is an action of the keymap."""
        screen = self.screen
        kind, colon, rest = choice.partition(":")
        if not colon:
            return False
        if kind == "filter":
            screen.doing.filtering.apply(screen.remembering.memory.saved[rest], is_typed=False)
        elif kind == "theme":
            tint(rest)
        elif kind == "connect" and screen.start.beside is not None:
            screen.doing.taking.put(screen.start.beside.recipes[rest], f"what to set for {rest}")
        elif kind == "collector" and screen.start.beside is not None:
            screen.doing.viewing.collector(screen.start.beside)
        elif kind == "trace":
            jump(screen, rest, None)
        elif kind == "span":
            trace_id, _, span_id = rest.rpartition(" ")
            jump(screen, trace_id, span_id)
        elif kind in ("save", "forget"):
            filter_ = screen.listing.filter
            text = "" if filter_ is None or kind == "forget" else filter_.text
            reason = screen.remembering.save_filter(rest, text)
            done = (
                f"the filter is saved as {inert(rest)}: the palette has it" if text else f"{inert(rest)} is forgotten"
            )
            screen.say(*((done, "success") if reason is None else (f"not saved ({reason})", "error-text")))
        return True


def _look(workspace: Workspace, typed: str) -> list[Entry]:
    entries: list[Entry] = []
    try:
        trace_id, span_id = workspace.find(typed)
    except NotFound:
        pass
    else:
        name = workspace.page([trace_id])[0].name
        if span_id is None:
            entries.append(Entry(f"trace:{trace_id}", "trace", inert(name) or "(no name)", inert(trace_id)))
        else:
            entries.append(Entry(f"span:{trace_id} {span_id}", "span", f"in {inert(name)}", inert(span_id)))
    filter_ = f"name:*{quoted(typed)}*" if quoted(typed) == typed else f"name:{quoted(typed)}"
    ids = workspace.trace_ids(filter_, limit=_MOST_TRACES)
    entries += [_entry(workspace, trace, filter_) for trace in workspace.page(ids)]
    return entries


def _entry(workspace: Workspace, trace: Trace, filter_: str) -> Entry:
    """A trace, and the first of its spans that is called so."""
    node = next((node for node in workspace.tree(trace.trace_id, filter_).nodes if node.matches), None)
    when = clock(trace.start_ns)
    if node is None or node.depth == 0:
        return Entry(f"trace:{trace.trace_id}", "trace", inert(trace.name), when)
    label = f"{inert(node.span.name)} in {inert(trace.name)}"
    return Entry(f"span:{trace.trace_id} {node.span.span_id}", "span", label, when)
