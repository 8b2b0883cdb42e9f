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
_OWN = ("config", "tags", "commitMessage")
_IN_USE, _NEWEST = "production", "latest"


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
        """The prompt as Langfuse's API has it; without a version the one with the label, which is `production` where none
        is asked for. The newest version is `latest`, and in production where no other one says that it is."""
        files = sorted((one for one in self._files() if name in (one.name, one.stem)), key=lambda one: one.version)
        found = [document for one in files if (document := _document(one, name)) is not None]
        if not found:
            return None
        found[-1]["labels"].append(_NEWEST)
        if not any(_IN_USE in document["labels"] for document in found):
            found[-1]["labels"].append(_IN_USE)
        if version is not None:
            fitting = [document for document in found if str(document["version"]) == version]
        else:
            fitting = [document for document in found if (label or _IN_USE) in document["labels"]]
        return fitting[-1] if fitting else None

    def _files(self) -> Iterator[PromptFile]:
        # Names are compared with those in the directory and never made into a path: nothing outside can be asked for.
        for path in sorted(self.folder.rglob("*")) if self.folder.is_dir() else ():
            if path.is_file() and not path.name.startswith("."):
                stem = path.relative_to(self.folder).with_suffix("").as_posix()
                match = _NAME.fullmatch(stem)
                yield PromptFile(path, stem, match["name"] if match else stem, int(match["version"]) if match else 1)


def _document(file: PromptFile, name: str) -> dict[str, Json] | None:
    """A version with its own labels; None where the file cannot be read, or is far too large for a prompt."""
    try:
        about = file.path.stat()
        if about.st_size > _LARGEST:
            return None
        text = file.path.read_text("utf-8", "replace")
    except OSError:
        return None
    given = opened(text) if file.path.suffix == ".json" else text
    fields = given if isinstance(given, dict) else {}
    prompt = fields.get("prompt", text) if isinstance(given, dict) else given
    if not isinstance(prompt, str) and not _is_chat(prompt):
        prompt = text
    labels = fields.get("labels")
    own = [label for label in labels if isinstance(label, str)] if isinstance(labels, list) else []
    at = datetime.fromtimestamp(about.st_mtime, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": f"local-{file.stem}", "name": name, "version": file.version,
        "type": "text" if isinstance(prompt, str) else "chat", "prompt": prompt, "config": {}, "tags": [],
        "commitMessage": None, "resolutionGraph": None, "createdAt": at, "updatedAt": at, "projectId": "local",
        "createdBy": "local", **{key: fields[key] for key in _OWN if key in fields},
        "labels": [label for label in dict.fromkeys(own) if label != _NEWEST],
    }  # fmt: skip


def _is_chat(prompt: Json) -> bool:
    return isinstance(prompt, list) and all(isinstance(message, dict) for message in prompt)
