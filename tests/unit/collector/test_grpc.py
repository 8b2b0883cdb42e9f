"""OTLP over gRPC, by the SDK's exporter and by hand."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.unit.collector.conftest import captured, check_totals, totals
from tests.unit.collector.test_otlp import as_protobuf
from tracetui.collector import listen as listen_module
from tracetui.collector.bodies import Limits
from tracetui.collector.drafts import Drafts
from tracetui.collector.listen import Address, Listening, listen
from tracetui.errors import MissingExtra, TracetuiError, WrongUse

Start = Callable[..., Listening]
TRACES, LOGS, METRICS = (
    f"/opentelemetry.proto.collector.{name}.v1.{name.capitalize()}Service/Export"
    for name in ("trace", "logs", "metrics")
)


@pytest.fixture
def start_grpc(start: Start) -> Start:
    return lambda **options: start(grpc_port=0, **options)


@pytest.fixture
def served(start_grpc: Start) -> Listening:
    return start_grpc()


def call(running: Listening, path: str, body: bytes, **options: Any) -> bytes:
    channel = grpc.insecure_channel(str(running.grpc_address))
    with channel:
        return bytes(channel.unary_unary(path)(body, timeout=30, **options))


def refused(running: Listening, path: str, body: bytes, **options: Any) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as error:
        call(running, path, body, **options)
    return error.value


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_the_sdks_exporter_sends_to_it(served: Listening, store: Path, compression: grpc.Compression) -> None:
    exporter = OTLPSpanExporter(f"http://{served.grpc_address}", compression=compression)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5-mini", "gen_ai.usage.input_tokens": 7}
    with provider.get_tracer("t").start_as_current_span("chat", attributes=attributes):
        pass
    provider.shutdown()
    found = totals(store)
    assert (found["spans"], found["tokens"]["input"], served.counts().accepted) == (1, 7, 1)


@pytest.mark.parametrize("name", ["otlp-genai-events", "otlp-openinference"])
def test_it_gives_what_http_gives(served: Listening, store: Path, name: str) -> None:
    for one in captured(name):
        path = TRACES if one["path"].endswith("traces") else LOGS if one["path"].endswith("logs") else METRICS
        assert one["headers"]["content-type"] == "application/x-protobuf"
        assert call(served, path, base64.b64decode(one["body_base64"])) == b""
    check_totals(store, name)


def test_a_span_without_ids_is_refused_alone(served: Listening, store: Path) -> None:
    sent = pb.ExportTraceServiceRequest.FromString(as_protobuf())
    sent.resource_spans[0].scope_spans[0].spans.add().name = "no ids"
    answer = pb.ExportTraceServiceResponse.FromString(call(served, TRACES, sent.SerializeToString()))
    assert answer.partial_success.rejected_spans == 1
    assert (totals(store)["spans"], served.counts().malformed) == (1, 1)


def test_metrics_are_answered_and_other_calls_are_not_known(served: Listening) -> None:
    assert call(served, METRICS, b"") == b""
    assert served.counts().ignored == 1
    assert refused(served, "/a.b/C", b"").code() is grpc.StatusCode.UNIMPLEMENTED


def test_what_is_no_request_is_an_invalid_argument(served: Listening) -> None:
    error = refused(served, TRACES, b"\xff\xff\xff")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (served.counts().malformed, served.counts().refused) == (1, 0)


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [((), False), ((("authorization", "Bearer wrong"),), False), ((("authorization", "Bearer s3cret"),), True)],
)
def test_a_token_is_asked_for(
    start_grpc: Start, store: Path, headers: tuple[tuple[str, str], ...], is_taken: bool
) -> None:
    running = start_grpc(token="s3cret")
    if is_taken:
        call(running, TRACES, as_protobuf(), metadata=headers)
    else:
        assert refused(running, TRACES, as_protobuf(), metadata=headers).code() is grpc.StatusCode.UNAUTHENTICATED
    assert (totals(store)["spans"], running.counts().refused) == ((1, 0) if is_taken else (0, 1))


def test_a_store_that_is_full_is_to_be_tried_again(served: Listening, store: Path) -> None:
    conn = served._writer._conn
    (pages,) = conn.execute("PRAGMA page_count").fetchone()
    conn.execute(f"PRAGMA max_page_count = {pages}")
    sent = pb.ExportTraceServiceRequest.FromString(as_protobuf())
    sent.resource_spans[0].scope_spans[0].spans[0].name = "x" * 9000
    error = refused(served, TRACES, sent.SerializeToString())
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    told = dict(error.trailing_metadata())
    status, retry = Status.FromString(told["grpc-status-details-bin"]), RetryInfo()
    assert (status.code, status.message) == (14, error.details())
    assert status.details[0].Unpack(retry)
    assert (retry.retry_delay.seconds, RetryInfo.FromString(told["google.rpc.retryinfo-bin"])) == (1, retry)
    conn.execute("PRAGMA max_page_count = 1000000")
    call(served, TRACES, sent.SerializeToString())
    assert totals(store)["spans"] == 1


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_message_over_the_limit_is_refused(start_grpc: Start, compression: grpc.Compression) -> None:
    running = start_grpc(limits=Limits(sent=1 << 20))
    error = refused(running, TRACES, b" " * (64 << 20), compression=compression)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    call(running, TRACES, as_protobuf())
    assert (running.counts().accepted, running.counts().refused) == (1, 1)


def test_a_message_that_does_not_come_is_given_up(start_grpc: Start) -> None:
    running = start_grpc(limits=Limits(seconds=0.05))

    def never() -> Iterator[bytes]:
        ended.wait()
        yield from ()

    ended = threading.Event()
    with grpc.insecure_channel(str(running.grpc_address)) as channel:
        answer = channel.stream_unary(TRACES).future(never(), timeout=30)
        assert answer.code() is grpc.StatusCode.CANCELLED
        ended.set()


def test_a_defect_is_told_without_its_text(
    served: Listening, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    def stumble(drafts: Drafts, captured: Any) -> None:
        raise KeyError("my prompt")

    monkeypatch.setattr(Drafts, "take", stumble)
    error = refused(served, TRACES, as_protobuf())
    assert (error.code(), error.details()) == (grpc.StatusCode.INTERNAL, "a defect of the collector (KeyError)")
    assert ("".join(capfd.readouterr()), caplog.text) == ("", "")


def test_a_port_in_use_is_a_sentence(served: Listening, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert served.grpc_address is not None
    with pytest.raises(WrongUse, match="cannot listen there"):
        listen(tmp_path / "other.db", Address(port=0), grpc_port=served.grpc_address.port)
    assert not (tmp_path / "other.db").exists()
    assert capfd.readouterr().err == ""


def test_a_store_that_cannot_be_made_leaves_both_ports_free(tmp_path: Path) -> None:
    with pytest.raises(TracetuiError, match="nowhere"):
        listen(tmp_path / "nowhere" / "dev.db", Address(port=0), grpc_port=0)


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen_module, "has_grpc", lambda: False)
    with pytest.raises(MissingExtra, match=r"tracetui\[grpc\]"):
        listen(tmp_path / "dev.db", Address(port=0), grpc_port=0)


def test_without_a_port_nothing_of_it_runs(start: Start) -> None:
    running = start()
    assert running.grpc_address is None
