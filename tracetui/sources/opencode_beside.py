"""Where opencode kept its sessions before it had a database: a JSON file for each session, message and part.

Below `storage/`: `session/<project>/<session>.json`, `message/<session>/<message>.json`, `part/<message>/<part>.json`.
Names sort by time. A session is told by its file, or by its first message where that file is gone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from tracetui.model import Json
from tracetui.semconv.scalars import text_of
from tracetui.sources.cells import Dict, dict_of, time_ns
from tracetui.sources.opencode_session import Note, Session
from tracetui.wire.otlp_values import loads
from tracetui.wire.reasons import TOO_DEEP, not_json

_NEWEST = 3
"""Messages of which the parts may still change: an answer, and what was asked while it was written."""
Complain = Callable[[str], None]


def owner_of(path: Path, record: Dict) -> Path | None:
    """The file that tells the session of a message or a part; None where it lies in no such folders."""
    session_id = text_of(record.get("sessionID")) or ""
    is_part = "messageID" in record
    holder, place = (text_of(record.get("messageID")), "part") if is_part else (session_id, "message")
    if path.parent.name != holder or path.parent.parent.name != place or "/" in session_id:
        return None
    storage = path.parent.parent.parent
    return session_file(storage, session_id) or next(iter(_json_files(storage / "message" / session_id)), None)


def session_file(storage: Path, session_id: str) -> Path | None:
    """The file of a session, in the folder of its project."""
    try:
        projects = [entry.path for entry in os.scandir(storage / "session") if entry.is_dir()]
    except OSError:
        return None
    found = (Path(project) / f"{session_id}.json" for project in sorted(projects))
    return next((file for file in found if file.is_file()), None)


def storage_of(session: Path) -> Path:
    """The folder `storage` in which the file of a session lies."""
    return session.parent.parent.parent


def state_of(storage: Path, session_id: str) -> str:
    """What changes when a session does: its messages, the newest of them, and their parts. A few system calls."""
    folder = storage / "message" / session_id
    found = [f"{_stamp(folder)}"]
    for message in _json_files(folder)[-_NEWEST:]:
        parts = _json_files(storage / "part" / message.stem)
        found.append("/".join([message.stem, _stamp(message), *(_stamp(part) for part in parts)]))
    return " ".join(found)


def read_session(storage: Path, row: Dict, complain: Complain) -> Session:
    """A session with all its messages and their parts; what cannot be read is complained of."""
    session_id = text_of(row.get("id")) or ""
    notes = []
    for file in _json_files(storage / "message" / session_id):
        data = load(file, complain)
        if data:
            notes.append(note_of(file.stem, data, storage, complain))
    return Session(session_id, row, sorted(notes, key=lambda note: note.start_ns), reasoning_beside=True)


def note_of(name: str, data: Dict, storage: Path | None, complain: Complain) -> Note:
    """A message with its parts."""
    message_id = text_of(data.get("id")) or name
    start = time_ns(dict_of(data.get("time")).get("created"))
    if start is None:
        complain(f"{message_id}: a message without a time")
    files = [] if storage is None else _json_files(storage / "part" / message_id)
    return Note(message_id, start or 0, data, [part for file in files if (part := load(file, complain))])


def load(file: Path, complain: Complain) -> Dict:
    """The object in a file; empty where there is none, and then it is complained of."""
    try:
        data = file.read_bytes()
    except OSError:
        return {}
    try:
        value: Json = loads(data)
    except RecursionError:
        complain(f"{file.name}: {TOO_DEEP}")
        return {}
    except ValueError as error:
        complain(f"{file.name}: {not_json(data, error)}")
        return {}
    if not isinstance(value, dict) or not value:
        complain(f"{file.name}: no object of opencode")
    return dict_of(value)


def _json_files(folder: Path) -> list[Path]:
    return sorted(_names(folder))


def _names(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            yield from (Path(entry.path) for entry in entries if entry.name.endswith(".json"))
    except (OSError, ValueError):
        return


def _stamp(path: Path) -> str:
    try:
        about = path.stat()
    except OSError:
        return "-"
    return f"{about.st_mtime_ns}.{about.st_size}"
