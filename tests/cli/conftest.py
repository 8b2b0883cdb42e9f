"""Small sources, and two ways to run a command: as a real process, and within this one where many cases are tried."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tracetui.cli.main import main

ROOT = Path(__file__).parents[2]
T0 = 1_795_000_000_000_000_000
SUPPORT, SEARCH = "0af7651916cd43dd8448eb211c80319c", "1b2c651916cd43dd8448eb211c80319c"
HOSTILE = "\x1b]52;c;cm0gLXJm\x07\x1b[2J\x9b31m\u202eevil\r\n\x00"

LINES: list[dict[str, Any]] = [
    {
        "trace_id": SUPPORT, "span_id": "00f067aa0ba902b7", "kind": "agent", "name": "support-agent", "start_ns": T0,
        "end_ns": T0 + 4 * 10**9, "user_id": "maria", "session_id": "s-1", "feature": "support",
        "input": "Where is my order?",
    },
    {
        "trace_id": SUPPORT, "span_id": "b7ad6b7169203331", "parent_id": "00f067aa0ba902b7", "kind": "generation",
        "name": "chat gpt-5-mini", "start_ns": T0 + 10**6, "end_ns": T0 + 2 * 10**9, "ttft_ns": 120_000_000,
        "model": "gpt-5-mini", "provider": "openai", "finish_reason": "tool_calls",
        "usage": {"input": 86, "cache_read": 100, "output": 31}, "cost": {"usd": 0.0031, "origin": "recorded"},
        "input": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where is my order?"}],
        "output": [{"role": "assistant", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "get_order", "arguments": '{"id": "BX-1"}'}}]}],
        "tools": [{"name": "get_order", "description": "Look it up", "parameters": {"type": "object"}}],
        "prompt_name": "support", "prompt_version": "7", "tags": ["vip"], "metadata": {"tier": "gold"},
        "scores": [{"id": "s1", "name": "user_rating", "value": 2, "author": "maria", "time_ns": T0}],
    },
    {
        "trace_id": SUPPORT, "span_id": "b7ad6b7169203332", "parent_id": "b7ad6b7169203331", "kind": "tool",
        "name": "get_order", "start_ns": T0 + 2 * 10**9, "end_ns": T0 + 3 * 10**9, "status": "error",
        "status_message": "ToolError: 503", "tool_name": "get_order", "input": {"id": "BX-1"},
    },
    {
        "trace_id": SEARCH, "span_id": "c7ad6b7169203331", "parent_id": "ffffffffffffffff", "kind": "generation",
        "name": "answer", "start_ns": T0 + 60 * 10**9, "end_ns": T0 + 61 * 10**9, "model": "acme-7b", "provider": "acme",
        "usage": {"input": 7, "output": 3}, "output": "It is on its way.",
    },
]  # fmt: skip


class Ended(NamedTuple):
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ended]


def write_lines(path: Path, lines: list[dict[str, Any]]) -> Path:
    """A file of our JSONL form."""
    path.write_text("".join(json.dumps({"tracetui": 1, **line}) + "\n" for line in lines))
    return path


def environment() -> dict[str, str]:
    """The environment of a process that finds this checkout."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def bare_environment(**more: str) -> dict[str, str]:
    """The same without what changes how Python buffers and warns: stdout is a full buffer behind, as it is for a user."""
    return {name: value for name, value in environment().items() if not name.startswith("PYTHON")} | {
        "PYTHONPATH": str(ROOT),
        **more,
    }


COMMAND = [sys.executable, "-W", "error", "-m", "tracetui"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two traces: one with an agent, a call and a failed tool, the other an orphan without a price."""
    return write_lines(tmp_path / "traces.jsonl", LINES)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A trace whose every text wants to act on the terminal."""
    line = {
        "trace_id": "t" + HOSTILE, "span_id": "s" + HOSTILE, "kind": "generation", "start_ns": T0, "end_ns": T0 + 5,
        "status": "error",
        **dict.fromkeys(("name", "status_message", "model", "provider", "user_id", "session_id", "feature"), HOSTILE),
        "tags": [HOSTILE], "metadata": {HOSTILE: HOSTILE}, "input": [{"role": HOSTILE, "content": HOSTILE}],
        "output": {HOSTILE: HOSTILE}, "usage": {"input": 1, "output": 1},
        "scores": [{"id": "s", "name": HOSTILE, "label": HOSTILE, "comment": HOSTILE, "author": HOSTILE}],
    }  # fmt: skip
    return write_lines(tmp_path / "hostile.jsonl", [line])


@pytest.fixture
def process() -> Run:
    """Run a command as a process of its own."""

    def run(*words: object, stdin: str = "") -> Ended:
        done = subprocess.run(
            [*COMMAND, *map(str, words)], input=stdin.encode(), capture_output=True, env=environment(), timeout=120
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command within this process."""

    def run(*words: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, said.out, said.err)

    return run


def has_no_controls(text: str) -> bool:
    """Whether nothing in a text acts on a terminal."""
    return all(line.isprintable() for line in text.split("\n"))


ROOM = 20_000
"""Bytes that a file may have on a disk that is almost full: less than an empty store."""


def run_without_room(*words: object, room: int = ROOM) -> subprocess.CompletedProcess[str]:
    """Run a command while no file may grow beyond `room`, as on a full disk."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    command = [*COMMAND, *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment(), preexec_fn=limit, timeout=120, check=False
    )
