"""Scores beside a file: durable, append-only, shared by several writers, and never in the user's own file."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import msgspec
import pytest

from tracetui.errors import NotWritable
from tracetui.model import Score
from tracetui.sources import sidecar
from tracetui.sources.sidecar import ScoreChanges, SidecarScores, append_line


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b'{"model": "gpt-5"}\n')
    return path


@pytest.fixture
def scores(log: Path) -> SidecarScores:
    return SidecarScores(log, clock=lambda: 99)


def score(number: int, **fields: object) -> Score:
    values = {"trace_id": "t1", "span_id": None, "name": "user_rating", "value": 1.0, "time_ns": number}
    return msgspec.convert({"id": f"s{number}", **values, **fields}, Score)


def read_all(scores: SidecarScores, cursor: str | None = None) -> list[ScoreChanges]:
    return list(scores.read(cursor))


def current(changes: list[ScoreChanges]) -> dict[tuple[str, str | None, str, str, str | None], str]:
    """What a reader shows: of each target, name, source and author the newest that was not taken back."""
    kept: list[Score] = []
    for change in changes:
        kept += change.scores
        kept = [known for known in kept if known.id not in change.retracted]
    return {(s.trace_id, s.span_id, s.name, s.source, s.author): s.id for s in kept}


def test_a_saved_score_is_read_back_with_all_its_fields(scores: SidecarScores) -> None:
    saved = score(1, span_id="a", value=None, label="wrong", comment="naïve\n😀", source="llm", author="ada")
    assert scores.write(saved).place.endswith("calls.jsonl.scores.jsonl")
    assert [known for change in read_all(scores) for known in change.scores] == [saved]


@pytest.mark.parametrize("value", [True, False, 0.0, 4.5, -1.0])
def test_a_boolean_stays_a_boolean_and_a_number_a_number(scores: SidecarScores, value: float) -> None:
    scores.write(score(1, value=value))
    (known,) = read_all(scores)[0].scores
    assert known.value == value
    assert type(known.value) is type(value)


def test_the_users_own_file_is_never_touched(log: Path, scores: SidecarScores) -> None:
    before, times = log.read_bytes(), log.stat().st_mtime_ns
    scores.write(score(1))
    scores.write(score(2))
    scores.retract(score(2))
    read_all(scores)
    assert (log.read_bytes(), log.stat().st_mtime_ns) == (before, times)


def test_only_the_owner_may_read_the_scores(scores: SidecarScores) -> None:
    scores.write(score(1))
    assert stat.S_IMODE(scores.beside.stat().st_mode) == 0o600


def test_a_score_is_on_disk_when_saving_returns(scores: SidecarScores, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_mode))
    scores.write(score(1))
    assert [stat.S_ISREG(mode) for mode in synced] == [True, False], "the file, then the folder that has its name"


def test_the_newest_of_the_same_name_and_author_is_current_and_the_older_is_kept(scores: SidecarScores) -> None:
    for number in (1, 2):
        scores.write(score(number))
    scores.write(score(3, author="bo"))
    changes = read_all(scores)
    assert sorted(current(changes).values()) == ["s2", "s3"]
    assert len(scores.beside.read_bytes().splitlines()) == 3


def test_taking_a_score_back_makes_the_one_before_it_current_again(scores: SidecarScores) -> None:
    for number in (1, 2):
        scores.write(score(number))
    scores.retract(score(2))
    assert list(current(read_all(scores)).values()) == ["s1"]
    assert b'{"retracts":"s2","time_ns":99}\n' in scores.beside.read_bytes()


def test_a_score_saved_after_a_retraction_comes_in_a_later_step(scores: SidecarScores) -> None:
    for number in (1, 2):
        scores.write(score(number))
    scores.retract(score(2))
    scores.write(score(3))
    steps = [([s.id for s in c.scores], list(c.retracted)) for c in read_all(scores) if c.scores]
    assert steps == [(["s1", "s2"], ["s2"]), (["s3"], [])]


def test_reading_goes_on_from_the_cursor(scores: SidecarScores) -> None:
    scores.write(score(1))
    cursor = read_all(scores)[-1].cursor
    assert not scores.changed(cursor)
    assert read_all(scores, cursor) == []
    scores.write(score(2))
    assert scores.changed(cursor)
    assert [known.id for change in read_all(scores, cursor) for known in change.scores] == ["s2"]


def test_without_any_score_there_is_nothing_to_read(scores: SidecarScores) -> None:
    assert not scores.changed(None)
    assert read_all(scores) == []


def test_a_line_that_a_crash_tore_is_ended_and_counted_and_harms_no_other(scores: SidecarScores) -> None:
    scores.write(score(1))
    with scores.beside.open("ab") as file:
        file.write(b'{"id":"s2","trace_')
    scores.write(score(3))
    changes = read_all(scores)
    assert [known.id for change in changes for known in change.scores] == ["s1", "s3"]
    assert sum(change.bad_lines for change in changes) == 1


@pytest.mark.parametrize(
    "line", [b"null", b"{}", b"[1]", b"not json", b"\0\0\0", b'{"id": 5}', b'{"retracts": 5}', b"[" * 100_000, b"\xff"]
)
def test_a_line_that_is_no_score_is_counted(scores: SidecarScores, line: bytes) -> None:
    append_line(scores.beside, line)
    scores.write(score(1))
    changes = read_all(scores)
    assert sum(change.bad_lines for change in changes) == 1
    assert [known.id for change in changes for known in change.scores] == ["s1"]


def test_a_label_that_reads_like_a_retraction_is_a_label(scores: SidecarScores) -> None:
    scores.write(score(1, label="retracts"))
    assert read_all(scores)[0].scores[0].label == "retracts"


def test_a_comment_with_half_a_character_can_be_saved(scores: SidecarScores) -> None:
    scores.write(Score("s1", "t1", None, "user_rating", label="odd", comment="bad \ud83d end"))
    assert read_all(scores)[0].scores[0].comment == "bad � end"


def test_a_folder_that_cannot_be_written_sends_scores_to_the_data_directory(scores: SidecarScores) -> None:
    scores.beside.mkdir()
    assert scores.place() == f"{scores.away} (the folder of calls.jsonl cannot be written)"
    saved = scores.write(score(1))
    assert saved.place == str(scores.away)
    assert stat.S_IMODE(Path(saved.place).parent.stat().st_mode) == 0o700
    assert list(current(read_all(scores)).values()) == ["s1"]


def test_both_places_are_read_and_a_score_is_taken_back_where_it_is(scores: SidecarScores) -> None:
    scores.beside.mkdir()
    scores.write(score(1))
    scores.beside.rmdir()
    scores.write(score(2, name="tone"))
    scores.retract(score(1))
    assert list(current(read_all(scores)).values()) == ["s2"]
    assert b"retracts" not in scores.beside.read_bytes()


def test_two_names_of_one_file_share_their_scores(log: Path, scores: SidecarScores) -> None:
    link = log.with_name("latest.jsonl")
    link.symlink_to(log)
    SidecarScores(link).write(score(1))
    assert list(current(read_all(scores)).values()) == ["s1"]


def test_a_full_disk_is_said_and_leaves_no_half_line(scores: SidecarScores, monkeypatch: pytest.MonkeyPatch) -> None:
    scores.write(score(1))
    before = scores.beside.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:10]))
    with pytest.raises(NotWritable, match=r"could not be saved \(No space left on device\); nothing was changed"):
        scores.write(score(2))
    assert scores.beside.read_bytes() == before


def test_a_writer_that_never_lets_go_is_not_waited_for_for_ever(
    scores: SidecarScores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidecar, "_LOCK_WAIT_S", 0.0)
    scores.write(score(1))
    with scores.beside.open("rb") as other:
        sidecar.fcntl.flock(other, sidecar.fcntl.LOCK_EX)
        with pytest.raises(NotWritable, match="another program holds it locked"):
            scores.write(score(2))


def _write_many(path: Path, writer: str) -> None:
    own = SidecarScores(path)
    for number in range(40):
        own.write(Score(f"{writer}{number}", "t1", None, "user_rating", value=1.0, comment="x" * 5000, author=writer))


def test_two_writers_never_interleave(log: Path, scores: SidecarScores) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(log, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    changes = read_all(scores)
    assert sum(len(change.scores) for change in changes) == 80
    assert sum(change.bad_lines for change in changes) == 0


def test_a_cursor_of_another_version_reads_everything_again(scores: SidecarScores) -> None:
    scores.write(score(1))
    assert list(current(read_all(scores, "nonsense")).values()) == ["s1"]
