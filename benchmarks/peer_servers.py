"""Servers that take traces in: how long one needs until the same spans are in its database, and for the first page."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.otlp_load import Client, batches
from benchmarks.startup import took_ms
from tests.peers.conftest import PEERS, ask, free_port, serving

_BATCHES, _SPANS = 2, 512
_PATIENCE_S = 240.0
_PAGES = 5
_HEAD = [
    "| server | version | answers after | 1,024 spans in its database after | first page of 100 | memory |",
    "| --- | --- | --- | --- | --- | --- |",
]


@dataclass(frozen=True)
class Server:
    """How a server is started, asked and looked at. `{port}`, `{folder}` and `{other}`, a second port, are filled in."""

    name: str
    package: str
    command: tuple[str, ...]
    health: str
    database: str
    headers: dict[str, str]
    page: Callable[[int, Path], float]


def _get_ms(url: str, body: object = None) -> float:
    begin = time.perf_counter()
    ask(url, body)
    return (time.perf_counter() - begin) * 1000


_SEARCH = {
    "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}],
    "max_results": 100,
}
SERVERS = (
    Server(
        "tracetui", "tracetui", (sys.executable, "-m", "tracetui", "listen", "{port}", "--into", "{folder}/tracetui.db", "--grpc", "off"),
        "/api/public/health", "tracetui.db", {},
        lambda _, folder: took_ms("-m", "tracetui", "ls", str(folder / "tracetui.db"), "--json", "--limit", "100"),
    ),
    Server(
        "Phoenix", "arize-phoenix", (str(PEERS / "phoenix/bin/phoenix"), "serve"), "/healthz", "phoenix.db", {},
        lambda port, _: _get_ms(f"http://127.0.0.1:{port}/v1/projects/default/traces?limit=100&include_spans=true"),
    ),
    Server(
        "MLflow", "mlflow",
        (str(PEERS / "mlflow/bin/mlflow"), "server", "--backend-store-uri", "sqlite:///{folder}/mlflow.db", "--host",
         "127.0.0.1", "--port", "{port}", "--workers", "1"),
        "/health", "mlflow.db", {"x-mlflow-experiment-id": "0"},
        lambda port, _: _get_ms(f"http://127.0.0.1:{port}/api/3.0/mlflow/traces/search", _SEARCH),
    ),
)  # fmt: skip


def servers(home: Path) -> list[str]:
    """The table. `home` is the home of what is started."""
    sent = batches(_BATCHES, _SPANS, 1)
    return [*_HEAD, *(f"| {server.name} | {' | '.join(_cells(server, sent, home))} |" for server in SERVERS)]


def _cells(server: Server, sent: list[bytes], home: Path) -> list[str]:
    try:
        return _measure(server, sent, home)
    except AssertionError:  # of `serving`, which waits for five minutes
        return [_version(server), "did not start", "", "", ""]


def _measure(server: Server, sent: list[bytes], home: Path) -> list[str]:
    if not Path(server.command[0]).exists():
        return ["–", f"not installed in {PEERS.name}", "", "", ""]
    folder, port = home / server.name, free_port()
    folder.mkdir()
    command = [word.format(port=port, folder=folder) for word in server.command]
    env = {
        "PHOENIX_WORKING_DIR": str(folder), "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_HOST": "127.0.0.1", "PHOENIX_TELEMETRY_ENABLED": "false", "MLFLOW_DISABLE_TELEMETRY": "true",
        "HOME": str(folder),
    }  # fmt: skip
    begin = time.perf_counter()
    with serving(command, f"http://127.0.0.1:{port}{server.health}", env, folder / "log"):
        cells = [_version(server), f"{time.perf_counter() - begin:.1f} s"]
        cells.append(_ingest(server, port, folder / server.database, sent))
        pages = [server.page(port, folder) for _ in range(_PAGES)]
        return [*cells, f"{median(pages):,.0f} ms", f"{_memory_mib(folder):,.0f} MiB"]


def _ingest(server: Server, port: int, database: Path, sent: list[bytes]) -> str:
    """Seconds until another connection finds all spans in the database."""
    client = Client("127.0.0.1", port, server.headers)
    wanted = _spans(database) + _BATCHES * _SPANS
    begin = time.perf_counter()
    try:
        for body in sent:
            client.send(body)
    except (OSError, RuntimeError) as error:
        return f"not taken: {error}"
    finally:
        client.close()
    while (there := _spans(database)) < wanted:
        if time.perf_counter() - begin > _PATIENCE_S:
            return f"> {_PATIENCE_S:.0f} s, {there:,} spans"
        time.sleep(0.01)
    return f"{time.perf_counter() - begin:.2f} s"


def _version(server: Server) -> str:
    python = Path(server.command[0]).with_name("python")
    question = f"import importlib.metadata as m; print(m.version({server.package!r}))"
    return subprocess.run([str(python), "-c", question], check=True, capture_output=True, text=True).stdout.strip()


def _memory_mib(folder: Path) -> float:
    """Resident memory of all processes whose home is this folder."""
    total, mark = 0, f"HOME={folder}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                lines = (process / "status").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return total / 1024


def _spans(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as conn:
        (found,) = conn.execute("SELECT count(*) FROM spans").fetchone()
        return int(found)
