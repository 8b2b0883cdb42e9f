"""The only door to the workspace: each question runs in a thread and its answer comes back as a message.

A topic is what the answer is for: "tree", "payload", "totals". Each has a thread of its own, so that a slow search
holds up nothing else. A newer question of the same topic supersedes the older one: that is interrupted, and its answer
is dropped should it come nevertheless. Ratings are the exception: they wait in line and are never interrupted.

Threads are daemons and not Textual's workers: leaving the program must not wait for a search through a gigabyte.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from textual.message import Message

from tracetui.errors import TracetuiError
from tracetui.text import inert
from tracetui.tui.freed_memory import LONG_S, give_back
from tracetui.tui.messages import Answer, OpeningFailed
from tracetui.tui.terminal import write_crash_log
from tracetui.workspace import Workspace
from tracetui.workspace.failures import explain_failure

if TYPE_CHECKING:
    from tracetui.redaction import Redactor

T = TypeVar("T")
Question: TypeAlias = Callable[[Workspace], T]
Failed: TypeAlias = Callable[[str], None]

IN_LINE = frozenset({"score"})
"""Topics of which every question is answered, in order."""
UNMASKED = frozenset({*IN_LINE, "poll", "health", "export"})
"""Topics whose answers say nothing of what was captured, or that go on as they began, when the mask is put on or taken off."""
_PATIENCE_S = 0.3
"""How long leaving waits for threads before it leaves the workspace open behind them."""


class Questions:
    """Asks the workspace, which may still be opening, and posts what it says with `post`."""

    def __init__(self, opening: Future[Workspace], post: Callable[[Message], object]) -> None:
        self._opening = opening
        self._post = post
        self._lanes: dict[str, _Lane] = {}
        self._mask: Redactor | None = None
        self._masked: Workspace | None = None
        self._saying = threading.Lock()
        self._held: SimpleQueue[Answer] | None = None
        self._working = threading.local()
        self.worked_s = 0.0
        """Seconds of a core that the answer took that is being delivered: not what it waited, as on a busy machine."""
        opening.add_done_callback(self._opened)

    def _opened(self, opening: Future[Workspace]) -> None:
        error = opening.exception()
        if error is not None:
            self._post(OpeningFailed(error))

    def ask(
        self,
        topic: str,
        question: Question[T],
        answered: Callable[[T], None],
        failed: Failed | None = None,
    ) -> None:
        """Run `question` in the thread of `topic`, then `answered` with what it gave, or `failed` with a sentence."""
        self._lane(topic).put(partial(self._answer, topic, question, answered, failed))

    def ask_in_pieces(
        self,
        topic: str,
        question: Callable[[Workspace, Callable[[T], None], Callable[[], bool]], bool],
        piece: Callable[[T], None],
        answered: Callable[[bool], None],
        failed: Failed | None = None,
    ) -> None:
        """Like `ask`; the question gets a function that takes each piece, and one that says when to stop."""

        def in_pieces(generation: int, workspace: Workspace) -> bool:
            def found(value: T) -> None:
                self._say(topic, generation, partial(piece, value))

            return question(workspace, found, lambda: not self.is_open(topic, generation))

        self._lane(topic).put(
            lambda generation: self._answer(topic, partial(in_pieces, generation), answered, failed, generation)
        )

    @contextmanager
    def answered_within(self, seconds: float) -> Iterator[None]:
        """Deliver the first answer to what is asked inside, where it comes soon, before this ends: while nothing is drawn
        yet there is nothing to hold up, and the first thing to be seen is what was asked for."""
        held: SimpleQueue[Answer] = SimpleQueue()
        with self._saying:
            self._held = held
        try:
            yield
            if self._lanes:
                with suppress(Empty):
                    self.deliver(held.get(timeout=seconds))
        finally:
            with self._saying:
                self._held = None
            while not held.empty():
                self._post(held.get())

    @property
    def is_masked(self) -> bool:
        """Whether questions are answered without personal data."""
        return self._mask is not None

    def set_mask(self, redactor: Redactor | None) -> None:
        """Answer from now on without what a redactor takes out, or as it was captured. What was asked before is dropped."""
        self._mask, self._masked = redactor, None
        for topic, lane in self._lanes.items():
            if topic not in UNMASKED:
                lane.clear()

    def forget(self, topic: str) -> None:
        """Stop what is being asked about a topic; no answer will come."""
        if topic in self._lanes:
            self._lanes[topic].clear()

    def is_open(self, topic: str, generation: int) -> bool:
        """Whether a question is the newest of its topic, or one that waits in line."""
        return topic in IN_LINE or self._lane(topic).generation == generation

    def deliver(self, answer: Answer) -> None:
        """Call back with an answer, unless it comes too late."""
        if self.is_open(answer.topic, answer.generation):
            self.worked_s = answer.worked_s
            answer.deliver()

    def close(self) -> None:
        """Interrupt everything and close the workspace, unless a thread does not let go of it."""
        for lane in self._lanes.values():
            lane.close()
        if not self._opening.done() or self._opening.exception() is not None:
            return
        if all(lane.join(_PATIENCE_S) for lane in self._lanes.values()):
            self._opening.result().close()

    def _lane(self, topic: str) -> _Lane:
        lane = self._lanes.get(topic)
        if lane is None:
            lane = self._lanes[topic] = _Lane(topic, self._interrupt)
        return lane

    def _interrupt(self, thread: int) -> None:
        if self._opening.done() and self._opening.exception() is None:
            self._opening.result().interrupt(thread)

    def _answer(
        self, topic: str, question: Question[T], answered: Callable[[T], None], failed: Failed | None, generation: int
    ) -> None:
        """In the topic's thread: ask, and say what came of it."""
        try:
            workspace = self._opening.result()
        except BaseException:  # noqa: BLE001  said once, by _opened
            return
        self._working.began_s = time.thread_time()
        try:
            value = question(self._as_shown(workspace))
        except TracetuiError as error:
            if failed is not None:
                self._say(topic, generation, partial(failed, inert(str(error))))
        except Exception as error:  # noqa: BLE001  a defect in one question must not take the screen away
            if failed is not None and self.is_open(topic, generation):
                self._say(topic, generation, partial(failed, _explain_defect(workspace.find_damage(error) or error)))
        else:
            self._say(topic, generation, partial(answered, value))
            del value
        if time.thread_time() - self._working.began_s > LONG_S:
            give_back()

    def _as_shown(self, workspace: Workspace) -> Workspace:
        redactor = self._mask
        if redactor is None:
            return workspace
        masked = self._masked
        if masked is None:
            from tracetui.tui.masking import mask

            masked = self._masked = mask(workspace, redactor)
        return masked

    def _say(self, topic: str, generation: int, deliver: Callable[[], None]) -> None:
        if not self.is_open(topic, generation):
            return
        answer = Answer(topic, generation, deliver, time.thread_time() - self._working.began_s)
        with self._saying:
            if self._held is not None:
                self._held.put(answer)
                return
        self._post(answer)


def _explain_defect(error: Exception) -> str:
    sentence = str(error) if isinstance(error, TracetuiError) else explain_failure(error)
    if sentence is not None:
        return inert(sentence)
    log = write_crash_log(error)
    return f"this failed with {type(error).__name__}" + (f"; details are in {log}" if log else "")


class _Lane:
    """A thread that runs the questions of one topic, the newest only or all in line."""

    def __init__(self, topic: str, interrupt: Callable[[int], None]) -> None:
        self.generation = 0
        self._keeps_all = topic in IN_LINE
        self._interrupt = interrupt
        self._waiting: deque[tuple[int, Callable[[int], None]]] = deque()
        self._changed = threading.Condition()
        self._is_busy = False
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._name = f"tracetui {topic}"

    def put(self, job: Callable[[int], Any]) -> None:
        """Run `job` with its generation in the lane's thread, instead of what waits or runs there."""
        with self._changed:
            if not self._keeps_all:
                self._drop()
            self.generation += 1
            self._waiting.append((self.generation, job))
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def clear(self) -> None:
        """Drop what waits, interrupt what runs, and make its answer one that comes too late."""
        with self._changed:
            self.generation += 1
            self._drop()

    def close(self) -> None:
        """Drop and interrupt everything but ratings, and end the thread."""
        with self._changed:
            self.generation += 1
            if not self._keeps_all:
                self._drop()
            self._is_closed = True
            self._changed.notify()

    def join(self, seconds: float) -> bool:
        """Whether the thread ended within `seconds`."""
        if self._thread is not None:
            self._thread.join(seconds)
            return not self._thread.is_alive()
        return True

    def _drop(self) -> None:
        self._waiting.clear()
        if self._is_busy and self._thread is not None and self._thread.ident is not None:
            self._interrupt(self._thread.ident)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._is_busy = False
                while not self._waiting and not self._is_closed:
                    self._changed.wait()
                if not self._waiting:
                    return
                generation, job = self._waiting.popleft()
                self._is_busy = True
            job(generation)
