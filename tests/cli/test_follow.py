from __future__ import annotations

import json
import select
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from .conftest import COMMAND, LINES, Run, environment, has_no_controls, write_lines


@pytest.fixture
def started() -> Iterator[Any]:
    """Start `follow` as a process; it is interrupted at the end."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*words: object) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*COMMAND, "follow", *map(str, words)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), bufsize=0,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )  # fmt: skip
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def next_line(stream: IO[bytes] | None) -> str:
    assert stream is not None
    ready, _, _ = select.select([stream], [], [], 60)
    assert ready, "nothing was printed"
    return stream.readline().decode()


def append(path: Path, **line: Any) -> None:
    with path.open("a") as file:
        file.write(json.dumps({"tracetui": 1, **line}) + "\n")


def test_spans_are_printed_as_they_arrive_and_an_interrupt_ends_it(started: Any, source: Path) -> None:
    process = started(source, "--from-start", "--json", "-q", "kind:generation")
    found = [json.loads(next_line(process.stdout)) for _ in range(2)]
    assert [span["span_id"] for span in found] == [LINES[1]["span_id"], LINES[3]["span_id"]]
    assert "children" not in found[0]
    assert list(found[0])[:2] == ["trace_id", "span_id"]
    assert found[0]["input"][0]["role"] == "system"
    append(source, **{**LINES[2], "span_id": "no-generation", "trace_id": "new"})
    append(source, **{**LINES[3], "span_id": "later", "trace_id": "new"})
    assert json.loads(next_line(process.stdout))["span_id"] == "later"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert process.stderr.read() == b""


def test_what_is_there_already_is_not_printed(started: Any, source: Path) -> None:
    process = started(source)
    is_printed = threading.Event()

    def write() -> None:
        number = 0
        while not is_printed.wait(0.2):
            number += 1
            append(
                source, **{**LINES[3], "span_id": f"new{number}", "name": f"fresh {number}", "trace_id": f"n{number}"}
            )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        line = next_line(process.stdout)
    finally:
        is_printed.set()
        writer.join()
    assert "fresh" in line
    assert "7→3 tok" in line


def test_hostile_text_is_inert(started: Any, hostile: Path) -> None:
    process = started(hostile, "--from-start")
    assert has_no_controls(next_line(process.stdout))


@pytest.mark.parametrize("content", ["", "\n"], ids=["empty", "blank"])
def test_an_empty_file_is_waited_for_and_its_first_line_is_printed(started: Any, tmp_path: Path, content: str) -> None:
    path = tmp_path / "new.jsonl"
    path.write_text(content)
    process = started(path, "--json")
    assert "waiting for its first line" in next_line(process.stderr)
    line = json.dumps({"tracetui": 1, **LINES[3]})
    with path.open("a") as file:
        file.write(line[:40])
        file.flush()
        file.write(line[40:] + "\n")
    assert json.loads(next_line(process.stdout))["span_id"] == LINES[3]["span_id"]


def test_a_source_that_cannot_be_read_ends_it_at_once(call: Run, tmp_path: Path) -> None:
    assert call("follow", tmp_path / "missing.jsonl").code == 2


def test_a_running_span_is_printed_again_when_it_ends(started: Any, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "live.jsonl", [{"trace_id": "t", "span_id": "s", "start_ns": 5}])
    process = started(path, "--from-start", "--json")
    assert json.loads(next_line(process.stdout))["end"] is None
    append(path, trace_id="t", span_id="s", start_ns=5, end_ns=9)
    assert json.loads(next_line(process.stdout))["end"] == "1970-01-01T00:00:00.000000Z"
