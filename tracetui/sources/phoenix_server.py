"""Phoenix servers on this machine: found by the database that they have open, and given ratings.

A server reads before it writes, and stores nothing of what it was about to store where another program wrote in between:
its own door is the only safe one while it runs. It is used where it certainly serves the very file that is open.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from tracetui.sources.phoenix_scores import Content

_KNOCK_S, _ANSWER_S = 1.0, 3.0
_LISTENS = "0A"
_ACCESS = 0o3
"""The bits of `open`'s flags that say whether a descriptor can be written; 0 is reading alone."""


class Server(Struct, frozen=True):
    """A process of another program that listens and has the database open for writing. `ports` are those at which it
    can be asked from here: none where it is in a container."""

    process: str
    ports: tuple[int, ...]


def find_servers(path: Path) -> list[Server]:
    """The servers of a database. None where the system does not tell (no /proc, or another user's process)."""
    here = _listening("self")
    return [
        Server(process, tuple(here[inode] for inode in sockets if inode in here))
        for process in _processes()
        if (sockets := _sockets_beside(process, path))
    ]


def _processes() -> list[str]:
    try:
        return [name for name in os.listdir("/proc") if name.isdecimal() and name != str(os.getpid())]
    except OSError:
        return []


def _sockets_beside(process: str, path: Path) -> list[str]:
    """Inodes of the sockets at which a process listens, where it has the file open for writing."""
    opened = _open_files(process)
    if not any(_is_written(process, descriptor, path) for descriptor, name in opened.items() if name[:1] == "/"):
        return []
    own = _listening(process)
    inodes = (name.removeprefix("socket:[").removesuffix("]") for name in opened.values())
    return [inode for inode in inodes if inode in own]


def _listening(process: str) -> dict[str, int]:
    """Inodes of the sockets that listen in the network of a process, each with its port."""
    found: dict[str, int] = {}
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if len(fields) > 9 and fields[3] == _LISTENS:
                found[fields[9]] = int(fields[1].rpartition(":")[2], 16)
    return found


def _open_files(process: str) -> dict[str, str]:
    """The descriptors of a process and what they are; none where it is another user's."""
    found: dict[str, str] = {}
    try:
        descriptors = os.listdir(f"/proc/{process}/fd")
    except OSError:
        return found
    for descriptor in descriptors:
        with suppress(OSError):  # closed meanwhile
            found[descriptor] = os.readlink(f"/proc/{process}/fd/{descriptor}")
    return found


def _is_written(process: str, descriptor: str, path: Path) -> bool:
    try:
        if not os.path.samefile(f"/proc/{process}/fd/{descriptor}", path):
            return False
        lines = Path(f"/proc/{process}/fdinfo/{descriptor}").read_text().splitlines()
    except OSError:
        return False
    return any(line.startswith("flags:") and int(line.split()[1], 8) & _ACCESS for line in lines)


def post_annotation(servers: Sequence[Server], target: tuple[str, str], content: Content) -> None:
    """Give one annotation to the first server that takes it, and wait until it is stored, some seconds at most.

    `target` is ("span", id) or ("trace", id). Whether it is stored is told by the database alone: an answer may be late.
    """
    kind, target_id = target
    entry: dict[str, Any] = {
        f"{kind}_id": target_id,
        "name": content.name,
        "annotator_kind": content.kind,
        "result": {"label": content.label, "score": content.score, "explanation": content.explanation},
        "metadata": content.metadata,
        "identifier": content.identifier,
    }
    for port in (port for server in servers for port in server.ports):
        if _post(port, f"/v1/{kind}_annotations", entry):
            return


def _post(port: int, place: str, entry: dict[str, Any]) -> bool:
    import httpx2

    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=_ANSWER_S, trust_env=False) as client:
            if client.get("/healthz", timeout=_KNOCK_S).status_code != 200:
                return False
            answer = client.post(place, params={"sync": "true"}, json={"data": [entry]})
            return answer.status_code == 200
    except (httpx2.HTTPError, ValueError, OSError):
        return False
