"""How much of what was sent to models had been sent before, from the first byte on: what a prompt cache saves. Pure.

A provider's cache serves the beginning of a prompt that it has seen, and only that. So each prompt is cut into blocks,
each block's digest covers everything before it too, and the longest run of blocks that an earlier prompt had is repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

from msgspec import Struct

from tracetui.model import Usage

BLOCK = 1024
"""Bytes of a block: about 256 tokens of English."""
LEAST = 4 * BLOCK
"""Shorter prefixes are not counted: 1,024 tokens are the least that providers cache."""
MOST = 256 * BLOCK
"""Bytes of a prompt that are looked at."""
_SHOWN = 5


class Prompt(Struct, frozen=True):
    """What was sent: tools, then messages, as bytes; and the usage that was recorded."""

    sent: bytes
    usage: Usage = Usage()


class Prefix(Struct, frozen=True):
    """A beginning that came again: the digest of it (of no use to whoever does not have the text), its length, and how
    many calls repeated it and no more."""

    digest: str
    bytes: int
    calls: int


class Prefixes(Struct, frozen=True):
    """Over `calls` prompts: their bytes, the bytes that were repeated, and about how many tokens that is.

    `repeated_tokens` is the repeated part of the input tokens of calls that recorded usage, and `cache_read_tokens` what
    they recorded as read from a cache; None where no call did.
    """

    calls: int = 0
    bytes: int = 0
    repeated_bytes: int = 0
    repeated_tokens: int | None = None
    cache_read_tokens: int | None = None
    prefixes: tuple[Prefix, ...] = ()


def find_prefixes(prompts: Iterable[Prompt]) -> Prefixes:
    """Compare each prompt with all before it; they come in the order in which they were sent."""
    seen: set[bytes] = set()
    repeated: Counter[tuple[bytes, int]] = Counter()
    calls = total = 0
    tokens: list[int] = []
    read: list[int] = []
    for prompt in prompts:
        calls += 1
        total += len(prompt.sent)
        blocks = _blocks(prompt.sent[:MOST])
        known = _known(blocks, seen)
        seen.update(blocks)
        if known * BLOCK < LEAST:
            known = 0
        else:
            repeated[blocks[known - 1], known * BLOCK] += 1
        if prompt.usage.is_recorded and prompt.sent:
            tokens.append(_input_tokens(prompt.usage) * known * BLOCK // len(prompt.sent))
            read.append(prompt.usage.cache_read or 0)
    most = sorted(repeated.items(), key=lambda item: (-item[0][1] * item[1], item[0]))[:_SHOWN]
    return Prefixes(
        calls,
        total,
        sum(length * times for (_, length), times in repeated.items()),
        sum(tokens) if tokens else None,
        sum(read) if read else None,
        tuple(Prefix(digest.hex(), length, times) for (digest, length), times in most),
    )


def _blocks(sent: bytes) -> list[bytes]:
    """A digest for each whole block, of it and everything before it."""
    running = blake2b(digest_size=6)
    found = []
    for start in range(0, len(sent) - BLOCK + 1, BLOCK):
        running.update(sent[start : start + BLOCK])
        found.append(running.copy().digest())
    return found


def _known(blocks: list[bytes], seen: set[bytes]) -> int:
    """How many blocks from the first one on are known."""
    return next((at for at, block in enumerate(blocks) if block not in seen), len(blocks))


def _input_tokens(usage: Usage) -> int:
    return (usage.input or 0) + (usage.cache_read or 0) + (usage.cache_write or 0)
