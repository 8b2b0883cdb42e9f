"""A multipart body → its parts by name. Needs the package python-multipart."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from tracetui.wire.otlp_request import BadRequest

# It warns of each damaged body: whoever sends could fill a log, and stderr may be the screen.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL + 1)


class _Parts:
    """Gathers what the parser calls out."""

    def __init__(self) -> None:
        self.found: list[tuple[str, bytes]] = []
        self._field = self._value = b""
        self._name = ""
        self._data = bytearray()
        self.is_open = False

    def begin(self) -> None:
        self._name, self._data, self.is_open = "", bytearray(), True

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._name = parse_options_header(self._value)[1].get(b"name", b"").decode("utf-8", "replace")
        self._field = self._value = b""

    def data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def end(self) -> None:
        self.found.append((self._name, bytes(self._data)))
        self.is_open = False


def read_parts(body: bytes, content_type: str) -> list[tuple[str, bytes]]:
    """(name, content) of each part, in order. Raises BadRequest."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise BadRequest("no multipart/form-data with a boundary")
    parts = _Parts()
    callbacks: dict[str, Callable[..., Any]] = {
        "on_part_begin": parts.begin,
        "on_header_field": parts.header_field,
        "on_header_value": parts.header_value,
        "on_header_end": parts.header_end,
        "on_part_data": parts.data,
        "on_part_end": parts.end,
    }
    try:
        parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BadRequest(f"the multipart body is damaged ({error})") from error
    if parts.is_open:
        raise BadRequest("the multipart body ends within a part")
    return parts.found
