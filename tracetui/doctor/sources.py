"""The health of what one SOURCE names: whether it can be read, what its spans lack, how its files are."""

from __future__ import annotations

import stat
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tracetui.analysis.prefixes import Prefixes
from tracetui.config import Config
from tracetui.doctor.private import masked, model_name, shown_id
from tracetui.doctor.prompts import find_repeated
from tracetui.errors import TracetuiError
from tracetui.model import Changes
from tracetui.store.health import BIGGEST, Counts, Fault, Row, Unpriced
from tracetui.store.mounts import file_system, load_mounts
from tracetui.store.soundness import Check, Database, examine_database, is_database
from tracetui.workspace import Workspace, open_workspace
from tracetui.workspace.folder import list_files

if TYPE_CHECKING:
    from tracetui.sources.columns import Mapping

READ_S, COUNT_S, SIZE_S, CHECK_S, PROMPTS_S = 20.0, 10.0, 2.0, 10.0, 3.0
"""Seconds at most: reading what is new, a pass over the spans, looking for big rows, the check of a database's
structure, looking for repeated prompts. docs/doctor.md names them."""
LONG_AGO_NS = 3600 * 10**9
"""A span without an end that began longer ago will hardly get one."""
_DAMAGED = "a database is damaged, so that its spans cannot be counted"
_FILES = 20
"""Databases of a directory that are examined."""
_REASONS = frozenset({
    "unknown model", "no usage", "no model", "no time", "unknown service tier", "inconsistent usage",
    "impossible cost recorded", "pending",
})  # fmt: skip
"""Reasons of our own for having no price; a store that others write may hold any text there."""


class Records(Struct, frozen=True):
    """How reading went; see `tracetui info`, which also has the reasons."""

    skipped: int = 0
    duplicates: int = 0
    replaced: int = 0
    incomplete: int = 0
    other: int = 0
    warnings: int = 0


class File(Struct, frozen=True):
    """A SQLite file of a source. `open` says that it is a store of tracetui that other users may read."""

    name: str
    check: Check
    bytes: int
    wal_bytes: int
    journal_mode: str | None
    free_bytes: int | None
    open: bool


class Looked(Struct, frozen=True):
    """What was found of a SQLite file, whole."""

    path: Path
    file: File
    database: Database


class Index(Struct, frozen=True):
    """The cache file that holds summaries of the source's spans; `name` is None where it is kept in memory."""

    name: str | None
    bytes: int | None


class Examined(Struct, frozen=True):
    """What was found of one SOURCE. None is what could not be found out, or not in time.

    `error` says why it cannot be read; then nothing else is known. `read` and `of` are how far it was read, in the
    source's own unit. `biggest` are the biggest records among `measured` of them (None: among all).
    """

    source: str
    error: str | None = None
    formats: dict[str, int] = {}
    read: int = 0
    of: int = 0
    complete: bool = True
    traces: int | None = None
    counts: Counts | None = None
    records: Records = Records()
    unpriced: tuple[Unpriced, ...] | None = None
    biggest: tuple[Row, ...] | None = None
    measured: int | None = None
    prompts: Prefixes | None = None
    index: Index | None = None
    databases: tuple[File, ...] = ()
    file_system: str | None = None


def examine_source(path: str, config: Config, mappings: Sequence[Mapping] = (), *, whole: bool = False) -> Examined:
    """Open one SOURCE, read what is new in it, and look at it from all sides; about a minute at most.

    `whole` shows whole paths.
    """
    place = Path(path)
    name = path if whole else place.absolute().name
    shown = {str(place.absolute()): name, str(place.absolute().parent) + "/": "", str(Path.home()): "~"}
    if "/" in path:
        shown[path] = name
    disk = file_system(place.resolve(), load_mounts())
    files = list(_examine_files([place])) if place.is_file() else None
    failed = Examined(name, databases=_files_of(files or []), file_system=disk)
    if any(file.check == "damaged" for file in failed.databases):
        return replace(failed, error=_DAMAGED)

    def look(paths: Sequence[str], files: list[Looked] | None) -> Examined:
        with open_workspace(paths, mappings=mappings, config=config) as workspace:
            return replace(_examine(workspace, name, files), file_system=disk)

    try:
        try:
            return look([path], files)
        except Fault:
            failed = replace(failed, error=_DAMAGED)
            if files is not None:
                return failed
            names = list_files(place)
            files = list(_examine_files(map(Path, names)))
            damaged = {str(one.path) for one in files if one.file.check == "damaged"}
            failed = replace(failed, databases=_files_of(files))
            # What else is in the directory is a source of its own.
            return look([one for one in names if one not in damaged], files) if damaged else failed
    except Fault:
        return failed
    except (TracetuiError, OSError) as error:
        return replace(failed, error=_reason(error) if whole else masked(_reason(error), shown))


def _files_of(files: Iterable[Looked]) -> tuple[File, ...]:
    return tuple(one.file for one in files)


def _reason(error: Exception) -> str:
    return (error.strerror or "cannot be read") if isinstance(error, OSError) else str(error)


def _examine(workspace: Workspace, name: str, files: list[Looked] | None) -> Examined:
    changes = _read(workspace)
    health = workspace.health()
    counts = workspace.counts(time.time_ns() - LONG_AGO_NS, COUNT_S)
    if files is None:
        files = list(_examine_files(source.path for source in workspace.sources))
    biggest, measured = _biggest(workspace, files)
    return Examined(
        name,
        formats=dict(Counter(one.format for one in health)),
        read=changes.done,
        of=changes.total,
        complete=not changes.indexing,
        traces=workspace.trace_count(),
        counts=counts,
        records=Records(
            sum(one.skipped for one in health),
            sum(one.duplicates for one in health),
            sum(one.replaced for one in health),
            sum(one.incomplete for one in health),
            sum(one.other for one in health),
            sum(len(one.warnings) for one in health),
        ),
        unpriced=_shown_unpriced(workspace.unpriced(COUNT_S)),
        biggest=biggest,
        measured=measured,
        prompts=find_repeated(workspace, PROMPTS_S),
        index=_index(workspace.index_path),
        databases=_files_of(files),
    )


def _read(workspace: Workspace) -> Changes:
    """Read what is new for as long as there is time."""
    deadline = time.monotonic() + READ_S
    changes = workspace.poll()
    while changes.indexing and time.monotonic() < deadline:
        changes = workspace.poll()
    return changes


def _examine_files(paths: Iterable[Path]) -> Iterator[Looked]:
    """Those of the paths that are SQLite databases, the first of them, and what was found of each."""
    for path in islice(filter(is_database, paths), _FILES):
        found = examine_database(path, check_s=CHECK_S, measure_s=SIZE_S)
        is_open = found.is_store and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
        free = None if found.free_pages is None else found.free_bytes
        file = File(path.name, found.check, found.bytes, found.wal_bytes, found.journal_mode, free, is_open)
        yield Looked(path, file, found)


def _biggest(workspace: Workspace, files: Iterable[Looked]) -> tuple[tuple[Row, ...] | None, int | None]:
    """The biggest rows of files and of tracetui stores, and how many of the latter were measured, if there are any."""
    rows, measured = workspace.biggest(SIZE_S), 0
    if rows is None:
        return None, None
    for one in files:
        rows += one.database.biggest
        measured += one.database.measured
    most = sorted(rows, key=lambda row: -row.bytes)[:BIGGEST]
    shown = (Row(shown_id(row.trace_id), shown_id(row.span_id), row.bytes) for row in most)
    return tuple(shown), measured or None


def _shown_unpriced(found: Sequence[Unpriced] | None) -> tuple[Unpriced, ...] | None:
    """What may be shown of models and reasons; calls of names that may not are added up."""
    if found is None:
        return None
    calls: Counter[tuple[str | None, str | None]] = Counter()
    for one in found:
        reason = one.reason if one.reason in _REASONS or one.reason is None else "another reason"
        calls[model_name(one.model), reason] += one.calls
    return tuple(Unpriced(model, reason, number) for (model, reason), number in calls.most_common())


def _index(path: Path | None) -> Index:
    if path is None:
        return Index(None, None)
    sizes = (path.with_name(path.name + suffix) for suffix in ("", "-wal"))
    return Index(path.name, sum(one.stat().st_size for one in sizes if one.exists()))
