"""Messages from threads to the screen. Messages of a widget stand in its own file."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message


class Answer(Message):
    """A thread has something to say about a question. `deliver` is called where the question is still open; `worked_s`
    is how many seconds of a core the question has taken so far."""

    def __init__(self, topic: str, generation: int, deliver: Callable[[], None], worked_s: float) -> None:
        super().__init__()
        self.topic = topic
        self.generation = generation
        self.deliver = deliver
        self.worked_s = worked_s


class OpeningFailed(Message):
    """The sources could not be opened; there is nothing to show."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error
