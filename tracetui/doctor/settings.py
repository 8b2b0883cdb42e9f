"""The configuration: whether all that it says can be used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from tracetui.config import Config, config_dir, load_config
from tracetui.doctor.findings import Finding
from tracetui.doctor.private import masked, own_path
from tracetui.errors import TracetuiError


class Settings(Struct, frozen=True):
    """The state of config.toml, and what is wrong with it, a sentence each."""

    state: Literal["none", "fine", "wrong"]
    problems: tuple[str, ...] = ()


def _keys(config: Config) -> object:
    from tracetui.tui.keymap import Keymap

    return Keymap(config.keys)


def _mappings(config: Config) -> object:
    from tracetui.sources.columns import parse_mappings

    return parse_mappings(config.mappings, "config.toml")


def _prices(config: Config) -> object:
    from tracetui.pricing import open_book

    return open_book(config.prices.path)


def _rules(config: Config) -> object:
    from tracetui.redaction import make_redactor

    return make_redactor(config)


_CHECKS: tuple[Callable[[Config], object], ...] = (_keys, _mappings, _prices, _rules)
"""What each part of the configuration is made into; each raises TracetuiError."""


def find_config() -> Config:
    """The configuration, or the default one where it is wrong: the sources are examined all the same."""
    try:
        return load_config()
    except TracetuiError:
        return Config()


def look_at_settings(environ: Mapping[str, str] = os.environ, *, whole: bool = False) -> Settings:
    """Read the configuration and try each part of it."""
    folder = config_dir()
    shown = {str(folder): own_path(folder, environ, whole=whole), str(Path.home()): "~"}
    try:
        config = load_config()
    except TracetuiError as error:
        return Settings("wrong", (masked(str(error), {} if whole else shown),))
    problems = []
    for check in _CHECKS:
        try:
            check(config)
        except TracetuiError as error:
            problems.append(masked(str(error), {} if whole else shown))
    if problems:
        return Settings("wrong", tuple(problems))
    return Settings("fine" if (folder / "config.toml").exists() else "none")


def judge_settings(settings: Settings) -> Iterator[Finding]:
    """Each problem as it is."""
    yield from (Finding("config", "mend", problem) for problem in settings.problems)
