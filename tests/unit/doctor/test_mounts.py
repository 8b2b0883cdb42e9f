"""On which file system a file lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracetui.doctor.mounts import file_system, is_network

MOUNTS = r"""/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw,vers=4.2 0 0
tmpfs /home/me/fast tmpfs rw 0 0
me@host:/x /mnt/my\040disk fuse.sshfs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "kind", "shared"),
    [
        ("/srv/traces.db", "ext4", False),
        ("/home/me/traces.db", "nfs4", True),
        ("/home/me/fast/traces.db", "tmpfs", False),
        ("/homes/traces.db", "ext4", False),
        ("/mnt/my disk/traces.db", "fuse.sshfs", True),
    ],
)
def test_the_longest_mount_point_says_where_a_file_lies(path: str, kind: str, shared: bool) -> None:
    assert file_system(Path(path), MOUNTS) == kind
    assert is_network(kind) is shared


def test_without_a_table_nothing_is_known() -> None:
    assert file_system(Path("/x"), "") is None
    assert not is_network(None)
