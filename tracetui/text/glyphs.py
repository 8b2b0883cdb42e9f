"""One sign for each kind and status: one cell wide, in the BMP, not an emoji, so that terminals agree on its width."""

from __future__ import annotations

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
