"""Names of colours ("tones") and the styles that the current theme gives them.

A tone is a theme variable, how much of it shows over the background, and text attributes. Resolving the forty of them
from the theme costs a millisecond once per theme; forty component classes in each of three widgets cost 30 ms at
start-up and again at every change of focus.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

Ink: TypeAlias = tuple[str, str]
"""Inert text and the name of its tone."""

LEAST_CONTRAST = 3.0
"""A tone is made stronger until it has this ratio to what it stands on: WCAG 2 asks it of signs and of large text."""


class Tone(NamedTuple):
    """How a tone is made: a variable of the theme, its strength over the background, and Rich text attributes."""

    variable: str
    strength: float = 1.0
    attributes: str = ""
    is_rule: bool = False
    """Whether it is of lines beside the text, which may be hardly seen."""


TONES: dict[str, Tone] = {
    "text": Tone("foreground"),
    "strong": Tone("foreground", 1.0, "bold"),
    "muted": Tone("foreground", 0.64),
    "faint": Tone("foreground", 0.4),
    "rule": Tone("foreground", 0.2, is_rule=True),
    "heading": Tone("foreground", 0.64),
    "sorted": Tone("text-accent", 1.0, "bold"),
    "accent": Tone("text-accent"),
    "mark": Tone("text-accent", 1.0, "bold"),
    "cursor-edge": Tone("text-accent", 1.0, "bold"),
    "match": Tone("text-accent", 1.0, "bold underline"),
    "error": Tone("text-error", 1.0, "bold"),
    "error-text": Tone("text-error"),
    "refused": Tone("text-warning", 1.0, "bold"),
    "running": Tone("text-accent"),
    "success": Tone("text-success", 0.8),
    "warning": Tone("text-warning"),
    "score": Tone("text-warning"),
    "model": Tone("text-primary", 0.9),
    "thinking": Tone("foreground", 0.6, "italic"),
    "kind-agent": Tone("text-primary", 1.0, "bold"),
    "kind-chain": Tone("foreground", 0.64),
    "kind-generation": Tone("text-accent"),
    "kind-tool": Tone("text-success"),
    "kind-retriever": Tone("text-secondary"),
    "kind-embedding": Tone("text-secondary"),
    "kind-reranker": Tone("text-secondary"),
    "kind-guardrail": Tone("text-warning"),
    "kind-evaluator": Tone("text-warning"),
    "kind-event": Tone("foreground", 0.64),
    "kind-span": Tone("foreground", 0.64),
    "role-system": Tone("text-warning", 1.0, "bold"),
    "role-user": Tone("text-primary", 1.0, "bold"),
    "role-assistant": Tone("text-accent", 1.0, "bold"),
    "role-tool": Tone("text-success", 1.0, "bold"),
    "json-key": Tone("text-primary"),
    "json-string": Tone("text-success"),
    "json-number": Tone("text-accent"),
    "json-word": Tone("text-warning"),
    "json-mark": Tone("foreground", 0.5),
    "md-heading": Tone("text-primary", 1.0, "bold"),
    "md-code": Tone("text-secondary"),
    "md-emphasis": Tone("foreground", 1.0, "italic"),
    "code-keyword": Tone("text-accent"),
    "code-name": Tone("text-primary"),
    "code-comment": Tone("foreground", 0.6, "italic"),
    "added": Tone("text-success"),
    "removed": Tone("text-error", 1.0, "strike"),
    "chip": Tone("text-secondary", 1.0, "reverse"),
    "tab": Tone("foreground", 0.64),
    "tab-open": Tone("text-accent", 1.0, "bold underline"),
}


class Palette:
    """Styles of the tones over one background of one theme.

    `cursor` and `resting_cursor` are laid over a row: with focus and without. On themes of the terminal's own sixteen
    colours nothing can be blended, so strength becomes dim and the cursor is drawn in reverse.
    """

    def __init__(self, variables: dict[str, str], background: Color, *, is_ansi: bool) -> None:
        self._variables = variables
        self._background = background
        self._is_ansi = is_ansi
        self._styles: dict[str, Style] = {}
        self._over: dict[tuple[Style, Style], Style] = {}
        self._least = float(variables.get("least-strength", "0"))
        # A cell without a background of its own is the terminal's: patches where the theme is another.
        self.blank = Style() if is_ansi or background.ansi is not None else Style(bgcolor=background.rich_color)
        # In reverse each colour of a row would become a background of its own: one bar has one colour.
        bar = Style(reverse=True, color="default", bgcolor="default", dim=False)
        self.cursor = bar if is_ansi else self._tint("primary", float(variables.get("cursor-strength", "0.42")))
        self.resting_cursor = Style(bold=True, underline=True) if is_ansi else self._tint("foreground", 0.09)
        self.hit = Style(reverse=True) if is_ansi else self._tint("warning", 0.45)
        self.current_hit = Style(reverse=True, bold=True, underline=True)

    def __getitem__(self, tone: str) -> Style:
        style = self._styles.get(tone)
        if style is None:
            style = self._styles[tone] = self._resolve(TONES[tone])
        return style

    def strip(self, inks: list[Ink], width: int) -> Strip:
        """Draw `inks`, which take exactly `width` cells together."""
        styles = self._styles
        segments = [Segment(text, styles.get(tone) or self[tone]) for text, tone in inks if text]
        return Strip(segments, width)

    def line(self, inks: list[Ink], width: int) -> Strip:
        """Draw `inks`, cut or padded to `width` cells."""
        drawn = Strip([Segment(text, self[tone]) for text, tone in inks if text])
        return drawn.adjust_cell_length(width, self.blank)

    def over(self, own: Style | None, overlay: Style) -> Style:
        """`own` with the cursor or a hit laid over it, in a colour that can be read there."""
        if own is None:
            return overlay
        style = self._over.get((own, overlay))
        if style is None:
            style = self._over[own, overlay] = self._readable(own + overlay)
        return style

    def lay(self, segments: Iterable[Segment], overlay: Style) -> list[Segment]:
        """All of a row with an overlay."""
        return [Segment(text, self.over(style, overlay)) for text, style, _ in segments]

    def _readable(self, style: Style) -> Style:
        if style.color is None or style.bgcolor is None or not (style.color.triplet and style.bgcolor.triplet):
            return style  # colours of the terminal, which are not known
        color, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
        return style + Style(color=_told_from(ground, color, self._color("foreground")).rich_color)

    def _resolve(self, tone: Tone) -> Style:
        color = self._color(tone.variable)
        style = Style.parse(tone.attributes) if tone.attributes else Style()
        if color.ansi is not None or self._is_ansi:
            return self.blank + style + Style(color=color.rich_color, dim=tone.strength < 0.7 or None)
        blended = self._background.blend(color, max(tone.strength, self._least), alpha=1)
        if not tone.is_rule:
            blended = _told_from(self._background, blended, color, self._color("foreground"))
        return self.blank + style + Style(color=blended.rich_color)

    def _tint(self, variable: str, strength: float) -> Style:
        color = self._color(variable)
        if color.ansi is not None:
            return Style(reverse=True)
        return Style(bgcolor=self._background.blend(color, strength, alpha=1).rich_color)

    def _color(self, variable: str) -> Color:
        value = self._variables.get(variable, "")
        if not value or value.startswith("auto"):
            value = self._variables.get("foreground", "#ffffff")
        return Color.parse(value.split()[0])


def _told_from(ground: Color, color: Color, *stronger: Color) -> Color:
    """`color`, or as much as is needed of the colours that are `stronger`, to be told from `ground`."""
    for other in (*stronger, ground.get_contrast_text(1)):
        for tenth in range(11):
            mixed = color.blend(other, tenth / 10, alpha=1)
            if contrast(mixed, ground) >= LEAST_CONTRAST:
                return mixed
    return color


def contrast(one: Color, other: Color) -> float:
    """The ratio of two colours' luminances, 1 to 21, as WCAG 2 defines it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
