"""Prompts from a directory of files, as Langfuse's API gives them: `prompts/answer-v3.txt` is version 3 of `answer`.

The same file also answers to its whole name (`answer-v3`). Text of any ending is a text prompt; `.json` holds the messages of a chat,
or an object with `prompt` and what else Langfuse has (`config`, `labels`, `tags`). Read anew for each request: an edit holds at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from tracetui.model import Json
from tracetui.semconv.json_text import opened

_NAME = re.compile(r"(?P<name>.+?)-v(?P<version>\d{1,9})")
_LARGEST = 4 << 20
_OWN = ("config", "labels", "tags", "commitMessage")
_NEWEST = ("production", "latest")


class PromptFile(Struct, frozen=True):
    """One version: the file, the name without its version, and the version (1 where the file's name has none)."""

    path: Path
    stem: str
    name: str
    version: int


class Prompts:
    """The prompts of one directory, which need not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str, version: str | None = None, label: str | None = None) -> dict[str, Json] | None:
        """The prompt as Langfuse's API has it; without a version the one with the label, else the newest."""
        found = [one for one in self._files() if name in (one.name, one.stem)]
        if version is not None:
            found = [one for one in found if str(one.version) == version]
        newest = max(found, key=lambda one: one.version, default=None)
        if label is None or version is not None:
            return _document(newest, name, is_newest=version is None) if newest is not None else None
        for one in sorted(found, key=lambda one: -one.version):
            document = _document(one, name, is_newest=one is newest)
            if document is not None and label in document["labels"]:
                return document
        return None

    def _files(self) -> Iterator[PromptFile]:
        # Names are compared with those in the directory and never made into a path: nothing outside can be asked for.
        for path in sorted(self.folder.rglob("*")) if self.folder.is_dir() else ():
            if path.is_file() and not path.name.startswith("."):
                stem = path.relative_to(self.folder).with_suffix("").as_posix()
                match = _NAME.fullmatch(stem)
                yield PromptFile(path, stem, match["name"] if match else stem, int(match["version"]) if match else 1)


def _document(file: PromptFile, name: str, *, is_newest: bool) -> dict[str, Json] | None:
    try:
        about = file.path.stat()
        text = file.path.read_text("utf-8", "replace") if about.st_size <= _LARGEST else None
    except OSError:
        return None
    if text is None:
        return None
    given = opened(text) if file.path.suffix == ".json" else text
    more = {key: given[key] for key in _OWN if key in given} if isinstance(given, dict) else {}
    prompt = given.get("prompt", text) if isinstance(given, dict) else given
    at = datetime.fromtimestamp(about.st_mtime, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    labels = [str(label) for label in more.get("labels") or ()]
    return {
        "id": f"local-{file.stem}", "name": name, "version": file.version,
        "type": "chat" if isinstance(prompt, list) else "text", "prompt": prompt, "config": {}, "tags": [],
        "commitMessage": None, "resolutionGraph": None, "createdAt": at, "updatedAt": at, "projectId": "local",
        "createdBy": "local", **more,
        "labels": list(dict.fromkeys([*labels, *(_NEWEST if is_newest else ())])),
    }  # fmt: skip
