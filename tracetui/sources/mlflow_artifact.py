"""Traces that MLflow keeps as a file, `traces.json` in the trace's artifact folder, and not as rows."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from urllib.parse import unquote, urlparse

import msgspec

from tracetui.model import Json
from tracetui.semconv.json_text import parse_json_text
from tracetui.semconv.scalars import text_of
from tracetui.semconv.times import nanoseconds
from tracetui.sources.mlflow_rows import SpanRow, TraceRow, attributes_of

_LARGEST = 256 << 20


def artifact_place(trace: TraceRow) -> Path | None:
    """Where on this machine the file with the spans of a trace is, or will be; None where it is elsewhere."""
    place = trace.tags.get("mlflow.artifactLocation") or ""
    url = urlparse(place)
    if url.scheme not in ("", "file") or "\0" in place:
        return None
    path = Path(unquote(url.path) if url.scheme else place) / "traces.json"
    return path if path.is_absolute() else None


def artifact_size(path: Path | None) -> int:
    """Bytes of such a file; 0 where there is none (yet), or where it is too large to be read."""
    try:
        size = path.stat().st_size if path is not None and path.is_file() else 0
    except OSError:
        return 0
    return size if size <= _LARGEST else 0


def artifact_spans(trace: TraceRow) -> list[SpanRow]:
    """The spans of a trace from its file, in its order; [] where there is no such file, or it is damaged."""
    path = artifact_place(trace)
    if path is None or not artifact_size(path):
        return []
    try:
        document = parse_json_text(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return []
    listed = document.get("spans") if isinstance(document, dict) else None
    rows = [_row(trace, item) for item in listed or () if isinstance(item, dict)] if isinstance(listed, list) else []
    return [row for row in rows if row.span_id]


def _row(trace: TraceRow, item: dict[str, Json]) -> SpanRow:
    """A span of either form: ids as base64 with OTLP's names (MLflow 3), or `context` with hex ids (MLflow 2)."""
    nested = item.get("context")
    context = nested if isinstance(nested, dict) else {}
    status = item.get("status")
    code = status.get("code") if isinstance(status, dict) else item.get("status_code")
    return SpanRow(
        0,
        trace.trace_id,
        _hex(item.get("span_id")) or _hex(context.get("span_id")) or "",
        _hex(item.get("parent_span_id")) or _hex(item.get("parent_id")),
        text_of(item.get("name")),
        text_of(attributes_of(item).get("mlflow.spanType")),
        text_of(code),
        nanoseconds(item.get("start_time_unix_nano", item.get("start_time"))),
        nanoseconds(item.get("end_time_unix_nano", item.get("end_time"))),
        msgspec.json.encode(item).decode("utf-8", "replace"),
    )


def _hex(value: Json) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    if value.startswith("0x"):
        return value[2:].lower()
    if len(value) in (16, 32) and all(letter in "0123456789abcdef" for letter in value):
        return value
    try:
        return base64.b64decode(value, validate=True).hex() or None
    except (binascii.Error, ValueError):
        return value
