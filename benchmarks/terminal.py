#!/usr/bin/env python3
"""Drive a terminal program in a real pseudo-terminal and time what appears on its screen.

    ptyrun.py [--size 160x45] [--timeout 30] [--shot FILE.txt] STEP... -- COMMAND [ARG...]

Steps run in order, each timed in milliseconds from the moment it begins:

    wait:REGEX    until the screen (all its lines, joined by newlines) matches REGEX
    gone:REGEX    until it no longer matches
    keys:TEXT     type TEXT; <enter> <esc> <tab> <up> <down> <left> <right> <space> <bs>
                  <pgup> <pgdn> <home> <end> <ctrl+x> <f1> are single keys
    type:TEXT     like keys:, with 20 ms between keys
    sleep:SECONDS
    quiet:SECONDS until nothing has been drawn for that long
    size:COLSxROWS  resize the terminal
    shot:FILE     write the screen as text
    rss:NAME      record the resident memory of the program and its children, in MiB
    run:COMMAND   run a shell command beside the program (to write to a store, say)

Prints one JSON object: each step with its time, `first_paint_ms` (first visible
character), `exit` (the program's exit code, null while it runs) and `ok`.
Exit status 0 where every step was met, 1 otherwise. Needs `pyte` (pip install pyte).
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte

KEYS = {
    "enter": "\r",
    "esc": "\x1b",
    "tab": "\t",
    "space": " ",
    "bs": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pgup": "\x1b[5~",
    "pgdn": "\x1b[6~",
    "shift+tab": "\x1b[Z",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "delete": "\x1b[3~",
}


def decode_keys(text: str) -> list[str]:
    keys: list[str] = []
    for token in re.findall(r"<[a-z0-9+]+>|.", text, re.S):
        name = token[1:-1] if len(token) > 2 and token[0] == "<" else None
        if name in KEYS:
            keys.append(KEYS[name])
        elif name and name.startswith("ctrl+") and len(name) == 6:
            keys.append(chr(ord(name[-1]) & 0x1F))
        else:
            keys.append(token)
    return keys


class Program:
    """A child on a pseudo-terminal with an in-memory screen."""

    def __init__(self, argv: list[str], columns: int, rows: int) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.started = time.perf_counter()
        self.first_paint: float | None = None
        self.last_output = self.started
        self.exit: int | None = None
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.setdefault("TERM", "xterm-256color")
            os.environ["COLORTERM"] = "truecolor"
            try:
                os.execvp(argv[0], argv)
            except OSError as error:
                os.write(2, f"{argv[0]}: {error}\n".encode())
                os._exit(127)
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def pump(self, seconds: float) -> bool:
        """Read what the program draws for up to `seconds`; True where anything came."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        if not data:
            if self.exit is None:
                _, status = os.waitpid(self.pid, 0)
                self.exit = os.waitstatus_to_exitcode(status)
            time.sleep(0.001)
            return False
        # Private and intermediate-byte sequences that pyte would print as text.
        clean = re.sub(
            rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\[[0-9;]*[ $'\"][a-zA-Z]|\x1bP.*?\x1b\\|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)",
            b"",
            data,
            flags=re.S,
        )
        try:
            self.stream.feed(clean)
        except Exception:  # a sequence that pyte does not know must not end the run
            pass
        self.answer(data)
        self.last_output = time.perf_counter()
        if self.first_paint is None and self.text().strip():
            self.first_paint = self.last_output
        return True

    def answer(self, data: bytes) -> None:
        """Reply to the queries that terminals reply to."""
        if b"\x1b[6n" in data:
            os.write(self.fd, b"\x1b[1;1R")
        if b"\x1b[c" in data or b"\x1b[0c" in data:
            os.write(self.fd, b"\x1b[?62;22c")
        for mode in re.findall(rb"\x1b\[\?(\d+)\$p", data):
            os.write(self.fd, b"\x1b[?" + mode + b";2$y")

    def text(self) -> str:
        """The screen's lines. pyte's own `display` fails where something narrow was drawn over half of a wide character."""
        columns, rows = range(self.screen.columns), range(self.screen.lines)
        return "\n".join("".join(self.screen.buffer[row][column].data for column in columns).rstrip() for row in rows)

    def write(self, text: str) -> None:
        try:
            os.write(self.fd, text.encode())
        except OSError:
            pass

    def rss_mib(self) -> float:
        total = 0
        todo = [self.pid]
        while todo:
            pid = todo.pop()
            try:
                with open(f"/proc/{pid}/status") as status:
                    for line in status:
                        if line.startswith("VmRSS"):
                            total += int(line.split()[1])
                with open(f"/proc/{pid}/task/{pid}/children") as children:
                    todo += [int(child) for child in children.read().split()]
            except OSError:
                continue
        return round(total / 1024, 1)

    def close(self) -> None:
        if self.exit is None:
            try:
                os.kill(self.pid, signal.SIGTERM)
                deadline = time.perf_counter() + 2
                while time.perf_counter() < deadline:
                    self.pump(0.05)
                    if self.exit is not None:
                        return
                    pid, status = os.waitpid(self.pid, os.WNOHANG)
                    if pid:
                        self.exit = os.waitstatus_to_exitcode(status)
                        return
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except (OSError, ChildProcessError):
                pass


def run(argv: list[str], steps: list[str], size: str, timeout: float) -> dict:
    columns, rows = (int(part) for part in size.split("x"))
    program = Program(argv, columns, rows)
    report: dict = {"steps": [], "ok": True}
    try:
        for step in steps:
            verb, _, value = step.partition(":")
            begin = time.perf_counter()
            deadline = begin + timeout
            row: dict = {"step": step}
            met = True
            if verb in ("wait", "gone"):
                pattern = re.compile(value, re.M)
                while bool(pattern.search(program.text())) != (verb == "wait"):
                    program.pump(0.005)
                    if time.perf_counter() > deadline or (program.exit is not None and not program.pump(0)):
                        met = bool(pattern.search(program.text())) == (verb == "wait")
                        break
            elif verb == "keys":
                for key in decode_keys(value):
                    program.write(key)
            elif verb == "type":
                for key in decode_keys(value):
                    program.write(key)
                    pause = time.perf_counter() + 0.02
                    while time.perf_counter() < pause:
                        program.pump(0.005)
            elif verb == "sleep":
                while time.perf_counter() < begin + float(value):
                    program.pump(0.01)
            elif verb == "quiet":
                while time.perf_counter() - max(program.last_output, begin) < float(value):
                    program.pump(0.01)
                    if time.perf_counter() > deadline:
                        met = False
                        break
            elif verb == "size":
                program.resize(*(int(part) for part in value.split("x")))
            elif verb == "shot":
                with open(value, "w") as out:
                    out.write(program.text() + "\n")
            elif verb == "rss":
                row["mib"] = program.rss_mib()
            elif verb == "run":
                done = subprocess.run(value, shell=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
                met = done.returncode == 0
                if not met:
                    row["error"] = (done.stderr or done.stdout)[-400:]
            else:
                raise SystemExit(f"unknown step: {step}")
            row["ms"] = round((time.perf_counter() - begin) * 1000, 1)
            report["steps"].append(row)
            if not met:
                row["met"] = False
                report["ok"] = False
                row["screen"] = program.text()
                break
    finally:
        while program.exit is None and program.pump(0.02):
            pass
        if program.first_paint is not None:
            report["first_paint_ms"] = round((program.first_paint - program.started) * 1000, 1)
        report["exit"] = program.exit
        program.close()
    return report


def main() -> None:
    if "--" not in sys.argv:
        raise SystemExit(__doc__)
    cut = sys.argv.index("--")
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--size", default="160x45")
    parser.add_argument("--timeout", type=float, default=30)
    parser.add_argument("steps", nargs="*")
    options = parser.parse_args(sys.argv[1:cut])
    report = run(sys.argv[cut + 1 :], options.steps, options.size, options.timeout)
    print(json.dumps(report, indent=1))
    raise SystemExit(0 if report["ok"] else 1)


if __name__ == "__main__":
    main()
