"""What the newest calls of a source sent again that was sent before; of the texts only digests are kept."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tracetui.analysis.prefixes import Prefixes, Prompt, find_prefixes
from tracetui.errors import TracetuiError
from tracetui.exports.json_text import dump_json
from tracetui.model import Payload
from tracetui.workspace import Workspace

MOST_CALLS = 500


def find_repeated(workspace: Workspace, most_s: float) -> Prefixes:
    """Look at the newest calls, for about `most_s`: those that there was time for, in the order of their start."""
    return find_prefixes(reversed(list(_newest(workspace, most_s))))


def _newest(workspace: Workspace, most_s: float) -> Iterator[Prompt]:
    deadline = time.monotonic() + most_s
    for call in reversed(workspace.newest_calls(MOST_CALLS)):
        if time.monotonic() > deadline:
            return
        try:
            payload = workspace.glance(call.trace_id, call.span_id)
        except TracetuiError:
            continue  # counted where the source is read
        sent = _sent(payload)
        if sent:
            yield Prompt(sent, call.usage)


def _sent(payload: Payload) -> bytes:
    """Tools come before messages, as they do for a provider's cache."""
    if payload.input is None:
        return b""
    parts = (payload.tools, payload.input) if payload.tools else (payload.input,)
    return "\n".join(map(dump_json, parts)).encode()
