"""A span as it was sent → its summary (`interpret`) and its payload (`unfold`), whatever dialect it speaks.

The face of this room for spans. Each dialect is a file of tables beside this one; docs/formats/otlp.md shows them.
"""

from __future__ import annotations

from tracetui.semconv.evaluations import scores_of
from tracetui.semconv.facts import is_needed
from tracetui.semconv.payload import unfold
from tracetui.semconv.raw import LogEvent, RawEvent, RawSpan
from tracetui.semconv.summary import interpret

__all__ = ["LogEvent", "RawEvent", "RawSpan", "interpret", "is_needed", "scores_of", "unfold"]
