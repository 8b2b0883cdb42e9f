"""The mask for sharing the screen: nothing personal on it, nor in what is taken away, until it comes off again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screen.program import WIDE, press, running, until
from tests.screen.screen_text import screen_text
from tracetui.exports.jsonl import span_line
from tracetui.model import Message, Payload, Score, Span, Text
from tracetui.tui import actions_take
from tracetui.workspace import open_workspace

T0 = 1_795_000_000_000_000_000
ALICE, BOB, PHONE = "alice@example.com", "bob@example.com", "+1 415-555-2671"


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """Two traces of two people."""
    path = tmp_path / "private.jsonl"
    with path.open("w") as file:
        for number, person in enumerate((ALICE, BOB)):
            span = Span(
                f"t{number}", f"s{number}", None, "generation", f"mail {person}", T0 + number * 10**9, T0 + number * 10**9 + 5,
                model="gpt-5-mini", user_id=person, session_id=f"of {person}", tags=(person,), metadata={"of": person},
            )  # fmt: skip
            said = (Message("user", (Text(f"I am {person}, {PHONE}"),)),)
            payload = Payload(said, {"to": person}, attributes={"user.email": person}, raw=f'{{"of": "{person}"}}')
            score = Score(f"c{number}", f"t{number}", f"s{number}", "rating", 1.0, comment=person, author=person)
            file.write(span_line(span, payload, (score,)) + "\n")
    return path


def is_clean(text: str) -> bool:
    return not any(secret in text for secret in (ALICE, BOB, "415-555"))


async def test_every_tab_and_the_list_are_masked_and_shown_again(private: Path) -> None:
    async with running(private, WIDE) as pilot:
        await until(pilot, f"I am {BOB}")
        await pilot.press("M")
        await until(pilot, lambda text: "MASKED" in text and "I am [EMAIL], [PHONE]" in text and is_clean(text))
        for tab in "23456":
            await pilot.press(tab)
            await until(pilot, lambda text: "[EMAIL]" in text and "loading" not in text)
            assert is_clean(screen_text(pilot.app))
        await press(pilot, "1 M", f"I am {BOB}")
        assert "MASKED" not in screen_text(pilot.app)


async def test_the_next_trace_and_what_a_search_finds_are_masked(private: Path) -> None:
    async with running(private, WIDE) as pilot:
        await press(pilot, "M", "MASKED")
        await press(pilot, "j", "I am [EMAIL]")
        await pilot.press("/", *"alice", "enter")
        text = await until(pilot, lambda text: "Traces 1 of 2" in text and "mail [EMAIL]" in text)
        assert is_clean(text)


async def test_a_filter_with_an_address_is_masked_at_the_bottom(private: Path) -> None:
    async with running(private, WIDE, query=f'user:"{ALICE}"', title="Traces 1 of 2") as pilot:
        assert ALICE in screen_text(pilot.app)
        await pilot.press("M")
        await until(pilot, lambda text: "MASKED" in text and 'user:"[EMAIL]"' in text and is_clean(text))


async def test_the_views_keep_users_apart_and_find_their_traces(private: Path) -> None:
    async with running(private, WIDE) as pilot:
        await press(pilot, "M", "MASKED")
        text = await press(pilot, "U", "Users 2")
        await until(pilot, lambda text: "[EMAIL] 2" in text)
        assert is_clean(screen_text(pilot.app))
        await pilot.press("escape")
        text = await press(pilot, "c", "Conversation 1")
        assert is_clean(text)


async def test_in_a_view_the_mask_leads_back_to_the_list_masked(private: Path) -> None:
    async with running(private, WIDE) as pilot:
        await press(pilot, "U", "Users 2")
        await press(pilot, "M", "MASKED")
        assert is_clean(await until(pilot, "I am [EMAIL]"))


async def test_what_is_copied_and_exported_is_masked(
    private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []

    def copy_out(text: str, terminal: object) -> str:
        texts.append(text)
        return "the clipboard"

    monkeypatch.setattr(actions_take, "copy_out", copy_out)
    monkeypatch.chdir(tmp_path)
    async with running(private, WIDE) as pilot:
        await press(pilot, "M", "I am [EMAIL]")
        await press(pilot, "y", "Copy")
        await press(pilot, "j", "span as JSON (")
        await press(pilot, "Y", "rows (")
        assert "[EMAIL]" in texts[0]
        assert is_clean("".join(texts))
        await press(pilot, "E", "Export 1 trace")
        await pilot.press("ctrl+u", *"out.jsonl", "enter")
        await until(pilot, "1 trace → ")
    assert is_clean((tmp_path / "out.jsonl").read_text())
    assert "[EMAIL]" in (tmp_path / "out.jsonl").read_text()


async def test_the_sources_are_left_as_they_are(private: Path) -> None:
    before = private.read_bytes()
    async with running(private, WIDE) as pilot:
        await press(pilot, "M", "MASKED")
    assert private.read_bytes() == before
    assert open_workspace([private], wait=True).tree("t0").trace.user_id == ALICE


async def test_a_rule_that_cannot_be_used_is_said_and_nothing_is_masked(
    private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(private, WIDE) as pilot:
        monkeypatch.setenv("TRACETUI_CONFIG_DIR", str(tmp_path))
        (tmp_path / "config.toml").write_text("[[redact]]\nregex = '('\n")
        await press(pilot, "M", "is none that Python understands")
        assert "MASKED" not in screen_text(pilot.app)
