"""Whether a regex can be trusted with texts of any length: it is tried in a process of its own, which has little time.

Python cannot interrupt a search, and some patterns take hours for a page of text. The texts of the trial are made of the
pattern itself: what comes before a repeat, then what repeats, fifty thousand letters of it, then something that fits not.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

LETTERS = 50_000
SECONDS = 0.5
_PATIENCE_S = 20.0
_PROGRAM = """
import json, re, signal, sys
seconds, jobs = json.load(sys.stdin)
for number, (pattern, texts) in enumerate(jobs):
    search = re.compile(pattern).search
    print(number, flush=True)
    for head, body, count in texts:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        search(head + body * count + "\\0")
        signal.setitimer(signal.ITIMER_PROF, 0)
print("done")
"""
"""SIGPROF ends the process: it counts the time that it computed, so that a busy machine refuses nothing."""


def find_slow(patterns: Sequence[str]) -> int | None:
    """The index of the first pattern that takes too long for one of its texts; None where all are quick."""
    import msgspec

    jobs = msgspec.json.encode((SECONDS, [(pattern, list(trial_texts(pattern))) for pattern in patterns]))
    command = [sys.executable or "python3", "-I", "-S", "-W", "ignore", "-c", _PROGRAM]
    try:
        done = subprocess.run(command, input=jobs, capture_output=True, timeout=_PATIENCE_S, check=False)
        told = done.stdout.split()
    except subprocess.TimeoutExpired as error:
        told = (error.stdout or b"").split()
    if told[-1:] == [b"done"]:
        return None
    return int(told[-1]) if told else 0


def trial_texts(pattern: str) -> Iterator[tuple[str, str, int]]:
    """Texts to try a pattern with: a beginning, what is repeated, and how often."""
    parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]  # the only way to know what repeats
    seen: set[tuple[str, str]] = set()
    for head, body in (*_repeats(parsed, ""), *(("", sign) for sign in "a0 ")):
        if body and (head, body) not in seen and len(seen) < 40:
            seen.add((head, body))
            yield head, body, LETTERS // len(body)


def _repeats(items: Any, head: str) -> Iterator[tuple[str, str]]:
    """What comes before each repeat, and what repeats; the repeats within it likewise."""
    for operator, argument in items:
        name = str(operator)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            for body in _samples(argument[2]):
                yield head, body
            if not head:
                yield "", _sample(argument[2])
            yield from _repeats(argument[2], head)
        elif name == "SUBPATTERN":
            yield from _repeats(argument[3], head)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _repeats(branch, head)
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from _repeats(argument[1], head)
        head += _one(name, argument)
    if head:
        yield "", head


def _samples(items: Any) -> list[str]:
    """A text for each alternative of what repeats."""
    if len(items) == 1:
        name, argument = str(items[0][0]), items[0][1]
        if name == "BRANCH":
            return [_sample(branch) for branch in argument[1]]
        if name == "SUBPATTERN":
            return _samples(argument[3])
    return [_sample(items)]


def _sample(items: Any) -> str:
    return "".join(_one(str(operator), argument) for operator, argument in items)


def _one(name: str, argument: Any) -> str:
    """A short text that one part of a pattern matches."""
    match name:
        case "LITERAL":
            return str(chr(argument))
        case "NOT_LITERAL":
            return "a" if argument != ord("a") else "b"
        case "ANY":
            return "a"
        case "IN":
            return _of_set(argument)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _sample(argument[2]) * int(min(max(1, argument[0]), 64))
        case "SUBPATTERN":
            return _sample(argument[3])
        case "ATOMIC_GROUP":
            return _sample(argument)
        case "BRANCH":
            return _sample(argument[1][0])
    return ""


_CATEGORIES = {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a", "CATEGORY_NOT_WORD": "-"}


def _of_set(items: Any) -> str:
    name, argument = str(items[0][0]), items[0][1]
    if name == "NEGATE":
        return "a"
    if name == "RANGE":
        return chr(argument[0])
    if name == "CATEGORY":
        return _CATEGORIES.get(str(argument), "a")
    return str(chr(argument))
