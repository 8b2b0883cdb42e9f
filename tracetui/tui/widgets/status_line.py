"""The two lines at the bottom: what the listed traces add up to; the mode, the filter, the last message and key hints.

On a short terminal both become one line, which keeps the mode, the most telling numbers and the way to the help.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from tracetui.model import Totals
from tracetui.tui.lines.palette import Ink
from tracetui.tui.widgets.status_line_ink import InkLines, Part, Placed, place_parts, plain, shorten
from tracetui.tui.widgets.status_line_totals import totals_parts

Tone: TypeAlias = Literal["success", "warning", "error-text", "muted"]


class Hint(Struct, frozen=True):
    """A key to remind of: the key as drawn, what it does in a word or two, and the id of its action."""

    key: str
    label: str
    action: str


class Status(Struct, frozen=True):
    """Everything that the bottom of the screen says. Text is inert.

    `collecting` is what the collector beside the screen did. `arrived` counts traces since following was paused; `done` of `total` is how far indexing is, where that runs.
    """

    mode: Literal["opening", "live", "follow", "paused", "frozen"] = "opening"
    arrived: int = 0
    is_indexing: bool = False
    done: int = 0
    total: int = 0
    search: str = ""
    skipped: int = 0
    collecting: str = ""
    marked: int = 0
    is_ranging: bool = False
    filter: str = ""
    is_filter_on: bool = True
    totals: Totals | None = None
    is_zoomed: bool = False
    is_masked: bool = False
    message: str = ""
    message_tone: Tone = "success"
    hints: tuple[Hint, ...] = ()


class StatusLine(InkLines):
    """Draws a `Status` in as many lines as it is high."""

    DEFAULT_CSS = """
    StatusLine { height: 2; background: $panel; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.status = Status()

    def show(self, status: Status) -> None:
        """Show another status; nothing is drawn anew where nothing changed."""
        if status != self.status:
            self.status = status
            self.refresh()

    def place_line(self, y: int, width: int) -> list[Placed]:
        """The numbers above, the state below; or what matters most of both."""
        if self.size.height < 2:
            ways = [replace(part, rank=7) for part in hint_parts(self.status.hints[:1])]
            return place_parts([*state_parts(self.status, width), *totals_parts(self.status.totals, 30), *ways], width)
        if y == 0:
            return place_parts(totals_parts(self.status.totals, 0), width)
        return place_parts([*state_parts(self.status, width), *hint_parts(self.status.hints)], width)


def state_parts(status: Status, width: int) -> list[Part]:
    """The chips of modes, the filter and the last message."""
    parts = [_mode_part(status)]
    if status.is_indexing:
        parts.append(_progress_part(status))
    if status.search:
        parts.append(plain(2, status.search, "searching…", tone="running"))
    if status.is_masked:
        parts.append(plain(1, "MASKED", "MASK", tone="accent", action="mask"))
    if status.is_zoomed:
        parts.append(plain(9, "ZOOM", tone="accent", action="zoom"))
    if status.is_ranging:
        parts.append(plain(4, "RANGE to v", "RANGE", tone="mark", action="mark_range"))
    if status.marked:
        parts.append(plain(6, f"◆ {status.marked} marked", f"◆{status.marked}", tone="mark"))
    if status.skipped:
        parts.append(plain(8, f"{status.skipped} skipped", tone="warning"))
    if status.collecting:
        parts.append(_collecting_part(status.collecting, width))
    if status.filter:
        parts.append(_filter_part(status, width))
    if status.message:
        forms = tuple(((shorten(status.message, size), status.message_tone),) for size in (width, 100, 60, 40, 26, 14))
        parts.append(Part(3, forms))
    return parts


def _mode_part(status: Status) -> Part:
    arrived = f" +{status.arrived}" if status.arrived else ""
    forms: dict[str, tuple[str, str, str]] = {
        "opening": ("opening …", "…", "muted"),
        "live": ("LIVE", "L", "muted"),
        "follow": ("FOLLOW", "F", "success"),
        "paused": (f"PAUSED{arrived}", f"P{arrived.strip()}", "warning" if arrived else "muted"),
        "frozen": ("FROZEN", "Z", "muted"),
    }
    long, short, tone = forms[status.mode]
    return plain(0, long, short, tone=tone, action="follow")


def _progress_part(status: Status) -> Part:
    fraction = min(1.0, status.done / status.total) if status.total else 0.0
    full = round(fraction * 10)
    percent = f"{fraction:.0%}"
    bar: tuple[Ink, ...] = (
        ("indexing ", "muted"),
        ("━" * full, "accent"),
        ("━" * (10 - full), "rule"),
        (f" {percent}", "text"),
    )
    return Part(1, (bar, ((f"indexing {percent}", "muted"),), ((percent, "muted"),)))


def _collecting_part(text: str, width: int) -> Part:
    """Where the collector listens and what came; shortened to the address."""
    sizes = (width, 72, 48) if width >= 100 else (width, 40, 24)
    forms = tuple((("→ ", "accent"), (shorten(text, size), "text")) for size in sizes)
    return Part(4, forms)


def _filter_part(status: Status, width: int) -> Part:
    sign: Ink = ("/ ", "accent") if status.is_filter_on else ("/ off ", "warning")
    tone = "strong" if status.is_filter_on else "faint"
    forms = tuple((sign, (shorten(status.filter, size), tone)) for size in (width, 60, 40, 24, 12))
    return Part(5, forms, "filter")


def hint_parts(hints: Sequence[Hint]) -> list[Part]:
    """Hints at the right, the most useful rightmost and last to go."""
    parts = []
    for order, hint in enumerate(hints):
        form: tuple[Ink, ...] = ((hint.key, "strong"), (f" {hint.label}", "muted"))
        parts.append(Part(20 + order, (form,), hint.action, is_right=True))
    return parts[::-1]
