from __future__ import annotations

from typing import Any

import pytest

from tests.formats.export_rows import given, payload, row_of, span
from tracetui.sources.clickhouse import ClickhouseExport

NAME = "otel_traces.jsonl"


def row(**changes: Any) -> dict[str, Any]:
    return row_of("clickhouse", NAME, 1, **changes)


@pytest.mark.parametrize("duration", [560000000, "560000000"])
def test_the_end_is_the_start_and_the_duration_quoted_or_not(duration: Any) -> None:
    assert span(ClickhouseExport, row(Duration=duration)).duration_ns == 560_000_000


@pytest.mark.parametrize("time", ["2026-11-02 06:13:28.650000001", "2026-11-02T06:13:28.650000001Z"])
def test_a_time_without_a_zone_is_utc_to_the_nanosecond(time: str) -> None:
    assert span(ClickhouseExport, row(Timestamp=time)).start_ns == 1793600008650000001


@pytest.mark.parametrize("code", ["Error", "STATUS_CODE_ERROR"])
def test_old_and_new_words_of_the_status(code: str) -> None:
    found = span(ClickhouseExport, row(StatusCode=code, StatusMessage="boom"))
    assert (found.status, found.status_message) == ("error", "boom")


@pytest.mark.parametrize("parent", ["", "0000000000000000"])
def test_no_parent_is_a_root(parent: str) -> None:
    assert span(ClickhouseExport, row(ParentSpanId=parent)).parent_id is None


@pytest.mark.parametrize(
    "events",
    [
        {"Events.Name": ["exception"], "Events.Timestamp": ["2026-11-02 06:13:28.7"],
         "Events.Attributes": [{"exception.message": "boom"}]},
        {"Events": [{"Name": "exception", "Timestamp": "2026-11-02 06:13:28.7",
                     "Attributes": {"exception.message": "boom"}}]},
    ],
)  # fmt: skip
def test_events_are_columns_or_objects(events: dict[str, Any]) -> None:
    (event,) = payload(ClickhouseExport, row(**events)).events
    assert (event["name"], event["attributes"]) == ("exception", {"exception.message": "boom"})


def test_a_map_of_attributes_may_be_text() -> None:
    attributes = '{"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": "7"}'
    found = span(ClickhouseExport, row(SpanAttributes=attributes))
    assert (found.kind, found.model, found.usage.input) == ("generation", "m", 7)


def test_a_row_without_ids_is_skipped() -> None:
    assert given(ClickhouseExport, row(TraceId="")).skipped


def test_attributes_of_a_json_column_are_objects_within_objects() -> None:
    attributes = {"gen_ai": {"operation": {"name": "chat"}, "request": {"model": "m"}, "usage": {"input_tokens": 7}}}
    found = span(ClickhouseExport, row(SpanAttributes=attributes))
    assert (found.kind, found.model, found.usage.input) == ("generation", "m", 7)
