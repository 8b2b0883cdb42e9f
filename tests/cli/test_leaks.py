"""Prompts and keys are in no log, no list of processes and no file beyond those that are for them, and what is made is private."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from tests.terminal.terminal import Terminal
from tracetui.cli.main import COMMANDS, tracetui
from tracetui.tui.terminal import write_crash_log
from tracetui.workspace import open_workspace, read_ahead

from .conftest import COMMAND, LINES, ROOT, SUPPORT, T0, Run, environment, write_lines

pytestmark = pytest.mark.usefixtures("usual_umask")

PROMPT, KEY = "Where-did-the-money-go-4711", "sk-proj-Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0"
FORMS = ("jsonl", "otlp", "csv", "markdown", "html")


@pytest.fixture
def private_source(tmp_path: Path) -> Path:
    """A call whose every payload has a prompt and a key in it."""
    call = {
        "trace_id": "t1", "span_id": "s1", "kind": "generation", "name": "chat", "start_ns": T0, "end_ns": T0 + 5,
        "model": "gpt-5-mini", "usage": {"input": 5, "output": 5}, "input": [{"role": "user", "content": PROMPT}],
        "output": f"{PROMPT} {KEY}", "attributes": {"http.request.header.authorization": KEY},
    }  # fmt: skip
    folder = tmp_path / "work"
    folder.mkdir()
    return write_lines(folder / "calls.jsonl", [*LINES, call])


def open_to_others(folder: Path, but: set[Path]) -> list[str]:
    """What in a folder others may read, but for what was there before."""
    made = [path for path in folder.rglob("*") if path not in but]
    assert made
    return [str(path.relative_to(folder)) for path in made if stat.S_IMODE(path.lstat().st_mode) & 0o077]


def use(start: Callable[..., Terminal], source: Path, keys: str) -> None:
    """Open a source on a terminal, press keys once it is shown, and leave."""
    terminal = start([sys.executable, "-m", "tracetui", "open", str(source)])
    terminal.until("Traces ")
    for key in keys:
        terminal.type(key)
    terminal.type("Q")
    assert terminal.until_ended() == 0


@pytest.fixture
def start() -> Iterator[Callable[..., Terminal]]:
    """Starts a program on a terminal of its own."""
    started: list[Terminal] = []

    def begin(argv: list[str]) -> Terminal:
        started.append(Terminal(argv, environ={"PYTHONPATH": str(ROOT)}))
        return started[-1]

    yield begin
    for terminal in started:
        terminal.close()


def test_every_file_and_directory_that_is_made_is_private(
    call: Run, start: Callable[..., Terminal], private_source: Path, tmp_path: Path
) -> None:
    before = set(tmp_path.rglob("*"))
    folder, store = private_source.parent, private_source.with_name("store.db")
    commands: list[list[object]] = [
        ["ls", private_source],
        ["score", private_source, SUPPORT, "--name", "good", "--value", "1"],
        ["import", private_source, "--into", store],
        ["redact", store, "--into", folder / "clean.db"],
        *(["export", store, "-f", form, "-o", folder / f"out.{form}"] for form in FORMS),
        ["score", store, SUPPORT, "--name", "good", "--value", "1"],
        ["doctor", store],
    ]
    assert [call(*words).code for words in commands] == [0] * len(commands)
    use(start, private_source, "jk")
    write_crash_log(ValueError(PROMPT))
    assert (tmp_path / "home" / "tracetui" / "state" / "stores").is_dir()
    assert open_to_others(tmp_path, before) == []


def test_no_prompt_and_no_key_is_kept_outside_the_index(
    call: Run, start: Callable[..., Terminal], private_source: Path, empty_home: Path
) -> None:
    for words in (["ls", "-q", f'"{PROMPT}"'], ["show"], ["stats"], ["prompts"], ["follow", "--help"], ["doctor"]):
        name, *rest = words
        assert call(name, private_source, *(["t1"] if name == "show" else []), *rest).code == 0
    use(start, private_source, "l1234")
    write_crash_log(ValueError(PROMPT))
    kept = [path for path in empty_home.rglob("*") if path.is_file()]
    index = empty_home / "tracetui" / "cache" / "index"
    assert any(path.is_relative_to(index) for path in kept)
    assert any("state" in path.parts for path in kept)
    outside = [path for path in kept if not path.is_relative_to(index)]
    assert [path for path in outside if PROMPT.encode() in path.read_bytes() or KEY.encode() in path.read_bytes()] == []


def test_payloads_are_not_copied_into_the_index(call: Run, private_source: Path, empty_home: Path) -> None:
    assert call("show", private_source, "t1").code == 0
    for path in (empty_home / "tracetui" / "cache").rglob("*"):
        assert not path.is_file() or PROMPT.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    "error",
    [
        ValueError(f"invalid literal for int() with base 10: {PROMPT!r}"),
        KeyError(PROMPT),
        RuntimeError(PROMPT),
        UnicodeDecodeError("utf-8", PROMPT.encode() + b"\xff", 0, 1, "invalid"),
        OSError(2, "No such file", f"/home/maria/{PROMPT}"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_log_of_a_crash_has_no_words_of_what_was_read(error: Exception) -> None:
    try:
        raise error
    except type(error) as raised:
        log = write_crash_log(raised)
    assert log is not None
    said = log.read_text()
    assert (PROMPT in said, "maria" in said, type(error).__name__ in said) == (False, False, True)


def test_what_python_says_of_our_own_code_is_in_the_log() -> None:
    log = write_crash_log(AttributeError("'Page' object has no attribute 'rows'"))
    assert log is not None
    assert "'Page' object has no attribute 'rows'" in log.read_text()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="only Linux shows processes as files")
def test_no_list_of_processes_shows_a_token_or_a_prompt_and_no_log_either(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "listen", "127.0.0.1:0", "--into", str(tmp_path / "dev.db"), "--grpc", "off"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**environment(), "TRACETUI_TOKEN": KEY}, text=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        first = running.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found is not None, first
        statuses = [send(found[0], body) for body in (otlp(PROMPT), otlp(PROMPT)[:-9], PROMPT.encode())]
        listed = listed_of(running.pid)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=30)
    assert statuses == [200, 400, 400]
    for text in (listed, first + out + err):
        assert (PROMPT in text, KEY in text) == (False, False)


def test_every_command_that_takes_a_token_takes_it_from_the_environment() -> None:
    context = click.Context(tracetui)
    commands = [tracetui.get_command(context, name) for name in COMMANDS]
    options = [option for command in commands if command for option in command.params if option.name == "token"]
    assert len(options) >= 4
    assert {option.envvar for option in options} == {"TRACETUI_TOKEN"}


def listed_of(pid: int) -> str:
    """What every user sees of a process."""
    return "".join(Path(f"/proc/{pid}/{name}").read_text(errors="replace") for name in ("cmdline", "comm", "status"))


def otlp(text: str) -> bytes:
    """A request with a model call that has a text for its prompt."""
    attributes = [{"key": "gen_ai.prompt.0.content", "value": {"stringValue": text}}]
    span = {
        "traceId": "1" * 32, "spanId": "2" * 16, "name": "chat", "startTimeUnixNano": str(T0),
        "endTimeUnixNano": str(T0 + 5), "attributes": attributes,
    }  # fmt: skip
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


def send(url: str, body: bytes) -> int:
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url + "/v1/traces", body, headers), timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_process_that_reads_ahead_is_told_what_to_read_through_a_pipe(
    private_source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    popen = subprocess.Popen

    def begin(argv: list[str], **how: object) -> object:
        started.append(argv)
        return popen(argv, **how)  # type: ignore[call-overload]

    with private_source.open("a") as file:
        file.write(private_source.read_text() * 2000)
    monkeypatch.setattr(read_ahead, "_BIG", 1)
    monkeypatch.setattr(read_ahead.subprocess, "Popen", begin)
    with open_workspace([private_source], wait=True):
        pass
    assert started
    assert not any(private_source.name in word for argv in started for word in argv)


def test_a_copy_of_standard_input_is_private_and_goes_with_the_program(
    process: Run, private_source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setenv("TMPDIR", str(spool))
    assert process("stats", "-", stdin=private_source.read_text()).code == 0
    assert list(spool.iterdir()) == []
