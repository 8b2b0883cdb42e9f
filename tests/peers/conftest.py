"""Servers of other tools, each in an environment of its own: `make test-peers` installs them into `.venv/peers`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PEERS = Path(os.environ.get("PEERS_DIR") or Path(__file__).parents[2] / ".venv" / "peers")
_PATIENCE_S = 300.0


def peer(name: str, program: str) -> Path:
    """A program in the environment of a tool; the test is skipped where it is not installed."""
    path = PEERS / name / "bin" / program
    if not path.exists():
        pytest.skip(f"{name} is not installed in {PEERS}; run `make test-peers`")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(url: str, body: Any = None) -> Any:
    """The JSON answer of a server, or its text."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read().decode()
    try:
        return json.loads(text)
    except ValueError:
        return text


def wait_for(holds: Callable[[], bool], what: str) -> None:
    """Ask until something holds. Fails after five minutes."""
    deadline = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


@contextmanager
def serving(command: list[str], health: str, env: dict[str, str], log: Path) -> Iterator[None]:
    """A server that answers; it is stopped at the end."""

    def answers() -> bool:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            return "OK" in str(ask(health))
        except (OSError, urllib.error.URLError):
            return False

    with log.open("w") as out:
        process = subprocess.Popen(command, env={**os.environ, **env}, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_for(answers, health)
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
