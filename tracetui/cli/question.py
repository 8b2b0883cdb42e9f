"""Open what a command was asked about: sources, mapping, filter; read what is new; say on stderr what was odd."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tracetui.cli.narrate import Progress, warn
from tracetui.config import Prices, load_config
from tracetui.model import Changes, Health
from tracetui.query import Filter
from tracetui.sources.columns.mapping import Mapping
from tracetui.text import count
from tracetui.workspace import Workspace, open_workspace


class Question(Struct):
    """An opened workspace and the filter of the command line, None where it selects everything."""

    workspace: Workspace
    filter: Filter | None = None


@contextmanager
def asked(
    sources: Sequence[str], query: str | None = None, mapping: str | None = None, prices: str | None = None
) -> Iterator[Question]:
    """Open the sources and read everything new in them. Raises UnreadableSource, FilterError, WrongUse.

    A source that cannot be read is warned about while another can be.
    """
    with opened(sources, query, mapping, prices) as question:
        read_all(question.workspace)
        yield question


@contextmanager
def opened(
    sources: Sequence[str], query: str | None = None, mapping: str | None = None, prices: str | None = None
) -> Iterator[Question]:
    """As `asked`, but nothing is read yet. `prices` is a file of prices to go by instead of the configured one."""
    config = load_config()
    if prices is not None:
        config = replace(config, prices=Prices(str(Path(prices).absolute())))
    workspace = open_workspace(sources, mappings=mappings_of(mapping), config=config)
    try:
        for sentence in workspace.refused:
            warn(sentence)
        yield Question(workspace, workspace.compile(query))
    except Exception as error:
        damage = workspace.find_damage(error)
        if damage is not None:
            raise damage from error
        raise
    finally:
        workspace.close()


def read_all(workspace: Workspace) -> None:
    """Read what is new, with progress and warnings on stderr."""
    with Progress("reading") as progress:

        def show(changes: Changes) -> None:
            progress.update(changes.done, changes.total)

        workspace.catch_up(show)
    if workspace.notice is not None:
        warn(workspace.notice)
    for health in workspace.health():
        for sentence in oddities(health):
            warn(sentence)


def oddities(health: Health) -> Iterator[str]:
    """What a user has to know about numbers that come from this source, a sentence each."""
    if health.skipped:
        first = f", the first: {health.reasons[0]}" if health.reasons else ""
        records = "record" if health.skipped == 1 else "records"
        yield f"{health.path}: {count(health.skipped)} {records} skipped{first}; `tracetui info` lists them"
    yield from (f"{health.path}: {warning.removeprefix(f'{health.path}: ')}" for warning in health.warnings)


def mappings_of(path: str | None) -> tuple[Mapping, ...]:
    """The mappings of the file that was named; those of config.toml come after them. Raises WrongUse."""
    if path is None:
        return ()
    from tracetui.sources.columns.toml import read_mappings

    return read_mappings(Path(path))
