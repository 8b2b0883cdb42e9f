"""Whatever is typed as a value or a key, of any field, is data to SQLite: it runs, changes nothing, and finds itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tracetui
from tests.property.fuzzing import fuzzed
from tracetui.errors import FilterError
from tracetui.query import FIELDS
from tracetui.query.fields import Field
from tracetui.query.lexer import quote
from tracetui.store.connection import open_store
from tracetui.workspace import Workspace

TEXTS = (
    st.text(alphabet="'\"`;-/*\\%_()[]{}?:@$|&=<>., \nabOR1", min_size=1, max_size=24)
    | st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
)  # fmt: skip
CARRIERS = ("user_id", "session_id", "feature", "environment", "prompt_name", "model")
NAMES = {"user_id": "user", "session_id": "session", "environment": "env", "prompt_name": "prompt"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A store with one span, opened; its attributes are set anew for each example."""
    path = tmp_path_factory.mktemp("injection") / "one.jsonl"
    path.write_text(json.dumps({"tracetui": 1, "trace_id": "t", "span_id": "s", "name": "n", "start_ns": 1}) + "\n")
    with tracetui.open(path) as workspace:
        workspace.catch_up()
        yield workspace


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("columns")


@fuzzed(150)
@given(st.sampled_from(FIELDS), TEXTS, TEXTS, st.sampled_from([":", ":=", ":>", ":*", ":-"]))
def test_a_value_and_a_key_of_any_field_are_data(
    opened: Workspace, field: Field, key: str, value: str, test: str
) -> None:
    head = field.name if field.key == "none" else f"{field.name}.{quote(key)}"
    try:
        filter_ = opened.compile(f"{head}{test}{quote(value)}")
    except FilterError:
        return
    if filter_ is None:
        return
    for sql, parameters in ((filter_.trace_sql, filter_.trace_params), (filter_.span_sql, filter_.span_params)):
        assert sql.count("?") == len(parameters)
    assert opened.trace_ids(filter_) in ([], ["t"])
    assert opened.trace_count() == 1


@fuzzed(40)
@given(TEXTS)
def test_what_stands_in_a_column_is_found_by_itself(home: Path, value: str) -> None:
    path = home / "one.db"
    conn = open_store(path)
    conn.execute("DELETE FROM spans")
    columns = ", ".join(CARRIERS)
    marks = ", ".join("?" * len(CARRIERS))
    row = [value] * len(CARRIERS)
    conn.execute(f"INSERT INTO spans (trace_id, span_id, start_ns, {columns}) VALUES ('t', 's', 1, {marks})", row)
    conn.close()
    with tracetui.open(path) as workspace:
        workspace.catch_up()
        for column in CARRIERS:
            found = workspace.trace_ids(f"{NAMES.get(column, column)}:={quote(value)}")
            assert (column, found) == (column, ["t"])
