from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import tracetui
from tracetui.errors import FilterError, NotFound, NotWritable, UnreadableSource, WrongUse
from tracetui.store.connection import open_read_only
from tracetui.workspace import Workspace, open_workspace
from tracetui.workspace.importing import import_into

Write = Callable[..., None]


def names(workspace: Workspace, filter: str | None = None) -> list[str]:
    return [trace.name for trace in workspace.traces(filter)]


def test_spans_written_with_plain_sql_show_at_the_next_poll(workspace: Workspace, write: Write) -> None:
    write("t", "root", name="agent", end_ns=None)
    changes = workspace.poll()
    assert changes.trace_ids == {"t"}
    assert [trace.status for trace in workspace.traces()] == ["running"]
    write("t", "late", parent_id="root", start_ns=1_500, kind="generation", input_tokens=7)
    assert workspace.poll().trace_ids == {"t"}
    assert [node.span.span_id for node in workspace.tree("t").nodes] == ["root", "late"]
    assert workspace.totals().usage.input == 7


def test_nothing_new_is_no_change(workspace: Workspace, write: Write) -> None:
    write("t", "a")
    workspace.catch_up()
    assert not workspace.poll().any


def test_an_update_by_plain_sql_ends_a_running_span(workspace: Workspace, write: Write, traces_db: Path) -> None:
    write("t", "a", end_ns=None)
    workspace.catch_up()
    with closing(sqlite3.connect(traces_db)) as conn, conn:
        conn.execute("UPDATE spans SET end_ns = 5000")
    workspace.poll()
    assert [trace.status for trace in workspace.traces()] == ["success"]


def test_rows_of_unsound_values_are_skipped_counted_and_said(workspace: Workspace, write: Write) -> None:
    write("t", "good")
    write("t", "bad", start_ns="yesterday")
    write("u", "odd", kind="llm_call", status="fine")
    workspace.catch_up()
    assert workspace.totals().spans == 2
    assert [health.skipped for health in workspace.health()] == [1]
    odd = workspace.tree("u").nodes[0].span
    assert (odd.kind, odd.status, odd.metadata["kind"]) == ("span", "success", "llm_call")


def test_a_store_is_byte_identical_until_a_score_is_saved(workspace: Workspace, write: Write, traces_db: Path) -> None:
    write("t", "a", name="agent", input="hello")
    with closing(sqlite3.connect(traces_db)) as conn, conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = traces_db.read_bytes()
    workspace.catch_up()
    assert names(workspace, "hello") == ["agent"]
    assert workspace.stats()["spans"] == 1
    workspace.payload("t", "a")
    assert traces_db.read_bytes() == before


def test_a_score_is_on_disk_before_it_is_said_to_be_saved(workspace: Workspace, write: Write, traces_db: Path) -> None:
    write("t", "a")
    workspace.catch_up()
    saved = workspace.score("t", None, "user_rating", value=4.0, comment="good")
    assert saved.place == "table scores in traces.db"
    with closing(open_read_only(traces_db)) as conn:
        rows = conn.execute("SELECT name, value, comment FROM scores").fetchall()
    assert rows == [("user_rating", 4.0, "good")]
    assert [score.value for trace in workspace.traces() for score in trace.scores] == [4.0]
    assert workspace.stats()["scores"]["user_rating"]["mean"] == 4.0
    assert names(workspace, "is:rated score.user_rating:>3") == [""]


def test_undo_takes_the_newest_score_of_this_session_back(workspace: Workspace, write: Write) -> None:
    write("t", "a")
    workspace.catch_up()
    assert workspace.undo() is None
    workspace.score("t", "a", "rating", value=True)
    workspace.score("t", "a", "rating", value=False)
    workspace.undo()
    assert [score.value for score in workspace.page(["t"])[0].scores] == [True]
    workspace.undo()
    assert workspace.page(["t"])[0].scores == ()


def test_a_score_of_nothing_is_refused(workspace: Workspace, write: Write) -> None:
    write("t", "a")
    workspace.catch_up()
    with pytest.raises(NotFound):
        workspace.score("nowhere", None, "rating", value=1)
    with pytest.raises(NotFound):
        workspace.score("t", "nowhere", "rating", value=1)
    with pytest.raises(WrongUse):
        workspace.score("t", None, "rating")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_store_says_that_a_score_was_not_saved(workspace: Workspace, write: Write, traces_db: Path) -> None:
    write("t", "a")
    workspace.catch_up()
    traces_db.chmod(0o400)
    with pytest.raises(NotWritable):
        workspace.score("t", None, "rating", value=1)


def test_words_are_found_in_prompts_responses_and_errors(workspace: Workspace, write: Write) -> None:
    write("a", "1", name="one", input=[{"role": "user", "content": "Wo ist die STRASSE?"}], start_ns=3)
    write("b", "2", name="two", output="返品できます", start_ns=2)
    write("c", "3", name="three", status="error", status_message="boom 503", start_ns=1)
    workspace.catch_up()
    assert names(workspace, "straße") == ["one"]
    assert names(workspace, "返品") == ["two"]
    assert names(workspace, "prompt_text:返品") == []
    assert names(workspace, "boom OR 返品") == ["two", "three"]
    assert names(workspace, "/b.om \\d+/") == ["three"]
    assert workspace.totals("返品").traces == 1


def test_the_matching_spans_stay_marked_in_the_tree(workspace: Workspace, write: Write) -> None:
    write("t", "a", name="agent")
    write("t", "b", parent_id="a", name="answer", input="the needle")
    workspace.catch_up()
    assert [node.matches for node in workspace.tree("t", "needle").nodes] == [False, True]
    assert [node.matches for node in workspace.tree("t").nodes] == [False, False]


def test_a_filter_that_does_not_parse_is_an_error_with_a_place(workspace: Workspace) -> None:
    with pytest.raises(FilterError) as error:
        workspace.trace_ids("modle:gpt")
    assert error.value.caret() == "modle:gpt\n^^^^^"


def test_traces_and_spans_are_found_by_the_beginning_of_their_id(workspace: Workspace, write: Write) -> None:
    write("abc1", "x1")
    write("abc2", "y1")
    workspace.catch_up()
    assert workspace.find("abc1") == ("abc1", None)
    assert workspace.find("y") == ("abc2", "y1")
    for prefix in ("abc", "nothing"):
        with pytest.raises(NotFound):
            workspace.find(prefix)


def test_two_workspaces_may_open_the_same_store(workspace: Workspace, write: Write, traces_db: Path) -> None:
    write("t", "a")
    workspace.catch_up()
    other = open_workspace([traces_db], wait=True)
    write("u", "b")
    workspace.catch_up()
    assert other.poll().trace_ids == {"u"}
    assert len(other.trace_ids()) == 2
    other.close()


def test_an_index_that_is_damaged_is_made_anew(write: Write, traces_db: Path) -> None:
    write("t", "a", name="agent")
    open_workspace([traces_db], wait=True).close()
    for path in (Path(os.environ["TRACETUI_CACHE_DIR"]) / "index").glob("*.index"):
        path.write_bytes(b"SQLite format 3\x00 and then nonsense" * 100)
    again = tracetui.open(traces_db)
    assert names(again) == ["agent"]
    again.close()


def test_a_cache_that_cannot_be_written_falls_back_to_memory(
    write: Write, traces_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("t", "a", name="agent")
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TRACETUI_CACHE_DIR", str(tmp_path / "file"))
    opened = open_workspace([traces_db])
    assert any("in memory" in notice for notice in opened.poll().notices)
    opened.catch_up()
    assert names(opened) == ["agent"]
    opened.close()


def test_opening_again_reads_nothing_twice(write: Write, traces_db: Path) -> None:
    write("t", "a")
    open_workspace([traces_db], wait=True).close()
    again = open_workspace([traces_db])
    assert len(again.trace_ids()) == 1
    assert not again.poll().trace_ids
    again.close()


def test_an_import_has_everything_and_twice_is_once(
    workspace: Workspace, write: Write, traces_db: Path, tmp_path: Path
) -> None:
    write("t", "a", name="agent", input=[{"role": "user", "content": "hi"}], output="there", model="gpt-5-mini")
    write("t", "b", parent_id="a", kind="generation", model="gpt-5-mini", provider="openai", input_tokens=10**6,
          output_tokens=0, start_ns=1_795_000_000 * 10**9, end_ns=1_795_000_001 * 10**9)  # fmt: skip
    workspace.catch_up()
    workspace.score("t", None, "rating", value=1)
    target = tmp_path / "copy.db"
    first = import_into(workspace, target)
    assert (first.traces, first.new_spans, first.scores) == (1, 2, 1)
    second = import_into(workspace, target)
    assert second.new_spans == 0
    copy = tracetui.open(target)
    assert copy.payload("t", "a").input == workspace.payload("t", "a").input
    assert copy.totals() == workspace.totals()
    assert copy.totals().computed_usd > 0
    assert copy.stats()["scores"] == workspace.stats()["scores"]
    with closing(open_read_only(target)) as conn:
        assert conn.execute("SELECT count(*) FROM stale").fetchone() == (0,)
    copy.close()


def test_a_trace_that_tracetui_wrote_and_plain_sql_continued_is_one(
    workspace: Workspace, write: Write, traces_db: Path, tmp_path: Path
) -> None:
    write("t", "a", name="agent")
    write("u", "x", name="other")
    workspace.catch_up()
    target = tmp_path / "copy.db"
    import_into(workspace, target)
    copy = tracetui.open(target)
    with closing(sqlite3.connect(target)) as conn, conn:
        conn.execute("INSERT INTO spans (trace_id, span_id, parent_id, start_ns) VALUES ('t', 'b', 'a', 1500)")
    assert copy.poll().trace_ids == {"t"}
    assert copy.totals().spans == 3
    assert [trace.spans for trace in copy.traces(sort="name")] == [2, 1]
    import_into(workspace, target)
    copy.poll()
    assert copy.totals().spans == 3
    copy.close()


def test_following_gives_each_span_when_it_comes_and_when_it_ends(
    workspace: Workspace, write: Write, traces_db: Path
) -> None:
    write("old", "o")
    follow = workspace.follow()
    write_later = iter([lambda: write("t", "a", end_ns=None), lambda: _finish(traces_db)])
    seen = []
    import tracetui.workspace.following as following

    original = workspace.poll

    def poll(seconds: float = 0.15) -> object:
        step = next(write_later, None)
        if step:
            step()
        return original(seconds)

    workspace.poll = poll  # type: ignore[method-assign]
    assert following
    for _ in range(2):
        node = next(follow)
        seen.append((node.span.span_id, node.span.status))
    assert seen == [("a", "running"), ("a", "success")]


def _finish(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("UPDATE spans SET end_ns = 9999 WHERE span_id = 'a'")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_bytes(b"\x7fELF\x00\x00\x00binary" * 50), "binary"),
        (lambda path: path.write_text("Dear diary,\nnothing here.\n"), "no JSON lines"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: path.write_bytes(b"SQLite format 3\x00" + b"garbage" * 400), "database"),
    ],
)
def test_what_is_no_source_is_refused_in_one_sentence(
    make: Callable[[Path], object], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "thing"
    make(path)
    with pytest.raises(UnreadableSource) as error:
        tracetui.open(path)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_a_readable_source_opens_beside_an_unreadable_one(write: Write, traces_db: Path, tmp_path: Path) -> None:
    write("t", "a")
    opened = open_workspace([traces_db, tmp_path / "missing.db"], wait=True)
    assert opened.totals().traces == 1
    assert len(opened.refused) == 1
    opened.close()


def test_a_trace_is_found_by_the_beginning_of_its_id_or_of_a_span(workspace: Workspace, write: Write) -> None:
    write("trace-one", "root")
    write("trace-two", "other")
    workspace.catch_up()
    tree = workspace.tree("trace-two")
    assert workspace.trace("trace-tw") == workspace.trace("oth") == tree
    with pytest.raises(NotFound):
        workspace.trace("zzz")
