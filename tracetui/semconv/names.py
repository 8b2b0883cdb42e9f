"""Keys and type words as foreign formats spell them → one spelling."""

from __future__ import annotations

import re
from functools import lru_cache

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER = re.compile(r"[^0-9a-z]+")


@lru_cache(maxsize=4096)
def plain(key: str) -> str:
    """Lower case with underscores: `promptTokens`, `prompt-tokens`, `prompt.tokens` → `prompt_tokens`."""
    return _OTHER.sub("_", _HUMP.sub("_", key).lower())
