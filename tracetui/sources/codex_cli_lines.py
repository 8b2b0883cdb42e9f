"""The lines of Codex CLI's rollouts: the fields that the index needs. docs/formats/codex-cli.md."""

from __future__ import annotations

import re

import msgspec
from msgspec import Raw, Struct

from tracetui.model import Json, Usage
from tracetui.sources.transcript_json import NOTHING, decode_line, decoder_of, salvage, text_in, time_of, value_in
from tracetui.wire.otlp_values import loads

ITEMS = frozenset(
    {
        "message", "reasoning", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output",
        "local_shell_call", "local_shell_call_output", "web_search_call", "tool_search_call", "tool_search_output",
        "tool_search_call_output", "image_generation_call", "agent_message", "compaction", "context_compaction",
    }
)  # fmt: skip
"""Types of response items."""
CALLS = {
    "function_call": None, "custom_tool_call": None, "local_shell_call": "local_shell", "web_search_call": "web_search",
    "tool_search_call": "tool_search", "image_generation_call": "image_generation",
}  # fmt: skip
"""Items that call a tool, and its name where the item has none."""


class TokenUsage(Struct, frozen=True):
    """Counts of one call or of a session; input includes cached tokens, output includes reasoning."""

    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_output_tokens: int | None = None
    total_tokens: int | None = None

    def counts(self) -> tuple[int, int, int, int, int, int]:
        """Input, cached, written, output, reasoning and total."""
        cached = self.cached_input_tokens if self.cached_input_tokens is not None else self.cache_read_input_tokens
        return (
            self.input_tokens or 0, cached or 0, self.cache_write_input_tokens or 0, self.output_tokens or 0,
            self.reasoning_output_tokens or 0, self.total_tokens or 0,
        )  # fmt: skip


class Info(Struct, frozen=True):
    """`info` of a token_count."""

    total_token_usage: TokenUsage | None = None
    last_token_usage: TokenUsage | None = None
    model: str | None = None


class Git(Struct, frozen=True):
    """The repository in which the session began."""

    commit_hash: str | None = None
    branch: str | None = None


class Part(Struct, frozen=True):
    """One part of a message's content."""

    type: str = ""
    text: Raw = NOTHING


class Payload(Struct, frozen=True):
    """`payload` of a line of any type."""

    type: str = ""
    id: str | None = None
    timestamp: str | None = None
    role: str | None = None
    content: str | list[Part] | None = None
    name: str | None = None
    call_id: str | None = None
    output: Raw = NOTHING
    turn_id: str | None = None
    model: str | None = None
    effort: str | None = None
    approval_policy: Raw = NOTHING
    sandbox_policy: Raw = NOTHING
    cwd: str | None = None
    originator: str | None = None
    cli_version: str | None = None
    source: Raw = NOTHING
    model_provider: str | None = None
    git: Git | None = None
    forked_from_id: str | None = None
    parent_thread_id: str | None = None
    agent_nickname: str | None = None
    agent_role: str | None = None
    info: Info | None = None
    usage: TokenUsage | None = None
    message: Raw = NOTHING
    text: Raw = NOTHING
    reason: str | None = None
    exit_code: int | None = None
    success: bool | None = None
    result: Raw = NOTHING
    num_turns: int | None = None
    thread_name: str | None = None
    time_to_first_token_ms: float | None = None

    def texts(self) -> list[str]:
        """The texts of a message."""
        if isinstance(self.content, str):
            return [self.content]
        return [text for part in self.content or () if (text := text_in(part.text)) is not None]

    @property
    def has_image(self) -> bool:
        """Whether a message has an image."""
        return isinstance(self.content, list) and any(part.type == "input_image" for part in self.content)


class Line(Struct, frozen=True):
    """One line. In the oldest files it has no payload, but is what the payload is today."""

    type: str = ""
    timestamp: str | None = None
    payload: Payload | None = None
    id: str | None = None
    record_type: str | None = None

    @property
    def time_ns(self) -> int | None:
        """When it was written."""
        return None if self.timestamp is None else time_of(self.timestamp)


def decode(data: bytes) -> Line:
    """A line of any age. Raises ValueError where it is no JSON object, RecursionError."""
    line = decode_line(Line, data)
    if line.payload is not None:
        return line
    if line.type in ITEMS or (not line.type and line.id is not None and line.record_type is None):
        kind = "response_item" if line.type else "session_meta"
        return msgspec.structs.replace(line, type=kind, payload=_bare(data))
    return line


def _bare(data: bytes) -> Payload:
    try:
        payload: Payload = decoder_of(Payload).decode(data)
    except (msgspec.MsgspecError, UnicodeError):
        return salvage(Payload, loads(data))
    return payload


class Spawned(Struct, frozen=True):
    """What a session's head says of where it comes from: the thread that spawned it, or that it was forked from."""

    parent_id: str | None = None
    fork_of: str | None = None
    name: str | None = None


def spawned_by(meta: Payload) -> Spawned:
    """Where a session comes from."""
    source = value_in(meta.source)
    inner: Json = source.get("subagent") if isinstance(source, dict) else None
    spawn: Json = inner.get("thread_spawn") if isinstance(inner, dict) else None
    details = spawn if isinstance(spawn, dict) else {}
    parent = meta.parent_thread_id or details.get("parent_thread_id")
    kind = inner if isinstance(inner, str) else None
    names = (meta.agent_nickname, details.get("agent_nickname"), meta.agent_role, details.get("agent_role"), kind)
    name = next((name for name in names if isinstance(name, str) and name), None)
    return Spawned(parent if isinstance(parent, str) else None, meta.forked_from_id, name)


_NOT_TYPED = (
    "<environment_context>", "<user_instructions>", "<permissions instructions>", "<collaboration_mode>",
    "<multi_agent_mode>", "<apps_instructions>", "<turn_aborted>", "# AGENTS.md",
)  # fmt: skip
_IDE_PROMPT = "## My request for Codex:"


def prompt_of(texts: list[str], has_image: bool) -> str | None:
    """What the user typed in a message of the role `user`; None where the tool wrote it."""
    typed = [text for text in texts if text.strip() and not text.lstrip().startswith(_NOT_TYPED)]
    if not typed:
        return "(image)" if has_image and not texts else None
    text = "\n".join(typed)
    return text.rpartition(_IDE_PROMPT)[2].strip() if _IDE_PROMPT in text else text


def usage_of(counts: tuple[int, int, int, int, int, int]) -> Usage:
    """Buckets of one call. Cached tokens are inside the input; written ones only where the total says so."""
    total_input, cached, written, output, reasoning, total = counts
    fresh = total_input - cached
    if written and total == total_input + output:
        fresh -= written
    if fresh < 0:
        return Usage(total_input, cached, written, output, reasoning, None, True)
    return Usage(fresh, cached, written, output, reasoning)


_EXIT = re.compile(r"(?:Process exited with code|Exit code:)\s*(-?\d+)")


def has_failed(output: Json) -> bool:
    """Whether a tool's output says that it failed."""
    if isinstance(output, dict):
        return output.get("success") is False or _exit_code(output.get("metadata")) not in (None, 0)
    if not isinstance(output, str):
        return False
    if output.startswith("aborted by user"):
        return True
    if output.startswith('{"output"'):
        try:
            return has_failed(loads(output.encode()))
        except (ValueError, RecursionError):
            return False
    found = _EXIT.search(output.partition("\nOutput:")[0][:1000])
    return found is not None and int(found[1]) != 0


def _exit_code(metadata: Json) -> int | None:
    code = metadata.get("exit_code") if isinstance(metadata, dict) else None
    return code if isinstance(code, int) else None


def mcp_failed(result: Json) -> bool:
    """Whether the result of a tool of an MCP server is an error."""
    if not isinstance(result, dict):
        return False
    inner = result.get("Ok")
    return (
        "Err" in result or result.get("isError") is True or (isinstance(inner, dict) and inner.get("isError") is True)
    )
