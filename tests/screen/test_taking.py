"""Copying and handing over, as the reader does it."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

import pytest

from tests.screen.program import NARROW, press, running, until
from tracetui.tui import actions_take

QUERY, TITLE = "tool:open_return", "Traces 51 "


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was copied."""
    texts: list[str] = []

    def copy_out(text: str, terminal: object) -> str:
        texts.append(text)
        return "the clipboard"

    monkeypatch.setattr(actions_take, "copy_out", copy_out)
    return texts


@pytest.mark.parametrize(
    ("key", "said", "has"),
    [
        ("p", "prompt (", "user:\nThe derailleur arrived bent"),
        ("r", "response (", "That is bent indeed"),
        ("a", "all messages as JSON (", '"type": "tool_call"'),
        ("j", "span as JSON (", '"trace_id": "'),
        ("w", "raw record (", "open_return"),
        ("m", "span as Markdown (", "## ●"),
        ("o", "request as the provider's JSON (", '"model": "gpt-5-mini'),
        ("c", "request as curl (", "Bearer $OPENAI_API_KEY"),
        ("y", "request as Python (", "from openai import OpenAI"),
        ("i", "span id (", ""),
    ],
)
async def test_each_part_is_copied_and_said(support_db: Path, taken: list[str], key: str, said: str, has: str) -> None:
    async with running(support_db, query=QUERY, title=TITLE) as pilot:
        await press(pilot, "l j j j j j", "call 3 of 3")
        await press(pilot, "y", "Copy")
        await press(pilot, key, said)
        assert has in taken[0]


async def test_the_whole_tab_is_copied_with_its_folds_open(support_db: Path, taken: list[str]) -> None:
    async with running(support_db, query=QUERY, title=TITLE) as pilot:
        await press(pilot, "l j j j j j", "4 earlier messages")
        await press(pilot, "tab Y", "the whole tab (")
        assert "You are the support assistant" in taken[0]


async def test_the_whole_list_is_copied_with_rows_that_were_never_seen(support_db: Path, taken: list[str]) -> None:
    async with running(support_db, NARROW) as pilot:
        await press(pilot, "Y", "215 rows (")
        lines = taken[0].splitlines()
        assert len(lines) == 215
        assert not [line for line in lines if line.startswith("·")]
        assert "docs-bot" in lines[0]


async def test_a_part_that_cannot_be_made_is_said_and_the_program_goes_on(
    support_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(text: str, terminal: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(actions_take, "copy_out", fail)
    async with running(support_db, query=QUERY, title=TITLE) as pilot:
        await press(pilot, "l j y", "Copy")
        await press(pilot, "i", "not copied (No space left on device)")
        monkeypatch.setattr(actions_take, "paste_safe", lambda text: 1 / 0)
        await press(pilot, "y", "Copy")
        await press(pilot, "i", "this failed with ZeroDivisionError")


async def test_a_medium_that_cannot_be_written_is_said(support_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(content: bytes, media_type: str | None) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(actions_take, "open_outside", fail)
    async with running(support_db, query=QUERY, title=TITLE) as pilot:
        await press(pilot, "l g j", "[image image/png")
        await press(pilot, "e 1", "not opened (No space left on device)")


async def test_a_chip_in_sight_can_be_opened_outside(support_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    async with running(support_db, query=QUERY, title=TITLE) as pilot:
        await press(pilot, "l g j", "[image image/png")
        await press(pilot, "e", "this tab in $EDITOR")
        text = await press(pilot, "1", "written to ")
        path = Path(text.partition("written to ")[2].split()[0])
        assert path.suffix == ".png" or "…" in path.name


async def test_the_editor_gets_a_private_file_with_the_right_suffix(
    support_db: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = tmp_path / "editor"
    script.write_text(f'#!/bin/sh\ncp -p "$1" {tmp_path}/seen; basename "$1" > {tmp_path}/name\n')
    script.chmod(0o755)
    monkeypatch.setenv("PAGER", str(script))
    async with running(support_db, query=QUERY, title=TITLE) as pilot:
        await press(pilot, "l j j j j j", "call 3 of 3")
        app = pilot.app

        class Suspended:
            def __enter__(self) -> None: ...
            def __exit__(self, *_: object) -> None: ...

        monkeypatch.setattr(app, "suspend", Suspended)
        for keys, name in [("o", "payload.md"), ("m o", "payload.txt"), ("m o", "payload.json")]:
            (tmp_path / "name").unlink(missing_ok=True)
            await pilot.press(*keys.split())
            await until(pilot, lambda _: (tmp_path / "name").exists() and (tmp_path / "name").read_text() != "")
            assert (tmp_path / "name").read_text().strip() == name
            assert stat.S_IMODE(os.stat(tmp_path / "seen").st_mode) == 0o600


async def test_a_file_of_an_editor_that_cannot_be_removed_is_said(
    support_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions_take.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(actions_take.shutil, "rmtree", lambda folder, ignore_errors: None)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "true")
    async with running(support_db, query=QUERY, title=TITLE) as pilot:
        await press(pilot, "l j j j j j", "call 3 of 3")
        monkeypatch.setattr(pilot.app, "suspend", contextlib.nullcontext)
        await press(pilot, "e", "could not be removed")


async def test_what_an_editor_leaves_beside_its_file_goes_with_it(
    support_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(actions_take.tempfile, "tempdir", str(spool))
    script = tmp_path / "editor"
    script.write_text(
        f'#!/bin/sh\ncd "$(dirname "$1")" && mkdir .kept && cp "$1" .kept/ && touch "$1~" {tmp_path}/ran\n'
    )
    script.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(script))
    async with running(support_db, query=QUERY, title=TITLE) as pilot:
        await press(pilot, "l j j j j j", "call 3 of 3")
        monkeypatch.setattr(pilot.app, "suspend", contextlib.nullcontext)
        await pilot.press("e")
        await until(pilot, lambda _: (tmp_path / "ran").exists() and not list(spool.iterdir()))
