"""A Phoenix server that runs on this machine beside its database: asked whether it is there, and given ratings.

The server's own door is used only where it certainly serves the very file that is open; otherwise, and whenever it
declines, the row is written into the file, which Phoenix shows as well.
"""

from __future__ import annotations

import os
import socket
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracetui.sources.phoenix_scores import Content

_KNOCK_S = 0.2
_ANSWER_S = 3.0
_DEFAULT_PORT = 6006


def local_port() -> int:
    """The port of Phoenix on this machine, as Phoenix itself finds it."""
    text = os.environ.get("PHOENIX_PORT", "")
    return int(text) if text.isdecimal() and 0 < int(text) < 65536 else _DEFAULT_PORT


def is_listening(port: int) -> bool:
    """Whether anything answers on the port: some microseconds where nothing does."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=_KNOCK_S).close()
    except OSError:
        return False
    return True


def is_open_elsewhere(path: Path) -> bool:
    """Whether another process of this user has the file open. False where the system does not tell (no /proc)."""
    try:
        wanted = path.stat()
    except OSError:
        return False
    return any((found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino) for found in _open_files())


def _open_files() -> Iterator[os.stat_result]:
    if not sys.platform.startswith("linux"):
        return
    own = str(os.getpid())
    for process in os.listdir("/proc"):
        if not process.isdecimal() or process == own:
            continue
        try:
            for descriptor in os.scandir(f"/proc/{process}/fd"):
                yield os.stat(descriptor.path)
        except OSError:
            continue


def post_annotation(path: Path, port: int, projects: dict[str, int], target: tuple[str, str], content: Content) -> bool:
    """Give the server one annotation and wait until it is stored; False where it is to be written another way.

    `projects` are the names and row ids in our file, by which the server's are compared; `target` is ("span", id) or
    ("trace", id).
    """
    if not is_listening(port) or not is_open_elsewhere(path):
        return False
    import httpx2

    kind, target_id = target
    entry: dict[str, Any] = {
        f"{kind}_id": target_id,
        "name": content.name,
        "annotator_kind": content.kind,
        "result": {"label": content.label, "score": content.score, "explanation": content.explanation},
        "metadata": content.metadata,
        "identifier": content.identifier,
    }
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=_ANSWER_S, trust_env=False) as client:
            if client.get("/healthz").status_code != 200 or not _has_same_projects(client, projects):
                return False
            answer = client.post(f"/v1/{kind}_annotations", params={"sync": "true"}, json={"data": [entry]})
            return answer.status_code == 200
    except (httpx2.HTTPError, ValueError, OSError):
        return False


def _has_same_projects(client: Any, projects: dict[str, int]) -> bool:
    """Whether the server's projects are those of our file, names and ids."""
    answer = client.get("/v1/projects", params={"limit": "100"})
    listed = answer.json().get("data") if answer.status_code == 200 else None
    if not isinstance(listed, list) or not listed:
        return False
    return all(
        isinstance(item, dict) and item.get("id") == _global_id("Project", projects.get(item.get("name", ""), -1))
        for item in listed
    )


def _global_id(kind: str, row_id: int) -> str:
    return b64encode(f"{kind}:{row_id}".encode()).decode()
