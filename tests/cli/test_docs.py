"""The commands that the README and the pages of docs/ show are run, on copies of the sample traces."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tracetui.query import compile_filter

from .conftest import ROOT, Run

SAMPLES = ROOT / "sample_traces"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
COPIES = {
    "support.db": ["traces.db", "app.db"],
    "calls.jsonl": ["calls.jsonl", "log.jsonl"],
    "agent.otlp.jsonl": ["otel.jsonl"],
    "handrolled.db": ["calls.db"],
}
EXPORTS = ROOT / "tests" / "data" / "exports"
EXPORTED = {
    "observations.jsonl": "langfuse/1793700000000-lf-observations-export-clx0rental.jsonl",
    "traces.jsonl": "langfuse/1793700000000-lf-traces-export-clx0rental.jsonl",
    "scores.jsonl": "langfuse/api-page-scores.json",
    "runs.jsonl": "langsmith/list_runs.jsonl",
}
TRANSCRIPTS = {
    "claude_code/projects": "home/.claude/projects",
    "codex_cli/sessions": "home/.codex/sessions",
    "gemini_cli/tmp": "home/.gemini/tmp",
    "genkit/.genkit": ".genkit",
}
LASTING = ("open", "follow", "listen", "proxy")
"""Commands that end when their user ends them; the sources they name are asked about with `info`, and nobody listens."""


def shell_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
            for line in block.splitlines():
                command = line.split("  #")[0].strip()
                if command.startswith("tracetui "):
                    yield page.name, command


def filters() -> Iterator[str]:
    page = (ROOT / "docs" / "filter.md").read_text()
    for line in re.findall(r"```\n(.*?)```", page, re.DOTALL)[0].splitlines():
        yield line.split("   ")[0].strip()
    for line in page.split("## Fields")[1].split("## Flags")[0].splitlines():
        if line.startswith("| `"):
            yield line.rstrip("| ").split("`")[-2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files of the names that the pages use."""
    for sample, names in COPIES.items():
        for name in names:
            shutil.copy(SAMPLES / sample, tmp_path / name)
    for name, sample in EXPORTED.items():
        shutil.copy(EXPORTS / sample, tmp_path / name)
    shutil.copytree(EXPORTS / "langfuse" / "blob-storage", tmp_path / "export-folder")
    shutil.copytree(SAMPLES, tmp_path / "sample_traces")
    for sample, place in TRANSCRIPTS.items():
        shutil.copytree(ROOT / "tests" / "data" / sample, tmp_path / place)
    shutil.copy(ROOT / "tests" / "data" / "aider" / ".aider.llm.history", tmp_path)
    (tmp_path / "new-prices.toml").write_text('[[price]]\nmatch = "gpt-*"\ninput = 1.0\noutput = 2.0\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("page", "command"), list(shell_lines()))
def test_a_command_of_the_pages_runs(call: Run, folder: Path, page: str, command: str) -> None:
    with closing(sqlite3.connect(folder / "traces.db")) as conn:
        (trace_id,) = conn.execute("SELECT max(trace_id) FROM spans").fetchone()
    for redirected in re.findall(r" > (\S+)$", command):
        command = command.removesuffix(f" > {redirected}")
    _, name, *words = [trace_id if word == "3f2a" else word for word in shlex.split(command)]
    words = [word.replace("~", str(folder / "home"), 1) if word.startswith("~/") else word for word in words]
    if name == "open" and not words:
        name = "sources"
    if name in LASTING and (name == "proxy" or "listen" in command or not words):
        words = ["--help"]
    elif name in LASTING:
        name, words = "info", [word for word in words if word not in ("-q", "--fresh") and not word.startswith("is:")]
    if "--map" in words:
        (folder / words[words.index("--map") + 1]).write_text(call("info", words[0]).out)
        words = [words[0], *words[words.index("--map") :]]
    ended = call(name, *words)
    found_worse = name == "check" and ended.code == 1 and not ended.err  # it depends on the day
    assert ended.code == 0 or found_worse, ended.err


@pytest.mark.parametrize("text", list(filters()))
def test_a_filter_of_the_page_is_one(text: str) -> None:
    assert compile_filter(text, now_ns=0).span_sql or text


def test_the_statements_of_the_schema_page_make_a_trace(call: Run, tmp_path: Path) -> None:
    store = tmp_path / "new.db"
    assert call("import", "--into", store).code == 0
    conn = sqlite3.connect(store)
    (statements,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "schema.md").read_text(), re.DOTALL)
    conn.executescript(statements)
    conn.close()
    (trace,) = call("ls", store, "--json").lines
    assert (trace["spans"], trace["generations"], trace["status"]) == (2, 1, "success")
    assert trace["tokens"] == {"input": 86, "cache_read": 17_817, "cache_write": 0, "output": 310, "reasoning": 0}
    shown = call("show", store, "t1", "--json").json["root"][0]["children"][0]
    assert shown["input"][0]["parts"] == [{"type": "text", "text": "Where is my order?"}]
    assert shown["cost"]["origin"] == "computed"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists() or target == "benchmarks/RESULTS.md", target
