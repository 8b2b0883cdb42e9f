"""Searching with a user's regular expression so that none can freeze the program.

Python cannot interrupt a search, and holds up all threads while it runs; `(a+)+$` takes years for a line of text. So how
many steps a search may take is estimated from the pattern and the length of the text. What is certainly quick is
searched at once; anything else in a process of its own, which has a second of computing time for each text.
"""

from __future__ import annotations

import atexit
import math
import re
import select
import struct
import subprocess
import sys
from functools import lru_cache
from threading import Lock
from typing import Any

QUICK_STEPS = 2_000_000
"""Some 30 ms: as long as the screen may wait."""
SECONDS = 1.0
"""Of computing time for one text, so that a busy machine refuses nothing."""
_PATIENCE_S = 30.0
_PROGRAM = """
import re, signal, struct, sys, warnings
warnings.simplefilter("ignore")
source, told = sys.stdin.buffer, sys.stdout.buffer
def take():
    head = source.read(4)
    return source.read(struct.unpack(">I", head)[0]).decode("utf-8", "surrogatepass") if len(head) == 4 else None
search = re.compile(take(), re.IGNORECASE).search
while (text := take()) is not None:
    signal.setitimer(signal.ITIMER_PROF, float(sys.argv[1]))
    found = search(text)
    signal.setitimer(signal.ITIMER_PROF, 0)
    told.write(b"1" if found else b"0")
    told.flush()
"""
"""SIGPROF ends the process where a search takes too long."""


class TooSlow(Exception):
    """A search that was given up; the text is a sentence for the user."""


class _Child:
    """A process that searches texts for one pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        command = [sys.executable or "python3", "-I", "-S", "-c", _PROGRAM, str(SECONDS)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        self._send(pattern)

    def _send(self, text: str) -> None:
        data = text.encode("utf-8", "surrogatepass")
        assert self._process.stdin is not None
        piece = memoryview(struct.pack(">I", len(data)) + data)
        while piece:
            piece = piece[self._process.stdin.write(piece) :]

    def is_found(self, text: str) -> bool | None:
        """Whether the pattern is in the text; None where that takes too long, and the process is at its end."""
        try:
            self._send(text)
        except BrokenPipeError:
            return None
        answers = self._process.stdout
        assert answers is not None
        is_there, _, _ = select.select([answers], [], [], _PATIENCE_S)
        answer = answers.read(1) if is_there else b""
        return answer == b"1" if answer else None

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class _Searcher:
    """Keeps the process of the last pattern, and the pattern that was too slow last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: _Child | None = None
        self._refused: dict[str, str] = {}
        self.last_refusal: str | None = None

    def search(self, pattern: str, text: str) -> bool:
        with self._lock:
            if pattern in self._refused:
                raise TooSlow(self._refused[pattern])
            if self._child is None or self._child.pattern != pattern:
                self.close()
                self._child = _Child(pattern)
            found = self._child.is_found(text)
            if found is not None:
                return found
            self.close()
            sentence = (
                f"/{pattern}/ was given up: a text of {len(text):,} characters took it more than {SECONDS:g} s; bound"
                " what repeats, such as {1,64} instead of + or *, and repeat nothing that repeats"
            )
            self._refused = {pattern: sentence}
            self.last_refusal = sentence
            raise TooSlow(sentence)

    def close(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


_SEARCHER = _Searcher()
atexit.register(_SEARCHER.close)


def last_refusal() -> str | None:
    """Why a search was given up last. SQLite says of a function that fails only that it failed."""
    return _SEARCHER.last_refusal


def is_found(expression: re.Pattern[str], text: str) -> bool:
    """Whether a pattern is found anywhere in a text. Raises TooSlow after a second of searching."""
    if len(text) * _ways(expression.pattern, len(text)) <= QUICK_STEPS or _ways(expression.pattern, 1 << 20) == 1:
        return expression.search(text) is not None
    return _SEARCHER.search(expression.pattern, text)


def _ways(pattern: str, length: int) -> float:
    """In how many ways a pattern may be tried at one place of a text of this length, at most."""
    return _ways_of(_parsed(pattern), length)


@lru_cache(maxsize=64)
def _parsed(pattern: str) -> Any:
    return re._parser.parse(pattern, re.IGNORECASE)  # type: ignore[attr-defined]  # the only way to know what repeats


def _ways_of(items: Any, length: int) -> float:
    return math.prod(_ways_of_one(str(operator), argument, length) for operator, argument in items)


def _ways_of_one(name: str, argument: Any, length: int) -> float:
    match name:
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, items = argument
            return _ways_to_repeat(int(least), int(most), items, length)
        case "SUBPATTERN":
            return _ways_of(argument[3], length)
        case "ATOMIC_GROUP":
            return _ways_of(argument, length)
        case "ASSERT" | "ASSERT_NOT":
            return _ways_of(argument[1], length)
        case "BRANCH":
            return sum(_ways_of(branch, length) for branch in argument[1])
        case "GROUPREF_EXISTS":
            return sum(_ways_of(branch, length) for branch in argument[1:] if branch)
        case "GROUPREF":
            return max(1, length)
    return 1


def _ways_to_repeat(least: int, most: int, items: Any, length: int) -> float:
    times = min(most, max(1, length))
    inner = _ways_of(items, length)
    if inner == 1:
        return times - least + 1 if least < times else times
    return (times + 1) * inner**times if times <= 8 else math.inf
