"""The one place that opens our SQLite files: stores that users keep, and indexes in the cache.

A store is written with plain SQL by any program; it is opened read-only until something is to be written. An index is
private to tracetui and can be thrown away at any time.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from tracetui.errors import NotWritable, UnreadableSource
from tracetui.store.migrate import find_lacking, migrate, statements
from tracetui.store.mounts import network_of, risk_of_wal
from tracetui.store.schema import APPLICATION_ID, INDEX_SCHEMA, STORE_SCHEMA, STORE_VERSION

LOCK_WAIT_S = 5.0


def file_uri(path: Path | str, mode: str) -> str:
    """A `file:` URI for SQLite with the given mode (`ro`, `rw`, `rwc`)."""
    return f"file:{quote(str(path))}?mode={mode}"


def is_frozen(path: Path) -> bool:
    """Whether a database is in WAL mode, in a folder that cannot be written, and nobody has it open. SQLite wants to make
    files beside it even to read it, and refuses; it is to be told that nothing changes.
    """
    if os.access(path.parent, os.W_OK | os.X_OK) or os.path.exists(f"{path}-wal"):
        return False
    try:
        with path.open("rb") as file:
            return file.read(20)[18:] == b"\2\2"
    except OSError:
        return False


def read_only_uri(path: Path) -> str:
    """A URI with which SQLite reads a database wherever it lies, and never changes it."""
    return file_uri(path, "ro") + ("&immutable=1" if is_frozen(path) else "")


@contextmanager
def closed_on_failure(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Close a connection where what is done with it first fails; otherwise it is whose that gets it."""
    try:
        yield conn
    except BaseException:
        conn.close()
        raise


def open_read_only(path: Path, *, wait_s: float = LOCK_WAIT_S) -> sqlite3.Connection:
    """Open any SQLite file for reading; it is never changed. Raises UnreadableSource in one sentence."""
    try:
        with closed_on_failure(
            sqlite3.connect(read_only_uri(path), uri=True, timeout=wait_s, check_same_thread=False)
        ) as conn:
            conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except UNREADABLE as error:
        raise UnreadableSource(explain_sqlite_error(path, error)) from error
    return conn


def _open_rw(name: str) -> sqlite3.Connection:
    """Open for reading and writing; transactions begin only where we say so."""
    conn = sqlite3.connect(name, uri=True, timeout=LOCK_WAIT_S, check_same_thread=False)
    conn.isolation_level = None
    return conn


def close_read_only(conn: sqlite3.Connection, path: Path) -> None:
    """Close a connection of `open_read_only`, and leave nothing beside the file that was not there.

    SQLite puts `-wal` and `-shm` beside a database in WAL mode also for a reader, and a reader cannot take them away. A
    connection that may write does so when it is the last one; with an empty log it writes nothing into the file.
    """
    conn.close()
    try:
        if os.stat(f"{path}-wal").st_size:
            return
        with closing(sqlite3.connect(file_uri(path, "rw"), uri=True, timeout=0)) as last:
            last.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except (OSError, *UNREADABLE):
        return  # there is no log, or another program has use for it


UNREADABLE = (sqlite3.Error, UnicodeDecodeError)
"""What opening a database ends with: SQLite says of a schema that it does not understand what stands there, and Python
fails where that is no text."""


def explain_sqlite_error(path: Path, error: Exception) -> str:
    """One sentence for a user about why SQLite could not read or write `path`, and what to do."""
    if path.is_dir():
        return f"{path}: a directory, not a file"
    if not path.exists():
        return f"{path}: there is no such file; it was moved or deleted, or the name is wrong"
    text = "its schema cannot be read" if isinstance(error, UnicodeDecodeError) else str(error)
    if "not a database" in text:
        return f"{path}: not a SQLite database, or an encrypted one"
    if "locked" in text or "busy" in text:
        return f"{path}: another program holds it locked; try again when that has finished"
    if isinstance(error, UnicodeDecodeError) or "malformed" in text or "corrupt" in text:
        return f"{path}: the database is damaged ({text}); restore a copy, or try `sqlite3 FILE .recover`"
    if "full" in text or "disk I/O" in text:
        return f"{path}: the disk is full or fails ({text}); free space and try again"
    if "readonly" in text:
        return f"{path}: it cannot be written ({text}); look at the permissions of the file and of its directory"
    if "no such table" in text or "no such column" in text:
        return f"{path}: a table or column is not there ({text}); another program changed the file, or wrote over it"
    if "unable to open" in text and not os.access(path, os.R_OK):
        return f"{path}: permission denied"
    return f"{path}: SQLite cannot open it ({text})"


def is_store(conn: sqlite3.Connection) -> bool:
    """Whether the database is a tracetui store, whatever its name."""
    if conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        return True
    names = {name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"spans", "payloads", "traces", "stale"} <= names:
        return False
    columns = {row[1] for row in conn.execute("PRAGMA table_info(spans)")}
    return {"trace_id", "span_id", "start_ns", "repeats_usage"} <= columns


def open_store(path: Path) -> sqlite3.Connection:
    """Open a tracetui store for writing, making it (0600) where there is none.

    Raises NotWritable where it cannot be written, UnreadableSource where it is something else or newer than we know.
    """
    is_new = not path.exists() or path.stat().st_size == 0
    _refuse_risk(path)
    try:
        if is_new:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with closed_on_failure(_open_rw(file_uri(path, "rw"))) as conn:
            if is_new or _is_blank(conn):
                create_store(conn, is_shared=network_of(path) is not None)
    except (OSError, sqlite3.Error) as error:
        raise NotWritable(f"{path}: cannot be written ({error}); choose another place") from error
    try:
        with closed_on_failure(conn):
            check_store_version(conn, path)
            migrate(conn)
            conn.execute("PRAGMA synchronous = FULL")
    except UNREADABLE as error:
        raise UnreadableSource(explain_sqlite_error(path, error)) from error
    return conn


def remove_store(path: Path) -> None:
    """Remove a store, and what SQLite puts beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def open_existing_store(path: Path) -> sqlite3.Connection:
    """Open a tracetui store for writing as it is: it is neither made nor brought up to date (`migrate`).

    Raises UnreadableSource where it is no store, NotWritable where it cannot be written.
    """
    if not path.is_file():
        raise UnreadableSource(f"{path}: there is no such file; name a tracetui store")
    _refuse_risk(path)
    try:
        with closed_on_failure(_open_rw(file_uri(path, "rw"))) as conn:
            if not is_store(conn):
                raise UnreadableSource(
                    f"{path}: not a tracetui store, and nothing is deleted from what others wrote; import it into one"
                )
            check_store_version(conn, path)
    except UNREADABLE as error:
        raise UnreadableSource(explain_sqlite_error(path, error)) from error
    return conn


def _refuse_risk(path: Path) -> None:
    kind = risk_of_wal(path)
    if kind is not None:
        raise NotWritable(
            f"{path}: a database in WAL mode on a network file system ({kind}) gets damaged when it is written there; "
            "move it to a local disk, or close it everywhere and run `sqlite3 FILE 'PRAGMA journal_mode = DELETE'`"
        )


def compact(conn: sqlite3.Connection, path: Path) -> None:
    """Give free pages of a store back to the disk. Raises NotWritable where another program holds it, or the disk is full:
    SQLite writes a copy."""
    try:
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise NotWritable(f"{path}: could not be made smaller now ({error}); its free space is used again") from error


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """Everything within is written when this ends, or nothing is; part of the caller's transaction where one is open."""
    is_inner = conn.in_transaction
    if is_inner:
        yield
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        conn.execute("COMMIT")
    finally:
        if conn.in_transaction:
            conn.execute("ROLLBACK")


def _begin_wal(conn: sqlite3.Connection) -> None:
    """Change to WAL mode. SQLite does not wait for another process that does the same, so we do."""
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _is_blank(conn: sqlite3.Connection) -> bool:
    """Whether it is a database without tables, such as one that another process is making into a store just now."""
    try:
        return bool(conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0)
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return False  # no database, or a damaged one: said where the version is checked


def create_store(conn: sqlite3.Connection, *, is_shared: bool = False) -> None:
    """Lay the schema of a tracetui store into an empty database, in WAL mode so that readers never wait; not where it
    `is_shared` between machines, which have no memory in common for that."""
    if not is_shared:
        _begin_wal(conn)
    _lay(conn, f"{STORE_SCHEMA}\nPRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {STORE_VERSION};\n")


def check_store_version(conn: sqlite3.Connection, path: Path) -> None:
    """Raise UnreadableSource where the database is no tracetui store, one of a later version, or one that lacks something."""
    if not is_store(conn):
        raise UnreadableSource(f"{path}: a SQLite database, but not a tracetui store; choose another file")
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    if version > STORE_VERSION:
        raise UnreadableSource(
            f"{path}: a tracetui store of version {version}, and this tracetui knows {STORE_VERSION}; upgrade tracetui"
        )
    lacking = find_lacking(conn)
    if lacking is not None:
        raise UnreadableSource(
            f"{path}: a tracetui store without the {lacking}; restore a copy, or make one as docs/schema.md says"
        )


def open_index(name: str, *, writable: bool) -> sqlite3.Connection:
    """Open an index by its SQLite URI, making its tables where `writable` and there are none.

    An index is a cache: it is not synced to disk, and a damaged one is replaced by its owner.
    """
    with closed_on_failure(_open_rw(name)) as conn:
        if not writable:
            return conn
        conn.execute("PRAGMA synchronous = OFF")
        conn.execute("PRAGMA temp_store = MEMORY")
        if _is_bare(conn):
            _begin_wal(conn)
            _lay(conn, INDEX_SCHEMA)
    return conn


def _is_bare(conn: sqlite3.Connection) -> bool:
    return not conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]


def _lay(conn: sqlite3.Connection, schema: str) -> None:
    """Make tables, unless another process made them while this one waited for the lock."""
    with transaction(conn):
        if _is_bare(conn):
            for statement in statements(schema):
                conn.execute(statement)
