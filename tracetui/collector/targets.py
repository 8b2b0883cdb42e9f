"""Which requests go on to a model's server, and to which: by the beginning of their path.

`/openai/…` and `/anthropic/…` go on whatever follows. `/v1/…` (SDKs that have only a host and a port to set) goes on for
the known calls alone: the rest of `/v1/` belongs to the collector, and a mistyped `/v1/traces` must not leave this machine.
"""

from __future__ import annotations

from msgspec import Struct
from starlette.types import Scope

from tracetui.collector.listen import Dialect

_PREFIXES: tuple[tuple[str, Dialect], ...] = (("/openai", "openai"), ("/anthropic", "anthropic"))
_OWN = frozenset({"/anthropic/v1/log"})
"""Addresses of Helicone's manual log that look like calls."""
_OPENAI = frozenset(
    {"chat", "completions", "responses", "embeddings", "models", "files", "uploads", "batches", "images", "audio",
     "moderations", "fine_tuning", "vector_stores", "conversations", "assistants", "threads", "containers", "videos"}
)  # fmt: skip
_ANTHROPIC = frozenset({"messages", "complete"})
_BOTH = frozenset({"models", "files"})
"""Addresses that both have; Anthropic's SDK tells itself by a header."""


class Target(Struct, frozen=True):
    """`raw_path` is what the server is asked for, byte for byte; `path` the same for reading."""

    dialect: Dialect
    raw_path: bytes
    path: str


def find_target(scope: Scope) -> Target | None:
    """Where a request goes on to; None for one that is the collector's own."""
    raw = scope.get("raw_path") or scope["path"].encode()
    text = raw.decode("latin-1")
    for prefix, dialect in _PREFIXES:
        if text.startswith(prefix + "/") and text not in _OWN:
            return Target(dialect, raw[len(prefix) :], text[len(prefix) :])
    found = _find_plain(text, scope)
    return Target(found, raw, text) if found is not None else None


def _find_plain(path: str, scope: Scope) -> Dialect | None:
    steps = path.split("/", 3)
    if len(steps) < 3 or steps[1] != "v1":
        return None
    if steps[2] in _ANTHROPIC:
        return "anthropic"
    if steps[2] not in _OPENAI:
        return None
    is_anthropic = any(name == b"anthropic-version" for name, _ in scope["headers"])
    return "anthropic" if steps[2] in _BOTH and is_anthropic else "openai"
