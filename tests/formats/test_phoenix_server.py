"""Ratings beside a server that has the database open; the server is a stand-in (tests/peers has the real one)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.formats.databases import unpack
from tests.formats.source_reading import read_source
from tests.formats.test_phoenix import annotations, score
from tracetui.errors import NotWritable
from tracetui.model import Score
from tracetui.sources.live_database import LiveDatabase
from tracetui.sources.phoenix import PhoenixSource
from tracetui.sources.phoenix_server import Server

pytestmark = pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="only Linux tells who has a file open")
PROGRAM = Path(__file__).with_name("phoenix_stand_in.py")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return unpack("phoenix/phoenix.db", tmp_path)


@pytest.fixture
def serve(path: Path) -> Iterator[Callable[[str], None]]:
    """Starts a stand-in in some mode, and waits until it listens."""
    started: list[subprocess.Popen[str]] = []

    def start(mode: str) -> None:
        command = [sys.executable, str(PROGRAM), str(path), mode]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    yield start
    for process in started:
        process.terminate()
        process.communicate()


def test_a_server_is_asked_at_the_port_at_which_it_listens(path: Path, serve: Callable[[str], None]) -> None:
    serve("takes")
    saved = PhoenixSource(path).write_score(score())
    assert saved.place == "Phoenix's annotations in phoenix.db, through its server"
    assert annotations(path) == [(None, 1.0, "why", "HUMAN", "tracetui:ada", "API")]


def test_what_a_server_does_not_take_is_saved_beside_its_file(path: Path, serve: Callable[[str], None]) -> None:
    serve("wants-a-key")
    source = PhoenixSource(path)
    saved = source.write_score(score())
    assert saved.place == f"{path}.scores.jsonl, as the Phoenix that has phoenix.db open did not take it"
    assert annotations(path) == []
    assert score() in read_source(PhoenixSource(path)).scores
    source.retract_score(score())
    assert score().id in [item for batch in read_source(PhoenixSource(path)).batches for item in batch.retracted]


def test_what_a_server_took_although_it_said_no_is_not_saved_twice(path: Path, serve: Callable[[str], None]) -> None:
    serve("fails-late")
    assert PhoenixSource(path).write_score(score()).place.endswith("through its server")
    assert not path.with_name("phoenix.db.scores.jsonl").exists()


def test_what_a_server_took_too_late_is_taken_back_in_both_places(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracetui.sources.phoenix.find_servers", lambda _: [Server("1", (1,))])
    source = PhoenixSource(path)
    assert source.write_score(score()).place.startswith(f"{path}.scores.jsonl")
    LiveDatabase.write_score(source, score())
    source.retract_score(score())
    assert annotations(path) == []
    again = read_source(PhoenixSource(path))
    assert score().id in [item for batch in again.batches for item in batch.retracted]


def test_a_program_that_only_reads_keeps_nobody_from_writing(path: Path, serve: Callable[[str], None]) -> None:
    serve("reads")
    assert PhoenixSource(path).write_score(score()).place == "Phoenix's annotations in phoenix.db"


def test_nothing_is_taken_back_beside_a_server_that_cannot_be_asked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = PhoenixSource(path)
    source.write_score(score())
    monkeypatch.setattr("tracetui.sources.phoenix.find_servers", lambda _: [Server("1", ())])
    with pytest.raises(NotWritable, match="may lose spans"):
        source.retract_score(score())
    assert len(annotations(path)) == 1
    second: Score = score(2, value=0.0)
    assert source.write_score(second).place.startswith(f"{path}.scores.jsonl")
    source.retract_score(second)
    assert len(annotations(path)) == 1
