"""What is read: the tree of the selected trace, and the payload of the selected span."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from textual.content import Content

from tracetui.model import Node, Payload, Tree
from tracetui.query import searched_words
from tracetui.text import count, inert
from tracetui.tui.widgets.payload.subject import Subject

if TYPE_CHECKING:
    from tracetui.query import Filter
    from tracetui.semconv.chat_pairs import Context
    from tracetui.tui.keymap import Keymap
    from tracetui.tui.questions import Questions
    from tracetui.tui.widgets.payload.differing import Difference
    from tracetui.tui.widgets.payload.view import PayloadView
    from tracetui.tui.widgets.span_tree import SpanTree
    from tracetui.workspace import Workspace
    from tracetui.workspace.conversation import Conversations


class _Found(Struct, frozen=True):
    """What was found out about a span's messages; `tab` is where the words that led to it are."""

    context: Context
    difference: Difference | None
    tab: int | None


class Reading:
    """Loads trees and payloads; moving never waits for one."""

    def __init__(
        self, spans: SpanTree, payload: PayloadView, questions: Questions, keymap: Keymap, told: Callable[[], None]
    ) -> None:
        self._keymap = keymap
        self._spans = spans
        self._payload = payload
        self._questions = questions
        self._told = told
        self.tree: Tree | None = None
        self._trace_id: str | None = None
        self._shown: tuple[str, str] | None = None
        self._filter_words: tuple[str, ...] = ()
        self._highlighted = ""
        self._conversations: Conversations | None = None
        self.is_comparing = False
        self.narrowed = ""
        """The filter that hides spans of the trace, "" for none."""
        self._words = ""
        """What led here, by the filter of the list or of the trace, to be found in what spans carried."""
        self.wanted_span: str | None = None
        self.lands_on_error = False

    @property
    def node(self) -> Node | None:
        """The selected span."""
        return self._spans.selected_node

    def forget(self) -> None:
        """Show nothing until the trace is loaded again; its selected span is selected then."""
        self.wanted_span = None if self.node is None else self.node.span.span_id
        self._conversations = None
        self.narrowed = ""
        for topic in ("tree", "payload", "context", "narrow"):
            self._questions.forget(topic)
        self._show_no_trace("…")

    def open_trace(self, trace_id: str | None, filter_: Filter | None) -> None:
        """Show another trace, or none."""
        self._trace_id = trace_id
        if trace_id is None:
            self._questions.forget("tree")
            self._show_no_trace("no trace selected")
            return
        words = () if filter_ is None else searched_words(filter_.text)

        def question(workspace: Workspace) -> Tree:
            # Loaded here, so that drawing the first payload does not load it in the screen's thread.
            from tracetui.tui.widgets.payload import tabs  # noqa: F401

            return with_own_scores(workspace.tree(trace_id, filter_))

        def answered(tree: Tree) -> None:
            self._take_tree(tree, words)

        self._questions.ask("tree", question, answered, self._fail)

    def refresh(self, filter_: Filter | None) -> None:
        """Load the shown trace anew: spans have come, or a score."""
        if self._trace_id is not None:
            self._shown = None
            self.open_trace(self._trace_id, filter_)

    def drop_words(self) -> None:
        """Look for nothing any more, until another filter or trace has words of its own."""
        self._words = ""
        self._payload.find("")

    def _show_no_trace(self, reason: str) -> None:
        self._forget_spans()
        self.tree = None
        self._shown = None
        self._spans.set_empty(reason)
        self._spans.set_tree(None)
        self._payload.show_nothing()
        self._told()

    def _forget_spans(self) -> None:
        """What is still being found out about spans of another trace must not be drawn over what comes now."""
        for topic in ("narrow", "payload", "context"):
            self._questions.forget(topic)

    def _take_tree(self, tree: Tree, words: tuple[str, ...]) -> None:
        is_other = self.tree is None or self.tree.trace.trace_id != tree.trace.trace_id
        self.tree = tree
        if is_other:
            self._forget_spans()
            self.narrowed = ""
        if is_other or (words != self._filter_words and not self.narrowed):
            self._words = next(iter(words), "")
        self._filter_words = words
        if self.narrowed:
            self.narrow(self.narrowed)
            return
        self._show_tree(tree, goes_to_match=is_other)

    def _show_tree(self, tree: Tree, *, goes_to_match: bool, remark: str = "") -> None:
        self._spans.set_tree(tree)
        self._spans.border_subtitle = Content(remark)
        if goes_to_match:
            self._land(tree)
        self.open_span()
        self._told()

    def narrow(self, text: str) -> None:
        """Show only the spans of the trace that a filter selects, and those above them; "" shows all again."""
        tree, is_new = self.tree, text != self.narrowed
        self.narrowed = text.strip()
        if tree is None:
            return
        if not self.narrowed:
            self._questions.forget("narrow")
            self.drop_words()
            self._show_tree(tree, goes_to_match=False)
            return

        def answered(found: Tree) -> None:
            kept = narrow_tree(found)
            hidden = len(found.nodes) - len(kept.nodes)
            matching = sum(node.matches for node in kept.nodes)
            remark = f"{count(matching)} of {count(len(found.nodes))}, {count(hidden)} hidden: {inert(self.narrowed)}"
            self._words = next(iter(searched_words(self.narrowed)), "")
            self._shown = None
            self._spans.set_empty(
                f"no span of this trace matches {inert(self.narrowed)}\n{self._keymap.show('escape')} shows all"
            )
            self._show_tree(kept, goes_to_match=is_new, remark=remark)
            if not kept.nodes:
                self._payload.find("")
                self._payload.show_nothing()

        self._questions.ask(
            "narrow",
            lambda workspace: with_own_scores(workspace.tree(tree.trace.trace_id, self.narrowed)),
            answered,
            self._fail_narrow,
        )

    def _fail_narrow(self, sentence: str) -> None:
        self._spans.border_subtitle = Content(f"✕ {sentence}")

    def _land(self, tree: Tree) -> None:
        """Go to the span that was asked for, else the first error where one steps through those, else the first match."""
        wanted, self.wanted_span = self.wanted_span, None
        lands_on_error, self.lands_on_error = self.lands_on_error, False
        if wanted is not None and self._spans.select(wanted):
            return
        if lands_on_error:
            self._spans.select_error()
            return
        first = next((node.span.span_id for node in tree.nodes if node.matches), None)
        if first is not None:
            self._spans.select(first)

    def open_span(self) -> None:
        """Show the span under the tree's cursor: its facts at once, its payload when it is loaded."""
        node = self.node
        if node is None:
            return
        key = (node.span.trace_id, node.span.span_id)
        if key == self._shown:
            return
        is_same = self._payload.node is not None and self._payload.node.span.span_id == key[1]
        self._shown = key
        if not is_same:
            self._payload.show_pending(node)

        self._questions.forget("context")

        def answered(payload: Payload) -> None:
            self._payload.show(node, payload)
            if self._payload.finding == self._highlighted != (self._words if node.matches else ""):
                self._payload.find("")
            self._ask_context(node, payload)

        self._questions.ask(
            "payload",
            lambda workspace: workspace.glance(*key),
            answered,
            lambda sentence: self._payload.show_error(node, sentence),
        )
        self._told()

    def compare(self, said: Callable[[bool], None]) -> None:
        """Show each call's prompt against that of the call before, or its messages again.

        `said` is told whether there is a call before the selected span; only where prompts are compared now.
        """
        self.is_comparing = not self.is_comparing
        node, payload = self.node, self._payload.payload
        if node is not None and payload is not None:
            self._ask_context(node, payload, said if self.is_comparing else None)

    def _ask_context(self, node: Node, payload: Payload, said: Callable[[bool], None] | None = None) -> None:
        """Find out what the rest of the trace says about the span's messages, and show them with that."""
        tree, span_id, is_comparing = self.tree, node.span.span_id, self.is_comparing
        wanted = self._words if node.matches and self._payload.finding in ("", self._highlighted) else ""
        if tree is None:
            return

        def question(workspace: Workspace) -> _Found:
            from tracetui.tui.widgets.payload.differing import diff_prompts
            from tracetui.tui.widgets.payload.tabs import find_tab
            from tracetui.workspace.conversation import Conversations

            def load(other_id: str) -> Payload:
                return workspace.glance(tree.trace.trace_id, other_id)

            self._conversations = self._conversations or Conversations()
            context = self._conversations.context(tree, span_id, payload, load)
            difference = None
            if is_comparing and context.previous_id is not None:
                difference = diff_prompts(load(context.previous_id), payload, context.previous)
            subject = Subject(node, payload, context=context, difference=difference)
            return _Found(context, difference, find_tab(subject, wanted) if wanted else None)

        def answered(found: _Found) -> None:
            self._spans.set_drifted(found.context.drifted)
            self._payload.show(node, payload, context=found.context, difference=found.difference)
            if said is not None:
                said(found.difference is not None)
            if found.tab is not None:
                self._payload.show_tab(found.tab)
                self._highlighted = wanted
                self._payload.find(wanted)

        self._questions.ask("context", question, answered, self._fail_context)

    def _fail_context(self, sentence: str) -> None:
        self._payload.border_subtitle = Content(f"✕ the rest of the trace: {sentence}")

    def _fail(self, sentence: str) -> None:
        """Say why the trace cannot be had: in its place, or beside what is known of it from before."""
        if self.tree is not None and self.tree.trace.trace_id == self._trace_id:
            self._spans.border_subtitle = Content(f"✕ {sentence}")
        else:
            self._show_no_trace(f"✕ {sentence}")


def with_own_scores(tree: Tree) -> Tree:
    """The tree as it is shown: scores of the trace itself stand on its first root, before that one's own."""
    own = tuple(score for score in tree.trace.scores if score.span_id is None)
    if not own or not tree.nodes:
        return tree
    root, *others = tree.nodes
    return replace(tree, nodes=(replace(root, scores=(*own, *root.scores)), *others))


def narrow_tree(tree: Tree) -> Tree:
    """The spans that match, and those above them."""
    kept: set[int] = set()
    path: list[int] = []
    for index, node in enumerate(tree.nodes):
        del path[node.depth :]
        path.append(index)
        if node.matches:
            kept.update(path)
    return Tree(tree.trace, tuple(node for index, node in enumerate(tree.nodes) if index in kept))
