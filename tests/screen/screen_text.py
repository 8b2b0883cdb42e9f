"""What a reader of the screen sees, as plain text."""

from __future__ import annotations

from typing import Any

from textual.app import App


def screen_text(app: App[Any]) -> str:
    """Text on the screen of a running `app`, one line per row, without the blanks at the ends of rows."""
    return "\n".join(line.rstrip() for line in screen_lines(app))


def screen_lines(app: App[Any]) -> list[str]:
    """Rows of the screen, each as wide as the screen is."""
    return [strip.text for strip in app.screen._compositor.render_strips()]
