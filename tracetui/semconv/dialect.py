"""What a dialect of span attributes is: tables of keys by the fact they tell, and readers of its payload.

The names of facts (`FACTS`) are shared by all dialects; a dialect lists for each of them its keys, best first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from tracetui.model import Content, Json, Kind, ToolDefinition

Attributes: TypeAlias = Mapping[str, Json]
Rows: TypeAlias = dict[str, tuple[str, int] | None]
"""For each attribute key: the fact that it tells and its rank (lower wins), or None where it tells nothing."""

FACTS = frozenset(
    {
        "model", "provider", "input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "total", "usage", "cost",
        "cost_input", "cost_output", "costs", "ttft_s", "ttft_ms", "ttft_at", "finish", "refusal", "user", "session",
        "feature", "tags", "metadata", "environment", "release", "prompt_name", "prompt_version", "tool_name",
        "service_tier", "response_id", "error_type", "error_message", "level", "parameters", "provider_metadata",
        "is_root", "pending_parent", "span_type", "answer", "genai_answer",
        "fresh", "usage_raw", "sign", "own_fields", "own_weight", "own_reason",
        "langfuse_kind", "openinference_kind", "vercel_kind", "traceloop_kind", "request_kind", "genai_kind",
        "langsmith_kind",
    }
)  # fmt: skip
"""Every fact that a key can tell; `METADATA` keys tell one entry of the metadata."""
METADATA = "metadata."
"""Begins the name of a fact that is one entry of the metadata."""


def _nothing(attributes: Attributes) -> Content:
    return None


def _no_tools(attributes: Attributes) -> tuple[ToolDefinition, ...]:
    return ()


class Dialect(Struct, frozen=True):
    """One dialect. `keys`: fact → its keys, best first. `prefixes`: beginning of a key → the fact of all such keys.

    `kind`: the fact that holds its word for the kind of span, and the words. The readers take all attributes of a span
    and give None (or ()) where the dialect says nothing.
    """

    name: str
    keys: dict[str, tuple[str, ...]]
    prefixes: tuple[tuple[str, str], ...] = ()
    kind_fact: str | None = None
    kinds: dict[str, Kind] = {}
    kind_of: Callable[[str], Kind] | None = None
    read_input: Callable[[Attributes], Content] = _nothing
    read_output: Callable[[Attributes], Content] = _nothing
    read_tools: Callable[[Attributes], tuple[ToolDefinition, ...]] = _no_tools


def merge(dialects: tuple[Dialect, ...]) -> Rows:
    """One table of keys for several dialects: the keys of the first rank before those of the next."""
    rows: Rows = {}
    for order, dialect in enumerate(dialects):
        for fact, keys in dialect.keys.items():
            for place, key in enumerate(keys):
                rows.setdefault(key, (fact, order * 100 + place))
    return rows
