"""A prompt and a key that nobody else has, through every command, on a machine where new files are everybody's (umask 000).

Neither is anywhere but where it was asked for, and nothing that is made can be read by others, not for a moment.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracetui.cli.main import COMMANDS

from .conftest import LINES, T0, bare_environment, write_lines

PROMPT, KEY = "Wohin-ging-das-Geld-0815", "sk-proj-Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2Rr1Qq0"
FORMS = ("jsonl", "otlp", "csv", "markdown", "html")
_RUNNER = """
import json, os, stat, sys
from tracetui.cli.main import main

asked, here = json.loads(sys.stdin.read()), sys.argv[1]
waiting, open_to_others = [], set()

def look():
    some, waiting[:] = waiting[:], []
    for path in some:
        try:
            mode, folder = os.lstat(path).st_mode, os.stat(os.path.dirname(path)).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) and mode & folder & 0o077:
            open_to_others.add(path)

def watch(event, given):
    # A file that is made is looked at when the next one is opened, so that those which go away are seen, too.
    if event in ("open", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "sqlite3.connect"):
        look()
    if event == "open" and isinstance(given[0], str) and given[2] & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
        if given[0].startswith(here):
            waiting.append(given[0])
    elif event == "sqlite3.connect":
        name = str(given[0]).removeprefix("file:").partition("?")[0]
        waiting.extend(name + suffix for suffix in ("", "-wal", "-shm", "-journal"))

sys.addaudithook(watch)
codes = {}

for words in asked:
    try:
        main(words)
    except SystemExit as ended:
        codes[" ".join(words[:1])] = max(codes.get(words[0], 0), ended.code)
look()
sys.stdout = sys.__stdout__
print()
print(json.dumps({"codes": codes, "open": sorted(open_to_others)}))
"""
ELSEWHERE = {"open", "follow", "listen", "proxy"}
"""Commands that go on: their files are looked at in test_leaks.py."""


@pytest.fixture
def nothing_is_masked() -> Iterator[None]:
    """Every new file can be read and written by everybody, unless who makes it says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def call_with_secrets(number: int) -> dict[str, object]:
    """A call whose every payload has a prompt and a key in it."""
    return {
        "trace_id": f"t{number}", "span_id": f"s{number}", "kind": "generation", "name": "chat", "start_ns": T0 + number, "end_ns": T0 + number + 5,
        "model": "gpt-5-mini", "usage": {"input": 5, "output": 5}, "prompt_name": "p", "prompt_version": str(number),
        "input": [{"role": "system", "content": PROMPT}, {"role": "user", "content": f"{PROMPT} {KEY}"}],
        "output": f"{PROMPT} {KEY}", "attributes": {"http.request.header.authorization": KEY, "gen_ai.prompt.0.content": PROMPT},
        "tools": [{"name": "t", "description": PROMPT, "parameters": {"default": KEY}}], "events": [{"name": PROMPT}],
    }  # fmt: skip


def commands(source: Path, out: Path) -> list[list[str]]:
    """Every command that ends by itself, with what it writes in `out`."""
    name, store = str(source), str(out / "store.db")
    return [
        ["ls", name], ["ls", name, "--json"], ["ls", name, "-q", "prompt_text:nothing"], ["show", name, "t0"], ["show", name, "t0", "--json"],
        ["stats", name], ["cost", name, "--since", "all"], ["prices", "gpt-5-mini"], ["check", name, "--junit", str(out / "check.xml")],
        ["diff", name, "t0", "t1"], ["prompts", name], ["info", name], ["sources", name],
        ["score", name, "t0", "--name", "good", "--value", "1", "--comment", "as it should"],
        ["import", name, "--into", store], ["redact", store, "--into", str(out / "clean.db")],
        *(["export", store, "-f", form, "-o", str(out / f"out.{form}")] for form in FORMS),
        ["prune", store, "--keep", "9000d"], ["doctor", name, store], ["config", "show"], ["connect", "otel"],
        ["ls", str(source.with_name("broken.jsonl"))], ["ls", name, "-q", "((("], ["show", name, "missing"],
    ]  # fmt: skip


def files_with_secrets(folder: Path) -> set[str]:
    """The files below a folder in which the prompt or the key stands."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    contents = ((path, path.read_bytes()) for path in found)
    return {str(path.relative_to(folder)) for path, data in contents if PROMPT.encode() in data or KEY.encode() in data}


def test_nothing_private_is_left_anywhere_and_nothing_is_open_to_others_for_a_moment(
    tmp_path: Path, nothing_is_masked: None
) -> None:
    work, out, spool = (tmp_path / name for name in ("work", "out", "spool"))
    for folder in (work, out, spool):
        folder.mkdir()
    source = write_lines(work / "calls.jsonl", [*LINES, call_with_secrets(0), call_with_secrets(1)])
    (work / "broken.jsonl").write_text(f'{{"prompt": "{PROMPT}"\n{KEY}\n')
    before = set(tmp_path.rglob("*"))
    asked = commands(source, out)
    assert {words[0] for words in asked} == COMMANDS.keys() - ELSEWHERE
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", _RUNNER, str(tmp_path)], input=json.dumps(asked), capture_output=True, text=True,
        env=bare_environment(TMPDIR=str(spool)), cwd=work, timeout=120, check=True,
    )  # fmt: skip
    told = json.loads(ended.stdout.splitlines()[-1])
    assert (PROMPT in ended.stderr, KEY in ended.stderr, "unforeseen" in ended.stderr) == (False, False, False)
    assert [name for name in told["open"] if Path(name) not in before] == []
    made = [path for path in tmp_path.rglob("*") if path not in before]
    assert [str(path) for path in made if stat.S_IMODE(path.lstat().st_mode) & 0o077] == []
    assert list(spool.iterdir()) == []
    allowed = {"work/calls.jsonl", "work/broken.jsonl", "work/calls.jsonl.scores.jsonl", "out/store.db", "out/out.jsonl", "out/out.otlp",
               "out/out.markdown", "out/out.csv", "out/out.html", "out/clean.db"}  # fmt: skip
    assert files_with_secrets(tmp_path) <= allowed
    assert "out/store.db" in files_with_secrets(tmp_path)
    assert KEY.encode() not in (out / "clean.db").read_bytes()


def test_a_runner_that_leaves_a_file_open_to_others_would_be_seen(tmp_path: Path, nothing_is_masked: None) -> None:
    folder = tmp_path / "everybodys"
    folder.mkdir()
    told = subprocess.run(
        [sys.executable, "-c", _RUNNER.replace("main(words)", "open(words[0], 'w').close(); os.remove(words[0])"), str(tmp_path)],
        input=json.dumps([[str(folder / "short-lived")]]), capture_output=True, text=True, env=bare_environment(), check=True,
    )  # fmt: skip
    assert json.loads(told.stdout.splitlines()[-1])["open"] == [str(folder / "short-lived")]
