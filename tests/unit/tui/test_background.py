from __future__ import annotations

import os

import pytest

from tracetui.tui.background import BackgroundQuestion, is_light, is_worth_asking


@pytest.mark.parametrize(
    ("channels", "light"),
    [
        (("ffff", "ffff", "ffff"), True),
        (("ff", "ff", "ff"), True),
        (("0", "0", "0"), False),
        (("2828", "2c2c", "3434"), False),
        (("fdfd", "f6f6", "e3e3"), True),
        (("0000", "0000", "ffff"), False),
        (("0000", "ffff", "0000"), True),
    ],
)
def test_light_is_what_is_nearer_to_white(channels: tuple[str, str, str], light: bool) -> None:
    assert is_light(*channels) is light


@pytest.mark.parametrize(
    ("theme", "environ", "worth"),
    [
        (None, {"TERM": "xterm-256color"}, True),
        ("auto", {"TERM": "xterm-256color"}, True),
        ("light", {"TERM": "xterm-256color"}, False),
        (None, {"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        (None, {"TERM": "linux"}, False),
        (None, {"TERM": "screen"}, False),
        (None, {"TERM": "screen-256color", "TMUX": "/tmp/x"}, True),
    ],
)
def test_a_terminal_is_asked_only_where_the_answer_matters(
    theme: str | None, environ: dict[str, str], worth: bool
) -> None:
    assert is_worth_asking(theme, environ) is worth


@pytest.mark.parametrize(
    ("sent", "light", "typed"),
    [
        (b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\", True, ""),
        (b"j\x1b]11;rgb:0000/0000/0000\x07k", False, "jk"),
        (b"jj", None, "jj"),
        (b"", None, ""),
    ],
)
def test_the_answer_and_the_keys_beside_it_are_told_apart(sent: bytes, light: bool | None, typed: str) -> None:
    main, terminal = os.openpty()
    question = BackgroundQuestion(terminal, terminal)
    question.ask()
    os.write(main, sent)
    assert question.read() == (light, typed)
    os.close(main)
    os.close(terminal)
