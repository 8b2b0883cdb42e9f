"""SDKs as their users have them, each in an environment of its own, sending to `tracetui listen`: `make test-sdks`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.peers.conftest import PEERS, free_port, peer, serving
from tests.sdks.fake_models import serving_models

PROGRAMS = Path(__file__).with_name("programs")
_KEPT = ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE")


def tracetui(*arguments: str) -> str:
    """What a command of ours prints."""
    done = subprocess.run([sys.executable, "-m", "tracetui", *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Collector:
    """`tracetui listen` as a process of its own, and what it collected."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.store = folder / "dev.db"
        self.address = f"127.0.0.1:{port}"
        self.told = folder / "log"

    def variables(self, sdk: str) -> dict[str, str]:
        """What `tracetui connect` says to set."""
        lines = tracetui("connect", sdk, self.address).splitlines()
        return dict(line.removeprefix("export ").split("=", 1) for line in lines)

    def stats(self) -> dict[str, Any]:
        """`tracetui stats --json`."""
        found: dict[str, Any] = json.loads(tracetui("stats", str(self.store), "--json"))
        return found

    def traces(self) -> list[dict[str, Any]]:
        """`tracetui show --json` of every trace."""
        listed = [json.loads(line) for line in tracetui("ls", str(self.store), "--json").splitlines()]
        return [json.loads(tracetui("show", str(self.store), trace["trace_id"], "--json")) for trace in listed]


@contextmanager
def collecting(folder: Path, models_url: str) -> Iterator[Collector]:
    """A running collector on a port of its own, which passes calls on to the model server."""
    one = Collector(folder, free_port())
    command = [sys.executable, "-m", "tracetui", "listen", one.address, "--into", str(one.store)]
    command += ["--grpc", "off", "--prompts", str(folder / "prompts")]
    command += ["--openai-upstream", models_url, "--anthropic-upstream", models_url]
    with serving(command, f"http://{one.address}/api/public/health", {}, one.told):
        yield one


@pytest.fixture
def collector(tmp_path: Path, models_url: str) -> Iterator[Collector]:
    with collecting(tmp_path, models_url) as one:
        yield one


@pytest.fixture(scope="session")
def models_url() -> Iterator[str]:
    with serving_models() as url:
        yield url


def run_program(name: str, environment: str, models_url: str, home: Path, variables: dict[str, str]) -> None:
    """Run one of `programs/` in the environment of an SDK. It knows nothing of this process's own variables."""
    env = {key: os.environ[key] for key in _KEPT if key in os.environ}
    env |= {"HOME": str(home), "MODELS_URL": models_url, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(_command(name, environment), env=env, cwd=home, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-4000:]


def _command(name: str, environment: str) -> list[str]:
    if environment == "vercel" and shutil.which("node") is None:
        pytest.skip("Vercel's AI SDK needs node, which is not here")
    if not (PEERS / environment / ".installed").exists():
        pytest.skip(f"{environment} is not installed in {PEERS}; run `make test-sdks`, which says why")
    if environment == "vercel":
        return _node_command(name)
    launcher = [str(peer(environment, "ddtrace-run"))] if environment == "ddtrace" else []
    return [*launcher, str(peer(environment, "python")), str(PROGRAMS / f"{name}.py")]


def _node_command(name: str) -> list[str]:
    """Node finds packages from the place of the program, so it is laid beside them."""
    program = PEERS / "vercel" / f"{name}.mjs"
    shutil.copy(PROGRAMS / program.name, program)
    return ["node", str(program)]
