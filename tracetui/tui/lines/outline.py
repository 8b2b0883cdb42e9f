"""A tree as flat arrays: which nodes are shown when some are collapsed. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence


class Outline:
    """Nodes 0 … n-1 in drawing order (depth first) with their depths, and the set of those that are collapsed.

    `parents[i]` is -1 for a root; `ends[i]` is the node after the last one under `i`; `visible` are the shown nodes in
    ascending order. A depth that jumps by more than one counts as a child of the node before it.
    """

    def __init__(self, depths: Sequence[int]) -> None:
        self.depths = depths
        self.parents: list[int] = []
        self.ends = [len(depths)] * len(depths)
        self.collapsed: set[int] = set()
        open_nodes: list[int] = []
        for node, depth in enumerate(depths):
            while open_nodes and depths[open_nodes[-1]] >= depth:
                self.ends[open_nodes.pop()] = node
            self.parents.append(open_nodes[-1] if open_nodes else -1)
            open_nodes.append(node)
        self.visible: list[int] = list(range(len(depths)))

    def has_children(self, node: int) -> bool:
        """Whether something is under `node`."""
        return self.ends[node] > node + 1

    def is_last(self, node: int) -> bool:
        """Whether `node` is the last of its siblings."""
        end, parent = self.ends[node], self.parents[node]
        return end >= (self.ends[parent] if parent >= 0 else len(self.ends))

    def next_sibling(self, node: int) -> int | None:
        """The sibling after `node`, if any."""
        return None if self.is_last(node) else self.ends[node]

    def previous_sibling(self, node: int) -> int | None:
        """The sibling before `node`, if any."""
        other, parent = node - 1, self.parents[node]
        if other < 0 or other == parent:
            return None
        while self.parents[other] != parent:
            other = self.parents[other]
        return other

    def ancestors(self, node: int, at_most: int) -> list[int]:
        """The `at_most` nearest nodes above `node`, the nearest last."""
        found: list[int] = []
        above = self.parents[node]
        while above >= 0 and len(found) < at_most:
            found.append(above)
            above = self.parents[above]
        return found[::-1]

    def row_of(self, node: int) -> int:
        """Row on which `node` is shown, or the one of the nearest node above it that is."""
        while True:
            row = bisect_left(self.visible, node)
            if row < len(self.visible) and self.visible[row] == node:
                return row
            node = self.parents[node]

    def collapse_only(self, nodes: Iterable[int]) -> None:
        """Make `nodes` the collapsed ones; those without children are left out."""
        self.collapsed = {node for node in nodes if self.has_children(node)}
        self._show()

    def reveal(self, node: int) -> bool:
        """Expand everything above `node`; False where it was shown already."""
        above = set(self.ancestors(node, len(self.depths)))
        if not self.collapsed & above:
            return False
        self.collapsed -= above
        self._show()
        return True

    def _show(self) -> None:
        if not self.collapsed:
            self.visible = list(range(len(self.depths)))
            return
        visible: list[int] = []
        first = 0
        for node in sorted(self.collapsed):
            if node >= first:
                visible.extend(range(first, node + 1))
                first = self.ends[node]
        visible.extend(range(first, len(self.depths)))
        self.visible = visible
