"""The widget that shows what one span carried, in six tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.message import Message

from tracetui.model import Media, Node, Payload
from tracetui.text import GLYPHS, cell_width, count, inert
from tracetui.tui.lines.document import Block, Document, Inks
from tracetui.tui.lines.palette import Ink
from tracetui.tui.lines.searching import SearchingReader
from tracetui.tui.widgets.payload.subject import MODES, How, Mode, Subject
from tracetui.tui.widgets.payload.tab_titles import TITLES, is_heavy, tab_titles

if TYPE_CHECKING:
    from tracetui.semconv.chat_pairs import Context
    from tracetui.tui.widgets.payload.differing import Difference


class PayloadView(SearchingReader):
    """One span: its facts at once, what it carried as soon as it is there."""

    class Found(SearchingReader.Found):
        """The count of hits changed."""

    class TabShown(Message):
        """Another tab is open; `number` counts from 1."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class ChipChosen(Message):
        """An image, a sound or a file was clicked."""

        def __init__(self, media: Media) -> None:
            super().__init__()
            self.media = media

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._subject: Subject | None = None
        self._tab = 0
        self._mode: Mode = "rendered"
        self._opened: frozenset[str] = frozenset()
        self._opens_all = False
        self._making = 0
        self._is_making = False

    @property
    def tab(self) -> int:
        """Number of the open tab, from 1 on."""
        return self._tab + 1

    @property
    def mode(self) -> Mode:
        """How the tab is drawn: rendered, plain, json or raw."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        self._rebuild(from_top=True)

    @property
    def node(self) -> Node | None:
        """The span that is shown."""
        return self._subject.node if self._subject else None

    @property
    def payload(self) -> Payload | None:
        """What it carried, None until that is loaded."""
        return self._subject.payload if self._subject else None

    def show(
        self, node: Node, payload: Payload, *, context: Context | None = None, difference: Difference | None = None
    ) -> None:
        """Show a span with what it carried, and what the rest of the trace says about that; or a difference instead."""
        self._show(Subject(node, payload, context=context, difference=difference))

    def show_pending(self, node: Node) -> None:
        """Show the facts of a span whose payload is still to come."""
        self._show(Subject(node))

    def show_error(self, node: Node, sentence: str) -> None:
        """Show the facts of a span, and why its payload cannot be had."""
        self._show(Subject(node, failure=sentence))

    def show_nothing(self) -> None:
        """Show that no span is selected."""
        self._subject = None
        self._rebuild(from_top=True)

    def show_tab(self, number: int) -> None:
        """Open tab `number`, from 1 on."""
        self._tab = max(0, min(len(TITLES), number) - 1)
        self._rebuild(from_top=True)
        self.tell(self.TabShown(self.tab))

    def find(self, text: str) -> None:
        """Look for `text`, in folds too: they are open as long as something is looked for."""
        needs_folds = bool(text) != self._opens_all
        super().find("")
        self._opens_all = bool(text)
        if needs_folds or self._is_making:
            self._rebuild(from_top=False, then=lambda: super(PayloadView, self).find(text))
        else:
            super().find(text)

    def plain_text(self) -> Callable[[], str]:
        """Makes the text of the tab that is open now, with nothing folded. May take long: not for the screen's thread."""
        subject, index, how = self._subject, self._tab, self._how(opens_all=True)
        return lambda: "\n".join(block.read() for block in _draw_tab(subject, index, how))

    def chips_in_sight(self) -> list[Media]:
        """The media whose chips are on the screen."""
        from tracetui.tui.widgets.payload.chips import Chip

        return [block.media for block in self._blocks_in_sight() if isinstance(block, Chip)]

    def action_cycle_mode(self) -> None:
        """Draw in the next mode."""
        self.mode = MODES[(MODES.index(self._mode) + 1) % len(MODES)]

    def action_toggle_wrap(self) -> None:
        """Break long lines at the edge, or not."""
        self.wrap = not self.wrap
        self._retitle()

    def action_toggle_fold(self) -> None:
        """Open the first closed fold in sight; where all are open, close the first."""
        seen = self._folds_in_sight()
        closed = [fold for fold in seen if fold not in self._opened]
        if seen:
            self._toggle((closed or seen)[0])

    def on_mount(self) -> None:
        """Say that nothing is selected yet."""
        self._rebuild(from_top=True)

    async def on_click(self, event: events.Click) -> None:
        """Open the clicked tab, or the clicked fold."""
        offset = event.get_content_offset(self)
        if offset is None or self.text_selection is not None:
            return
        if offset.y == 0:
            self._click_tab(offset.x)
        elif self.document.blocks:
            self._click_block(self.document.blocks[self.document.block_at(self.scroll_offset.y + offset.y - 1)])

    def _click_block(self, block: Block) -> None:
        from tracetui.tui.widgets.payload.chips import Chip

        if block.fold:
            self._toggle(block.fold)
        elif isinstance(block, Chip):
            self.tell(self.ChipChosen(block.media))

    def tell_found(self) -> None:
        """Tell how many hits there are, in the border too."""
        super().tell_found()
        self._retitle()

    def draw_heading(self, y: int, width: int) -> list[Ink]:
        """Draw the tabs: all titles, or where there is no room, that of the open one."""
        return [ink for pair in tab_titles(width, self._tab) for ink in pair]

    def _show(self, subject: Subject) -> None:
        is_same = self._subject is not None and _identity(self._subject) == _identity(subject)
        self._subject = subject
        if not is_same:
            self._opened = frozenset()
        self._rebuild(from_top=not is_same)

    def _how(self, *, opens_all: bool) -> How:
        return How(self._mode, self._opened, opens_all or self._mode == "plain")

    def _rebuild(self, *, from_top: bool, then: Callable[[], None] | None = None) -> None:
        """Draw the open tab anew, in a thread where that takes longer than a moment; `then` is called afterwards."""
        self._making += 1
        self._is_making = False
        subject, index, how = self._subject, self._tab, self._how(opens_all=self._opens_all)
        if from_top:
            self.move_to(0)
        if is_heavy(subject) and self.is_attached:
            self._is_making = True
            if from_top and subject is not None:
                self.set_blocks(_draw_waiting(subject, index))
            making = self._making
            self.run_worker(lambda: self._make(making, subject, index, how, then), thread=True, group="make")
        else:
            self.set_blocks(_draw_tab(subject, index, how))
            if then is not None:
                then()
        self._retitle()

    def _make(
        self, making: int, subject: Subject | None, index: int, how: How, then: Callable[[], None] | None
    ) -> None:
        """In a thread: make a document, unless others are wanted by now."""
        if making == self._making:
            document = Document(_draw_tab(subject, index, how), max(1, self.text_width))
            self.call_later(self._take_made, making, document, then)

    def _take_made(self, making: int, document: Document, then: Callable[[], None] | None) -> None:
        if making != self._making:
            return
        self._is_making = False
        self.set_blocks(document.blocks, document)
        if then is not None:
            then()
        self._retitle()

    def _blocks_in_sight(self) -> Sequence[Block]:
        top = self.scroll_offset.y
        first, last = self.document.block_at(top), self.document.block_at(top + self.page - 1)
        return self.document.blocks[first : last + 1]

    def _folds_in_sight(self) -> list[str]:
        return [block.fold for block in self._blocks_in_sight() if block.fold]

    def _toggle(self, fold: str) -> None:
        self._opened ^= {fold}
        self._rebuild(from_top=False)

    def _click_tab(self, x: int) -> None:
        for number, pair in enumerate(tab_titles(self.scrollable_content_region.width, self._tab), start=1):
            x -= sum(cell_width(text) for text, _ in pair)
            if x < 0:
                self.show_tab(number)
                return

    def _retitle(self) -> None:
        if self._subject:
            span = self._subject.node.span
            self.border_title = Content(f"{GLYPHS[span.kind]} {inert(span.name) or '(no name)'}")
        else:
            self.border_title = "Payload"
        parts = [self._mode if self._mode != "rendered" else "", "" if self.wrap else "no wrap"]
        if self._finding:
            at = f"{count(self._finding.ordinal(*self._current))} of " if self._current else ""
            more = "" if self._finding.is_done else "+"
            parts.append(f"“{inert(self._finding.wanted)}” {at}{count(self._finding.total)}{more}")
        self.border_subtitle = Content(" · ".join(part for part in parts if part))


def _draw_tab(subject: Subject | None, index: int, how: How) -> Sequence[Block]:
    """The blocks of a tab. What draws them is loaded with the first trace: the first rows need not wait for it."""
    if subject is None:
        return [Inks(("no span selected", "faint"))]
    from tracetui.tui.widgets.payload.tabs import draw_tab

    return draw_tab(subject, index, how)


def _draw_waiting(subject: Subject, index: int) -> Sequence[Block]:
    from tracetui.tui.widgets.payload.tabs import draw_waiting

    return draw_waiting(subject, index)


def _identity(subject: Subject) -> tuple[str, str]:
    return subject.node.span.trace_id, subject.node.span.span_id
