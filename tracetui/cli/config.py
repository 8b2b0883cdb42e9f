"""`tracetui config`: where the configuration is, what it says, and the keys as they can be pasted into it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
from msgspec import Struct

from tracetui.cli.output import open_output


@click.group()
def config() -> None:
    """Say where the configuration is, what is in force, and which keys there are."""


@config.command()
def path() -> None:
    """Print the path of config.toml, whether it is there or not."""
    from tracetui.config import config_dir

    open_output().line(str(config_dir() / "config.toml"))


@config.command()
def show() -> None:
    """Print every setting as it is in force, as TOML."""
    from tracetui.config import Config, load_config

    loaded, usual = load_config(), Config()
    output = open_output()
    for name in ("ui", "prices", "check", "collect", "redaction", "sampling"):
        output.line(f"[{name}]")
        for line in _section(getattr(loaded, name), getattr(usual, name)):
            output.line(line)
        output.line()
    if loaded.redact:
        output.line(f"# {len(loaded.redact)} [[redact]] rules of your own\n")
    output.line("[keys]  # of your own; `tracetui config keys` prints the default ones")
    for action, keys in loaded.keys.items():
        output.line(f"{action} = {_toml(keys)}")
    if loaded.mappings:
        output.line(f"\n# {len(loaded.mappings)} [[mapping]] tables: `tracetui info FILE` prints the one that is used")


@config.command()
def keys() -> None:
    """Print the default keys as TOML, ready to paste into config.toml and change."""
    from tracetui.tui.keymap import keys_toml

    open_output().raw(keys_toml())


def _section(loaded: Struct, usual: Struct) -> Iterator[str]:
    for name in loaded.__struct_fields__:
        value = getattr(loaded, name)
        note = "" if value != getattr(usual, name) else "  # the default"
        yield f"# {name} is not set" if value is None else f"{name} = {_toml(value)}{note}"


def _toml(value: str | float | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
