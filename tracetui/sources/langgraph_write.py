"""Rows of `checkpoints` and `writes` → what a thread is made of."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from tracetui.model import Json
from tracetui.sources.cells import Dict, dict_of, object_cell, text_cell, time_ns
from tracetui.sources.langgraph_plain import plain_value
from tracetui.sources.sqlite_file import Group
from tracetui.sources.sqlite_read import ROW_ID, Database, Row

_EPOCH_1582 = 0x01B21DD213814000
"""100 ns steps from the beginning of UUID time to the Unix epoch."""
_UUID_6 = "6"


class Checkpoint(Struct, frozen=True):
    """A state of the graph. `row` still has its blob, which is only read where nothing else tells."""

    namespace: str
    id: str
    start_ns: int
    source: str | None
    metadata: Dict
    row: Row

    def state(self) -> Dict:
        """The whole checkpoint; empty where it cannot be read."""
        try:
            return dict_of(plain_value(text_cell(self.row, "type"), _bytes(self.row.get("checkpoint"))))
        except ValueError:
            return {}


class Write(Struct, frozen=True):
    """What one task wrote into one channel, in the step after the checkpoint."""

    namespace: str
    checkpoint_id: str
    task_id: str
    node: str
    channel: str
    value: Json


def load_checkpoints(db: Database, thread: Any, group: Group) -> list[Checkpoint]:
    """The checkpoints of a thread in order of time."""
    found = []
    for row in db.rows("checkpoints", {"thread_id": thread}, order=("checkpoint_id",)):
        checkpoint = _checkpoint(group, row)
        if checkpoint is not None:
            found.append(checkpoint)
    return sorted(found, key=lambda checkpoint: (checkpoint.start_ns, checkpoint.id))


def _checkpoint(group: Group, row: Row) -> Checkpoint | None:
    def complain(reason: str) -> None:
        group.skip("checkpoints", row[ROW_ID], reason)

    identity = text_cell(row, "checkpoint_id")
    if identity is None:
        complain("a checkpoint without an id")
        return None
    metadata = object_cell(row, "metadata", complain)
    moment = _moment(identity)
    checkpoint = Checkpoint(
        text_cell(row, "checkpoint_ns") or "", identity, moment or 0, text_cell(metadata, "source"), metadata, row
    )
    if moment is None:
        moment = time_ns(checkpoint.state().get("ts"))
        if moment is None:
            complain("a checkpoint without a time")
        return Checkpoint(checkpoint.namespace, identity, moment or 0, checkpoint.source, metadata, row)
    return checkpoint


def _moment(identity: str) -> int | None:
    """The time in a UUID of version 6."""
    digits = identity.replace("-", "")
    if len(digits) != 32 or digits[12] != _UUID_6:
        return None
    try:
        ticks = int(digits[:12] + digits[13:16], 16)
    except ValueError:
        return None
    moment = (ticks - _EPOCH_1582) * 100
    return moment if 0 < moment < 2**63 else None


def load_writes(db: Database, thread: Any, group: Group) -> list[Write]:
    """Everything that the tasks of a thread wrote, in order."""
    found = []
    for row in db.rows("writes", {"thread_id": thread}, order=("checkpoint_id", "task_id", "idx")):
        try:
            value = plain_value(text_cell(row, "type"), _bytes(row.get("value")))
        except ValueError as error:
            group.skip("writes", row[ROW_ID], f"value is {error}")
            value = None
        found.append(
            Write(
                text_cell(row, "checkpoint_ns") or "",
                text_cell(row, "checkpoint_id") or "",
                text_cell(row, "task_id") or f"row {row[ROW_ID]}",
                _node(text_cell(row, "task_path")),
                text_cell(row, "channel") or "",
                value,
            )
        )
    return found


def _node(path: str | None) -> str:
    """`~__pregel_pull, model` → `model`; a pushed task names its node after its place."""
    pieces = [piece.strip() for piece in (path or "").split(",")]
    names = [piece for piece in pieces if piece and not piece.startswith("~") and not piece.isdigit()]
    return names[-1] if names else ""


def _bytes(value: Any) -> bytes | None:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else None
