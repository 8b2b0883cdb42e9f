"""Server-sent events, as they come: pieces of any size → the data of each event.

Format: https://html.spec.whatwg.org/multipage/server-sent-events.html. Lines end with LF or CR LF here; nobody who
streams a model's answer ends them with CR alone.
"""

from __future__ import annotations

from collections.abc import Iterator

_DATA = b"data:"


class EventLines:
    """Cuts a stream into events. An event of more than `limit` bytes is left out, and counted in `too_long`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._line: list[bytes] = []
        self._line_size = 0
        self._data: list[bytes] = []
        self._size = 0
        self.too_long = 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The data of the events that end within this piece."""
        first, *others = piece.split(b"\n")
        self._add(first)
        for part in others:
            data = self._end_line()
            if data is not None:
                yield data
            self._add(part)

    def end(self) -> Iterator[bytes]:
        """The data of a last event without the blank line behind it: what was cut off may still be whole."""
        for _ in range(2):
            data = self._end_line()
            if data is not None:
                yield data

    def _add(self, part: bytes) -> None:
        self._size += len(part)
        self._line_size += len(part)
        if self._size <= self._limit or self._line_size <= 1:
            self._line.append(part)

    def _end_line(self) -> bytes | None:
        """End a line; the data, where that line was the blank one behind an event."""
        line, size = b"".join(self._line), self._line_size
        self._line.clear()
        self._line_size = 0
        if size == 0 or (size == 1 and line == b"\r"):
            return self._end_event()
        if line.startswith(_DATA):
            self._data.append(line[len(_DATA) :].removesuffix(b"\r").removeprefix(b" "))
        return None

    def _end_event(self) -> bytes | None:
        is_whole, data = self._size <= self._limit, b"\n".join(self._data)
        self._data.clear()
        self._size = 0
        if not is_whole:
            self.too_long += 1
            return None
        return data or None
