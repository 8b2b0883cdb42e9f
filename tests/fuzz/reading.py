"""What a fuzz target does with a file: everything that the program does with one that it opens."""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import tempfile
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from unittest.mock import patch

from tracetui.config import Config
from tracetui.errors import TracetuiError
from tracetui.store.connection import open_index
from tracetui.workspace import Workspace, location
from tracetui.workspace.failures import explain_failure
from tracetui.workspace.indexer import Indexer
from tracetui.workspace.opening import Opened, open_source
from tracetui.workspace.pricer import Pricer


@cache
def folder() -> Path:
    """A directory of this process for the files that it reads: the one that was given, or one in memory where there is
    such a place."""
    given, shared = os.environ.get("FUZZ_FOLDER"), Path("/dev/shm")
    if given:
        return Path(given)
    made = Path(tempfile.mkdtemp(prefix="tracetui-fuzz-", dir=shared if shared.is_dir() else None))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def clear_up() -> None:
    """Close and remove what reading in this process keeps."""
    if _index.cache_info().currsize:
        _index().close()
        _index.cache_clear()
    if folder.cache_info().currsize:
        shutil.rmtree(folder(), ignore_errors=True)
        folder.cache_clear()


@cache
def pricer() -> Pricer:
    """The prices, loaded once."""
    return Pricer(None)


@cache
def _index() -> sqlite3.Connection:
    return open_index(":memory:", writable=True)


def read_file(path: Path) -> None:
    """Open a file, index all of it, load some payloads, and describe it."""
    try:
        source = open_source(path)
    except TracetuiError as error:
        assert str(error)
        return
    conn = _index()
    conn.execute("BEGIN")
    try:
        indexer = Indexer(conn, [source])
        indexer.pricer = pricer()
        while not indexer.step(60.0).is_idle:
            pass
        indexer.health()
        for batch in source.read(None):
            for span, reference in [*zip(batch.spans, batch.references, strict=True)][:3]:
                with suppress(TracetuiError):
                    source.payload(span, reference)
    except TracetuiError as error:
        assert str(error)
    finally:
        conn.execute("ROLLBACK")
        close = getattr(source, "close", None)
        if close is not None:
            close()


def read_store(path: Path) -> None:
    """Open a tracetui store as the screen does, and ask it what the screen asks."""
    try:
        source = open_source(path)
    except TracetuiError as error:
        assert str(error)
        return
    in_memory = partial(location.in_memory, "each input is another store")
    try:
        with (
            patch("tracetui.workspace.locate_index", lambda _: in_memory()),
            Workspace(Opened([source], keys=[str(path)]), Config()) as workspace,
        ):
            _ask(workspace)
    except (TracetuiError, sqlite3.Error) as error:
        assert isinstance(error, TracetuiError) or explain_failure(error), error


def _ask(workspace: Workspace) -> None:
    workspace.catch_up()
    workspace.stats("model:* cost:>0")
    trace_ids = workspace.trace_ids(None, "start")[:2]
    workspace.page(trace_ids)
    for trace_id in trace_ids:
        for node in workspace.tree(trace_id).nodes[:3]:
            with suppress(TracetuiError):
                workspace.payload(trace_id, node.span.span_id)
    workspace.health()
