"""A Phoenix server that runs on this machine beside its database: asked whether it is there, and given ratings.

The server's own door is used only where it certainly serves the very file that is open; otherwise, and whenever it
declines, the row is written into the file, which Phoenix shows as well.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracetui.sources.phoenix_scores import Content

_KNOCK_S = 0.2
_ANSWER_S = 3.0
_DEFAULT_PORT = 6006
_LISTENS = "0A"


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


def serves(port: int, path: Path) -> bool:
    """Whether the process that listens on the port has the file open. False where the system does not tell (no /proc)."""
    if not sys.platform.startswith("linux"):
        return False
    sockets = {f"socket:[{inode}]" for inode in _listening_sockets(port)}
    try:
        wanted = path.stat()
        processes = [name for name in os.listdir("/proc") if name.isdecimal()] if sockets else []
    except OSError:
        return False
    for process in processes:
        opened = _open_files(process)
        if sockets.isdisjoint(opened.values()):
            continue
        return any(_is_same(f"/proc/{process}/fd/{descriptor}", wanted) for descriptor in opened)
    return False


def _listening_sockets(port: int) -> Iterator[str]:
    """Inodes of sockets that listen on a port of this machine."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if len(fields) > 9 and fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _open_files(process: str) -> dict[str, str]:
    """The descriptors of a process and what they are; none where it is another user's."""
    found: dict[str, str] = {}
    try:
        for descriptor in os.listdir(f"/proc/{process}/fd"):
            found[descriptor] = os.readlink(f"/proc/{process}/fd/{descriptor}")
    except OSError:
        return found
    return found


def _is_same(path: str, wanted: os.stat_result) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)


def post_annotation(path: Path, port: int, target: tuple[str, str], content: Content) -> bool:
    """Give the server one annotation and wait until it is stored; False where it is to be written another way.

    `target` is ("span", id) or ("trace", id).
    """
    if not is_listening(port) or not serves(port, path):
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
            if client.get("/healthz").status_code != 200:
                return False
            answer = client.post(f"/v1/{kind}_annotations", params={"sync": "true"}, json={"data": [entry]})
            return answer.status_code == 200
    except (httpx2.HTTPError, ValueError, OSError):
        return False
