"""The program on a real terminal: started, used, suspended, crashed, ended in every way; the terminal is as before."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal

SAMPLES = Path(__file__).parents[2] / "sample_traces"
PROGRAM = [sys.executable, "-m", "tracetui"]
ALTERNATE_SCREEN, CURSOR, PASTE, MOUSE = 1049, 25, 2004, (1000, 1003, 1006, 1015)
_COLOR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")


@pytest.fixture
def support_db(tmp_path: Path) -> Path:
    """A copy of the sample store."""
    return Path(shutil.copy(SAMPLES / "support.db", tmp_path / "support.db"))


@pytest.fixture
def start(support_db: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts the program on the sample store; `argv` starts another."""
    started: list[Terminal] = []

    def begin(argv: list[str] | None = None, **how: object) -> Terminal:
        terminal = Terminal(argv or [*PROGRAM, "open", str(support_db)], **how)  # type: ignore[arg-type]
        started.append(terminal)
        return terminal

    yield begin
    for terminal in started:
        terminal.close()


def assert_put_back(terminal: Terminal) -> None:
    """The terminal is as it was before."""
    modes = terminal.modes
    assert not modes[ALTERNATE_SCREEN]
    assert modes[CURSOR]
    assert not modes[PASTE]
    assert not any(modes.get(mode, False) for mode in MOUSE)
    assert terminal.drawn.rfind(b"\x1b[<u") > terminal.drawn.rfind(b"\x1b[>")


def test_it_is_used_and_left_with_q(start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.until("Traces 215")
    terminal.type("l")
    terminal.until("Spans")
    terminal.type("?")
    terminal.until("Keys in")
    terminal.type("\x1b")
    terminal.until(lambda text: "Keys in" not in text)
    terminal.type("qq")
    assert terminal.until_ended() == 0
    assert_put_back(terminal)


@pytest.mark.parametrize("key", ["\x03", "Q"])
def test_these_keys_leave_from_anywhere(start: Callable[..., Terminal], key: str) -> None:
    terminal = start()
    terminal.until("Traces 215")
    terminal.type("l")
    terminal.until("Spans")
    terminal.type(key)
    assert terminal.until_ended() == 0
    assert_put_back(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_puts_the_terminal_back(start: Callable[..., Terminal], number: signal.Signals) -> None:
    terminal = start()
    terminal.until("Traces 215")
    terminal.signal(number)
    terminal.until_ended()
    assert_put_back(terminal)


def test_it_suspends_to_the_shell_and_draws_itself_again(start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.until("Traces 215")
    terminal.type("\x1a")
    terminal.until_stopped()
    assert_put_back(terminal)
    terminal.signal(signal.SIGCONT)
    terminal.until("Traces 215")
    terminal.type("?")
    terminal.until("Keys in")
    terminal.type("Q\x03")
    terminal.type("Q")
    assert terminal.until_ended() == 0
    assert_put_back(terminal)


def test_a_crash_shows_no_values_names_a_log_and_exits_with_1(
    start: Callable[..., Terminal], support_db: Path, empty_home: Path
) -> None:
    code = (
        "import sys\n"
        "from tracetui.tui.actions_show import Showing\n"
        "def help(self):\n"
        "    secret = 'my private prompt'\n"
        "    raise RuntimeError('boom')\n"
        "Showing.help = help\n"
        "from tracetui.cli.main import main\n"
        "main(['open', sys.argv[1]])\n"
    )
    terminal = start([sys.executable, "-c", code, str(support_db)])
    terminal.until("Traces 215")
    terminal.type("?")
    assert terminal.until_ended() == 1
    assert_put_back(terminal)
    log = empty_home / "tracetui" / "state" / "crash.log"
    assert str(log) in terminal.text.replace("\n", "")
    assert "my private prompt" not in terminal.text
    assert "my private prompt" not in log.read_text()
    assert "in help" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_no_color_draws_no_colour_at_all(start: Callable[..., Terminal]) -> None:
    terminal = start(environ={"NO_COLOR": "1"})
    terminal.until("Traces 215")
    terminal.type("jl")
    terminal.until("Spans")
    terminal.type("q")
    assert not _COLOR.findall(terminal.drawn)


@pytest.mark.parametrize(
    ("answer", "background"),
    [(b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "48;2;251;250;247"), (b"\x1b]11;rgb:1010/1010/1010\x07", "48;2;15;18;23")],
)
def test_a_light_terminal_gets_the_light_theme(start: Callable[..., Terminal], answer: bytes, background: str) -> None:
    terminal = start(background=answer)
    terminal.until("Traces 215")
    assert background.encode() in terminal.drawn


def test_an_answer_that_comes_late_is_not_taken_for_keys(start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.until("Traces 215")
    terminal.type("\x1b]11;rgb:ffff/ffff/ffff\x1b\\")
    terminal.type("l")
    assert "Spans" in terminal.until("Spans")


def test_bytes_that_are_no_text_are_no_end(start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.until("Traces 215")
    os.write(terminal.fd, b"\xff\xfe\xe9")
    terminal.type("l")
    terminal.until("Spans")


def test_a_locale_without_unicode_gets_ascii_signs(start: Callable[..., Terminal]) -> None:
    terminal = start(environ={"LC_ALL": "en_US.ISO-8859-1", "PYTHONUTF8": "1"})
    text = terminal.until("Traces 215")
    assert text.isascii()
    assert "o " in text


def test_keys_pressed_before_it_is_there_are_not_lost(start: Callable[..., Terminal]) -> None:
    terminal = start()
    terminal.type(":reverse\r")
    terminal.until("time↑")


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_without_a_terminal_it_says_what_to_use(support_db: Path, stream: str) -> None:
    code = (
        "import os, pty, subprocess, sys\n"
        "main, other = pty.openpty()\n"
        "streams = dict(stdin=other, stdout=other, stderr=other)\n"
        "streams[sys.argv[1]] = subprocess.PIPE if sys.argv[1] != 'stdin' else subprocess.DEVNULL\n"
        "done = subprocess.Popen([sys.executable, '-m', 'tracetui', 'open', sys.argv[2]], **streams)\n"
        "done.wait()\n"
        "text = os.read(main, 4096).decode()\n"
        "print(done.returncode, text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, stream, str(support_db)], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.startswith("2 ")
    assert "tracetui ls" in done.stdout
    assert "\x1b" not in done.stdout


def test_errors_may_go_to_a_log(start: Callable[..., Terminal], support_db: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = f"exec {sys.executable} -m tracetui open {support_db} 2>{log}"
    terminal = start(["sh", "-c", command])
    terminal.until("Traces 215")
    terminal.type("q")
    assert terminal.until_ended() == 0
    assert_put_back(terminal)
    assert log.read_bytes() == b""


def test_a_dumb_terminal_is_refused(start: Callable[..., Terminal]) -> None:
    terminal = start(environ={"TERM": "dumb"})
    assert terminal.until_ended() == 2
    assert "tracetui ls" in terminal.text.replace("\n", " ")
    assert b"\x1b" not in terminal.drawn
