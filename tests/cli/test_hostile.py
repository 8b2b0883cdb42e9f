"""Every command and every export on a terminal, over traces whose every text is an escape sequence."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import COMMAND, T0, Run, environment, has_no_controls, write_lines

CORPUS = (
    "\x1b[2J\x1b[H", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]52;c;cm0gLXJmIC8=\x07", "\x1b]8;;http://evil\x1b\\x\x1b]8;;\x1b\\",
    "\x1b]11;?\x07", "\x1b]1337;File=:AAAA\x07", "\x1bP+q544e\x1b\\", "\x1b_Gi=1\x1b\\", "\x1b^pm\x1b\\", "\x1b[6n", "\x1b[c", "\x1b[21t",
    "\x1bc", "\x1b(0", "\x1b#8", "\x1b[?1049h", "\x1b[?2004l", "\x9b2J", "\x9d0;t\x9c", "\x90q\x9c", "a\rb", "a\bb", "a\x07b", "\x0e\x0f",
    "a\x0bb\x0cc", "\x00", "\x7f", "a\u202eevil\u202c", "\u2066a\u2069", "a\u2028b\u2029c", "\u200b\ufeff\u00ad", "\U000e0041", "\ud800",
    "\x1b[38;5;1m" * 50, "+ADw-", "\x1b[1;1H\x1b[J$ ", "a\tb", "x\r\n\x1b[A", "\x05", "\x85",
)  # fmt: skip
"""Sequences that clear, colour, name, copy, link, ask, draw, switch modes, go back, turn or hide text."""
FORMS = ("jsonl", "otlp", "csv", "markdown", "html", "langfuse-scores", "langsmith-feedback")
_RUNNER = """
import json, sys
from tracetui.cli.main import main
for words in json.loads(sys.argv[1]):
    print("----", flush=True)
    try:
        main(words)
    except SystemExit as ended:
        print("ended with", ended.code, flush=True)
"""


def trace(number: int, text: str) -> list[dict[str, Any]]:
    """A trace with an agent, a call and a tool whose every text is the given one."""
    everywhere = ("name", "status_message", "user_id", "session_id", "feature", "environment", "release")
    own = {"trace_id": f"{number}{text}", "start_ns": T0 + number * 10**9, **dict.fromkeys(everywhere, text)}
    call = {
        "model": text, "provider": text, "finish_reason": text, "prompt_name": text, "prompt_version": text,
        "usage": {"input": 1, "output": 1}, "input": [{"role": "system", "content": text}, {"role": text, "content": text}],
        "output": [{"role": "assistant", "content": text, "tool_calls": [
            {"id": text, "type": "function", "function": {"name": text, "arguments": json.dumps({text: text})}}]}],
        "tools": [{"name": text, "description": text, "parameters": {text: text}}],
    }  # fmt: skip
    return [
        {**own, "span_id": f"a{text}", "kind": "agent", "input": text, "output": {text: text}, "tags": [text],
         "metadata": {text: text}, "end_ns": T0 + number * 10**9 + 9,
         "scores": [{"id": f"{number}", "name": text, "label": text, "comment": text, "author": text}]},
        {**own, **call, "span_id": f"g{text}", "parent_id": f"a{text}", "kind": "generation", "status": "error",
         "end_ns": T0 + number * 10**9 + 5, "attributes": {text: text}, "events": [{"name": text, text: text}]},
        {**own, "span_id": f"t{text}", "parent_id": f"a{text}", "kind": "tool", "tool_name": text, "input": {text: text}},
    ]  # fmt: skip


@pytest.fixture
def hostile_source(tmp_path: Path) -> Path:
    """A file of one trace for each of the corpus, in a folder of its own, with a name that acts as well."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    lines = [line for number, text in enumerate(CORPUS) for line in trace(number, text)]
    return write_lines(folder / "\x1b[2Jtraces\u202e.jsonl", lines)


def commands(source: Path, ids: list[str]) -> list[list[str]]:
    """Every command that prints something of a trace, in every form."""
    name = str(source)
    by = ("feature", "model", "user", "session", "prompt", "name", "tag:x")
    return [
        ["ls", name], ["ls", name, "--json"], ["ls", name, "-q", "model:\x1b[2J"], ["ls", name, "-q", "\x1b[2J("],
        *(["show", name, one, *form] for one in ids for form in ([], ["--json"], ["--markdown"])),
        ["show", name, "\x1b]0;no such trace\x07"], ["stats", name], ["stats", name, "--json"],
        ["stats", name, "--over", "hour"], *(["cost", name, "--since", "all", "--by", one] for one in by),
        ["cost", name, "--since", "all", "--csv"], ["cost", name, "--explain", ids[1]], ["check", name],
        ["prompts", name], ["prompts", name, "--json"], ["diff", name, *ids[:2]], ["diff", name, *ids[:2], "--json"],
        ["info", name], ["sources"], ["sources", "--json"], ["doctor", name], ["doctor", name, "--paths"],
        ["import", name, "--into", str(source.with_name("store.db"))],
        ["prune", str(source.with_name("store.db")), "--keep", "1d", "--dry-run"],
        ["redact", name, "--into", str(source.with_name("clean.db"))],
        ["prices", "\x1b[2J"], ["\x1b[2J"], ["ls", "\x1b[2Jmissing"],
        ["score", name, ids[0], "--name", "\x1b[2J", "--label", "\x1b[2J", "--comment", "\x1b[2J"],
        *(["export", name, "-f", form] for form in FORMS),
    ]  # fmt: skip


def printed(argv: list[str], folder: Path, until: str | None = None) -> str:
    """What a process writes to a terminal that has its stdout and its stderr, until it ends or has said something."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, cwd=folder,
        env=environment() | {"TERM": "xterm-256color", "NO_COLOR": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while select.select([ours], [], [], 120)[0]:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:  # Linux says so when the other side has closed the terminal
            break
        said += piece
        if until is not None and until.encode() in said:
            until = None
            process.send_signal(signal.SIGINT)
    os.close(ours)
    assert process.wait(timeout=120) in (0, 130)
    return said.decode().replace("\r\n", "\n")


def test_no_command_lets_a_hostile_trace_act_on_a_terminal(call: Run, hostile_source: Path) -> None:
    ids = [line["trace_id"] for line in call("ls", hostile_source, "--sort", "start", "--json").lines]
    assert len(ids) == len(CORPUS)
    wanted = commands(hostile_source, [one for one in ids if "\x00" not in one and one.isascii()][:8])
    said = printed([sys.executable, "-c", _RUNNER, json.dumps(wanted)], hostile_source.parent)
    sections = said.split("----\n")[1:]
    assert len(sections) == len(wanted)
    for words, section in zip(wanted, sections, strict=True):
        # A line of progress goes back and clears itself: that is ours, and told apart by what it says.
        text = re.sub(r"\r[a-z]+ … [\d,.%]+\x1b\[K|\r\x1b\[K", "", section)
        assert "something unforeseen" not in text, words
        assert has_no_controls(text), (words, text)


def test_following_lets_nothing_act_on_a_terminal(hostile_source: Path) -> None:
    last = f"{len(CORPUS) - 1}"
    for form in ([], ["--json"]):
        argv = [*COMMAND, "follow", str(hostile_source), "--from-start", *form]
        said = printed(argv, hostile_source.parent, until=last)
        assert said
        assert has_no_controls(re.sub(r"\r[a-z]+ … [\d,.%]+\x1b\[K|\r\x1b\[K|\^C", "", said))


@pytest.mark.parametrize(
    "form", [form for form in FORMS if form != "csv"]
)  # whose cells are to be read back as they were
def test_no_export_has_a_control_byte_in_it(call: Run, hostile_source: Path, form: str) -> None:
    out = call("export", hostile_source, "-f", form).out
    assert out
    assert has_no_controls(out.replace("\r\n", "\n"))
