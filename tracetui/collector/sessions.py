"""Which call of a session is the parent of which, by the paths that the program gives them: `/answer` of `/answer/search`."""

from __future__ import annotations

from collections import OrderedDict

from tracetui.collector.proxy_call import Call

_SESSIONS = 1000
_PATHS = 1000


class Sessions:
    """The calls of the last sessions, by path."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, dict[str, str]] = OrderedDict()

    def place(self, call: Call) -> None:
        """Give a call that just came its parent: the latest earlier one whose path is the longest beginning of its own.

        A call that names its parent itself (`traceparent`) keeps that one.
        """
        session_id, path = call.told.session_id, call.told.path
        if session_id is None or call.told.trace_id is not None:
            return
        call.is_first = session_id not in self._sessions
        known = self._sessions.setdefault(session_id, {})
        self._sessions.move_to_end(session_id)
        if path is not None:
            call.parent_id = _find_parent(known, path)
            if path in known or len(known) < _PATHS:
                known[path] = call.span_id
        while len(self._sessions) > _SESSIONS:
            self._sessions.popitem(last=False)


def _find_parent(known: dict[str, str], path: str) -> str | None:
    while path := path.rpartition("/")[0]:
        if path in known:
            return known[path]
    return None
