"""On which file system a file lies: SQLite's locks and shared memory are not safe between machines."""

from __future__ import annotations

import re
from pathlib import Path

MOUNTS = Path("/proc/mounts")
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|afs|ncpfs|ceph|lustre|gfs2?|ocfs2|glusterfs|beegfs|9p|vboxsf|vmhgfs|prl_fs"
    r"|fuse\.(sshfs|rclone|s3fs|gcsfuse|glusterfs|vmhgfs-fuse|blobfuse2?|davfs2?|ceph.*)"
)


def load_mounts() -> str:
    """The kernel's table of mounts; empty where there is none to read, as on macOS."""
    try:
        return MOUNTS.read_text(errors="surrogateescape")
    except OSError:
        return ""


def file_system(path: Path, mounts: str) -> str | None:
    """The type of the file system of an absolute path, by the longest mount point above it; None where unknown."""
    found: tuple[int, str] | None = None
    for line in mounts.splitlines():
        words = line.split(" ")
        if len(words) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), words[1])
        if path.is_relative_to(point) and (found is None or len(point) >= found[0]):
            found = len(point), words[2]
    return None if found is None else found[1]


def is_network(kind: str | None) -> bool:
    """Whether a file system of this type is shared between machines."""
    return kind is not None and _NETWORK.fullmatch(kind) is not None


def network_of(path: Path) -> str | None:
    """The type of the network file system that a path lies on; None where it is a local one, or not known."""
    kind = file_system(path.resolve(), load_mounts())
    return kind if is_network(kind) else None


def risk_of_wal(path: Path) -> str | None:
    """The type of the network file system where a database in WAL mode lies, which must not be written there: SQLite's log
    needs memory that all who have it open share, and other machines do not. None where there is no such risk."""
    try:
        with path.open("rb") as file:
            is_wal = file.read(19)[18:] == b"\x02"
    except OSError:
        return None
    return network_of(path) if is_wal else None
