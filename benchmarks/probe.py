"""tracetui with a heartbeat in its event loop, so that one sees for how long something holds the screen up.

python -m benchmarks.probe LOG ARG...        runs `tracetui ARG...`; each beat that came late is a line of LOG: when, how
                                             many ms late
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.screen import WIDE, program
from benchmarks.terminal import Program

_EVERY_S = 0.005
_LATE_S = 0.005


class _Policy(asyncio.DefaultEventLoopPolicy):
    """Each loop that is made beats."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        log = os.open(os.environ["BENCHMARK_BEATS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        due = [time.perf_counter() + _EVERY_S]

        def beat() -> None:
            now = time.perf_counter()
            if now - due[0] > _LATE_S:
                os.write(log, f"{now} {(now - due[0]) * 1000:.1f}\n".encode())
            due[0] = now + _EVERY_S
            loop.call_later(_EVERY_S, beat)

        loop.call_later(_EVERY_S, beat)
        return loop


class Beats:
    """The late beats of a program that runs."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def longest_ms(self, since: float) -> float:
        """The longest hold that ended after a moment of `time.perf_counter()`."""
        late = (line.split() for line in self._log.read_text().splitlines()) if self._log.exists() else ()
        return max((float(ms) for when, ms in late if float(when) >= since), default=0.0)


@contextmanager
def probed(*words: str, size: tuple[int, int] = WIDE) -> Iterator[tuple[Program, Beats]]:
    """`tracetui WORDS` on a terminal, and its heartbeat."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "beats"
        with program("-m", "benchmarks.probe", str(log), *words, size=size) as running:
            yield running, Beats(log)


def main() -> None:
    """Run the command with a beating loop."""
    os.environ["BENCHMARK_BEATS"] = sys.argv[1]
    sys.argv[:] = ["tracetui", *sys.argv[2:]]
    asyncio.set_event_loop_policy(_Policy())
    from tracetui.cli.main import main as tracetui

    tracetui()


if __name__ == "__main__":
    main()
