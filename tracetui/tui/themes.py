"""Our themes: few hues, each with one meaning. Blue names models and what has the focus, violet what the model did, green
tools and success, amber what deserves a look, red what failed; everything else is a shade of the text.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="tracetui-dark",
    primary="#7aa7d9",
    secondary="#8fa0bd",
    accent="#b79fe6",
    success="#86bd8f",
    warning="#dcb46c",
    error="#e57f84",
    foreground="#d3d9e3",
    background="#0f1217",
    surface="#0f1217",
    panel="#191e27",
    boost="#1f2530",
    variables={
        "border": "#5f83ad",
        "border-blurred": "#2a313d",
        "text-primary": "#8fb6e2",
        "text-secondary": "#9fb0cb",
        "text-accent": "#c0abec",
        "text-success": "#8fc498",
        "text-warning": "#e0bb7a",
        "text-error": "#ee8f93",
        "text-muted": "#8b95a7",
        "scrollbar": "#333c4a",
        "scrollbar-hover": "#46536a",
        "scrollbar-active": "#5f83ad",
        "scrollbar-background": "#0f1217",
        "scrollbar-background-hover": "#0f1217",
        "scrollbar-background-active": "#0f1217",
        "input-cursor-background": "#d3d9e3",
        "input-cursor-foreground": "#0f1217",
        "input-selection-background": "#7aa7d9 40%",
        "block-cursor-background": "#2c4463",
        "block-cursor-foreground": "#eef2f8",
        "block-cursor-text-style": "none",
    },
)
"""For dark terminals; the default."""

LIGHT = Theme(
    name="tracetui-light",
    primary="#2f6fb2",
    secondary="#56657f",
    accent="#7546b8",
    success="#2f7d46",
    warning="#8f5f00",
    error="#b3261e",
    foreground="#23282f",
    background="#fbfaf7",
    surface="#fbfaf7",
    panel="#efede7",
    boost="#e8e5dd",
    dark=False,
    variables={
        "cursor-strength": "0.3",
        "border": "#6b93bf",
        "border-blurred": "#d6d2c8",
        "text-primary": "#235a94",
        "text-secondary": "#4a5870",
        "text-accent": "#6a3cab",
        "text-success": "#27703c",
        "text-warning": "#7d5300",
        "text-error": "#a6211a",
        "text-muted": "#676d76",
        "scrollbar": "#cfcabf",
        "scrollbar-hover": "#b5b0a4",
        "scrollbar-active": "#6b93bf",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-background-hover": "#fbfaf7",
        "scrollbar-background-active": "#fbfaf7",
        "input-cursor-background": "#23282f",
        "input-cursor-foreground": "#fbfaf7",
        "input-selection-background": "#2f6fb2 30%",
        "block-cursor-background": "#cfe0f3",
        "block-cursor-foreground": "#10151b",
        "block-cursor-text-style": "none",
    },
)
"""For light terminals."""

HIGH_CONTRAST = Theme(
    name="tracetui-high-contrast",
    primary="#66b3ff",
    secondary="#ffffff",
    accent="#ff9dff",
    success="#66ff8a",
    warning="#ffd60a",
    error="#ff6b6b",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    boost="#1a1a1a",
    variables={
        "least-strength": "0.72",
        "border": "#ffd60a",
        "border-blurred": "#9a9a9a",
        "text-primary": "#8cc8ff",
        "text-secondary": "#ffffff",
        "text-accent": "#ffb3ff",
        "text-success": "#7dff9c",
        "text-warning": "#ffe14d",
        "text-error": "#ff8a8a",
        "text-muted": "#d0d0d0",
        "scrollbar": "#9a9a9a",
        "scrollbar-hover": "#ffffff",
        "scrollbar-active": "#ffd60a",
        "scrollbar-background": "#000000",
        "scrollbar-background-hover": "#000000",
        "scrollbar-background-active": "#000000",
        "input-cursor-background": "#ffffff",
        "input-cursor-foreground": "#000000",
        "input-selection-background": "#ffd60a",
        "input-selection-foreground": "#000000",
        "block-cursor-background": "#ffd60a",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "bold",
    },
)
"""White on black with strong hues, for tired eyes and bad projectors."""

ANSI = Theme(
    name="tracetui-ansi",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_magenta",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border": "ansi_blue",
        "border-blurred": "ansi_bright_black",
        "text": "ansi_default",
        "text-primary": "ansi_cyan",
        "text-secondary": "ansi_cyan",
        "text-accent": "ansi_magenta",
        "text-success": "ansi_green",
        "text-warning": "ansi_yellow",
        "text-error": "ansi_red",
        "text-muted": "ansi_bright_black",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
        "scrollbar": "ansi_bright_black",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "block-cursor-background": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-text-style": "reverse",
    },
)
"""The sixteen colours of the terminal itself, and its background."""

COLOR_BLIND = Theme(
    name="tracetui-color-blind",
    primary="#56b4e9",
    secondary="#a9b4c4",
    accent="#cc9fd6",
    success="#56b4e9",
    warning="#f0e442",
    error="#e69f00",
    foreground="#e3e6ea",
    background="#0f1217",
    surface="#0f1217",
    panel="#191e27",
    boost="#1f2530",
    variables={
        **DARK.variables,
        "border": "#56b4e9",
        "text-primary": "#7cc5ef",
        "text-secondary": "#b9c3d1",
        "text-accent": "#d9b3e0",
        "text-success": "#7cc5ef",
        "text-warning": "#f0e442",
        "text-error": "#f2ab1c",
    },
)
"""Dark, with hues that people without red or green receptors tell apart (Okabe and Ito's set: blue, yellow, orange)."""

OUR_THEMES = (DARK, LIGHT, HIGH_CONTRAST, COLOR_BLIND, ANSI)
"""In the order of the menu."""


def choose_theme(wanted: str | None, known: set[str], *, is_light: bool, no_color: bool) -> str:
    """The name of the theme to start with: the user's, where there is one of that name (`light` means ours)."""
    if no_color:
        return ANSI.name
    for name in (wanted, f"tracetui-{wanted}"):
        if name in known:
            return str(name)
    return LIGHT.name if is_light else DARK.name
