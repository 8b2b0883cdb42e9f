"""Where copied text goes."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from tracetui.tui.clipboard import OSC52_MOST, copy_out
from tracetui.tui.open_outside import open_outside


class Terminal:
    def __init__(self) -> None:
        self.sent = ""

    def write(self, data: str) -> None:
        self.sent += data


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, **environ: str) -> tuple[str, str]:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    terminal = Terminal()
    return copy_out(text, terminal, {"PATH": f"{tmp_path}:/usr/bin:/bin", **environ}), terminal.sent


def test_the_terminal_is_asked_where_nothing_else_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, sent = copied(tmp_path, monkeypatch, "héllo")
    assert place == "the clipboard"
    assert sent == f"\x1b]52;c;{base64.b64encode('héllo'.encode()).decode()}\x07"


@pytest.mark.parametrize(
    ("display", "name"), [({"WAYLAND_DISPLAY": "wayland-0"}, "wl-copy"), ({"DISPLAY": ":0"}, "xclip")]
)
def test_a_program_of_the_desktop_is_used_at_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, display: dict[str, str], name: str
) -> None:
    tool(tmp_path, name, f"cat > {tmp_path}/taken")
    assert copied(tmp_path, monkeypatch, "x" * 100_000, **display) == (f"the clipboard ({name})", "")
    assert (tmp_path / "taken").read_text() == "x" * 100_000
    assert copied(tmp_path, monkeypatch, "x", SSH_TTY="/dev/pts/1", **display)[0] == "the clipboard"


def test_tmux_takes_it_or_passes_it_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, "tmux", f"cat > {tmp_path}/taken")
    assert copied(tmp_path, monkeypatch, "x", TMUX="1") == ("the tmux buffer and the clipboard", "")
    tool(tmp_path, "tmux", "exit 1")
    assert copied(tmp_path, monkeypatch, "x", TMUX="1")[1] == "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"
    assert copied(tmp_path, monkeypatch, "x", STY="1")[1] == "\x1bP\x1b]52;c;eA==\x07\x1b\\"


def test_too_much_for_a_sequence_is_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, sent = copied(tmp_path, monkeypatch, "x" * (OSC52_MOST + 1))
    path = Path(place.split()[2])
    assert sent == ""
    assert path.read_text() == "x" * (OSC52_MOST + 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_media_are_opened_from_a_private_file_and_programs_are_not(tmp_path: Path) -> None:
    said = open_outside(b"\x89PNG", "image/png", {})
    path = Path(said.split()[2])
    assert (path.suffix, path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (".png", b"\x89PNG", 0o600)
    tool(tmp_path, "xdg-open", "exit 0")
    desktop = {"DISPLAY": ":0", "PATH": str(tmp_path)}
    assert open_outside(b"x", "application/x-desktop", desktop).startswith("written to ")
