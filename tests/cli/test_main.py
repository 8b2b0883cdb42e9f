from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tracetui import __version__
from tracetui.cli import ls
from tracetui.cli import main as main_module
from tracetui.cli.main import COMMANDS

from .conftest import Run, environment

HEAVY = {"textual", "httpx2", "genai_prices", "sqlite_utils"}


def modules_after(*words: object) -> set[str]:
    """The modules that a command has loaded when it ends."""
    program = (
        "import sys\nfrom tracetui.cli.main import main\n"
        f"try:\n    main({[str(word) for word in words]!r})\n"
        "except SystemExit:\n    sys.stderr.write('\\n'.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, env=environment(), text=True, timeout=120
    )
    return set(done.stderr.split())


def test_help_imports_click_and_nothing_of_ours_but_the_table_of_commands() -> None:
    loaded = modules_after("--help")
    assert {name for name in loaded if name.startswith("tracetui")} == {"tracetui", "tracetui.cli", "tracetui.cli.main"}
    bare = subprocess.run(
        [sys.executable, "-c", "import click, sys; print('\\n'.join(sys.modules))"],
        capture_output=True, env=environment(), text=True, timeout=120,
    )  # fmt: skip
    others = {name for name in loaded - set(bare.stdout.split()) if not name.startswith("tracetui")}
    assert len(others) < 20


def test_listing_loads_no_screen_no_network_and_no_price_table(source: Path) -> None:
    priced = source.with_name("priced.jsonl")
    priced.write_text("".join(line for line in source.read_text().splitlines(True) if '"usage"' not in line))
    loaded = {name.split(".")[0] for name in modules_after("ls", priced)}
    assert "tracetui" in loaded
    assert not HEAVY & loaded


def test_help_lists_every_command_and_each_has_help_of_its_own(call: Run) -> None:
    for name, (_, summary) in COMMANDS.items():
        assert f"{name} " in call("--help").out
        assert summary in call("--help").out
        ended = call(name, "--help")
        assert ended.code == 0
        assert f"Usage: tracetui {name}" in ended.out


def test_the_version_is_printed(process: Run) -> None:
    assert process("--version") == (0, f"tracetui {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lss"], "did you mean ls?"),
        (["xyz"], "--help"),
        (["ls"], "SOURCE"),
        (["ls", "--jsn", "x"], "--json"),
        (["ls", "--limit", "0", "x"], "--limit"),
        (["export", "x", "-f", "pdf"], "jsonl"),
    ],
)
def test_wrong_use_is_a_sentence_and_exit_code_2(call: Run, words: list[str], said: str) -> None:
    ended = call(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_file_in_place_of_a_command_says_how_to_open_it(call: Run, source: Path) -> None:
    assert f"tracetui open {source}" in call(source).err


def test_an_unforeseen_error_is_one_sentence_and_a_traceback_only_with_debug(
    call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(main_module.tracetui, "main", fail)
    ended = call("ls", "x")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "a defect" in ended.err
    assert "Traceback" in call("ls", "x", "--debug").err


def test_an_interrupt_ends_with_130_and_without_words(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ls.ls, "callback", stop)
    assert call("ls", "x") == (130, "", "")


def test_the_default_keys_are_printed_as_toml_that_the_program_takes(call: Run) -> None:
    import tomllib

    from tracetui.tui.keymap import ACTIONS, Keymap

    keys = tomllib.loads(call("config", "keys").out)["keys"]
    assert keys == {action.id: list(action.keys) for action in ACTIONS}
    assert [action.keys for action in Keymap(keys).actions] == [action.keys for action in ACTIONS]


def test_the_configuration_is_shown_as_it_is_in_force(call: Run, empty_home: Path) -> None:
    place = empty_home / "tracetui" / "config" / "config.toml"
    assert call("config", "path").out == f"{place}\n"
    place.parent.mkdir(parents=True)
    place.write_text(
        '[ui]\ntheme = "light"\nauthor = "a\\u001b\\"é"\n[keys]\nquit = "ctrl+g"\n[check]\nlatency = 2\nthumbs = ["ok"]\n'
    )
    shown = call("config", "show").out
    assert "latency = 2.0\n" in shown
    assert "least = 10  # the default" in shown
    from tracetui.config import load_config, parse_config

    assert parse_config(shown, place) == load_config()
    assert 'theme = "light"\n' in shown
    assert 'glyphs = "auto"  # the default' in shown
    assert 'quit = ["ctrl+g"]' in shown
