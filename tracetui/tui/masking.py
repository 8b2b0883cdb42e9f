"""The mask for sharing the screen: a workspace that answers without personal data, keys and tokens.

Nothing is changed in the sources. What the screen asks and copies goes through here, so that no pane, list or view has to
know of the mask; what it searches and filters by stays what was captured.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from tracetui.figures import Bundle, BundleKind
from tracetui.model import Trace, Tree
from tracetui.redaction import Redactor

if TYPE_CHECKING:
    from tracetui.workspace import Workspace

_AS_THEY_ARE = frozenset(
    {
        "trace_ids", "trace_count", "search", "find", "compile", "poll", "health", "bounds", "totals", "score", "undo", "mark",
        "interrupt", "close", "catch_up",
    }
)  # fmt: skip
"""Answers that are ids and numbers, and what writes."""


def mask(workspace: Workspace, redactor: Redactor) -> Workspace:
    """The workspace as it may be shown to others."""
    return cast("Workspace", MaskedWorkspace(workspace, redactor))


class MaskedWorkspace:
    """Asks a workspace, and redacts what it answers. Users and sessions whose ids are masked stay apart: `[EMAIL]`,
    `[EMAIL] 2`, … stand for them in answers and questions."""

    def __init__(self, workspace: Workspace, redactor: Redactor) -> None:
        self._workspace = workspace
        self._redactor = redactor
        self._aliases: dict[str, str] = {}
        self._originals: dict[str, str] = {}
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._workspace, name)
        if name in _AS_THEY_ARE or not callable(found):
            return found
        return lambda *args, **named: self._shown(found(*args, **named))

    def bundle_ids(self, of: BundleKind, *args: Any, **named: Any) -> list[str]:
        """Sessions or users by the names that stand for them."""
        return [self._alias(each) for each in self._workspace.bundle_ids(of, *args, **named)]

    def bundles(self, of: BundleKind, ids: Sequence[str]) -> list[Bundle]:
        """The rows of these."""
        found = self._workspace.bundles(of, [self._originals.get(each, each) for each in ids])
        return [replace(bundle, id=self._alias(bundle.id)) for bundle in found]

    def turn_ids(self, session_id: str) -> list[str]:
        """The traces of a session by the name that stands for it."""
        return self._workspace.turn_ids(self._originals.get(session_id, session_id))

    def _shown(self, value: Any) -> Any:
        if isinstance(value, Iterator):
            return map(self._shown, value)
        if isinstance(value, list):
            return [self._shown(each) for each in value]
        shown = self._redactor.redact(value)
        if isinstance(value, Trace):
            return self._named(shown, value)
        return replace(shown, trace=self._named(shown.trace, value.trace)) if isinstance(value, Tree) else shown

    def _named(self, shown: Trace, trace: Trace) -> Trace:
        ids = {
            name: self._alias(one) for name in ("user_id", "session_id") if (one := getattr(trace, name)) is not None
        }
        return replace(shown, **ids) if ids else shown

    def _alias(self, text: str) -> str:
        with self._lock:
            known = self._aliases.get(text)
            if known is None:
                masked = alias = self._redactor.redact(text)
                number = 1
                while masked != text and alias in self._originals:
                    number += 1
                    alias = f"{masked} {number}"
                known = self._aliases[text] = alias
                self._originals[alias] = text
            return known
