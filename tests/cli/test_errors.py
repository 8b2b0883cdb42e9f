from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from tracetui.errors import FilterError

from .conftest import COMMAND, HOSTILE, LINES, Run, bare_environment, environment, has_no_controls, write_lines


@pytest.fixture
def bad_sources(tmp_path: Path) -> dict[str, Path]:
    """What people give by mistake."""
    made = {
        name: tmp_path / name
        for name in (
            "missing.jsonl",
            "empty.jsonl",
            "blank.jsonl",
            "binary.dat",
            "corrupt.db",
            "foreign.db",
            "text.txt",
        )
    }
    made["empty.jsonl"].write_bytes(b"")
    made["blank.jsonl"].write_bytes(b"\n\n  \n")
    made["binary.dat"].write_bytes(bytes(range(256)) * 20)
    made["corrupt.db"].write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    made["text.txt"].write_text("just some words\n" * 20)
    made["foreign.db"].unlink(missing_ok=True)
    made["directory"] = tmp_path / "directory"
    made["directory"].mkdir()
    return made


@pytest.mark.parametrize(
    "name", ["missing.jsonl", "empty.jsonl", "blank.jsonl", "binary.dat", "corrupt.db", "text.txt", "directory"]
)
@pytest.mark.parametrize("command", ["ls", "stats"])
def test_a_source_that_cannot_be_read_is_one_sentence_and_exit_code_2(
    call: Run, bad_sources: dict[str, Path], command: str, name: str
) -> None:
    ended = call(command, bad_sources[name])
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("tracetui: ")
    assert ended.err.count("\n") == 1
    assert name in ended.err


def test_each_bad_source_has_its_sentence(call: Run, bad_sources: dict[str, Path]) -> None:
    ended = call("ls", bad_sources["missing.jsonl"], bad_sources["corrupt.db"])
    assert ended.code == 2
    assert [line.startswith("tracetui: ") for line in ended.err.splitlines()] == [True, True]


def test_a_bad_source_beside_a_good_one_is_warned_about_and_left_out(
    process: Run, bad_sources: dict[str, Path], source: Path
) -> None:
    ended = process("ls", bad_sources["missing.jsonl"], source, "--json")
    assert ended.code == 0
    assert len(ended.lines) == 2
    assert ended.err.startswith("warning: ")
    assert "missing.jsonl" in ended.err


def test_records_that_gave_nothing_are_one_line_of_warning(call: Run, source: Path) -> None:
    with source.open("a") as file:
        file.write("not json\n[1]\n")
    ended = call("ls", source)
    assert ended.code == 0
    assert ended.err.count("\n") == 1
    assert "2 records skipped" in ended.err


def test_a_filter_that_does_not_parse_is_shown_with_a_caret_under_the_token(process: Run, source: Path) -> None:
    ended = process("ls", source, "-q", "返品 modle:gpt")
    assert (ended.code, ended.out) == (2, "")
    sentence, filter_line, caret = ended.err.splitlines()
    assert "did you mean model?" in sentence
    assert filter_line == "  返品 modle:gpt"
    assert caret == "       ^^^^^"


def test_a_hostile_filter_is_inert_in_its_message(call: Run, source: Path) -> None:
    ended = call("ls", source, "-q", f"modle:{HOSTILE}")
    assert ended.code == 2
    assert has_no_controls(ended.err)


def test_the_caret_of_a_filter_error_stands_below_its_token() -> None:
    assert FilterError("no", "a bcd", 2, 5).caret() == "a bcd\n  ^^^"


def test_an_unknown_id_says_what_to_do(call: Run, source: Path) -> None:
    ended = call("show", source, "zzz")
    assert ended.code == 2
    assert "zzz" in ended.err
    assert "tracetui ls" in ended.err


def test_an_ambiguous_beginning_of_an_id_names_the_candidates(call: Run, source: Path) -> None:
    ended = call("show", source, "b7ad6b71692033")
    assert ended.code == 2
    assert "b7ad6b7169203331" in ended.err
    assert "b7ad6b7169203332" in ended.err


def test_an_unknown_sort_names_those_there_are(call: Run, source: Path) -> None:
    assert "latency" in call("ls", source, "--sort", "size").err


def test_a_mapping_that_is_missing_is_named(call: Run, source: Path) -> None:
    ended = call("ls", source, "--map", "nowhere.toml")
    assert ended.code == 2
    assert "nowhere.toml" in ended.err


def test_a_pipe_that_is_closed_early_ends_in_silence(tmp_path: Path) -> None:
    many = [{**LINES[1], "trace_id": f"t{number}", "output": "x" * 2000} for number in range(300)]
    path = write_lines(tmp_path / "many.jsonl", many)
    script = f'{" ".join(COMMAND)} export {path} -f jsonl | head -1 | wc -l; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=environment(), text=True, timeout=120)
    assert done.stdout.split() == ["1", "0"]
    assert done.stderr == ""


@pytest.mark.parametrize("words", [["ls"], ["ls", "--help"], ["--version"], ["export", "-f", "jsonl"]], ids=" ".join)
@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
def test_a_full_disk_is_a_sentence(source: Path, words: list[str], buffering: dict[str, str]) -> None:
    given = [*words, str(source)] if words[0] in ("ls", "export") else words
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *given], stdout=full, stderr=subprocess.PIPE, env=bare_environment(**buffering), timeout=120
        )
    assert done.returncode == 2
    assert done.stderr == b"tracetui: No space left on device\n"


@pytest.mark.parametrize("words", ["ls {}", "--help", "ls --help", "ls zzz", "show {} zzz"])
@pytest.mark.parametrize("stream", [0, 1, 2])
def test_a_stream_that_was_closed_before_the_start_is_no_error_of_its_own(
    source: Path, words: str, stream: int
) -> None:
    script = f"{shlex.join(COMMAND)} {words.format(source)} {stream}>&-"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=bare_environment(), text=True, timeout=120)
    assert done.returncode == (2 if "zzz" in words else 0)
    assert "Traceback" not in done.stderr
    assert "unforeseen" not in done.stderr


@pytest.mark.parametrize("words", ["--help", "ls --help", "--version"])
def test_help_that_nobody_reads_to_its_end_ends_in_silence(words: str) -> None:
    script = f"{shlex.join(COMMAND)} {words} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=bare_environment(), text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("0\n", "")
