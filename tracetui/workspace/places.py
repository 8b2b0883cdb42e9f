"""THE table of the usual places: where tools keep traces, by their environment variables and the system's conventions.

A new tool is a row here. docs/sources.md lists them for users.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where one tool keeps its traces. Paths begin with `~`, `{config}`, `{data}` or `.`; the last part may have a `*`.

    `variable` names the environment variable that says it instead, to which `within` is added; several folders stand
    between commas. `holds` is a pattern that a folder has to have a file of, where its name alone says little.
    """

    title: str
    paths: tuple[str, ...]
    variable: str | None = None
    within: str = ""
    holds: str | None = None


_EDITORS = ("Code", "Code - Insiders", "VSCodium", "Cursor")
PLACES: tuple[Place, ...] = (
    Place("Arize Phoenix", ("~/.phoenix/phoenix.db",), "PHOENIX_WORKING_DIR", "phoenix.db"),
    Place("Arize Phoenix", (), "PHOENIX_SQL_DATABASE_URL"),
    Place("MLflow", ("./mlflow.db",), "MLFLOW_TRACKING_URI"),
    Place("llm", ("{config}/io.datasette.llm/logs.db",), "LLM_USER_PATH", "logs.db"),
    Place("promptfoo", ("~/.promptfoo/promptfoo.db",), "PROMPTFOO_CONFIG_DIR", "promptfoo.db"),
    Place("Inspect AI", ("./logs",), "INSPECT_LOG_DIR", holds="*.eval"),
    Place("Claude Code", ("~/.claude/projects", "~/.config/claude/projects"), "CLAUDE_CONFIG_DIR", "projects"),
    Place("Codex CLI", ("~/.codex/sessions",), "CODEX_HOME", "sessions"),
    Place("Codex CLI", ("~/.codex/archived_sessions",), "CODEX_HOME", "archived_sessions"),
    Place("Gemini CLI", ("~/.gemini/tmp",), holds="*/chats"),
    Place("goose", ("{data}/goose/sessions/sessions.db",), "GOOSE_PATH_ROOT", "data/sessions/sessions.db"),
    Place("opencode", ("{data}/opencode/opencode*.db", "~/.local/share/opencode/opencode*.db"), "OPENCODE_DATA_DIR", "opencode*.db"),
    Place("opencode", ("{data}/opencode/storage", "~/.local/share/opencode/storage"), "OPENCODE_DATA_DIR", "storage", "message/*"),
    Place("Copilot agent traces", tuple(
        f"{{config}}/{editor}/User/globalStorage/github.copilot-chat/agent-traces.db" for editor in _EDITORS
    )),
    Place("Genkit", ("./.genkit",), holds="traces/*"),
    Place("Vercel AI SDK DevTools", ("./.devtools/generations.json",)),
    Place("aider", ("./.aider.llm.history",)),
)  # fmt: skip


class Surroundings(Struct, frozen=True):
    """Whose places they are: the home, the folder one stands in, the environment and the system (`sys.platform`)."""

    home: Path
    folder: Path
    environ: Mapping[str, str]
    system: str = sys.platform

    def expand(self, text: str) -> Iterator[Path]:
        """The paths that a text of the table stands for, one for each way in which the system names its folders."""
        for config, data in self._folders():
            named = text.replace("{config}", config).replace("{data}", data)
            yield self.home / named[2:] if named.startswith("~/") else self.folder / named
            if named == text:
                return

    def _folders(self) -> Iterator[tuple[str, str]]:
        if self.system == "darwin":
            yield ("~/Library/Application Support",) * 2
        if self.system == "win32" and "APPDATA" in self.environ:
            yield self.environ["APPDATA"], self.environ.get("LOCALAPPDATA", self.environ["APPDATA"])
        yield self.environ.get("XDG_CONFIG_HOME") or "~/.config", self.environ.get("XDG_DATA_HOME") or "~/.local/share"


def paths_of(place: Place, around: Surroundings) -> Iterator[Path]:
    """Where a tool may keep traces here; the paths need not be there."""
    said = around.environ.get(place.variable, "").strip() if place.variable else ""
    if not said:
        for text in place.paths:
            yield from around.expand(text)
    elif "://" in said or said.startswith("sqlite:"):
        if said.startswith("sqlite:///"):
            yield around.folder / said.removeprefix("sqlite:///")
    else:
        for folder in said.split(","):
            yield from around.expand(str(Path(folder.strip()) / place.within))
