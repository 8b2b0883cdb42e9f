"""Every test runs in an empty home, in UTC, in a terminal of no particular kind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
if os.environ.get("HYPOTHESIS_PROFILE") != "long":
    # The same examples each time, however busy the machine is; `make fuzz` looks for others.
    settings.load_profile("suite")

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
