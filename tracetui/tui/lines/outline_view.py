"""A list of rows that is a tree: collapsing, expanding, and moves along its branches."""

from __future__ import annotations

from collections.abc import Iterable

from tracetui.tui.lines.outline import Outline
from tracetui.tui.lines.view import LineView


class OutlineView(LineView):
    """Rows over the visible nodes of an `Outline`. A node is its index there; a row is its place on the screen."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.outline = Outline(())

    @property
    def node(self) -> int | None:
        """Node under the cursor, or None where there are none."""
        return self.outline.visible[self.cursor] if self.outline.visible else None

    def set_outline(self, outline: Outline, node: int, *, hold: bool = True) -> None:
        """Show another outline with the cursor on `node` (or the nearest shown one above it)."""
        self.outline = outline
        row = outline.row_of(node) if outline.visible else 0
        self.reset_rows(len(outline.visible), row, hold=hold)

    def go_to_node(self, node: int | None) -> None:
        """Move the cursor to `node` and expand what hides it; None does nothing."""
        if node is None:
            return
        if self.outline.reveal(node):
            self._reshow(self.outline.visible[self.cursor])
        self.move_to(self.outline.row_of(node))

    def action_toggle_node(self) -> None:
        """Collapse the node under the cursor, or expand it."""
        if self.node is not None:
            self._collapse(self.outline.collapsed ^ {self.node})

    def action_expand(self) -> None:
        """Expand the node; where nothing is collapsed there, choose it."""
        if self.node in self.outline.collapsed:
            self.action_toggle_node()
        else:
            self.action_choose()

    def action_collapse(self) -> None:
        """Collapse the node; where nothing is expanded there, go to its parent."""
        node = self.node
        if node is None:
            return
        if self.outline.has_children(node) and node not in self.outline.collapsed:
            self.action_toggle_node()
        else:
            self.action_parent()

    def action_expand_subtree(self) -> None:
        """Expand everything under the node; where all of it is expanded, collapse each node under it and itself."""
        node = self.node
        if node is None:
            return
        under = set(range(node, self.outline.ends[node]))
        closed = self.outline.collapsed & under
        self._collapse(self.outline.collapsed - under if closed else self.outline.collapsed | under)

    def action_expand_all(self) -> None:
        """Expand every node."""
        self._collapse(())

    def action_collapse_all(self) -> None:
        """Collapse every node but a single root, so that its children show."""
        roots = [node for node, parent in enumerate(self.outline.parents) if parent < 0]
        kept = set(roots) if len(roots) == 1 else set()
        self._collapse(set(range(len(self.outline.depths))) - kept)

    def action_parent(self) -> None:
        """Go to the node above."""
        if self.node is not None and self.outline.parents[self.node] >= 0:
            self.go_to_node(self.outline.parents[self.node])

    def action_next_sibling(self) -> None:
        """Go to the sibling below."""
        if self.node is not None:
            self.go_to_node(self.outline.next_sibling(self.node))

    def action_previous_sibling(self) -> None:
        """Go to the sibling above."""
        if self.node is not None:
            self.go_to_node(self.outline.previous_sibling(self.node))

    def _collapse(self, nodes: Iterable[int]) -> None:
        here = self.node
        if here is None:
            return
        self.outline.collapse_only(nodes)
        self._reshow(here)
        if self.node != here:
            self.cursor_moved()

    def _reshow(self, node: int) -> None:
        self.reset_rows(len(self.outline.visible), self.outline.row_of(node))
