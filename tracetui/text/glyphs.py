"""One sign for each kind and status: one cell wide, in the BMP, not an emoji, so that terminals agree on its width.

`to_ascii` is for terminals and fonts without them: it changes the signs of the program, cell for cell, and leaves the
words of a trace alone unless the terminal cannot show those either.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracetui.text.cells import cell_width

GLYPHS: dict[str, str] = {
    "agent": "⬢",
    "chain": "⧉",
    "generation": "✦",
    "tool": "ƒ",
    "retriever": "⌕",
    "embedding": "⠿",
    "reranker": "⇅",
    "guardrail": "⛨",
    "evaluator": "≟",
    "event": "◦",
    "span": "⬡",
}
"""Sign of each kind of span."""

ASCII_GLYPHS: dict[str, str] = {
    "agent": "A",
    "chain": "C",
    "generation": "G",
    "tool": "T",
    "retriever": "R",
    "embedding": "E",
    "reranker": "K",
    "guardrail": "P",
    "evaluator": "V",
    "event": ".",
    "span": "-",
}
"""The same for terminals and fonts without them (P protects, K ranks, V is a verdict)."""

STATUS_GLYPHS: dict[str, str] = {"error": "✕", "refused": "⊘", "running": "▸", "success": "●"}
"""Sign of each status."""

ASCII_STATUS_GLYPHS: dict[str, str] = {"error": "x", "refused": "!", "running": ">", "success": "o"}
"""The same in ASCII."""

_SIGNS = {
    "★": "*", "◆": "#", "◈": "%", "▾": "v", "▼": "v", "▹": ">", "▶": ">", "❯": ">", "∑": "S", "≥": ">", "≤": "<",
    "…": "~", "⋯": "~", "–": "-", "—": "-", "·": ".", "×": "x", "µ": "u", "“": '"', "”": '"', "↺": "@", "⌫": "<",
    "↑": "^", "↓": "v", "←": "<", "→": ">", "─": "-", "━": "=", "│": "|", "┃": "|", "▌": "|", "▐": "|", "▎": "|", "▊": "|",
    "╌": "-", "╴": "-", "╶": "-", "╸": "=", "╺": "=", "▔": "-", "▁": "_",
}  # fmt: skip
_BLOCKS = ((0x2190, 0x21FF, ">"), (0x2200, 0x22FF, "~"), (0x2500, 0x257F, "+"), (0x2580, 0x259F, "#"), (0x25A0, 0x25FF, "o"), (0x2800, 0x28FF, "#"))  # fmt: skip


def _make_table() -> dict[int, str]:
    """Whole blocks of signs first, then those that mean something of their own."""
    table = {code: sign for first, last, sign in _BLOCKS for code in range(first, last + 1)}
    table |= {ord(sign): plain for sign, plain in _SIGNS.items()}
    table |= {ord(sign): ASCII_GLYPHS[kind] for kind, sign in GLYPHS.items()}
    return table | {ord(sign): ASCII_STATUS_GLYPHS[status] for status, sign in STATUS_GLYPHS.items()}


_TABLE = _make_table()


def to_ascii(text: str, *, is_strict: bool = False) -> str:
    """The same number of cells with the program's signs in ASCII; `is_strict` leaves nothing but ASCII: `?` a cell."""
    if text.isascii():
        return text
    plain = text.translate(_TABLE)
    if not is_strict or plain.isascii():
        return plain
    return "".join(sign if sign.isascii() else "?" * cell_width(sign) for sign in plain)


def speaks_unicode(environ: Mapping[str, str]) -> bool:
    """Whether the locale is one of UTF-8; where none is set at all, terminals of today are."""
    wanted = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    return not wanted or wanted.lower().replace("-", "").find("utf8") >= 0
