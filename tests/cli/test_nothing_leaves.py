"""No command speaks to another machine, and none changes what it reads."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal

from .conftest import ROOT, Run

SAMPLES = ("support.db", "calls.jsonl", "agent.otlp.jsonl", "handrolled.db")
WATCHED = """
import json, os, sys
now = ""
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
        with open(os.environ["HEARD"], "a") as file:
            file.write(f"{now}: {event} {arguments[-1] if event == 'socket.connect' else arguments}\\n")
sys.addaudithook(watch)
from tracetui.cli.main import main
for now, *words in json.loads(sys.argv[1]):
    try:
        main([now, *words])
    except SystemExit as ended:
        print(f"{now} ended with {ended.code}", file=sys.stderr)
"""
"""Runs commands one after the other, and notes each address that they look up or speak to."""


@pytest.fixture
def samples(tmp_path: Path) -> list[Path]:
    """Copies of the sample sources, in a folder with nothing else."""
    folder = tmp_path / "samples"
    folder.mkdir()
    return [Path(shutil.copy(ROOT / "sample_traces" / name, folder)) for name in SAMPLES]


def commands(sources: list[Path], trace_ids: list[str], folder: Path) -> list[list[str]]:
    """Each command that reads, with what it needs."""
    names = [str(source) for source in sources]
    one, other = trace_ids
    return [
        ["ls", *names], ["show", names[0], one], ["stats", *names], ["stats", *names, "--over", "day"],
        ["cost", *names, "--since", "all"], ["cost", names[0], "--since", "all", "--on", "gpt-5-mini"],
        ["cost", names[0], "--explain", one], ["prices", "gpt-5-mini"], ["prompts", names[0]], ["check", *names],
        ["diff", names[0], one, other], ["info", *names], ["sources"], ["config", "show"], ["doctor", *names],
        ["prune", names[0], "--keep", "1d", "--dry-run"],
        ["import", *names, "--into", str(folder / "store.db")], ["redact", names[0], "--into", str(folder / "clean.db")],
        *(["export", names[0], "-f", form, "-o", str(folder / form)] for form in ("jsonl", "otlp", "csv", "markdown", "html")),
    ]  # fmt: skip


def traces_of(call: Run, source: Path) -> list[str]:
    return [str(line["trace_id"]) for line in call("ls", source, "--limit", "2", "--json").lines]


def watched(*all_words: list[str]) -> list[str]:
    """A process that runs commands and is listened to."""
    return [sys.executable, "-c", WATCHED, json.dumps(all_words)]


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where addresses are noted."""
    monkeypatch.setenv("HEARD", str(tmp_path / "heard"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "heard"


def test_no_command_speaks_to_another_machine(call: Run, samples: list[Path], tmp_path: Path, heard: Path) -> None:
    wanted = commands(samples, traces_of(call, samples[0]), tmp_path)
    done = subprocess.run(watched(*wanted), capture_output=True, text=True, timeout=120)
    ends = [line for line in done.stderr.splitlines() if " ended with " in line]
    assert len(ends) == len(wanted)
    assert {line[-1] for line in ends} <= {"0", "1"}
    asked = heard.read_text().splitlines()
    assert "doctor: socket.connect ('127.0.0.1', 4318)" in asked
    assert [line for line in asked if not line.startswith("doctor: ") or "'127.0.0.1'" not in line] == []


def test_the_screen_speaks_to_nobody(samples: list[Path], heard: Path) -> None:
    terminal = Terminal(watched(["open", str(samples[0])]))
    try:
        terminal.until("Traces 215")
        terminal.type("l123456")
        terminal.type("$")
        terminal.until("By model")
        terminal.type("Q")
        terminal.until_ended()
    finally:
        terminal.close()
    assert not heard.exists()


def test_no_command_changes_what_it_reads(call: Run, samples: list[Path], tmp_path: Path) -> None:
    folder = samples[0].parent

    def content() -> dict[str, str]:
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}

    before = content()
    for words in commands(samples, traces_of(call, samples[0]), tmp_path):
        assert call(*words).code in (0, 1)
    assert content() == before
