"""Every sample of every source: exported as JSONL or OTLP and opened again, it has the same figures."""

from __future__ import annotations

import csv
import gzip
import html
import io
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tracetui.exports.formats import FORMATS
from tracetui.exports.plain import content_text
from tracetui.exports.selection import Selected
from tracetui.workspace import Workspace, open_workspace

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
NO_FILES = (DATA / "collector", DATA / "proxy", DATA / "fuzz")
"""What SDKs sent to a collector or through the proxy, and inputs of fuzzing: no files that anybody opens."""
UNREADABLE = ("blank-lines-only.jsonl", "empty.jsonl", "collector-proto.bin")
SCORES_ALONE = ("scores", "feedback", "annotations")
"""Files of scores without the spans that they judge: there is nothing to write."""
SOME = 30
"""Traces of each sample of which every value is looked for in what people read."""
TOGETHER = (
    DATA / "claude_code" / "projects",
    DATA / "codex_cli" / "sessions",
    DATA / "gemini_cli" / "tmp",
    DATA / "exports" / "langfuse" / "blob-storage",
    DATA / "exports" / "langsmith",
    DATA / "exports" / "weave",
    DATA / "exports" / "phoenix",
    DATA / "inspect_ai",
    DATA / "opencode_more" / "storage",
    ROOT / "sample_traces",
)


def is_sample(path: Path) -> bool:
    return not (
        path.is_dir()
        or any(folder in path.parents for folder in NO_FILES)
        or any(folder in path.parents for folder in TOGETHER if folder.name != "phoenix")
        or path.name.startswith((".git", "LICENSE"))
        or path.name.endswith(("expected.json", ".md", *UNREADABLE))
        or any(word in str(path.relative_to(DATA)) for word in SCORES_ALONE)
    )


SAMPLES = [*TOGETHER, *sorted(filter(is_sample, DATA.rglob("*")))]


@pytest.fixture
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    path: Path = request.param
    if path.suffix == ".parquet":
        pytest.importorskip("duckdb")
    if path.name.endswith((".db.gz", ".db.xz")):
        unpacked = tmp_path / path.stem
        unpacked.write_bytes((gzip if path.suffix == ".gz" else lzma).decompress(path.read_bytes()))
        path = unpacked
    with open_workspace([path], wait=True) as workspace:
        yield workspace


def exported(workspace: Workspace, form: str, most: int | None = None) -> str:
    ids = workspace.trace_ids(None, "start", most)
    selected = (
        Selected(workspace.tree(id_), lambda span: workspace.payload(span.trace_id, span.span_id)) for id_ in ids
    )
    return "".join(FORMATS[form](selected))


def figures(workspace: Workspace) -> dict[str, Any]:
    return rounded({name: value for name, value in workspace.stats().items() if name != "sources"})


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(value, 9) if isinstance(value, float) else value


def named(path: Path) -> str:
    return str(path.relative_to(DATA if DATA in path.parents else ROOT))


@pytest.mark.parametrize("form", ["jsonl", "otlp"])
@pytest.mark.parametrize("sample", SAMPLES, indirect=True, ids=named)
def test_what_was_exported_has_the_same_figures_when_it_is_opened_again(
    sample: Workspace, form: str, tmp_path: Path
) -> None:
    path = tmp_path / f"again.{form}"
    path.write_text(exported(sample, form), errors="surrogatepass")
    with open_workspace([path], wait=True) as again:
        assert figures(again) == figures(sample)


@pytest.mark.parametrize("sample", SAMPLES, indirect=True, ids=named)
def test_what_people_read_has_every_span_and_every_value_whole(sample: Workspace) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(sample, "csv", SOME), newline="")))
    report, page = exported(sample, "markdown", SOME), exported(sample, "html", SOME)
    for row, (trace_id, span_id) in zip(rows, spans_of(sample), strict=True):
        assert (row["trace_id"], row["span_id"]) == (trace_id, span_id)
        payload = sample.payload(trace_id, span_id)
        for side, content in (("input", payload.input), ("output", payload.output)):
            assert row[side].removeprefix("'") == content_text(content).removeprefix("'")
    in_report = set(report.split())
    in_page = set(html.unescape(re.sub("<[^>]*>", " ", page)).split())
    assert set(last_words(sample)) <= in_report & in_page


def spans_of(workspace: Workspace) -> Iterator[tuple[str, str]]:
    for trace_id in workspace.trace_ids(None, "start", SOME):
        for node in workspace.tree(trace_id).nodes:
            yield trace_id, node.span.span_id


def last_words(workspace: Workspace) -> Iterator[str]:
    """A plain word of every input and output of messages: the last one, which a cut would take away."""
    for trace_id, span_id in spans_of(workspace):
        payload = workspace.payload(trace_id, span_id)
        for content in (payload.input, payload.output):
            if isinstance(content, tuple):
                found = [word for word in content_text(content).split() if word.isascii() and word.isalnum()]
                yield from found[-1:]
