"""LangGraph's checkpoints (`SqliteSaver`): the state of a graph after each step, and what each task wrote.

A run of the graph, from one input to the next, is a trace; a task is a chain span; the messages that it wrote are
generations and tools under it. docs/formats/langgraph.md explains it to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracetui.model import Span
from tracetui.sources.head import Head
from tracetui.sources.langgraph_thread import Thread
from tracetui.sources.langgraph_write import load_checkpoints, load_writes
from tracetui.sources.sqlite_file import Group, SqliteFile
from tracetui.sources.sqlite_read import Database
from tracetui.sources.sqlite_watch import Watched


class LangGraphSource(SqliteFile):
    """One database of checkpoints."""

    format = "langgraph"
    watched = (
        Watched("checkpoints", "thread_id", is_replaced=True),
        Watched("writes", "thread_id", is_replaced=True),
    )

    @staticmethod
    def recognise(head: Head) -> bool:
        """Whether it has the saver's table of checkpoints, with or without its table of writes."""
        return head.has_columns("checkpoints", "thread_id", "checkpoint_id", "checkpoint")

    def notes(self) -> Iterable[str]:
        """What is derived."""
        yield "a step lasts from the checkpoint before it to the one after it; no cost is recorded"
        yield "objects in checkpoints are read as plain data, no constructor is ever called"

    def key_of(self, span: Span) -> str:
        """Groups are threads."""
        return span.session_id or ""

    def read_group(self, db: Database, key: Any) -> Group:
        """All runs of a thread."""
        group = Group()
        Thread(group, str(key), load_checkpoints(db, key, group), load_writes(db, key, group)).add()
        return group
