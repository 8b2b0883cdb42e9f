"""The forms that `export` writes: one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tracetui.exports.csv import write_csv
from tracetui.exports.html import write_html
from tracetui.exports.jsonl import write_jsonl
from tracetui.exports.langfuse_scores import write_langfuse_scores
from tracetui.exports.langsmith_feedback import write_langsmith_feedback
from tracetui.exports.markdown import write_markdown
from tracetui.exports.otlp import write_otlp
from tracetui.exports.selection import Selected

Writer = Callable[[Iterable[Selected]], Iterator[str]]

FORMATS: dict[str, Writer] = {
    "jsonl": write_jsonl,
    "otlp": write_otlp,
    "csv": write_csv,
    "markdown": write_markdown,
    "html": write_html,
    "langfuse-scores": write_langfuse_scores,
    "langsmith-feedback": write_langsmith_feedback,
}
"""Name → writer: traces in, pieces of text out, one trace at a time in memory."""
WITH_RAW = frozenset({"jsonl"})
"""Those that write records also as they stand in their sources."""
