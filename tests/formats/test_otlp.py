"""OTLP in files: the Collector's lines, requests by hand, printed spans. tests/data/otlp/expected.json."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.formats.source_reading import Reading, read_source, without_zeros
from tracetui.errors import SourceVanished, UnreadableSource
from tracetui.model import Message, Score, Span, Text, ToolCall, ToolResult
from tracetui.sources.base import Source
from tracetui.sources.head import Head
from tracetui.sources.otlp import OtlpSource

DATA = Path(__file__).parents[1] / "data" / "otlp"
EXPECTED: dict[str, dict[str, Any]] = json.loads((DATA / "expected.json").read_text())
SAMPLES = [(name, sample) for name, facts in EXPECTED.items() for sample in facts.get("samples", ())]
T0 = 1_793_600_000_000_000_000


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "data.json"


def attributes(**values: str | int) -> list[dict[str, Any]]:
    return [
        {"key": key.replace("__", "."), "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in values.items()
    ]  # fmt: skip


def span(number: int, *, trace: int = 1, end: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "name": f"span {number}",
        "startTimeUnixNano": str(T0 + number),
        "endTimeUnixNano": str(T0 + number + 1000) if end else "0",
        "attributes": attributes(gen_ai__operation__name="chat", gen_ai__request__model="gpt-5-mini"),
        **more,
    }


def request(*spans: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [{"scope": {"name": "x"}, "spans": list(spans)}]}]}  # fmt: skip


def logs(*records: dict[str, Any]) -> dict[str, Any]:
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": list(records)}]}]}


def line(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode() + b"\n"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def names(reading: Reading) -> list[str]:
    return sorted(span.name for span in reading.spans.values())


@pytest.mark.parametrize("name", EXPECTED)
def test_each_file_gives_exactly_what_is_in_it(name: str) -> None:
    assert OtlpSource.recognise(Head(DATA / name))
    source = OtlpSource(DATA / name)
    found = read_source(source).facts()
    expected = without_zeros({key: value for key, value in EXPECTED[name].items() if key not in ("format", "samples")})
    assert {key: found.get(key) for key in expected} == expected
    assert (found.get("duplicates"), found.get("incomplete_tail"), found.get("replaced_lines")) == (None, None, None)
    assert source.format == EXPECTED[name]["format"]


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_each_sample_span_is_what_it_should_be(name: str, sample: dict[str, Any]) -> None:
    source = OtlpSource(DATA / name)
    reading = read_source(source)
    key = (sample["trace_id"], sample["span_id"])
    found = reading.spans[key]
    for field in ("parent_id", "kind", "name", "start_ns", "end_ns", "status", "status_message", "model"):
        assert getattr(found, field) == sample[field], field
    if sample["usage"]:
        usage = found.usage
        assert [usage.input, usage.cache_read or 0, usage.cache_write or 0, usage.output, usage.reasoning or 0] == [
            *sample["usage"].values()
        ]
    assert found.cost.usd == (pytest.approx(sample["cost_usd"]) if sample["cost_usd"] else None)
    payload = source.payload(found, reading.references[key])
    texts, calls = _said(payload.input), _calls(payload.output)
    assert sample["input_text"] in texts
    assert sample["output_text"] is None or sample["output_text"] in _said(payload.output)
    assert calls == [(call[0], call[1], json.loads(call[2])) for call in sample["tool_calls"]]
    assert key[1] in payload.raw.lower()


def _said(content: Any) -> list[str]:
    """Every text of a conversation; of a tool's arguments and results their JSON as Python writes it."""
    if not isinstance(content, tuple):
        return [content if isinstance(content, str) else json.dumps(content)]
    said: list[str] = []
    for message in content:
        for part in message.parts:
            if isinstance(part, ToolResult):
                said.append(part.content if isinstance(part.content, str) else json.dumps(part.content))
            elif not isinstance(part, ToolCall):
                said.append(getattr(part, "text", ""))
    return said


def _calls(content: Any) -> list[tuple[str | None, str, Any]]:
    if not isinstance(content, tuple):
        return []
    return [(p.id, p.name, p.arguments) for m in content for p in m.parts if isinstance(p, ToolCall)]


RECOGNISED = [
    (b'{"resourceSpans":[', "otlp-jsonl"),
    (b'\xef\xbb\xbf\n  {"resourceLogs": [', "otlp-jsonl"),
    (b'{"resourceMetrics":[{}]}\n{"resourceSpans":[]}\n', "otlp-jsonl"),
    (b'{\n  "resourceSpans": [\n    {', "otlp-json"),
    (b'{\n  "resourceSpans": []\n}\n{\n  "resourceSpans": []\n}\n', "otlp-jsonl"),
    (b'{\n  "resourceSpans": []\n}\n', "otlp-json"),
    (b'[\n  {\n    "resourceSpans": [', "otlp-jsonl"),
    (b'[{"resource":{},"scopeSpans":[]}]', "otlp-jsonl"),
    (b'{"resource_spans": [{"scope_spans": []}]}\n', "otlp-jsonl"),
    (b'not json\n{"half":\n{"resourceSpans":[]}\n', "otlp-jsonl"),
    (b'{"resourceSpans":[{"resource":"' + b"x" * 50_000, "otlp-jsonl"),
    (b'{"name": "x", "context": {"trace_id": "0xab", ', "otel-console"),
    (b'Listening on :80\n{\n    "name": "x",\n    "context": {\n        "trace_id": "0xab",', "otel-console"),
    (gzip.compress(b'{"resourceSpans":[]}\n', mtime=0), "otlp-jsonl"),
    ('{"resourceSpans":[]}\n'.encode("utf-16"), "otlp-jsonl"),
]


@pytest.mark.parametrize(("head", "name"), RECOGNISED)
def test_the_beginning_of_a_file_is_enough_to_recognise_it(log: Path, head: bytes, name: str) -> None:
    log.write_bytes(head)
    assert OtlpSource.recognise(Head(log))
    assert OtlpSource(log).format == name


NOT_RECOGNISED = [
    b"",
    b'{"model":"gpt-5","prompt":"say \\"resourceSpans\\": ["}\n{"resourceSpans":[]}\n',
    b'{"messages":[],"model":"x"}\n',
    b"# resourceSpans\n",
    b'[1, 2, {"a": 3}]',
    b"SQLite format 3\0",
    b"\0" * 1000,
]


@pytest.mark.parametrize("head", NOT_RECOGNISED)
def test_what_is_something_else_is_not_recognised(log: Path, head: bytes) -> None:
    log.write_bytes(head)
    assert not OtlpSource.recognise(Head(log))


def test_protobuf_is_refused_with_what_to_do() -> None:
    with pytest.raises(UnreadableSource, match="protobuf, which is not read; set `format: json`"):
        OtlpSource.recognise(Head(DATA / "collector-proto.bin"))


def test_it_can_do_what_every_source_can(log: Path) -> None:
    log.write_bytes(line(request(span(1))))
    source: Source = OtlpSource(log)
    about = source.describe()
    assert (about.format, about.writable, about.scores_go) == ("otlp-jsonl", True, "data.json.scores.jsonl beside it")
    source.close()


def test_a_wrapping_is_said(log: Path) -> None:
    log.write_bytes(gzip.compress(line(request(span(1)))))
    assert OtlpSource(log).describe().notes == ("read through gzip",)


def test_a_request_that_is_half_written_is_waited_for(log: Path) -> None:
    data = line(request(span(2)))
    log.write_bytes(line(request(span(1))) + data[:50])
    source = OtlpSource(log)
    first = read_source(source)
    assert (names(first), first.batches[-1].incomplete) == (["span 1"], 1)
    assert not source.changed(first.cursor)
    append(log, data[50:])
    assert source.changed(first.cursor)
    second = read_source(source, first.cursor)
    assert (names(second), second.batches[-1].incomplete) == (["span 2"], 0)
    assert read_source(source, second.cursor).batches == []


def test_a_span_sent_again_is_one_span_and_counted(log: Path) -> None:
    log.write_bytes(line(request(span(1), span(2))) + line(request(span(1, name="again"))))
    reading = read_source(OtlpSource(log))
    assert names(reading) == ["again", "span 2"]
    assert [len(batch.spans) for batch in reading.batches] == [2]
    assert reading.facts()["duplicates"] == 1


def test_a_running_span_is_replaced_by_its_end_and_is_no_duplicate(log: Path) -> None:
    log.write_bytes(line(request(span(1, end=False))) + line(request(span(1))) + line(request(span(1, end=False))))
    reading = read_source(OtlpSource(log))
    (found,) = reading.spans.values()
    assert found.end_ns == T0 + 1001
    assert reading.facts()["duplicates"] == 1, "only the one that came after the end"


def test_the_payload_is_that_of_the_span_and_not_of_its_neighbour(log: Path) -> None:
    spans = [
        span(
            n, attributes=attributes(openinference__span__kind="TOOL", input__value=f"in {n}", output__value=f"out {n}")
        )
        for n in range(1, 6)
    ]
    log.write_bytes(line(request(*spans[:3])) + line(request(*spans[3:])))
    source = OtlpSource(log)
    reading = read_source(source)
    for key, found in reading.spans.items():
        payload = source.payload(found, reading.references[key])
        number = int(found.span_id, 16)
        assert (payload.input, payload.output) == (f"in {number}", f"out {number}")
        assert json.loads(payload.raw)["name"] == f"span {number}"


def message_record(name: str, body: dict[str, Any], at: int) -> dict[str, Any]:
    return {
        "traceId": f"{1:032x}",
        "spanId": f"{1:016x}",
        "timeUnixNano": str(T0 + at),
        "eventName": name,
        "body": {"kvlistValue": {"values": attributes(**body)}},
    }


@pytest.mark.parametrize("logs_first", [True, False])
def test_messages_in_log_records_join_their_span_in_either_order(log: Path, logs_first: bool) -> None:
    said = line(logs(message_record("gen_ai.user.message", {"content": "hello?"}, 1)))
    answered = line(logs(message_record("gen_ai.choice", {"message": "hi", "content": "hi"}, 2)))
    parts = [said, answered, line(request(span(1)))]
    log.write_bytes(b"".join(parts if logs_first else parts[::-1]))
    source = OtlpSource(log)
    reading = read_source(source)
    ((key, found),) = reading.spans.items()
    assert [(joined.trace_id, joined.span_id) for joined in reading.joined] == [key, key]
    places = tuple(joined.reference for joined in reading.joined)
    payload = source.payload(found, reading.references[key], places)
    assert isinstance(payload.input, tuple)
    assert payload.input[0] == Message("user", (Text("hello?"),))
    assert payload.output
    assert len(payload.events) == 2
    assert reading.facts().get("skipped") is None


def test_lines_of_other_signals_are_no_damage(log: Path) -> None:
    log.write_bytes(line({"resourceMetrics": [{}]}) + line(request(span(1))) + line({"resourceProfiles": [{}]}))
    facts = read_source(OtlpSource(log)).facts()
    assert (facts["spans"], facts["other_signal_lines"], facts.get("skipped")) == (1, 2, None)


def test_evaluation_events_are_scores(log: Path) -> None:
    event = {
        "name": "gen_ai.evaluation.result",
        "timeUnixNano": str(T0),
        "attributes": [
            *attributes(gen_ai__evaluation__name="relevance", gen_ai__evaluation__score__label="good"),
            {"key": "gen_ai.evaluation.score.value", "value": {"doubleValue": 0.9}},
        ],
    }
    log.write_bytes(line(request(span(1, events=[event]))))
    (score,) = read_source(OtlpSource(log)).scores
    assert (score.trace_id, score.span_id, score.name) == (f"{1:032x}", f"{1:016x}", "relevance")
    assert (score.value, score.label) == (0.9, "good")


def test_spans_without_ids_beside_good_ones_are_said(log: Path) -> None:
    log.write_bytes(line(request(span(1), {"name": "lost"})))
    reading = read_source(OtlpSource(log))
    assert names(reading) == ["span 1"]
    assert [(skip.line, skip.reason) for skip in reading.skipped] == [(1, "1 of its spans have no ids")]


def test_ids_are_the_same_in_any_spelling(log: Path) -> None:
    upper = span(10, traceId="ABCDEF00000000000000000000000001")
    encoded = span(11, traceId="q83vAAAAAAAAAAAAAAAAAQ==", spanId="AAAAAAAAAAs=")
    log.write_bytes(line(request(upper)) + line(request(encoded)))
    assert set(read_source(OtlpSource(log)).spans) == {
        ("abcdef00000000000000000000000001", f"{10:016x}"),
        ("abcdef00000000000000000000000001", f"{11:016x}"),
    }


def test_a_rotated_file_is_finished_before_the_new_one_and_its_payloads_are_still_found(log: Path) -> None:
    log.write_bytes(line(request(span(1))))
    source = OtlpSource(log)
    first = read_source(source)
    append(log, line(request(span(2))))
    log.rename(log.with_name("data-2026-11-02T05-02-14.173.json"))
    log.write_bytes(line(request(span(3))))
    second = read_source(source, first.cursor)
    assert names(second) == ["span 2", "span 3"]
    assert not any(batch.reset for batch in second.batches)
    for reading in (first, second):
        for key, found in reading.spans.items():
            assert json.loads(source.payload(found, reading.references[key]).raw)["name"] == found.name


def test_a_replaced_file_forgets_what_was_read(log: Path) -> None:
    log.write_bytes(line(request(span(1))) + line(request(span(2))))
    source = OtlpSource(log)
    first = read_source(source)
    log.write_bytes(line(request(span(3))))
    second = read_source(source, first.cursor)
    assert (names(second), second.batches[0].reset) == (["span 3"], True)
    assert second.notices == ["data.json was truncated: read again from the start"]
    key, found = next(iter(first.spans.items()))
    with pytest.raises(UnreadableSource):
        source.payload(found, first.references[key])


def test_a_deleted_file_has_vanished(log: Path) -> None:
    log.write_bytes(line(request(span(1))))
    source = OtlpSource(log)
    first = read_source(source)
    log.unlink()
    assert source.changed(first.cursor)
    with pytest.raises(SourceVanished):
        read_source(source, first.cursor)
    key, found = next(iter(first.spans.items()))
    with pytest.raises(SourceVanished):
        source.payload(found, first.references[key])


def test_a_score_is_saved_beside_the_file_and_read_back(log: Path) -> None:
    data = line(request(span(1)))
    log.write_bytes(data)
    source = OtlpSource(log)
    before = read_source(source)
    score = Score("s1", f"{1:032x}", None, "user_rating", value=1.0, author="ada", time_ns=5)
    assert source.write_score(score).place == str(log) + ".scores.jsonl"
    assert source.changed(before.cursor)
    after = read_source(source, before.cursor)
    assert (after.scores, after.spans) == ([score], {})
    source.retract_score(score)
    last = read_source(source, after.cursor)
    assert [batch.retracted for batch in last.batches if batch.retracted] == [("s1",)]
    assert not source.changed(last.cursor)
    assert log.read_bytes() == data


def test_a_score_does_not_hide_that_the_file_is_incomplete(log: Path) -> None:
    log.write_bytes(line(request(span(1))) + b'{"resourceSpans":')
    source = OtlpSource(log)
    before = read_source(source)
    source.write_score(Score("s1", f"{1:032x}", None, "user_rating", value=1.0))
    assert read_source(source, before.cursor).batches[-1].incomplete == 1


def test_lines_beside_the_file_that_are_no_scores_are_said(log: Path) -> None:
    log.write_bytes(line(request(span(1))))
    source = OtlpSource(log)
    append(log.with_name("data.json.scores.jsonl"), b"nonsense\n")
    assert read_source(source).notices == ["data.json.scores.jsonl: 1 lines are no scores and were left out"]


def test_a_cursor_of_another_version_reads_everything_again(log: Path) -> None:
    log.write_bytes(line(request(span(1))))
    reading = read_source(OtlpSource(log), "nonsense")
    assert (names(reading), reading.batches[0].reset) == (["span 1"], True)


def console(number: int, **more: Any) -> dict[str, Any]:
    return {
        "name": f"span {number}",
        "context": {"trace_id": f"0x{1:032x}", "span_id": f"0x{number:016x}", "trace_state": "[]"},
        "kind": "SpanKind.INTERNAL",
        "parent_id": None,
        "start_time": "2026-11-02T06:13:39.611000Z",
        "end_time": "2026-11-02T06:13:39.612000Z",
        "status": {"status_code": "UNSET"},
        "attributes": {"openinference.span.kind": "TOOL", "input.value": f"in {number}"},
        "events": [],
        "links": [],
        "resource": {"attributes": {"deployment.environment.name": "staging"}, "schema_url": ""},
        **more,
    }


@pytest.mark.parametrize("indent", [4, None, 0])
def test_printed_spans_are_found_between_other_output(log: Path, indent: int | None) -> None:
    log.write_text(
        "Server started {pid: 4}\n"
        + json.dumps(console(1), indent=indent)
        + "\n[INFO] 'quoted \" once\nGET /\n"
        + json.dumps(console(2), indent=indent)
        + "\nbye"
    )
    source = OtlpSource(log)
    reading = read_source(source)
    assert source.format == "otel-console"
    assert names(reading) == ["span 1", "span 2"]
    for key, found in reading.spans.items():
        assert source.payload(found, reading.references[key]).input == f"in {int(found.span_id, 16)}"


def test_a_printed_span_says_everything_it_knows(log: Path) -> None:
    exception = {"name": "exception", "timestamp": "2026-11-02T06:13:39.611500Z", "attributes": {"exception.message": "no"}}  # fmt: skip
    failed = console(
        2, parent_id=f"0x{1:016x}", status={"status_code": "ERROR", "description": "boom"}, events=[exception]
    )
    log.write_text(json.dumps(failed, indent=4))
    source = OtlpSource(log)
    reading = read_source(source)
    ((key, found),) = reading.spans.items()
    expected = Span(
        trace_id=f"{1:032x}",
        span_id=f"{2:016x}",
        parent_id=f"{1:016x}",
        kind="tool",
        name="span 2",
        start_ns=1_793_600_019_611_000_000,
        end_ns=1_793_600_019_612_000_000,
        status="error",
        status_message="boom",
        environment="staging",
        tool_name="span 2",
    )
    assert found == expected
    assert source.payload(found, reading.references[key]).events[0]["name"] == "exception"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{}", "an empty object"),
        (b"{half", "not JSON"),
        (b"\0\0\0", "NUL bytes"),
        (b'{"resourceSpans":[]}', "no span of the console exporter: looks like an OTLP request"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply to be read"),
    ],
)
def test_a_line_between_printed_spans_that_is_none_says_why(log: Path, data: bytes, reason: str) -> None:
    log.write_bytes(line(console(1)) + data + b"\n" + line(console(2)))
    reading = read_source(OtlpSource(log))
    assert names(reading) == ["span 1", "span 2"]
    assert [(skip.line, skip.reason) for skip in reading.skipped] == [(2, reason)]


def test_a_program_that_died_while_printing_spoils_only_that_span(log: Path) -> None:
    half = json.dumps(console(1), indent=4)[:120]
    log.write_text(half + "\n" + json.dumps(console(2), indent=4) + "\n")
    reading = read_source(OtlpSource(log))
    assert names(reading) == ["span 2"]
    assert reading.facts()["skipped"] == 1


def test_the_first_batch_of_a_big_file_is_small(log: Path) -> None:
    log.write_bytes(line(request(*(span(number) for number in range(1, 6)))) * 2000)
    batches = OtlpSource(log).read(None)
    first = next(batches)
    assert 0 < first.done <= 256 << 10 < first.total
    assert os.path.getsize(log) == first.total
