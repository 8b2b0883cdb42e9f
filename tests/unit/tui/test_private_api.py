"""What of Textual has no public name: each use of it has a comment that says why, and a test that fails when it is gone."""

from __future__ import annotations

import importlib
import inspect
import re
from functools import cache
from pathlib import Path

import pytest

import tracetui.tui

HERE = Path(tracetui.tui.__file__).parent
TESTS = Path(__file__).parents[2]
USES = {
    ("actions_take.py", "_driver"): "terminal/test_manners.py:test_it_is_used_and_left_with_q",
    ("actions_take.py", "_enable_mouse_support"): "screen/test_mouse.py:test_the_mouse_is_given_to_the_terminal_and_taken_back",
    ("actions_take.py", "_disable_mouse_support"): "screen/test_mouse.py:test_the_mouse_is_given_to_the_terminal_and_taken_back",
    ("app.py", "_xterm_parser"): "terminal/test_manners.py:test_keys_pressed_before_it_is_there_are_not_lost",
    ("app.py", "_driver"): "terminal/test_manners.py:test_keys_pressed_before_it_is_there_are_not_lost",
    ("app.py", "_filters"): "terminal/test_manners.py:test_a_locale_without_unicode_gets_ascii_signs",
    ("app.py", "_fatal_error"): "terminal/test_manners.py:test_a_crash_shows_no_values_names_a_log_and_exits_with_1",
    ("app.py", "_exception"): "terminal/test_manners.py:test_a_crash_shows_no_values_names_a_log_and_exits_with_1",
    ("app.py", "_close_messages_no_wait"): "terminal/test_manners.py:test_a_crash_shows_no_values_names_a_log_and_exits_with_1",
    ("picker.py", "_filters"): "screen/test_pick.py:test_the_picker_has_ascii_signs_where_they_are_wanted",
    ("stopped.py", "_sigcont_application"): "terminal/test_disturbed.py:test_it_goes_on_after_it_was_stopped_from_outside_and_leaves_the_terminal_as_it_was",
    ("stopped.py", "_must_signal_resume"): "terminal/test_disturbed.py:test_it_goes_on_after_it_was_stopped_from_outside_and_leaves_the_terminal_as_it_was",
    ("stopped.py", "_auto_restart"): "terminal/test_disturbed.py:test_it_goes_on_after_it_was_stopped_from_outside_and_leaves_the_terminal_as_it_was",
}  # fmt: skip
_PRIVATE = re.compile(r"\b_[a-z]\w*")
_OF_SELF = re.compile(r"(?:\bself\.|\bdef |\")(_[a-z]\w*)")
_OF_OTHERS = re.compile(r"(?<!self)(?<!cls)\.(_[a-z]\w*)(?=[ .(,):])")
_NAMED = re.compile(r"\"(_[a-z]\w*)\"")
_DEFINED = re.compile(r"(?:\bdef |\bself\.)(_[a-z]\w*)")
_IMPORTS = re.compile(r"^ *(?:from|import) textual[^#\n]*", re.MULTILINE)
_IMPORTED = re.compile(r"^ *from (textual\.drivers\.\w+) import", re.MULTILINE)


def uses_in(path: Path) -> set[tuple[str, str]]:
    """Private names in a file that Textual has too, as far as the file imports it or has classes that are of its classes;
    and private names of objects other than `self`, and of modules."""
    text = re.sub(r"^ *from pygments.*", "", path.read_text(), flags=re.MULTILINE)
    own = set(_DEFINED.findall(text))
    found = {
        name for name in _OF_SELF.findall(text) if any(name in names_in(module) for module in modules_of(path, text))
    }
    found |= {name for name in _OF_OTHERS.findall(text) if name not in own}
    found |= {*_NAMED.findall(text)} if "getattr(" in text else set()
    found |= {name for line in _IMPORTS.findall(text) for name in _PRIVATE.findall(line)}
    return {(str(path.relative_to(HERE)), name) for name in found}


def modules_of(path: Path, text: str) -> set[str]:
    """The modules of Textual whose objects a file may have in its hands."""
    module = importlib.import_module(".".join(("tracetui.tui", *path.relative_to(HERE).with_suffix("").parts)))
    kinds = [kind for kind in vars(module).values() if inspect.isclass(kind) and kind.__module__ == module.__name__]
    bases = {base.__module__ for kind in kinds for base in kind.__mro__}
    return {name for name in {*bases, *_IMPORTED.findall(text)} if name.startswith("textual.")}


@cache
def names_in(module: str) -> frozenset[str]:
    """Private names that a module of Textual defines, or gives its objects."""
    return frozenset(_OF_SELF.findall(Path(str(importlib.import_module(module).__file__)).read_text()))


FILES = sorted(HERE.rglob("*.py"))


def test_what_is_private_to_textual_is_used_where_the_table_says_and_nowhere_else() -> None:
    assert set().union(*map(uses_in, FILES)) == USES.keys()


@pytest.mark.parametrize(("file", "name"), USES)
def test_each_use_says_why(file: str, name: str) -> None:
    """In a comment beside it, or in the docstring of a file that is all about it."""
    text = (HERE / file).read_text()
    lines = text.splitlines()
    near = ["\n".join(lines[max(0, number - 3) : number + 4]) for number, line in enumerate(lines) if name in line]
    assert any("Textual" in some and ("#" in some) for some in near) or "Textual" in text.split('"""')[1]


@pytest.mark.parametrize("test", sorted(set(USES.values())))
def test_each_use_has_a_test(test: str) -> None:
    file, name = test.split(":")
    assert re.search(rf"^(async )?def {name}\(", (TESTS / file).read_text(), re.MULTILINE)
