"""The lines of Claude Code's transcripts: the fields that the index needs, and what a line is. docs/formats/claude-code.md."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from msgspec import UNSET, Raw, Struct, UnsetType

from tracetui.model import Usage
from tracetui.sources.transcript_draft import title_of
from tracetui.sources.transcript_json import NOTHING, text_in, time_of, value_in


class CacheCreation(Struct, frozen=True):
    """Cache writes by how long they are kept."""

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class Tokens(Struct, frozen=True):
    """`message.usage`. `input_tokens` is fresh input alone; `output_tokens` includes thinking."""

    input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    service_tier: str | None = None
    speed: str | None = None

    @property
    def written(self) -> int:
        """Tokens written to the cache; where only the split is recorded, its sum."""
        if self.cache_creation_input_tokens is not None or self.cache_creation is None:
            return self.cache_creation_input_tokens or 0
        split = self.cache_creation
        return (split.ephemeral_5m_input_tokens or 0) + (split.ephemeral_1h_input_tokens or 0)

    @property
    def total(self) -> int:
        """All tokens, by which the fullest of repeated usages is known."""
        return (self.input_tokens or 0) + (self.cache_read_input_tokens or 0) + self.written + (self.output_tokens or 0)

    def usage(self) -> Usage:
        """The buckets, which do not overlap as they are recorded. An absent count is 0 where any was recorded."""
        hour = self.cache_creation.ephemeral_1h_input_tokens if self.cache_creation is not None else None
        counts = (self.input_tokens or 0, self.cache_read_input_tokens or 0, self.written, self.output_tokens or 0)
        return Usage(*counts, cache_write_1h=hour)

    def tier(self) -> str | None:
        """The tier that decides the price: the fast mode has its own."""
        return "fast" if self.speed == "fast" else self.service_tier


class Block(Struct, frozen=True):
    """One part of a message's content."""

    type: str = ""
    id: str | None = None
    name: str | None = None
    tool_use_id: str | None = None
    is_error: bool | None = None
    text: Raw = NOTHING
    content: Raw = NOTHING
    input: Raw = NOTHING


class Message(Struct, frozen=True):
    """`message` of a user's or an assistant's line."""

    id: str | None = None
    model: str | None = None
    content: str | list[Block] | None = None
    stop_reason: str | None = None
    usage: Tokens | None = None


class CompactMetadata(Struct, frozen=True):
    """What a compaction says of itself."""

    trigger: str | None = None


class Line(Struct, frozen=True):
    """One line, of any type."""

    type: str = ""
    subtype: str | None = None
    uuid: str | None = None
    parentUuid: str | None = None
    timestamp: str | None = None
    sessionId: str | None = None
    agentId: str | None = None
    isSidechain: bool | None = None
    isMeta: bool | None = None
    isCompactSummary: bool | None = None
    isApiErrorMessage: bool | None = None
    requestId: str | None = None
    cwd: str | None = None
    gitBranch: str | None = None
    version: str | None = None
    entrypoint: str | None = None
    permissionMode: str | None = None
    message: Message | None = None
    costUSD: float | None = None
    toolUseResult: Raw = NOTHING
    summary: str | None = None
    leafUuid: str | None = None
    aiTitle: str | None = None
    customTitle: str | None = None
    error: Raw = NOTHING
    hookErrors: list[Raw] | UnsetType = UNSET

    @property
    def time_ns(self) -> int | None:
        """When it was written."""
        return None if self.timestamp is None else time_of(self.timestamp)

    def blocks(self) -> list[Block]:
        """The parts of its message, a plain text left out."""
        content = None if self.message is None else self.message.content
        return content if isinstance(content, list) else []

    def texts(self) -> list[str]:
        """The texts of its message."""
        content = None if self.message is None else self.message.content
        if isinstance(content, str):
            return [content]
        return [text for block in content or () if block.type == "text" and (text := text_in(block.text))]


Role: TypeAlias = Literal["prompt", "command", "interruption", "results", "injected"]
"""What a user's line is: it opens a turn, perhaps opens one, ends one, gives results of tools, or none of these."""

_COMMANDS = ("<command-name>", "<command-message>", "<task-notification>")
_INJECTED = (
    "<local-command-stdout>", "<local-command-stderr>", "<local-command-caveat>", "Caveat: The messages below",
    "<bash-input>", "<bash-stdout>", "<bash-stderr>",
)  # fmt: skip
_INTERRUPTED = "[Request interrupted by user"
_AROUND_PROMPTS = ("<ide_", "<system-reminder>")
_COMMAND = re.compile(r"<command-name>\s*(.*?)\s*</command-name>", re.DOTALL)
_ARGUMENTS = re.compile(r"<command-args>\s*(.*?)\s*</command-args>", re.DOTALL)
_REJECTED = "The user doesn't want to proceed"


def role_of(line: Line, texts: list[str]) -> Role:
    """What a line of the type `user` is."""
    has_results = any(block.type == "tool_result" for block in line.blocks())
    spoken = [text for text in texts if text.strip()]
    if any(text.startswith(_INTERRUPTED) for text in spoken):
        return "interruption"
    if line.isMeta or line.isCompactSummary:
        return "results" if has_results else "injected"
    has_image = any(block.type in ("image", "document") for block in line.blocks())
    if not spoken:
        return "results" if has_results else "prompt" if has_image else "injected"
    first = spoken[0].lstrip()
    if first.startswith(_COMMANDS):
        return "command"
    return "injected" if first.startswith(_INJECTED) else "prompt"


def name_of(texts: list[str]) -> str:
    """The name of a turn: the command with its arguments, or the prompt's first line."""
    text = next((text for text in texts if text.strip() and not text.startswith(_AROUND_PROMPTS)), "".join(texts[:1]))
    if text.lstrip().startswith("<task-notification>"):
        return "task-notification"
    command = _COMMAND.search(text) if text.lstrip().startswith("<command-") else None
    if command is None:
        return title_of(text)
    arguments = _ARGUMENTS.search(text)
    return title_of(f"{command[1]} {arguments[1] if arguments else ''}")


def text_of(content: Raw) -> str:
    """The text of a tool's result: its own, or that of its parts."""
    value = value_in(content)
    if isinstance(value, str):
        return value
    parts = value if isinstance(value, list) else []
    return "\n".join(part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str))


def failure_of(block: Block, extra: Raw) -> str | None:
    """Why a tool failed, "" where it did but does not say why in few words; None where it did not."""
    if block.is_error and (text_of(block.content).startswith(_REJECTED) or text_in(extra) == "User rejected tool use"):
        return "rejected by user"
    if b'"interrupted"' in bytes(extra):
        details = value_in(extra)
        if isinstance(details, dict) and details.get("interrupted") is True:
            return "interrupted"
    return "" if block.is_error else None
