"""Another process looks through what is stored as this one does, and where it is of no help this one goes on alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tracetui.query import sieve_for
from tracetui.sources.base import Place, Reference, Stored
from tracetui.sources.lines_plain import stored_objects
from tracetui.sources.sifting_process import Numbers, SiftingProcess, look_through
from tracetui.workspace import Workspace, read_ahead, search, sifting
from tracetui.workspace.opening import open_source

TEXTS = ("secret word", "other words")


class ReadyProcess(SiftingProcess):
    """One that was waited for."""

    def __init__(self) -> None:
        super().__init__()
        assert self.wait(60)


class EndedProcess(ReadyProcess):
    """One that ends at the first question."""

    def ask(self, stored: Stored, places: Sequence[Place], texts: Sequence[str]) -> None:
        self._child.kill()
        self._child.wait()
        super().ask(stored, places, texts)


@pytest.fixture(scope="module")
def process() -> Iterator[SiftingProcess]:
    with closing(ReadyProcess()) as ready:
        yield ready


def test_answers_are_those_that_are_found_here_in_the_order_of_the_questions(
    process: SiftingProcess, tmp_path: Path
) -> None:
    words = ["Secret Word", "other words", "SECRET WORD", "neither", "secret word and other words"]
    lines = [json.dumps({"text": word}) for word in words]
    starts = [len("\n".join(lines[:number])) + (number > 0) for number in range(len(lines))]
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(lines))
    stored = partial(stored_objects, path)
    places = [
        Place("t", str(n), Reference(start, len(line)))
        for n, (start, line) in enumerate(zip(starts, lines, strict=True))
    ]
    asked = [places, places[2:], [], places[:1]]
    for some in asked:
        process.ask(stored, some, TEXTS)
    sieves = [sieve for text in TEXTS if (sieve := sieve_for(text))]
    answers = [process.answer() for _ in asked]
    assert answers == [look_through(stored, some, sieves) for some in asked]
    assert answers[0] == [[0, 2, 4], [1, 4]]


def test_no_module_of_the_directory_one_stands_in_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pickle.py").write_text("import os\nos._exit(1)\n")
    path = tmp_path / "log.jsonl"
    line = {"ts": 1793600034.5, "model": "m", "messages": [{"role": "user", "content": "p"}], "response": "r" * 200}
    path.write_text((json.dumps(line) + "\n") * 2_000)
    monkeypatch.chdir(tmp_path)
    ReadyProcess().close()
    monkeypatch.setattr(read_ahead, "_BIG", 1)
    source = open_source(path)
    reading = read_ahead.read_source(source, None, ())
    assert next(reading).spans
    monkeypatch.setattr(source, "read", None)  # what is left comes from the process
    assert sum(len(batch.spans) for batch in reading) > 0
    source.close()


def test_what_cannot_be_looked_through_has_no_answer(process: SiftingProcess, tmp_path: Path) -> None:
    process.ask(partial(stored_objects, tmp_path / "gone.jsonl"), [Place("t", "s", Reference(0, 2))], TEXTS)
    assert process.answer() is None


@pytest.mark.parametrize("kind", [ReadyProcess, EndedProcess])
def test_a_long_search_finds_the_same_with_a_process(
    workspace: Workspace, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch, kind: type[SiftingProcess]
) -> None:
    for number in range(40):
        write(str(number), "a", start_ns=number, end_ns=number, input=f"number {number % 4} of these")
    workspace.catch_up()
    looked_through_here: list[int] = []

    def look(stored: Stored, places: Sequence[Place], sieves: Sequence[object]) -> Numbers:
        looked_through_here.append(len(places))
        return look_through(stored, places, sieves)  # type: ignore[arg-type]

    monkeypatch.setattr(search, "_TRACES_AT_ONCE", 4)
    monkeypatch.setattr(sifting, "_WORTH_S", -1.0)
    monkeypatch.setattr(sifting, "SiftingProcess", kind)
    monkeypatch.setattr(sifting, "look_through", look)
    questions = ['"number 3 of"', '-"number 3 of"']
    found = [workspace.trace_ids(question) for question in questions]
    assert found[0] == [str(number) for number in range(39, -1, -4)]
    assert sorted(map(int, found[0] + found[1])) == list(range(40))
    assert sum(looked_through_here) == (2 * 16 if kind is ReadyProcess else 2 * 40)


def test_a_search_that_is_stopped_leaves_no_process(
    workspace: Workspace, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        write(str(number), "a", start_ns=number, end_ns=number, input="some words")
    workspace.catch_up()
    begun: list[SiftingProcess] = []

    class Watched(ReadyProcess):
        def __init__(self) -> None:
            super().__init__()
            begun.append(self)

    monkeypatch.setattr(search, "_TRACES_AT_ONCE", 4)
    monkeypatch.setattr(sifting, "_WORTH_S", -1.0)
    monkeypatch.setattr(sifting, "SiftingProcess", Watched)
    found: list[str] = []
    assert not workspace.search('"some words"', "-start", found.extend, lambda: len(found) >= 20)
    assert len(found) == 20
    assert [process._child.returncode is not None for process in begun] == [True]
