"""Samples what was collected once it is settled. A trace is stored whole first, so an error that comes late still counts, and
nothing that was acknowledged goes before everything of it was there."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Collection, Iterable

from tracetui.store.captured import Connection
from tracetui.store.retention import list_dropped
from tracetui.store.sampling import SETTLED_S, Policy, Settled, sample_settled

_AT_ONCE = 200
"""Traces in one transaction, for which requests wait."""
_AGAIN_S = 30.0
"""Seconds until a trace is looked at again that was silent but had not ended."""
_GIVEN_UP_S = 3600.0
"""Seconds of silence after which a trace that never ended stays as it is."""
_MOST = 100_000
"""Traces that are waited for; more stay as they are."""
_REMEMBERED = 20_000
"""Traces that went, so that what comes of them later goes as well: a part of a trace is worth nothing."""


class Sampler:
    """Remembers which traces were written and when; `clock` gives seconds that never jump.

    Only these are ever sampled: what a store held before is a matter of `tracetui prune`.
    """

    def __init__(self, conn: Connection, policy: Policy, clock: Callable[[], float] = time.monotonic) -> None:
        self._conn = conn
        self._policy = policy
        self._clock = clock
        self._heard: dict[str, float] = {}
        self._due: list[tuple[float, str]] = []
        self._gone = dict.fromkeys(list_dropped(conn))

    def note(self, trace_ids: Iterable[str]) -> None:
        """Something of these traces was written."""
        now = self._clock()
        for trace_id in trace_ids:
            if trace_id not in self._heard:
                if len(self._heard) >= _MOST:
                    continue
                heapq.heappush(self._due, (now + SETTLED_S, trace_id))
            self._heard[trace_id] = now

    def wait_s(self) -> float | None:
        """Seconds until some trace may be settled; None where none is waited for."""
        return max(0.0, self._due[0][0] - self._clock()) if self._due else None

    def take(self, busy: Collection[str] = ()) -> dict[str, float]:
        """Some traces of which nothing came for a while, and for how many seconds; `busy` ones are left for later."""
        now, found = self._clock(), dict[str, float]()
        while self._due and self._due[0][0] <= now and len(found) < _AT_ONCE:
            _, trace_id = heapq.heappop(self._due)
            silence = now - self._heard[trace_id]
            if silence >= SETTLED_S and trace_id not in busy:
                found[trace_id] = silence
            else:
                self._look_again(trace_id, max(1.0, SETTLED_S - silence))
        return found

    def decide(self, silent: dict[str, float]) -> Settled:
        """Decide on them, and drop what is not kept. Callers hold the transaction, and say how it went."""
        return sample_settled(self._conn, silent, self._policy, self._gone.keys() & silent.keys())

    def put_back(self, silent: dict[str, float]) -> None:
        """The decisions could not be written: they are taken again."""
        for trace_id in silent:
            self._look_again(trace_id, 1.0)

    def settle(self, silent: dict[str, float], settled: Settled) -> None:
        """The decisions are on disk: only what did not end is waited for."""
        for trace_id, silence in silent.items():
            if trace_id in settled.unsettled and silence < _GIVEN_UP_S:
                self._look_again(trace_id, _AGAIN_S)
            else:
                del self._heard[trace_id]
        self._gone |= dict.fromkeys(settled.gone)
        for trace_id in list(self._gone)[: max(0, len(self._gone) - _REMEMBERED)]:
            del self._gone[trace_id]

    def _look_again(self, trace_id: str, seconds: float) -> None:
        heapq.heappush(self._due, (self._clock() + seconds, trace_id))
