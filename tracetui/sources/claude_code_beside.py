"""What a file of Claude Code takes from the files beside it: which turn spawned a sub-agent, and whose the lines are that
several files of one folder have in common.

A sub-agent's file lies in `<session>/subagents/` beside `<session>.jsonl`, flat at every depth. A session that was
resumed or forked is a file of its own that begins with copies: same `uuid`, another `sessionId`.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from tracetui.sources.claude_code_lines import Line, role_of, text_of
from tracetui.sources.claude_code_turns import AgentPlace
from tracetui.sources.transcript_json import decode_line

_AGENT_NAME = re.compile(r"agent-(.+?)\.jsonl")
_SPAWNS = (b'"Task"', b'"Agent"')
_HEAD = 64 << 10
_UUID = re.compile(rb'"uuid"\s*:\s*"([^"\\]+)"')
_MESSAGE_ID = re.compile(rb'"id"\s*:\s*"(msg_[^"\\]+)"')
_AGENT_ID = re.compile(r"agentId: ([\w-]+)")


def agent_id_of(path: Path) -> str | None:
    """The id of the sub-agent whose file it is, by its name; None for a session's own file."""
    found = _AGENT_NAME.match(path.name)
    return found[1] if found else path.stem if "subagents" in path.parts else None


def main_file_of(path: Path) -> Path | None:
    """The file of the session that a sub-agent's file belongs to, if it is there."""
    for folder in path.parents:
        if folder.name == "subagents":
            main = folder.parent.with_name(f"{folder.parent.name}.jsonl")
            return main if main.is_file() else None
    for _, data in _lines(path, 0):
        line = _decoded(data)
        if line is not None and line.sessionId:
            main = path.with_name(f"{line.sessionId}.jsonl")
            return main if main.is_file() and main != path else None
    return None


class Meta(Struct, frozen=True):
    """`agent-<id>.meta.json`: what spawned a sub-agent."""

    toolUseId: str | None = None
    agentType: str | None = None


def meta_of(path: Path) -> Meta:
    """What the file beside a sub-agent's file says; nothing where there is none, or it is half written."""
    try:
        return msgspec.json.decode(path.with_name(f"{path.stem}.meta.json").read_bytes(), type=Meta)
    except (OSError, msgspec.MsgspecError):
        return Meta()


class Turn(Struct, frozen=True):
    """A turn of a session: when it began, its trace and its root."""

    start_ns: int
    trace_id: str
    root_id: str


class Spawn(Struct, frozen=True):
    """A call of a tool that starts a sub-agent: in which trace, and of what type."""

    trace_id: str
    agent_type: str | None


class SessionIndex:
    """The turns of a session's file and the sub-agents that they spawned, kept up to date by reading what is new.

    Only lines that may open a turn, call a sub-agent or name one are decoded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.turns: list[Turn] = []
        self.spawns: dict[str, Spawn] = {}
        self.agents: dict[str, str] = {}
        self._offset = 0
        self._inode = 0
        self._pending: Line | None = None
        self._first: Line | None = None

    def update(self) -> None:
        """Read what is new. A file that was replaced is read from the start."""
        try:
            about = self.path.stat()
        except OSError:
            return
        if about.st_ino != self._inode or about.st_size < self._offset:
            self.__init__(self.path)  # type: ignore[misc]
        self._inode, self.size = about.st_ino, about.st_size
        owners = owners_of(self.path)
        for end, data in _lines(self.path, self._offset):
            self._offset = end
            self._take(data, owners)

    def turn_at(self, time_ns: int) -> Turn | None:
        """The turn that ran at a time: the last one that had begun, else the first."""
        if not self.turns:
            return None
        number = bisect_right(self.turns, time_ns, key=lambda turn: turn.start_ns)
        return self.turns[max(0, number - 1)]

    def _take(self, data: bytes, owners: Mapping[str, str]) -> None:
        is_answer = b'"assistant"' in data
        may_open = b'"user"' in data and (b'"tool_result"' not in data or b"agentId" in data)
        may_spawn = is_answer and (any(name in data for name in _SPAWNS) or not self.turns)
        if not (may_open or may_spawn or (is_answer and self._pending is not None)):
            return
        line = _decoded(data)
        if line is None or line.isSidechain or line.agentId is not None:
            return
        if line.type == "user":
            self._user(line, owners)
        elif line.type == "assistant" and not (line.message and line.message.model == "<synthetic>"):
            self._assistant(line, owners)

    def _user(self, line: Line, owners: Mapping[str, str]) -> None:
        role = role_of(line, line.texts())
        if role == "prompt":
            self._open(line, owners)
        elif role == "command":
            self._pending = line
        self._first = self._first or line
        for block in line.blocks():
            if block.type == "tool_result" and block.tool_use_id is not None:
                found = _named_agent(line, text_of(block.content))
                if found is not None:
                    self.agents.setdefault(found, block.tool_use_id)

    def _assistant(self, line: Line, owners: Mapping[str, str]) -> None:
        opener = self._pending or (None if self.turns else self._first or line)
        if opener is not None:
            self._open(opener, owners)
        for block in line.blocks():
            if block.type == "tool_use" and block.name in ("Task", "Agent") and block.id is not None:
                arguments = msgspec.json.decode(block.input) if bytes(block.input) else None
                kind = arguments.get("subagent_type") if isinstance(arguments, dict) else None
                self.spawns[block.id] = Spawn(self.turns[-1].trace_id, kind if isinstance(kind, str) else None)

    def _open(self, line: Line, owners: Mapping[str, str]) -> None:
        self._pending = None
        root_id = line.uuid or ""
        session = owners.get(root_id, line.sessionId or self.path.stem)
        self.turns.append(Turn(line.time_ns or 0, f"{session}:{root_id}", root_id))


def _named_agent(line: Line, text: str) -> str | None:
    """The sub-agent that a result is of: named beside it, or in its text."""
    if b'"agentId"' in bytes(line.toolUseResult):
        details = msgspec.json.decode(line.toolUseResult)
        agent_id = details.get("agentId") if isinstance(details, dict) else None
        if isinstance(agent_id, str):
            return agent_id
    found = _AGENT_ID.search(text)
    return found[1] if found else None


@lru_cache(maxsize=64)
def session_index(path: Path) -> SessionIndex:
    """The index of a session's file, shared by the sub-agents' files that ask."""
    return SessionIndex(path)


def find_place(path: Path, agent_id: str, main: Path | None, seen: frozenset[Path] = frozenset()) -> AgentPlace:
    """Where a sub-agent's spans belong. Without any trace of its session it stands for itself."""
    meta = meta_of(path)
    place = AgentPlace(agent_id, name=meta.agentType)
    if main is None:
        return place
    index = session_index(main)
    index.update()
    tool_id = meta.toolUseId or index.agents.get(agent_id)
    spawn = index.spawns.get(tool_id) if tool_id else None
    if tool_id and spawn:
        return _placed(place, spawn.trace_id, tool_id, spawn.agent_type, is_settled=True)
    nested = _find_nested(path, agent_id, meta.toolUseId, main, seen | {path})
    if nested is not None:
        return msgspec.structs.replace(nested, name=meta.agentType or nested.name)
    turn = index.turn_at(_start_of(path))
    return place if turn is None else _placed(place, turn.trace_id, turn.root_id, None, is_settled=False)


def _placed(place: AgentPlace, trace_id: str, parent_id: str, kind: str | None, *, is_settled: bool) -> AgentPlace:
    session = trace_id.rpartition(":")[0]
    return AgentPlace(place.agent_id, trace_id, parent_id, place.name or kind, session, is_settled)


def _find_nested(
    path: Path, agent_id: str, tool_id: str | None, main: Path, seen: frozenset[Path]
) -> AgentPlace | None:
    """The place of a sub-agent that another sub-agent spawned, whose file lies beside."""
    word = (tool_id or agent_id).encode()
    for other in sorted(path.parent.glob("agent-*.jsonl")):
        if other in seen:
            continue
        found = _spawn_in(other, word, tool_id)
        if found is not None:
            outer = find_place(other, agent_id_of(other) or "", main, seen)
            if outer.trace_id is not None:
                return AgentPlace(agent_id, outer.trace_id, found, None, outer.session_id, outer.is_settled)
    return None


def _spawn_in(path: Path, word: bytes, tool_id: str | None) -> str | None:
    """The tool in a sub-agent's file that spawned what `word` names: the tool's id, or an agent's id in a result."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    at = data.find(word)
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        end = data.find(b"\n", at)
        line = _decoded(data[start : end if end >= 0 else len(data)])
        for block in line.blocks() if line is not None else ():
            if tool_id is not None and block.type == "tool_use" and block.id == tool_id:
                return tool_id
            is_result = tool_id is None and block.type == "tool_result" and line is not None
            if is_result and line is not None and _named_agent(line, text_of(block.content)) == word.decode():
                return block.tool_use_id
        at = data.find(word, end) if end >= 0 else -1
    return None


def _start_of(path: Path) -> int:
    for _, data in _lines(path, 0):
        line = _decoded(data)
        if line is not None and line.time_ns is not None:
            return line.time_ns
    return 0


def foreign_messages(path: Path, main: Path | None) -> frozenset[str]:
    """Ids of messages that a sub-agent's file repeats from its session's file (a side question does); mostly none."""
    if main is None:
        return frozenset()
    try:
        with path.open("rb") as file:
            first = _MESSAGE_ID.search(file.read(_HEAD))
        data = main.read_bytes() if first else b""
    except OSError:
        return frozenset()
    if first is None or first[1] not in data:
        return frozenset()
    return frozenset(found.decode("utf-8", "replace") for found in _MESSAGE_ID.findall(data))


class Folder:
    """The sessions' files of one folder by the first line of each: files that begin alike have lines in common."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mtime_ns = -1
        self._firsts: dict[str, bytes] = {}

    def family(self, name: str) -> tuple[str, ...]:
        """The files that begin with the same line as `name`, itself included; () where it is the only one."""
        self._look()
        first = self._firsts.get(name) or _first_uuid(self._path / name)
        if not first:
            return ()
        self._firsts[name] = first
        alike = tuple(sorted(other for other, line in self._firsts.items() if line == first))
        return alike if len(alike) > 1 else ()

    def _look(self) -> None:
        try:
            mtime_ns = self._path.stat().st_mtime_ns
            if mtime_ns == self._mtime_ns:
                return
            names = [
                name for name in os.listdir(self._path) if name.endswith(".jsonl") and not name.startswith("agent-")
            ]
        except OSError:
            return
        self._mtime_ns = mtime_ns
        self._firsts = {name: self._firsts.get(name) or _first_uuid(self._path / name) for name in names}


def _first_uuid(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            found = _UUID.search(file.read(_HEAD))
    except OSError:
        return b""
    return found[1] if found else b""


@lru_cache(maxsize=512)
def folder_at(path: Path) -> Folder:
    """What is known of a folder, shared by its files."""
    return Folder(path)


def owners_of(path: Path) -> Mapping[str, str]:
    """The session that each copied line of a file belongs to, by its uuid; empty where nothing was copied.

    Of the files that have a line, that one owns it whose first line of its own is the earliest: copies carry the old
    times. A file that was copied whole has no line of its own and comes last.
    """
    family = folder_at(path.parent).family(path.name)
    if not family:
        return {}
    members = [lines for name in family if (lines := _chain(path.with_name(name)))]
    counts: dict[str, int] = {}
    for lines in members:
        for uuid in lines:
            counts[uuid] = counts.get(uuid, 0) + 1
    members.sort(key=lambda lines: min((entry[0] for uuid, entry in lines.items() if counts[uuid] == 1), default="~"))
    owners: dict[str, str] = {}
    for lines in members:
        for uuid, (_, session) in lines.items():
            if counts[uuid] > 1:
                owners.setdefault(uuid, session)
    return owners


def _chain(path: Path) -> dict[str, tuple[str, str]]:
    """Time and session of each line of a file that has an uuid."""
    found: dict[str, tuple[str, str]] = {}
    for _, data in _lines(path, 0):
        line = _decoded(data)
        if line is not None and line.uuid is not None:
            found.setdefault(line.uuid, (line.timestamp or "~", line.sessionId or path.stem))
    return found


def _lines(path: Path, offset: int) -> Iterator[tuple[int, bytes]]:
    """The whole lines of a file from an offset on, each with the offset behind it; nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            for data in file:
                if not data.endswith(b"\n"):
                    return
                offset += len(data)
                yield offset, data
    except OSError:
        return


def _decoded(data: bytes) -> Line | None:
    try:
        return decode_line(Line, data)
    except (ValueError, RecursionError):
        return None
