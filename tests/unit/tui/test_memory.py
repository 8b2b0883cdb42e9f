from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from tracetui.tui import memory as module
from tracetui.tui.memory import ColumnChoice, Memory, Remembering


def test_what_was_kept_is_there_for_the_same_sources_only(empty_home: Path) -> None:
    memory = Memory(filter="is:error", sort="-cost", columns=(ColumnChoice("score.x", 9),), saved={"bad": "is:error"})
    assert Remembering(["/a.db", "/b.db"]).keep(memory) is None
    assert Remembering(["/b.db", "/a.db"]).memory == memory
    assert Remembering(["/a.db"]).memory == Memory()


def test_a_fresh_start_forgets_all_but_the_named_filters(empty_home: Path) -> None:
    Remembering(["/a.db"]).keep(Memory(filter="is:error", saved={"bad": "is:error"}))
    assert Remembering(["/a.db"], is_fresh=True).memory == Memory(saved={"bad": "is:error"})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"filter": 3}', b"\xff"])
def test_a_memory_that_cannot_be_read_is_none(empty_home: Path, content: bytes) -> None:
    remembering = Remembering(["/a.db"])
    remembering.keep(Memory(filter="is:error"))
    place = next((empty_home / "tracetui" / "state" / "stores").iterdir())
    place.write_bytes(content)
    assert Remembering(["/a.db"]).memory == Memory()


def test_standard_input_is_not_remembered(empty_home: Path) -> None:
    Remembering([]).keep(Memory(filter="is:error"))
    assert not (empty_home / "tracetui" / "state").exists()


def test_a_state_directory_that_cannot_be_written_is_said(empty_home: Path) -> None:
    (empty_home / "tracetui").write_text("a file where the directory should be")
    assert Remembering(["/a.db"]).keep(Memory()) is not None


def test_a_full_disk_is_said_and_what_was_kept_before_stays(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Memory(filter="is:error")
    assert Remembering(["/a.db"]).keep(before) is None

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def open_full(path: Path, mode: str) -> Full:
        path.touch()
        return Full()

    monkeypatch.setattr(module, "private_file", open_full)
    assert Remembering(["/a.db"]).keep(Memory(filter="x" * 99)) == "No space left on device"
    assert Remembering(["/a.db"]).memory == before
    assert len(list((empty_home / "tracetui" / "state" / "stores").iterdir())) == 1
