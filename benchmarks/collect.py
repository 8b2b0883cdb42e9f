"""Spans a second that one client gets acknowledged and committed over OTLP protobuf, beside Phoenix's server.

python -m benchmarks.collect [--rounds 5] [--batches 4] [--spans 512] [--save]

Both servers run at the same time, each batch goes to both, and the rounds alternate, so that what else the machine does
hits both. tracetui answers when a batch is committed; Phoenix may answer before, so its clock also runs on until its
database has all spans. The environment with Phoenix is that of `make test-peers`.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.machine import machine, save_section
from benchmarks.otlp_load import Client, batches
from tests.peers.conftest import PEERS, free_port, serving

TARGET = 10.0
_PATIENCE_S = 300.0


@dataclass
class Server:
    """Where to send, where it is kept, and spans a second of each round: acknowledged, and committed too."""

    name: str
    client: Client
    database: Path
    acknowledged: list[float] = field(default_factory=list)
    committed: list[float] = field(default_factory=list)

    def spans(self) -> int:
        """Committed spans, by another connection."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as conn:
            (found,) = conn.execute("SELECT count(*) FROM spans").fetchone()
            return int(found)

    def take(self, sent: list[bytes], spans: int) -> None:
        """One round, with a connection of its own."""
        wanted = self.spans() + spans
        begin = time.perf_counter()
        for body in sent:
            self.client.send(body)
        self.client.close()  # servers end connections that are idle, and the other one is next
        self.acknowledged.append(spans / (time.perf_counter() - begin))
        while (there := self.spans()) < wanted:
            if time.perf_counter() - begin > _PATIENCE_S:
                raise RuntimeError(f"{self.name} committed {there} of {wanted} spans in {_PATIENCE_S:g} s")
            time.sleep(0.01)
        self.committed.append(spans / (time.perf_counter() - begin))


@contextmanager
def tracetui(folder: Path) -> Iterator[Server]:
    """Our collector alone."""
    port, store = free_port(), folder / "dev.db"
    command = [sys.executable, "-m", "tracetui", "listen", str(port), "--into", str(store), "--grpc", "off"]
    with serving(command, f"http://127.0.0.1:{port}/api/public/health", {}, folder / "tracetui.log"):
        yield Server("tracetui", Client("127.0.0.1", port), store)


@contextmanager
def phoenix(folder: Path) -> Iterator[Server]:
    """Phoenix's server on a SQLite database of its own."""
    program = PEERS / "phoenix" / "bin" / "phoenix"
    if not program.exists():
        raise SystemExit(f"Phoenix is not installed in {PEERS}; `make {program.parent.parent}/.installed` does that")
    port = free_port()
    env = {
        "PHOENIX_WORKING_DIR": str(folder), "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_HOST": "127.0.0.1", "PHOENIX_TELEMETRY_ENABLED": "false", "HOME": str(folder),
    }  # fmt: skip
    with serving([str(program), "serve"], f"http://127.0.0.1:{port}/healthz", env, folder / "phoenix.log"):
        yield Server("Phoenix", Client("127.0.0.1", port), folder / "phoenix.db")


def measure(rounds: int, count: int, spans: int) -> list[Server]:
    """All rounds, after a first one that warms up and is not kept."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tracetui-bench-")))
        servers = [stack.enter_context(start(folder)) for start in (tracetui, phoenix)]
        for number in range(rounds + 1):
            sent = batches(count, spans, number)
            for server in servers if number % 2 else servers[::-1]:
                server.take(sent, count * spans)
                told = f"{server.acknowledged[-1]:,.0f} acknowledged, {server.committed[-1]:,.0f} committed spans/s"
                print(f"round {number}, {server.name}: {told}", file=sys.stderr, flush=True)
        for server in servers:
            del server.acknowledged[0], server.committed[0]
        return servers


def table(servers: list[Server]) -> list[str]:
    """Medians, the ratios of the rounds, and whether the target is reached."""
    ours, theirs = servers
    ratios = [mine / other for mine, other in zip(ours.committed, theirs.committed, strict=True)]
    ratio = median(ratios)
    rows = ["| server | acknowledged spans/s | committed spans/s | sent again |", "| --- | --- | --- | --- |"]
    for one in servers:
        rates = (
            f"{median(rates):,.0f} ({min(rates):,.0f}–{max(rates):,.0f})" for rates in (one.acknowledged, one.committed)
        )
        rows.append(f"| {one.name} | {' | '.join(rates)} | {one.client.repeated} |")
    verdict = "reached" if ratio >= TARGET else "**not reached**"
    said = f"Committed, round by round: {ratio:.1f} × Phoenix ({min(ratios):.1f}–{max(ratios):.1f}); target ≥ {TARGET:g} ×: {verdict}."
    return [*rows, "", said]


def main() -> None:
    """Print the table, and keep it with `--save`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=4)
    parser.add_argument("--spans", type=int, default=512, help="in a batch; the SDKs' default is 512 at most")
    parser.add_argument("--save", action="store_true", help="write the section of RESULTS.md")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    body = batches(1, options.spans, 0)[0]
    servers = measure(options.rounds, options.batches, options.spans)
    about = (
        f"One client, OTLP protobuf, {options.spans} spans a batch ({len(body) / 1e6:.2f} MB), {options.batches} batches a "
        f"round, the median of {options.rounds} rounds (least–most) that alternate between the servers. tracetui answers when a "
        "batch is committed; Phoenix answers when it is queued, so its second figure is until its database had all spans."
    )
    lines = [machine(), "", about, "", *table(servers)]
    print("\n".join(lines))
    if options.save:
        save_section("Collecting, beside Phoenix", "python -m benchmarks.collect --save", lines)


if __name__ == "__main__":
    main()
