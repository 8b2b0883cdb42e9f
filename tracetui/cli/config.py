"""`tracetui config`: where the configuration is, what it says, and the keys as they can be pasted into it."""

from __future__ import annotations

import click

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
    output.line("[ui]")
    for name in ("theme", "glyphs", "author", "rating_name"):
        value = getattr(loaded.ui, name)
        note = "" if value != getattr(usual.ui, name) else "  # the default"
        output.line(f"# {name} is not set" if value is None else f"{name} = {_quote(value)}{note}")
    output.line("\n[prices]")
    output.line("# path is not set" if loaded.prices.path is None else f"path = {_quote(loaded.prices.path)}")
    output.line("\n[keys]  # of your own; `tracetui config keys` prints the default ones")
    for action, keys in loaded.keys.items():
        output.line(f"{action} = [{', '.join(_quote(key) for key in keys)}]")
    if loaded.mappings:
        output.line(f"\n# {len(loaded.mappings)} [[mapping]] tables: `tracetui info FILE` prints the one that is used")


@config.command()
def keys() -> None:
    """Print the default keys as TOML, ready to paste into config.toml and change."""
    from tracetui.tui.keymap import keys_toml

    open_output().raw(keys_toml())


def _quote(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
