"""Samples of other tools' SQLite stores, and what the tests of all of them do with one: unpack, read whole, break."""

from __future__ import annotations

import gzip
import importlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.formats.source_reading import Reading, read_source
from tracetui.model import Payload
from tracetui.sources.base import Source

DATA = Path(__file__).parents[1] / "data"


class Sample(Struct, frozen=True):
    """A sample and the class that reads it; `inside` says whether its scores go into the file."""

    file: str
    place: str
    inside: bool = False

    def load(self) -> Any:
        module, name = self.place.split(":")
        return getattr(importlib.import_module(f"tracetui.sources.{module}"), name)

    def unpack(self, folder: Path) -> Path:
        """A private copy of the sample."""
        path = folder / Path(self.file).name
        path.write_bytes(_content(self.file))
        return path

    def open(self, path: Path) -> Source:
        source: Source = self.load()(path)
        return source


@cache
def _content(file: str) -> bytes:
    return gzip.decompress((DATA / f"{file}.gz").read_bytes())


SAMPLES = {
    sample.file.replace("/", "-").removesuffix(".db"): sample
    for sample in (
        Sample("llm/logs.db", "llm:LlmSource", inside=True),
        Sample("llm/legacy.db", "llm:LlmSource", inside=True),
        Sample("promptfoo/promptfoo.db", "promptfoo:PromptfooSource", inside=True),
        Sample("openai_agents/conversations.db", "openai_agents:OpenAIAgentsSource"),
        Sample("agno/agno.db", "agno:AgnoSource"),
        Sample("langgraph/checkpoints.db", "langgraph:LangGraphSource"),
        Sample("goose/sessions.db", "goose:GooseSource"),
        Sample("opencode/opencode.db", "opencode:OpencodeSource"),
        Sample("copilot/agent-traces.db", "copilot:CopilotSource"),
        Sample("tracecraft/tracecraft.db", "tracecraft:TracecraftStore", inside=True),
    )
}


def read_whole(source: Source, most: int = 1_000) -> tuple[Reading, list[Payload]]:
    """Everything that a source gives: its spans, and the payload of each, or of `most` of them from all over it."""
    reading = read_source(source)
    some = list(reading.spans.items())[:: max(1, len(reading.spans) // most)]
    payloads = [source.payload(span, reading.references[key]) for key, span in some]
    return reading, payloads


def run_elsewhere(path: Path, *statements: str) -> None:
    """Run SQL in another process, as the tool would write."""
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); [c.execute(s) for s in sys.argv[2:]]; c.commit()"
    subprocess.run([sys.executable, "-c", code, str(path), *statements], check=True)


def run_here(path: Path, *statements: str) -> None:
    """Run SQL on a connection of its own."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(statement)


def tables_in(path: Path) -> dict[str, list[str]]:
    """The columns of each ordinary table."""
    conn = sqlite3.connect(path)
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite_%'"
    names = [name for (name,) in conn.execute(sql) if "_fts" not in name]
    found = {name: [row[1] for row in conn.execute(f'PRAGMA table_info("{name}")')] for name in names}
    conn.close()
    return found


def without_column(table: str, columns: list[str], column: str) -> list[str]:
    """SQL that makes a table anew without one of its columns, and without its keys."""
    kept = ", ".join(f'"{name}"' for name in columns if name != column) or "NULL AS nothing"
    return [
        "PRAGMA foreign_keys = OFF",
        f'CREATE TABLE "new {table}" AS SELECT {kept} FROM "{table}"',
        f'DROP TABLE "{table}"',
        "PRAGMA legacy_alter_table = ON",
        f'ALTER TABLE "new {table}" RENAME TO "{table}"',
    ]
