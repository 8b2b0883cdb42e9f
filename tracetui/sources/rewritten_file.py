"""Files of one JSON document that the tool writes anew each time: to be read again is how they grow, and no news."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tracetui.sources.base import Batch
from tracetui.sources.lines import is_whole_json
from tracetui.sources.record_file import RecordFile


class RewrittenFile(RecordFile):
    """As a file of records, but a half-written document is waited for, and a new one needs no notice."""

    def changed(self, cursor: str | None) -> bool:
        """Whether there is another whole document than the one that was read."""
        return super().changed(cursor) and (cursor is None or self._is_whole())

    def _is_whole(self) -> bool:
        try:
            return not self._wrapping.is_plain or is_whole_json(self.path.read_bytes())
        except OSError:
            return True

    def read(self, cursor: str | None) -> Iterator[Batch]:
        """Read the document."""
        for batch in super().read(cursor):
            yield msgspec.structs.replace(batch, notice=None) if batch.reset and batch.spans else batch
