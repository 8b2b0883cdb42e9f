"""What is known of a terminal from its environment."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tracetui.doctor.terminal import judge_terminal, look_at_terminal, multiplexer, takes_clipboard

BEFORE_ONE = replace(
    look_at_terminal({"TERM": "xterm-256color", "LANG": "C.UTF-8"}),
    streams=("stdin", "stdout", "stderr"), columns=80, lines=24, screen=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("environ", "answer"),
    [
        ({"TERM_PROGRAM": "WezTerm"}, "yes"),
        ({"TERM": "xterm-kitty"}, "yes"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x,1,0"}, "setting"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, "no"),
        ({"TERM": "xterm-256color"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_whether_the_clipboard_is_reached_is_known_of_some_terminals(environ: dict[str, str], answer: str) -> None:
    assert takes_clipboard(environ) == answer


def test_a_multiplexer_is_named() -> None:
    assert [multiplexer({name: "x"}) for name in ("TMUX", "STY", "ZELLIJ", "TERM")] == [
        "tmux",
        "screen",
        "zellij",
        None,
    ]


def test_colours_come_from_terminfo_and_the_environment() -> None:
    facts = look_at_terminal({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"})
    assert (facts.truecolour, facts.no_colour) == (True, True)


def test_a_variable_that_is_no_word_is_not_shown() -> None:
    facts = look_at_terminal({"TERM": "my secret \x1b[2J", "TERM_PROGRAM": "/home/maria/bin/term"})
    assert (facts.term, facts.term_program) == ("(not shown)", "(not shown)")


def test_nothing_is_said_where_nobody_sits_before_a_terminal() -> None:
    assert list(judge_terminal(replace(BEFORE_ONE, streams=(), screen="none"))) == []


@pytest.mark.parametrize(
    ("change", "weight", "said"),
    [
        ({"screen": "tracetui: the screen needs …"}, "mend", "the screen needs"),
        ({"unicode": False}, "note", "ASCII"),
        ({"columns": 30, "lines": 50}, "note", "30×50"),
        ({"osc52": "no"}, "note", "OSC 52"),
        ({"osc52": "setting", "multiplexer": "tmux"}, "note", "set-clipboard"),
    ],
)
def test_what_a_terminal_lacks_is_said(change: dict[str, object], weight: str, said: str) -> None:
    (finding,) = judge_terminal(replace(BEFORE_ONE, **change))
    assert finding.weight == weight
    assert said in finding.what


def test_a_good_terminal_gives_nothing_to_say() -> None:
    assert list(judge_terminal(BEFORE_ONE)) == []
