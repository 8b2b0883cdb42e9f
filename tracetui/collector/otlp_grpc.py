"""OTLP over gRPC: the `Export` calls of traces, logs and metrics, with the desk, the gate and the counts of the HTTP port.

No page of a browser can speak it (it is HTTP/2 from the first byte, without TLS), so only the token is looked at. Needs the package
grpcio.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

import grpc
from starlette.datastructures import Headers

from tracetui.collector import otlp
from tracetui.collector.bodies import Limits
from tracetui.collector.captured import Captured
from tracetui.collector.desk import Desk
from tracetui.collector.gate import Gate
from tracetui.collector.refusal import Refusal
from tracetui.collector.server import bind
from tracetui.wire import otlp_request as wire

_SERVICE = "/opentelemetry.proto.collector.{0}.v1.{1}Service/Export"
_SIGNALS = {
    _SERVICE.format(name, service): signal
    for name, service, signal in (
        ("trace", "Trace", "traces"),
        ("logs", "Logs", "logs"),
        ("metrics", "Metrics", "metrics"),
    )
}
_WAITING = 256
_CODES = {code.value[0]: code for code in grpc.StatusCode}


class GrpcServer:
    """Bound to `host:port` when it is made, serving after `serve`. Raises WrongUse where it cannot listen there."""

    def __init__(self, host: str, port: int, limits: Limits) -> None:
        logging.getLogger("grpc").setLevel(logging.CRITICAL + 1)
        # A message is received by the thread that works on it, so that all together have their limit; the core
        # refuses one that is too large, also when it is inflated.
        self._pool = ThreadPoolExecutor(max(1, limits.together // limits.sent), thread_name_prefix="tracetui grpc")
        self._server = grpc.server(
            self._pool,
            options=[
                ("grpc.so_reuseport", 0),  # two collectors would share a port, and each get half of the spans
                ("grpc.max_receive_message_length", limits.sent),
                ("grpc.max_metadata_size", 32 << 10),
                ("grpc.max_concurrent_streams", 32),
            ],
            maximum_concurrent_rpcs=_WAITING,
        )
        self._limits = limits
        bind(host, port).close()  # says in a sentence why not
        self.port: int = self._server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    def serve(self, desk: Desk, gate: Gate) -> None:
        """Take calls from now on."""
        self._server.add_generic_rpc_handlers((_Calls(desk, gate, self._limits),))
        self._server.start()

    def close(self) -> None:
        """Take no more, and answer what was taken."""
        self._server.stop(grace=3).wait()
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Calls(grpc.GenericRpcHandler):  # type: ignore[misc]
    """The calls. They are registered as streams of one message: only so can the token be looked at, and a clock be
    started, before the message is received."""

    def __init__(self, desk: Desk, gate: Gate, limits: Limits) -> None:
        self._desk = desk
        self._gate = gate
        self._limits = limits
        self._handlers = {
            path: grpc.stream_unary_rpc_method_handler(partial(self._answer, signal))
            for path, signal in _SIGNALS.items()
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler of a call; None is answered as not implemented."""
        return self._handlers.get(handler_call_details.method)

    def _answer(self, signal: str, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        try:
            return self._take(signal, messages, context)
        except Refusal as error:
            refusal = error
            self._desk.refuse(refusal)
        except Exception as error:  # noqa: BLE001  a defect in one request must end neither the thread nor the screen
            context.abort(grpc.StatusCode.INTERNAL, self._desk.lament(error))
        _tell(context, refusal)
        raise AssertionError("abort raises")

    def _take(self, signal: str, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        self._gate.check_token(_headers_of(context))
        with self._desk.whole(self._received(messages, context)) as body:
            if signal == "metrics":
                self._desk.counters.add(ignored=1)
                return b""
            sent = otlp.read(body, signal, is_json=False)
            self._desk.store_now(Captured(spans=sent.spans, events=sent.events))
            self._desk.counters.add(malformed=sent.bad, ignored=sent.other)
            return wire.partial_success_bytes(sent.bad, otlp.NO_IDS)

    def _received(self, messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        with _given_up(context, self._limits.seconds), suppress(grpc.RpcError):
            for message in messages:
                return message
        most = self._limits.sent >> 20
        raise Refusal(413, f"no message came in time, or one of more than {most} MiB; send smaller batches")


@contextmanager
def _given_up(context: grpc.ServicerContext, seconds: float) -> Iterator[None]:
    """Cancel the call where the block takes longer than that."""
    clock = threading.Timer(seconds, context.cancel)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


def _headers_of(context: grpc.ServicerContext) -> Headers:
    pairs = [(key, item) for key, item in context.invocation_metadata() if isinstance(item, str)]
    return Headers(raw=[(key.encode("latin-1"), item.encode("latin-1", "replace")) for key, item in pairs])


def _tell(context: grpc.ServicerContext, refusal: Refusal) -> None:
    """End the call with a refusal, and where it should come again with that, as the SDKs look for it."""
    code = otlp.code_of(refusal)
    if refusal.retry_after_s is not None:
        retry = wire.retry_info_bytes(refusal.retry_after_s)
        status = wire.status_bytes(code, refusal.sentence, refusal.retry_after_s)
        context.set_trailing_metadata((("grpc-status-details-bin", status), ("google.rpc.retryinfo-bin", retry)))
    context.abort(_CODES[code], refusal.sentence)
