"""What a figure was measured on, and where it is written down."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")


def machine() -> str:
    """The day and the machine, as a line."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def save_section(title: str, command: str, lines: list[str]) -> None:
    """Write one section of RESULTS.md, in the place of an older one of that title."""
    text = RESULTS.read_text() if RESULTS.exists() else "# Results\n"
    section = "\n".join([f"## {title}", "", f"Made by `{command}`.", "", *lines, ""])
    older = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.M | re.S)
    if older.search(text):
        text = older.sub(lambda _: section + "\n", text)
    else:
        text = text.rstrip() + "\n\n" + section
    RESULTS.write_text(text.rstrip() + "\n")
