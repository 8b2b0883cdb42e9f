"""A widget that draws with the tones of `palette`."""

from __future__ import annotations

from textual.message import Message
from textual.widget import Widget

from tracetui.tui.lines.palette import Palette


class Tinted(Widget):
    """A widget with a `palette` of the theme and the background that it stands on."""

    _palette: Palette | None = None

    @property
    def palette(self) -> Palette:
        """Styles of the tones, made anew after the theme or the widget's background changed."""
        if self._palette is None:
            _, background = self.background_colors
            variables = self.app.theme_variables
            self._palette = Palette(variables, background, is_ansi=self.app.native_ansi_color)
        return self._palette

    def tell(self, message: Message) -> None:
        """Post a message as this widget's own, whoever's turn it is: one "sent" by a screen stops at that screen."""
        self.post_message(message.set_sender(self))

    def retinted(self) -> None:
        """Called when colours changed, to forget what was drawn in the old ones."""

    def notify_style_update(self) -> None:
        """Forget the palette: the theme, the focus or the styles changed."""
        super().notify_style_update()
        self._palette = None
        self.retinted()
