"""What is far larger, or odder, than anything one expects: it is read, filtered, shown and exported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import T0, Run, write_lines

LONG_ID = "é" * 2_048
FORMS = ("jsonl", "otlp", "csv", "markdown", "html")


def span(number: int, **more: Any) -> dict[str, Any]:
    return {
        "trace_id": "t",
        "span_id": f"s{number}",
        "name": f"n{number}",
        "start_ns": T0 + number,
        "end_ns": T0 + number + 5,
        **more,
    }


def exported(call: Run, path: Path) -> dict[str, int]:
    """The length of each export."""
    return {form: len(call("export", path, "-f", form).out) for form in FORMS}


def test_ids_of_four_kilobytes_are_listed_shown_filtered_rated_and_exported(tmp_path: Path, call: Run) -> None:
    path = write_lines(tmp_path / "long.jsonl", [span(1, trace_id=LONG_ID, span_id=LONG_ID, session_id=LONG_ID)])
    assert [trace["trace_id"] for trace in call("ls", path, "--json").lines] == [LONG_ID]
    assert "n1" in call("show", path, LONG_ID[:100]).out
    assert len(call("ls", path, "--json", "-q", f"session:{LONG_ID}").lines) == 1
    assert call("score", path, LONG_ID, "--name", "ok", "--value", 1).code == 0
    assert min(exported(call, path).values()) > 4_096


def test_ids_of_four_kilobytes_in_a_log_written_by_hand_are_ids_and_whole(tmp_path: Path, call: Run) -> None:
    ids = ["x" * 4_095 + end for end in "abc"]
    rows = [span(0, trace_id=each, session_id=each, model="gpt-5", kind="generation", output="x") for each in ids]
    path = tmp_path / "hand.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = call("ls", path, "--json").lines
    assert sorted(trace["trace_id"] for trace in found) == ids
    assert sorted(trace["session_id"] for trace in found) == ids


def test_ten_thousand_names_of_scores_are_read_filtered_and_added_up(tmp_path: Path, call: Run) -> None:
    scores = [{"id": f"c{number}", "name": f"score {number}", "value": number % 5} for number in range(10_000)]
    path = write_lines(tmp_path / "scores.jsonl", [span(1, scores=scores)])
    assert len(call("ls", path, "--json", "-q", 'score."score 9999":4').lines) == 1
    assert not call("ls", path, "--json", "-q", 'score."score 9999":3').lines
    assert len(call("stats", path, "--json").json["scores"]) == 10_000
    assert call("show", path, "t").code == 0


def test_five_thousand_children_and_a_depth_of_a_thousand_are_shown_and_exported(tmp_path: Path, call: Run) -> None:
    wide = [span(0), *(span(number, parent_id="s0") for number in range(1, 5_001))]
    deep = [span(6_000 + level, parent_id=f"s{5_999 + level}" if level else "s0") for level in range(1_000)]
    path = write_lines(tmp_path / "large.jsonl", [*wide, *deep])
    assert call("ls", path, "--json").lines[0]["spans"] == 6_001
    assert call("show", path, "t").code == 0
    assert min(exported(call, path).values()) > 6_001 * 2


@pytest.mark.parametrize("parent", ["s1", "s2"])
def test_spans_that_are_their_own_ancestors_are_shown(parent: str, tmp_path: Path, call: Run) -> None:
    path = write_lines(tmp_path / "ring.jsonl", [span(1, parent_id=parent), span(2, parent_id="s1")])
    assert call("ls", path, "--json").lines[0]["spans"] == 2
    shown = call("show", path, "t").out
    assert "n1" in shown
    assert "n2" in shown


def test_five_thousand_keys_are_shown_and_filtered(tmp_path: Path, call: Run) -> None:
    # Python's hashes of text are random in each process, so nobody can choose keys that collide.
    path = write_lines(tmp_path / "keys.jsonl", [span(1, metadata={f"k{number}": number for number in range(5_000)})])
    assert len(call("ls", path, "--json", "-q", "metadata.k4999:4999").lines) == 1
    assert "k4999" in call("export", path, "-f", "jsonl").out


TWICE = "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"


def test_the_hour_that_a_clock_shows_twice_is_two_hours(
    tmp_path: Path, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    lines = [{"trace_id": f"t{n}", "span_id": "s", "name": "n", "start": start} for n, start in enumerate(TWICE)]
    path = write_lines(tmp_path / "dst.jsonl", lines)
    starts = [trace["start"] for trace in call("ls", path, "--json", "--sort", "start").lines]
    assert starts == ["2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z"]


def test_clocks_that_disagree_leave_no_negative_time(tmp_path: Path, call: Run) -> None:
    hour = 3600 * 10**9
    lines = [span(1, end_ns=T0 + 5 * 10**9), span(2, parent_id="s1", start_ns=T0 - hour, end_ns=T0 - hour + 10**9),
             span(3, parent_id="s1", start_ns=T0 + 10**9, end_ns=T0)]  # fmt: skip
    path = write_lines(tmp_path / "skew.jsonl", lines)
    shown = call("show", path, "t").out
    assert "5.0s" in shown
    assert "0ms" in shown
    assert call("ls", path, "--json").lines[0]["duration_ms"] == 3_605_000


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..\\..\\x", "a/../../b", "CON", ".", "\x00", "~root/x"]
)
def test_no_name_in_a_trace_decides_where_anything_is_written(name: str, tmp_path: Path, call: Run) -> None:
    part = {"type": "image", "media_type": f"image/{name}", "data": "aGk=", "filename": name}
    row = span(1, trace_id=name, span_id=name, input=[{"role": "user", "content": [part]}], **dict.fromkeys(
        ("session_id", "feature", "model", "prompt_name", "release"), name))  # fmt: skip
    (tmp_path / "in").mkdir()
    path = write_lines(tmp_path / "in" / "names.jsonl", [row])
    before = {entry for entry in tmp_path.rglob("*") if "home" not in entry.parts}
    for form in FORMS:
        assert call("export", path, "-f", form, "-o", tmp_path / "in" / f"out.{form}").code == 0
    assert call("import", path, "--into", tmp_path / "in" / "out.db").code == 0
    written = {entry for entry in tmp_path.rglob("*") if "home" not in entry.parts} - before
    assert {entry.parent for entry in written} == {tmp_path / "in"}
    assert {entry.name.split(".")[0] for entry in written} == {"out"}
