from __future__ import annotations

from pathlib import Path

import pytest

import tracetui
from tests.formats.exports_checking import DATA, check
from tracetui.sources.csv_table import CsvTable
from tracetui.sources.head import Head

LOG = (
    "id,ts,model,prompt,response,input_tokens,output_tokens,cost_usd,error\n"
    '1,2026-07-01 10:00:00.5,gpt-5-mini,"first line\nsecond ""line""",hello,12,3,0.0001,\n'
    "2,2026-07-01 10:00:01,gpt-5-mini,hi,,5,0,,timeout\n"
)


def write(folder: Path, text: str, name: str = "calls.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_a_dump_of_a_table_holds_what_is_expected() -> None:
    # The samples name spans by ids that are in no column.
    check("tables", "llm_traces/llm_traces.csv", ("samples",))


def test_a_row_is_a_call_and_its_cells_are_loaded_by_its_place(tmp_path: Path) -> None:
    workspace = tracetui.open(write(tmp_path, LOG))
    stats = workspace.stats()
    assert (stats["spans"], stats["statuses"]["error"], stats["tokens"]["input"]) == (2, 1, 17)
    assert stats["cost"]["recorded_usd"] == 0.0001
    first = workspace.trace_ids(sort="start")[0]
    (node,) = workspace.tree(first).nodes
    assert 'first line\\nsecond "line"' in repr(workspace.payload(first, node.span.span_id).input).replace(
        "\\\\n", "\\n"
    )
    workspace.close()


def test_a_log_that_grows_row_by_row_is_followed(tmp_path: Path) -> None:
    path = write(tmp_path, LOG)
    workspace = tracetui.open(path)
    with path.open("a", newline="") as file:
        file.write("3,2026-07-01 10:00:02,gpt-5-mini,again,yes,7,1,,\n")
    workspace.catch_up()
    assert workspace.stats()["spans"] == 3
    workspace.close()


def test_a_row_of_another_length_is_skipped_and_counted(tmp_path: Path) -> None:
    workspace = tracetui.open(write(tmp_path, LOG + "4,too,few\n"))
    assert (workspace.health()[0].skipped, workspace.stats()["spans"]) == (1, 2)
    assert "3 cells under 9 names" in workspace.health()[0].reasons[0]
    workspace.close()


@pytest.mark.parametrize("separator", [";", "\t"])
def test_semicolons_and_tabs_separate_too(separator: str, tmp_path: Path) -> None:
    text = "id,ts,model,prompt,response\n1,2026-07-01 10:00:00,m,a,b\n".replace(",", separator)
    workspace = tracetui.open(write(tmp_path, text, "calls.tsv"))
    assert workspace.stats()["spans"] == 1
    workspace.close()


@pytest.mark.parametrize(
    "text", ["name,age\nada,36\n", "Once, upon a time\nthere was, a file\n", "", "a,b\n", "one column\nmodel\n"]
)
def test_a_table_of_something_else_is_not_recognised(text: str, tmp_path: Path) -> None:
    assert not CsvTable.recognise(Head(write(tmp_path, text)))


def test_digits_that_no_number_keeps_stay_text(tmp_path: Path) -> None:
    text = "trace_id,ts,model,prompt,response,user_id\n00123,2026-07-01 10:00:00,m,a,b,12345678901234567890\n"
    workspace = tracetui.open(write(tmp_path, text))
    (trace,) = workspace.traces()
    assert (trace.trace_id, trace.user_id) == ("00123", "12345678901234567890")
    workspace.close()


def test_the_samples_are_left_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "copy.csv"
    path.write_bytes((DATA / "tables" / "llm_traces" / "llm_traces.csv").read_bytes())
    before = path.read_bytes()
    workspace = tracetui.open(path)
    workspace.score(workspace.trace_ids()[0], None, "mine", value=1)
    workspace.close()
    assert path.read_bytes() == before
    assert path.with_name("copy.csv.scores.jsonl").exists()
