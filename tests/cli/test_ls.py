from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from tracetui.cli.ls import distinct_length
from tracetui.text import cell_width

from .conftest import COMMAND, LINES, SEARCH, SUPPORT, Run, environment, has_no_controls, write_lines

KEYS = [
    "trace_id", "name", "start", "duration_ms", "status", "spans", "errors", "generations", "tool_calls", "tokens",
    "cost", "user_id", "session_id", "feature", "models", "scores",
]  # fmt: skip
SGR = re.compile(r"\x1b\[[0-9;]*m")


def on_a_terminal(columns: int, *words: object, **more: str) -> str:
    """What a command prints where stdout is a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *map(str, words)],
        stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL,
        env=environment() | {"TERM": "xterm-256color"} | more,
    )  # fmt: skip
    os.close(theirs)
    pieces = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(ours)
    process.wait(timeout=120)
    return b"".join(pieces).decode().replace("\r\n", "\n")


def test_each_trace_is_a_line_of_json_with_exactly_the_documented_keys(process: Run, source: Path) -> None:
    ended = process("ls", source, "--json")
    assert (ended.code, ended.err) == (0, "")
    search, support = ended.lines
    assert list(support) == KEYS
    assert (search["trace_id"], support["trace_id"]) == (SEARCH, SUPPORT)
    assert support["start"] == "2026-11-18T11:06:40.000000Z"
    assert support["duration_ms"] == 4000.0
    assert support["status"] == "success"
    assert (support["spans"], support["errors"], support["generations"], support["tool_calls"]) == (3, 1, 1, 1)
    assert support["tokens"] == {"input": 86, "cache_read": 100, "cache_write": 0, "output": 31, "reasoning": 0}
    assert support["cost"] == {
        "usd": 0.0031, "recorded_usd": 0.0031, "computed_usd": 0.0, "priced": 1, "unpriced": 0,
    }  # fmt: skip
    assert (support["user_id"], support["session_id"], support["feature"]) == ("maria", "s-1", "support")
    assert support["models"] == ["gpt-5-mini"]
    assert support["scores"][0]["value"] == 2.0
    assert search["cost"]["usd"] is None


def test_the_table_has_a_line_a_trace_below_a_line_of_titles(call: Run, source: Path) -> None:
    titles, search, support = call("ls", source).out.splitlines()
    assert titles.split() == [
        "START",
        "TRACE",
        "NAME",
        "TIME",
        "SPANS",
        "ERR",
        "TOKENS",
        "COST",
        "MODELS",
        "USER",
        "SCORES",
    ]
    assert SUPPORT in support
    assert "$0.0031" in support
    assert SEARCH in search
    assert titles.index("TRACE") == support.index(SUPPORT) == search.index(SEARCH)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["-q", "user:maria"], [SUPPORT]),
        (["-q", "model:acme*"], [SEARCH]),
        (["-q", "user:nobody"], []),
        (["--sort", "start"], [SUPPORT, SEARCH]),
        (["--sort", "-latency"], [SUPPORT, SEARCH]),
        (["--limit", "1"], [SEARCH]),
        (["--limit", "1", "--sort", "start"], [SUPPORT]),
    ],
)
def test_filter_order_and_limit(call: Run, source: Path, words: list[str], found: list[str]) -> None:
    ended = call("ls", source, "--json", *words)
    assert ended.code == 0
    assert [trace["trace_id"] for trace in ended.lines] == found


def test_tokens_without_a_split_are_added_to_those_with_one(call: Run, tmp_path: Path) -> None:
    start = LINES[1]["start_ns"]
    call_of = {"kind": "generation", "start_ns": start, "end_ns": start + 1}
    usages = {"split": {"input": 10, "output": 5}, "total": {"unsplit": 1000}}
    spans = [{**call_of, "trace_id": "both", "span_id": name, "usage": usage} for name, usage in usages.items()]
    spans.append({**call_of, "trace_id": "less", "span_id": "x", "usage": {"input": 900}})
    path = write_lines(tmp_path / "calls.jsonl", spans)
    assert [trace["trace_id"] for trace in call("ls", path, "-q", "trace_tokens:1015", "--json").lines] == ["both"]
    assert "1.0k" in call("ls", path, "-q", "trace:both").out
    ordered = call("ls", path, "--sort", "-tokens", "--json").lines
    assert [trace["trace_id"] for trace in ordered] == ["both", "less"]
    assert ordered[0]["tokens"] == {
        "input": 10, "cache_read": 0, "cache_write": 0, "output": 5, "reasoning": 0, "unsplit": 1000,
    }  # fmt: skip


def test_a_limit_that_cuts_is_said_and_one_that_does_not_is_not(call: Run, source: Path) -> None:
    assert "there are more" in call("ls", source, "--limit", "1").err
    assert call("ls", source, "--limit", "2").err == ""


def test_nothing_found_is_said_on_stderr_and_no_failure(call: Run, source: Path) -> None:
    assert call("ls", source, "-q", "user:nobody") == (0, "", "no trace matches\n")


def test_several_sources_and_a_directory_are_one_list(call: Run, source: Path) -> None:
    folder = source.parent / "folder"
    folder.mkdir()
    write_lines(folder / "a.jsonl", LINES[:3])
    write_lines(folder / "b.jsonl", LINES[3:])
    assert len(call("ls", folder, "--json").lines) == 2
    assert len(call("ls", folder / "a.jsonl", folder / "b.jsonl", "--json").lines) == 2


def test_standard_input_is_a_source(process: Run, source: Path) -> None:
    ended = process("ls", "-", "--json", stdin=source.read_text())
    assert [trace["trace_id"] for trace in ended.lines] == [SEARCH, SUPPORT]


def test_what_comes_through_a_pipe_cannot_be_rated_and_says_so(process: Run, source: Path) -> None:
    text = source.read_text()
    assert "scores go   nowhere" in process("info", "-", stdin=text).out
    assert process("stats", "-", "--json", stdin=text).lines[0]["sources"][0]["writable"] is False
    ended = process("score", "-", SUPPORT, "--name", "ok", "--value", "1", stdin=text)
    assert ended.code == 2
    assert "save it in a file to rate it" in ended.err


def test_no_text_of_a_hostile_trace_acts_on_the_terminal(call: Run, hostile: Path) -> None:
    assert has_no_controls(call("ls", hostile).out)
    assert has_no_controls(call("ls", hostile, "--json").out)


@pytest.mark.parametrize("columns", [40, 80])
def test_on_a_terminal_lines_fit_and_ids_are_cut_to_what_tells_them_apart(source: Path, columns: int) -> None:
    text = on_a_terminal(columns, "ls", source)
    assert "\x1b[" in text
    plain = SGR.sub("", text)
    lines = plain.splitlines()
    assert len(lines) == 3
    assert max(cell_width(line) for line in lines) <= columns
    assert SUPPORT[:8] in plain
    assert SUPPORT not in plain
    assert "support-ag" in plain


def test_no_color_is_heeded_and_hostile_text_is_inert_on_a_terminal(hostile: Path) -> None:
    assert has_no_controls(on_a_terminal(100, "ls", hostile, NO_COLOR="1"))


def test_colours_can_be_asked_for_in_a_pipe(call: Run, source: Path) -> None:
    assert SGR.search(call("ls", source, "--color", "always").out)
    assert not SGR.search(call("ls", source).out)


@pytest.mark.parametrize(
    ("identities", "length"),
    [
        (["abc"], 8),
        ([], 8),
        (["aaaaaaaaaaaa1", "aaaaaaaaaaaa2"], 13),
        (["aaaaaaaaaaaa", "aaaaaaaaaaaa1"], 13),
        (["x", "x"], 8),
    ],
)
def test_ids_are_as_short_as_they_can_be_told_apart(identities: list[str], length: int) -> None:
    assert distinct_length(identities) == length


@pytest.mark.parametrize(("query", "found"), [("@x:foo", 0), ("@x:*cut*", 1), ("@z:cut*", 1)])
def test_half_of_an_emoji_in_an_attribute_stops_no_filter(call: Run, tmp_path: Path, query: str, found: int) -> None:
    half = {"x": {"y": ["cut \ud83d"]}, "z": "cut \ud83d"}
    path = write_lines(tmp_path / "half.jsonl", [{**LINES[3], "attributes": half}])
    ended = call("ls", path, "-q", query, "--json")
    assert (ended.code, len(ended.lines)) == (0, found)
