"""Every test runs in an empty home, in UTC, in a terminal of no particular kind."""

from __future__ import annotations

import functools
import os
import sqlite3
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tracetui.sources.sqlite_followed import FollowedDatabase
from tracetui.sources.tracetui_store import TracetuiStore
from tracetui.workspace import Workspace

settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
if os.environ.get("HYPOTHESIS_PROFILE") != "long":
    # The same examples each time, however busy the machine is; `make fuzz` looks for others.
    settings.load_profile("suite")

if sys.version_info < (3, 13):  # later versions warn of this themselves

    class _Watched(sqlite3.Connection):
        """A connection that is not forgotten: warnings are errors here."""

        is_closed = True  # until it is open

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.is_closed = False
            self.opened_in = [frame.name for frame in traceback.extract_stack(limit=6)[:-1]]

        def close(self) -> None:
            super().close()
            self.is_closed = True

        def __del__(self) -> None:
            if not self.is_closed:
                warnings.warn(
                    f"unclosed database, opened in {self.opened_in}", ResourceWarning, source=self, stacklevel=1
                )

    sqlite3.connect = functools.partial(sqlite3.connect, factory=_Watched)

_DOORS = frozenset({"__init__", "open", "open_source", "open_workspace"})
_TESTS = str(Path(__file__).parent)
_opened: list[Any] = []


def _note_what_tests_open(kind: type[Any]) -> None:
    """Note each source, or workspace, that a test opens itself. What the program opens within, it has to close."""
    begin = kind.__init__

    def noting(self: Any, *given: Any, **named: Any) -> None:
        begin(self, *given, **named)
        caller = sys._getframe(1)
        while caller.f_code.co_name in _DOORS and caller.f_back is not None:
            caller = caller.f_back
        if caller.f_code.co_filename.startswith(_TESTS):
            _opened.append(self)

    kind.__init__ = noting


for _kind in (FollowedDatabase, TracetuiStore, Workspace):
    _note_what_tests_open(_kind)

HOMES = {
    "HOME": "",
    "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_RUNTIME_DIR": ".run",
    "TRACETUI_CONFIG_DIR": "tracetui/config",
    "TRACETUI_CACHE_DIR": "tracetui/cache",
    "TRACETUI_DATA_DIR": "tracetui/data",
    "TRACETUI_STATE_DIR": "tracetui/state",
}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests beside other tools, unless they are asked for: `make test-peers`, `make test-sdks`."""
    is_asked_for = any(collection_path.name in Path(argument.split("::")[0]).parts for argument in config.args)
    return True if collection_path.name in ("peers", "sdks") and not is_asked_for else None


@pytest.fixture(autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Close the sources and workspaces that a test opened itself; those that several tests share, their fixture closes."""
    _opened.clear()
    yield
    while _opened:
        _opened.pop().close()


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Point every directory that a program keeps things in at an empty one; give that home."""
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("TRACETUI_")]:
        monkeypatch.delenv(name)
    for name, place in HOMES.items():
        monkeypatch.setenv(name, str(home / place))
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield home
    monkeypatch.undo()
    time.tzset()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a binary parameter by its size: compressed data may hold the time, and workers must agree on names."""
    return f"{len(val)} bytes" if isinstance(val, bytes) and not val.isascii() else None


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """022, as most systems have it: files that are made without a thought can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)
