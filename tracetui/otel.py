"""Write spans of an OpenTelemetry SDK straight into a tracetui store: no server, several processes at once.

    provider.add_span_processor(BatchSpanProcessor(StoreSpanExporter("dev.db")))

Needs opentelemetry-sdk, which a program that has such a provider has.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from tracetui.collector.captured import Captured
from tracetui.collector.storing import store_captured
from tracetui.config import load_config
from tracetui.errors import TracetuiError
from tracetui.model import Json
from tracetui.semconv.raw import RawEvent, RawSpan
from tracetui.store.captured import Connection, arrange, transaction
from tracetui.store.connection import open_store
from tracetui.wire.otlp_more import link_of, more_of
from tracetui.workspace.pricer import Pricer

if TYPE_CHECKING:
    from tracetui.redaction import Redactor

__all__ = ["StoreSpanExporter"]

_log = logging.getLogger(__name__)


class StoreSpanExporter(SpanExporter):
    """Writes into the store at `path`, which is made (0600) where there is none; a batch is on disk when it is exported.

    With `redact`, personal data and secrets are taken out first, by the rules of docs/redaction.md and of config.toml;
    None is what `[collect]` there says.

    Raises NotWritable, UnreadableSource or WrongUse at once where that is no place for a store or no configuration. Later trouble (a
    full disk, a lock of more than five seconds) is logged and fails the batch, as the SDK expects.
    """

    def __init__(self, path: str | os.PathLike[str], *, prices: str | None = None, redact: bool | None = None) -> None:
        self._redactor = _find_redactor(redact)
        self._path = Path(path)
        self._pricer = Pricer(prices)
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._unarranged: set[str] = set()
        self._inherited: Connection | None = None
        self._conn: Connection | None = open_store(self._path)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write a batch."""
        captured = Captured(spans=tuple(raw for span in spans if (raw := raw_span(span)) is not None))
        try:
            with self._lock:
                conn = self._opened()
                stored = store_captured(conn, self._path, [captured], self._pricer.price, self._redactor)
                self._unarranged |= stored.unarranged
        except TracetuiError as error:
            _log.warning("%s", error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the store."""
        with self._lock:
            if self._conn is not None and self._process == os.getpid():
                if self._unarranged:
                    self._arrange(self._conn)
                self._conn.close()
                self._conn = None

    def _arrange(self, conn: Connection) -> None:
        try:
            with transaction(conn, self._path):
                arrange(conn, self._unarranged)
        except TracetuiError as error:
            _log.warning("%s", error)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return True

    def _opened(self) -> Connection:
        """The connection of this process: one that was taken over by a fork must not be used, nor closed."""
        if self._process != os.getpid():
            self._inherited, self._conn = self._conn, None
        if self._conn is None:
            self._conn, self._process = open_store(self._path), os.getpid()
            self._unarranged.clear()
        return self._conn


def _find_redactor(redact: bool | None) -> Redactor | None:
    if redact is False:
        return None
    config = load_config()
    if not redact and not config.collect.redact:
        return None
    from tracetui.redaction import make_redactor

    return make_redactor(config)


def raw_span(span: ReadableSpan) -> RawSpan | None:
    """A span of the SDK as it would have been sent; None for one without a context."""
    context, parent = span.get_span_context(), span.parent
    if context is None:
        return None
    scope = span.instrumentation_scope
    return RawSpan(
        trace_id=f"{context.trace_id:032x}",
        span_id=f"{context.span_id:016x}",
        parent_id=f"{parent.span_id:016x}" if parent is not None else None,
        name=span.name,
        start_ns=span.start_time or 0,
        end_ns=span.end_time,
        status_code=span.status.status_code.value,
        status_message=span.status.description or None,
        attributes=_plain(span.attributes),
        resource=_plain(span.resource.attributes),
        scope=scope.name if scope is not None else "",
        events=tuple(RawEvent(event.name, event.timestamp, _plain(event.attributes)) for event in span.events),
        more=more_of(
            span.kind.value + 1,
            context.trace_state.to_header(),
            [
                link_of(f"{link.context.trace_id:032x}", f"{link.context.span_id:016x}", _plain(link.attributes))
                for link in span.links
            ],
            (span.dropped_attributes, span.dropped_events, span.dropped_links),
        ),
    )


def _plain(attributes: Mapping[str, Any] | None) -> dict[str, Json]:
    return {key: list(item) if isinstance(item, tuple) else item for key, item in (attributes or {}).items()}
