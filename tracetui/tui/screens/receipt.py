"""How a cost came about, as a sheet to scroll: of a span and what is below it, of a trace, of all that is listed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tracetui.analysis.receipt import receipts_of
from tracetui.analysis.receipt_text import Said, bill_lines, receipt_lines, sum_lines
from tracetui.model import Changes, Node, Payload, Tree
from tracetui.text import count
from tracetui.tui.lines.document import Block, Inks
from tracetui.tui.lines.reader import Reader
from tracetui.tui.screens.view_screen import ViewScreen

if TYPE_CHECKING:
    from tracetui.tui.screens.main import MainScreen
    from tracetui.workspace import Workspace

_TONES = {"heading": "strong", "faint": "muted", "refused": "refused", "": "text"}
_MOST = 500
"""Calls that are written out; a longer sheet is read by nobody, and its sum is in the totals."""


class SheetScreen(ViewScreen):
    """Lines of text that were made in a thread."""

    crumb = "receipt"

    def __init__(self, main: MainScreen) -> None:
        super().__init__(main)
        self._sheet = Reader()
        self._sheet.heading_height = 0
        self._sheet.border_title = "How the cost came about"

    @property
    def pane(self) -> Reader:
        """The sheet."""
        return self._sheet

    def lines(self, workspace: Workspace) -> list[Said]:
        """What the sheet says, in a thread."""
        raise NotImplementedError

    def ask(self) -> None:
        """Ask for the lines."""
        self.asking("adding up…")
        self.questions.ask("receipt", self.lines, self._take, self.failed)

    def stop(self) -> bool:
        """Stop adding up."""
        self.questions.forget("receipt")
        return True

    def show_failure(self, sentence: str) -> None:
        """Show why there is no receipt."""
        self._sheet.set_blocks([Inks((sentence, "error-text"))])

    def do(self, action_id: str) -> None:
        """Do an action; the key that opened the receipt leaves it too."""
        super().do("view_close" if action_id == "receipt" else action_id)

    def _take(self, lines: list[Said]) -> None:
        self._sheet.set_blocks(to_blocks(lines))
        self.answered()


class ReceiptScreen(SheetScreen):
    """The calls of a trace, or of a span and what is below it."""

    def __init__(self, main: MainScreen, trace_id: str, span_id: str | None) -> None:
        super().__init__(main)
        self._trace_id, self._span_id = trace_id, span_id

    def take_changes(self, changes: Changes) -> None:
        """Write it anew where the trace grew."""
        super().take_changes(Changes(trace_ids=changes.trace_ids & {self._trace_id}))

    def lines(self, workspace: Workspace) -> list[Said]:
        """The receipts one below the other, and their sum."""
        from tracetui.config import load_config
        from tracetui.pricing import open_book

        def load(node: Node) -> Payload:
            return workspace.payload(node.span.trace_id, node.span.span_id)

        tree = workspace.tree(self._trace_id)
        receipts = receipts_of(_below(tree, self._span_id), load, open_book(load_config().prices.path))
        if not receipts:
            return [Said("nothing here is paid for: no model call, no token counts, no cost", "faint")]
        said = [] if len(receipts) == 1 else [*sum_lines(receipts), Said("")]
        said += [line for receipt in receipts[:_MOST] for line in receipt_lines(receipt)]
        if len(receipts) > _MOST:
            said.append(Said(f"{count(_MOST)} of {count(len(receipts))} calls are written out", "refused"))
        return said


class BillScreen(SheetScreen):
    """What the list shows, by model and price, with what has no price and why."""

    def lines(self, workspace: Workspace) -> list[Said]:
        """The groups, their sums, and what is in none."""
        return list(bill_lines(workspace.groups(("model", "price"), self.chosen())))


def _below(tree: Tree, span_id: str | None) -> Iterable[Node]:
    """The span and all below it; without one, all of the trace."""
    if span_id is None:
        return tree.nodes
    nodes = list(tree.nodes)
    first = next((at for at, node in enumerate(nodes) if node.span.span_id == span_id), len(nodes))
    last = first + 1
    while last < len(nodes) and nodes[last].depth > nodes[first].depth:
        last += 1
    return nodes[first:last]


def to_blocks(lines: Iterable[Said]) -> list[Block]:
    """A block a line; where it has to be broken, the rest is indented as the line is."""
    blocks: list[Block] = []
    for line in lines:
        text = line.text.lstrip(" ")
        margin = [(" " * (len(line.text) - len(text)), "text")] if text != line.text else []
        blocks.append(Inks((text, _TONES[line.style]), margin=margin))
    return blocks
