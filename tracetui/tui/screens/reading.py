"""What is read: the tree of the selected trace, and the payload of the selected span."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracetui.model import Node, Payload, Tree

if TYPE_CHECKING:
    from tracetui.query import Filter
    from tracetui.tui.questions import Questions
    from tracetui.tui.widgets.payload.view import PayloadView
    from tracetui.tui.widgets.span_tree import SpanTree


class Reading:
    """Loads trees and payloads; moving never waits for one."""

    def __init__(self, spans: SpanTree, payload: PayloadView, questions: Questions, told: Callable[[], None]) -> None:
        self._spans = spans
        self._payload = payload
        self._questions = questions
        self._told = told
        self.tree: Tree | None = None
        self._wanted: str | None = None
        self._shown: tuple[str, str] | None = None
        self.wanted_span: str | None = None
        self.lands_on_error = False

    @property
    def node(self) -> Node | None:
        """The selected span."""
        return self._spans.selected_node

    def open_trace(self, trace_id: str | None, filter_: Filter | None) -> None:
        """Show another trace, or none."""
        self._wanted = trace_id
        if trace_id is None:
            self._questions.forget("tree")
            self._questions.forget("payload")
            self.tree = None
            self._shown = None
            self._spans.set_tree(None)
            self._payload.show_nothing()
            self._told()
            return
        self._questions.ask("tree", lambda workspace: workspace.tree(trace_id, filter_), self._take_tree, self._fail)

    def refresh(self, filter_: Filter | None) -> None:
        """Load the shown trace anew: spans have come, or a score."""
        if self._wanted is not None:
            self._shown = None
            self.open_trace(self._wanted, filter_)

    def _take_tree(self, tree: Tree) -> None:
        is_other = self.tree is None or self.tree.trace.trace_id != tree.trace.trace_id
        self.tree = tree
        self._spans.set_tree(tree)
        if is_other:
            self._land(tree)
        self.open_span()
        self._told()

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

        def answered(payload: Payload) -> None:
            self._payload.show(node, payload)

        self._questions.ask(
            "payload",
            lambda workspace: workspace.payload(*key),
            answered,
            lambda sentence: self._payload.show_error(node, sentence),
        )
        self._told()

    def _fail(self, sentence: str) -> None:
        self._payload.show_nothing()
        self._spans.set_empty(f"✕ {sentence}")
        self._told()
