"""A sample of each format of the registry, found by looking at all samples: a new format is taken in by itself."""

from __future__ import annotations

import gzip
import lzma
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from msgspec import Struct

from tracetui.errors import TracetuiError
from tracetui.sources.head import Head
from tracetui.workspace.formats import FORMATS, Format, find_format

ROOT = Path(__file__).parents[2]
_PLACES = ("tests/data", "sample_traces")
_NO_SAMPLES = ("SOURCES.md", ".py", "expected.json")
_TREES = {"opencode storage": "tests/data/opencode_more/storage"}
"""Formats of which one file alone says nothing: the folder to which it belongs."""
_UNPACK: dict[str, Callable[[bytes], bytes]] = {".db.gz": gzip.decompress, ".db.xz": lzma.decompress}


class Sample(Struct, frozen=True):
    """One file of a format: its name, its bytes, and the folder that it is copied with, where it needs one."""

    format: Format
    name: str
    content: bytes
    tree: Path | None = None

    def put(self, folder: Path) -> Path:
        """A private copy of the file."""
        if self.tree is not None:
            shutil.copytree(self.tree, folder, dirs_exist_ok=True)
        path = folder / self.name
        path.write_bytes(self.content)
        return path


@cache
def samples() -> dict[str, Sample]:
    """The smallest file of each format that has any spans, by the title of the format."""
    found = {title: _of_tree(title, ROOT / tree) for title, tree in _TREES.items()}
    with tempfile.TemporaryDirectory() as name:
        for sample in sorted(_recognised(Path(name)), key=lambda sample: len(sample.content)):
            if sample.format.title not in found and _has_spans(sample, Path(name)):
                found[sample.format.title] = sample
    return found


def _of_tree(title: str, tree: Path) -> Sample:
    path = next(iter(sorted(tree.glob("session/*/*"))))
    known = next(row for row in FORMATS if row.title == title)
    return Sample(known, str(path.relative_to(tree)), path.read_bytes(), tree)


def _recognised(folder: Path) -> Iterator[Sample]:
    for place in _PLACES:
        for path in sorted((ROOT / place).rglob("*")):
            if path.is_file() and "fuzz" not in path.parts and not path.name.endswith(_NO_SAMPLES):
                content = path.read_bytes()
                ending = next((ending for ending in _UNPACK if path.name.endswith(ending)), "")
                content = _UNPACK[ending](content) if ending else content
                copy = folder / (path.name[:-3] if ending else path.name)
                copy.write_bytes(content)
                with suppress(TracetuiError):
                    known = find_format(Head(copy))
                    if known is not None:
                        yield Sample(known, copy.name, content)
                copy.unlink()


def _has_spans(sample: Sample, folder: Path) -> bool:
    path = sample.put(folder)
    source = sample.format.open(Head(path))
    try:
        return any(batch.spans for batch in source.read(None)) or sample.format.title == FORMATS[0].title
    finally:
        source.close()
        path.unlink()
