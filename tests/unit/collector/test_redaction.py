"""What SDKs send is redacted before it is written, whatever the protocol, and sending it again changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.collector.conftest import DATA, Client, totals
from tracetui.collector.captured import Captured
from tracetui.collector.counters import Counters
from tracetui.collector.listen import Address, listen
from tracetui.collector.writer import Writer
from tracetui.config import Config
from tracetui.redaction import make_redactor
from tracetui.semconv.raw import RawSpan

MAIL = "alice@example.com"


def everything(store: Path) -> str:
    conn = sqlite3.connect(store)
    text = "\n".join(conn.iterdump())
    conn.close()
    return text


def redacting(store: Path) -> Any:
    return listen(store, Address("127.0.0.1", 0), redactor=make_redactor(Config()))


SENT: dict[str, Callable[[Client], object]] = {
    "otlp": lambda client: client.post_json(
        "/v1/traces",
        {"resourceSpans": [{"scopeSpans": [{"spans": [{
            "traceId": "1" * 32, "spanId": "2" * 16, "name": MAIL, "startTimeUnixNano": "1795000000000000000",
            "endTimeUnixNano": "1795000001000000000", "status": {"code": 2, "message": MAIL},
            "attributes": [{"key": "gen_ai.input.messages", "value": {"stringValue": json.dumps(
                [{"role": "user", "parts": [{"type": "text", "content": f"line\n{MAIL}"}]}])}}],
            "events": [{"name": "e", "timeUnixNano": "1795000000000000000", "attributes": [{"key": "m", "value": {"stringValue": MAIL}}]}],
        }]}]}]},
    ),
    "langfuse": lambda client: client.post_json(
        "/api/public/ingestion",
        {"batch": [
            {"id": "e1", "type": "trace-create", "timestamp": "2026-11-20T10:00:00Z",
             "body": {"id": "t1", "name": MAIL, "userId": MAIL, "input": {"q": MAIL}, "metadata": {MAIL: MAIL}}},
            {"id": "e2", "type": "generation-create", "timestamp": "2026-11-20T10:00:01Z",
             "body": {"id": "g1", "traceId": "t1", "startTime": "2026-11-20T10:00:00Z", "input": MAIL, "output": MAIL}},
            {"id": "e3", "type": "score-create", "timestamp": "2026-11-20T10:00:02Z",
             "body": {"id": "s1", "traceId": "t1", "name": "rating", "value": 1, "comment": MAIL}},
        ]},
    ),
    "langsmith": lambda client: client.post_json(
        "/runs/batch",
        {"post": [{"id": "a1", "trace_id": "a1", "name": MAIL, "run_type": "llm", "start_time": "2026-11-20T10:00:00Z",
                   "inputs": {"messages": [{"role": "user", "content": MAIL}]}}],
         "patch": [{"id": "a1", "trace_id": "a1", "outputs": {"o": MAIL}, "error": MAIL, "end_time": "2026-11-20T10:00:01Z"}]},
    ),
    "feedback": lambda client: client.post_json("/feedback", {"trace_id": "t1", "rating": 1, "comment": MAIL, "user_id": MAIL}),
}  # fmt: skip


@pytest.mark.parametrize("protocol", SENT)
def test_no_protocol_writes_an_address(protocol: str, tmp_path: Path) -> None:
    running = redacting(tmp_path / "dev.db")
    answer = SENT[protocol](Client(running.address))
    running.close()
    assert answer.status < 300  # type: ignore[attr-defined]
    assert MAIL not in everything(tmp_path / "dev.db")
    assert "[EMAIL]" in everything(tmp_path / "dev.db")
    assert running.counts().redacted > 0
    assert f"{running.counts().redacted} redacted" in running.told()


@pytest.mark.parametrize("protocol", ["otlp", "langfuse", "langsmith"])
def test_sending_again_changes_nothing(protocol: str, tmp_path: Path) -> None:
    running = redacting(tmp_path / "dev.db")
    SENT[protocol](Client(running.address))
    first = everything(tmp_path / "dev.db")
    SENT[protocol](Client(running.address))
    running.close()
    rows = [
        [row for row in text.splitlines() if 'INTO "payloads"' in row or 'INTO "scores"' in row]
        for text in (first, everything(tmp_path / "dev.db"))
    ]
    assert sorted(rows[0]) == sorted(rows[1])


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("*.jsonl")))
def test_what_real_sdks_sent_adds_up_to_the_same(name: str, tmp_path: Path) -> None:
    sums = []
    for redactor in (None, make_redactor(Config())):
        store = tmp_path / f"{redactor is None}.db"
        running = listen(store, Address("127.0.0.1", 0), redactor=redactor)
        Client(running.address).replay(name)
        running.close()
        sums.append({key: item for key, item in totals(store).items() if key not in ("sources", "scores")})
    assert sums[0] == sums[1]


def test_without_a_redactor_nothing_is_looked_at(tmp_path: Path) -> None:
    counters = Counters()
    writer = Writer(tmp_path / "dev.db", counters)
    writer.submit(Captured(spans=(RawSpan("1" * 32, "2" * 16, name=MAIL, start_ns=1, end_ns=2),))).result(timeout=30)
    writer.close()
    assert MAIL in everything(tmp_path / "dev.db")
    assert counters.read().redacted == 0
