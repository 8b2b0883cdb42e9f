"""What to tell a user of an error of SQLite, or of the machine, that a question ended with."""

from __future__ import annotations

import sqlite3

from tracetui.query import last_refusal

_FUNCTION_FAILED = "user-defined function raised exception"
_SENTENCES = (
    ("interrupted", "the question was stopped"),
    ("malformed", "a database that was being read is damaged ({}); restore a copy, or try `sqlite3 FILE .recover`"),
    ("not a database", "something else was written over a database that was being read ({}); restore a copy of it"),
    ("no such table", "a table is missing in a database that was being read ({}); another program changed it"),
    ("no such column", "a column is missing in a database that was being read ({}); another program changed it"),
    ("unable to open", "a database cannot be opened ({}); it was moved or deleted, or its permissions were changed"),
    (
        "decode to UTF-8",
        "a text in a database that was being read is no UTF-8 ({}); it has to be mended where it is written",
    ),
    ("locked", "another program holds a database locked ({}); try again when that has finished"),
    ("full", "the disk is full ({}); free space, or set TRACETUI_CACHE_DIR to a directory on another one"),
    ("disk I/O", "the disk is full or fails ({}); free space, or set TRACETUI_CACHE_DIR to a directory on another one"),
    ("readonly", "a database cannot be written ({}); look at the permissions of the file and of its directory"),
    ("too big", "a value is larger than SQLite can hold ({}); it has to be shortened where it is written"),
)


def explain_failure(error: BaseException) -> str | None:
    """One sentence about an error that is nobody's mistake; None for a defect."""
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; look at less at once, or close other programs"
    if not isinstance(error, sqlite3.Error):
        return None
    text = str(error)
    if text == _FUNCTION_FAILED:
        return last_refusal()
    return next((sentence.format(text) for sign, sentence in _SENTENCES if sign in text), None)
