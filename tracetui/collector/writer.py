"""The one thread that writes: requests that wait are committed together, and answered when they are on disk."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from tracetui.collector.captured import Captured
from tracetui.collector.counters import Counters
from tracetui.collector.sampling import Sampler
from tracetui.collector.storing import store_captured
from tracetui.errors import NotWritable
from tracetui.store.captured import arrange, transaction
from tracetui.store.connection import open_store
from tracetui.store.sampling import Policy
from tracetui.store.trace_facts import stand_in_id
from tracetui.workspace.pricer import Pricer

if TYPE_CHECKING:
    from tracetui.redaction import Redactor

_WAITING = 256
"""Requests that may wait; one more is answered 503, and its sender comes again."""
_TOGETHER = 64
"""Requests in one commit at most."""
_IDLE_S = 0.2
"""Seconds without a request after which large traces are arranged."""


class Busy(Exception):
    """Too many requests wait, or the store cannot be written now; `str(error)` says which. To be tried again."""


class _Job(Struct):
    captured: Captured
    done: Future[None]


class Writer:
    """Writes into the store at `path`, which is made (0600) where there is none, what a redactor leaves where there is one.

    Raises NotWritable, UnreadableSource.
    """

    def __init__(
        self,
        path: Path,
        counters: Counters,
        prices: str | None = None,
        waiting: int = _WAITING,
        redactor: Redactor | None = None,
        policy: Policy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self._counters = counters
        self._conn = open_store(path)
        self._pricer = Pricer(prices)
        self._redactor = redactor
        self._jobs: queue.Queue[_Job | None] = queue.Queue(waiting)
        self._unarranged: set[str] = set()
        self.rate = policy.rate if policy is not None and policy.rate < 1 else None
        self._sampler = Sampler(self._conn, policy, clock) if policy is not None and self.rate is not None else None
        self._thread = threading.Thread(target=self._run, name="tracetui writer", daemon=True)
        self._thread.start()

    def submit(self, captured: Captured) -> Future[None]:
        """Queue one request; the result is there when it is committed. Raises Busy, at once or as the result."""
        job = _Job(captured, Future())
        if not self._thread.is_alive():
            raise Busy(f"{self.path}: the collector is ending")
        try:
            self._jobs.put_nowait(job)
        except queue.Full as error:
            raise Busy("too many requests wait to be stored") from error
        return job.done

    def close(self) -> None:
        """Write what waits, and close the store."""
        self._jobs.put(None)
        self._thread.join()
        self._conn.close()

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._gather()
            if jobs:
                self._store(jobs)
            if self._unarranged and not (jobs and is_open):
                self._arrange()
            if self._sampler is not None and is_open and self._sampler.wait_s() == 0:
                self._sample(self._sampler)

    def _wait_s(self) -> float | None:
        """Seconds after which there is something to do without a request; None: nothing."""
        waits = [_IDLE_S] if self._unarranged else []
        settled_s = None if self._sampler is None else self._sampler.wait_s()
        if settled_s is not None:
            # Not at once again after traces that could not be written, or that are many.
            waits.append(max(_IDLE_S, settled_s))
        return min(waits, default=None)

    def _gather(self) -> tuple[list[_Job], bool]:
        """Wait for one request, and take those that wait with it; none where a large trace is to be arranged
        meanwhile. False after the last one."""
        jobs: list[_Job] = []
        try:
            item = self._jobs.get(timeout=self._wait_s())
        except queue.Empty:
            return jobs, True
        while item is not None:
            # A sender that is not waited for any more (the server ends) does not get an answer.
            if item.done.set_running_or_notify_cancel():
                jobs.append(item)
            if len(jobs) == _TOGETHER:
                return jobs, True
            try:
                item = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _store(self, jobs: list[_Job]) -> None:
        try:
            self._commit([job.captured for job in jobs])
        except NotWritable as error:
            self._counters.trouble = str(error)
            for job in jobs:
                job.done.set_exception(Busy(self._counters.trouble))
        except Exception as error:  # noqa: BLE001  a defect in reading one request must not end the thread
            self._store_singly(jobs, error)
        else:
            self._counters.trouble = ""
            for job in jobs:
                self._count(job.captured)
                job.done.set_result(None)

    def _store_singly(self, jobs: list[_Job], error: Exception) -> None:
        """Find the request that cannot be stored: only that one fails."""
        if len(jobs) == 1:
            jobs[0].done.set_exception(error)
            return
        for job in jobs:
            self._store([job])

    def _commit(self, captured: list[Captured]) -> None:
        stored = store_captured(self._conn, self.path, captured, self._pricer.price, self._redactor)
        self._unarranged |= stored.unarranged
        self._counters.add(redacted=stored.redacted)
        if self._sampler is not None:
            self._sampler.note(stored.trace_ids)

    def _arrange(self) -> None:
        try:
            with transaction(self._conn, self.path):
                arrange(self._conn, self._unarranged)
        except NotWritable as error:
            self._counters.trouble = str(error)
        else:
            self._unarranged.clear()

    def _sample(self, sampler: Sampler) -> None:
        silent = sampler.take(self._unarranged)
        try:
            with transaction(self._conn, self.path):
                settled = sampler.decide(silent)
        except NotWritable as error:
            self._counters.trouble = str(error)
            sampler.put_back(silent)
        else:
            sampler.settle(silent, settled)
            self._counters.add(left_out=len(settled.gone))

    def _count(self, captured: Captured) -> None:
        pieces = {piece.span_id for piece in captured.pieces if piece.span_id != stand_in_id(piece.trace_id)}
        spans = len(captured.spans) + len(captured.wholes) + len(pieces)
        self._counters.add(accepted=spans, messages=len(captured.events), scores=len(captured.scores))
