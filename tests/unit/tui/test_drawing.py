"""Drawing on a terminal that goes away."""

from __future__ import annotations

import os
import pty
import signal
import threading
from collections.abc import Iterator

import pytest
from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from tracetui.tui.terminal import Drawing


@pytest.fixture
def told() -> Iterator[list[int]]:
    """The signals that the program got."""
    signals: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, _: signals.append(number))
    yield signals
    signal.signal(signal.SIGHUP, before)


def test_what_is_drawn_on_a_terminal_that_is_gone_goes_nowhere_and_the_program_is_told(told: list[int]) -> None:
    terminal, program = pty.openpty()
    with Drawing(program) as drawing:
        drawing.write("a")
        drawing.flush()
        os.close(terminal)
        for _ in range(3):
            drawing.write("é" * 100_000)
            drawing.flush()
    os.close(program)
    assert told == [signal.SIGHUP]


def test_what_waits_to_be_drawn_does_not_hold_the_program_when_its_terminal_goes(told: list[int]) -> None:
    terminal, program = pty.openpty()
    with Drawing(program) as drawing:
        writer = WriterThread(drawing)
        writer.start()
        os.close(terminal)
        drawn = threading.Thread(
            target=lambda: [writer.write("a" * 5000) for _ in range(2 * MAX_QUEUED_WRITES)], daemon=True
        )
        drawn.start()
        drawn.join(10)
        assert not drawn.is_alive()
        writer.stop()
    os.close(program)
    assert told == [signal.SIGHUP]


def test_a_terminal_that_others_left_without_waiting_for_room_takes_all(told: list[int]) -> None:
    terminal, program = pty.openpty()
    os.set_blocking(program, False)
    with Drawing(program) as drawing:
        drawn = threading.Thread(target=lambda: (drawing.write("a" * 300_000), drawing.flush()), daemon=True)
        drawn.start()
        seen = 0
        while seen < 300_000:
            seen += len(os.read(terminal, 65_536))
        drawn.join(10)
    os.close(terminal)
    os.close(program)
    assert told == []
