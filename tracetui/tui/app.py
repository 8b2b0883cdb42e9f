"""The application: starts, themes, takes keys, and leaves the terminal as it was. It holds no data."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from textual import events
from textual._xterm_parser import XTermParser  # Textual has no public way to make events of keys; see `_replay_typed`
from textual.app import App
from textual.geometry import Size

from tracetui.config import Config, load_config
from tracetui.tui.beside import Beside
from tracetui.tui.garbage import Garbage
from tracetui.tui.input_guard import guard_input, split_answer
from tracetui.tui.keymap import Keymap
from tracetui.tui.memory import Remembering
from tracetui.tui.messages import Answer, OpeningFailed
from tracetui.tui.plain_signs import find_signs
from tracetui.tui.questions import Questions
from tracetui.tui.screens.main import MainScreen
from tracetui.tui.stopped import end_input_before_it_goes_on
from tracetui.tui.terminal import prefers_light, write_crash_log
from tracetui.tui.themes import OUR_THEMES, choose_theme

if TYPE_CHECKING:
    from tracetui.workspace import Workspace


_STARTED_S = 1.0


def _as_it_is_now(event: events.Resize) -> events.Resize:
    """The size that the terminal has: of two signals of which one interrupts the other the older one is told last."""
    size = Size(*shutil.get_terminal_size())
    return event if event.size == size else events.Resize(size, size)


class Start(Struct, frozen=True):
    """What the reader asked for on the command line; `names` are the sources as they were written.

    `is_light` is what the terminal said of its background, `typed` the keys that were pressed before the screen was.
    `paths` are the sources that something is remembered of, `beside` is the collector that runs beside the screen.
    """

    query: str | None = None
    follow: bool = True
    fresh: bool = False
    names: tuple[str, ...] = ()
    is_light: bool | None = None
    typed: str = ""
    paths: tuple[str, ...] = ()
    beside: Beside | None = None


class TracetuiApp(App[None]):
    """One main screen over a workspace that may still be opening."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = []  # noqa: RUF012  every key is in the keymap

    def __init__(self, opening: Future[Workspace], start: Start, config: Config) -> None:
        no_color = _has_no_color()
        super().__init__(ansi_color=no_color or None)
        self.config = config
        self.keymap = Keymap(config.keys)
        self.questions = Questions(opening, self.post_message)
        self.start = start
        self._garbage = Garbage()
        self.opening_error: BaseException | None = None
        self.crash: tuple[BaseException, Path | None] | None = None
        for theme in OUR_THEMES:
            self.register_theme(theme)
        signs = find_signs(config.ui.glyphs, os.environ)
        if signs is not None:
            self._filters.append(signs)  # Textual offers its line filters under no public name
        is_light = prefers_light() if start.is_light is None else start.is_light
        self.remembering = Remembering(start.paths, is_fresh=start.fresh)
        wanted = config.ui.theme or (None if start.fresh else self.remembering.load_theme())
        self.theme = choose_theme(wanted, set(self.available_themes), is_light=is_light, no_color=no_color)

    def on_mount(self) -> None:
        """Show the main screen, and go when the terminal goes."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._loop_signal(number)
        rating_name = self.config.ui.rating_name
        self.push_screen(MainScreen(self.questions, self.keymap, self.start, rating_name, self.remembering))
        self.call_after_refresh(self._replay_typed)
        self.set_timer(_STARTED_S, self._garbage.begin)

    def _replay_typed(self) -> None:
        """Give the keys that were pressed while the program was loading to the screen."""
        typed, _ = split_answer(self.start.typed)
        # A terminal that nobody has taken over yet makes the end of a line of enter.
        typed = typed.replace("\n", "\r")
        # Textual has no public way to feed text to its parser: what is typed has to pass all that a driver's keys pass.
        if typed and self._driver is not None:
            for message in XTermParser().feed(typed):
                self._driver.process_message(message)

    def _loop_signal(self, number: signal.Signals) -> None:
        try:
            asyncio.get_running_loop().add_signal_handler(number, self.exit)
        except (NotImplementedError, RuntimeError, ValueError):
            return

    async def on_event(self, event: events.Event) -> None:
        """Let the keymap have each key before any widget does: the main screen and the views ask it."""
        if isinstance(event, events.Resize) and not self.is_headless and not self.supports_smooth_scrolling:
            # A terminal that has this tells its sizes in order; else each comes by a signal.
            event = _as_it_is_now(event)
        elif isinstance(event, events.Key):
            self._garbage.wait()
            if not self.screen_stack:  # typed while the program was leaving
                return
            if isinstance(self.screen, MainScreen):
                await self.screen.furnish()
            take_key: Callable[[events.Key], bool] | None = getattr(self.screen, "take_key", None)
            if take_key is not None and take_key(event):
                return
        await super().on_event(event)

    def on_answer(self, answer: Answer) -> None:
        """A thread has an answer."""
        self._garbage.wait()
        self.questions.deliver(answer)

    def on_opening_failed(self, message: OpeningFailed) -> None:
        """There is nothing to show: leave, and say why on the terminal."""
        self.opening_error = message.error
        self.exit()

    def _fatal_error(self) -> None:
        """End after a defect, without the values of variables on the terminal: prompts are private."""
        # Textual's own prints a traceback with the locals; there is no public hook before it, nor a public way to end.
        error = self._exception or RuntimeError("unknown")
        self.crash = (error, write_crash_log(error))
        self._close_messages_no_wait()


def _has_no_color() -> bool:
    return bool(os.environ.get("NO_COLOR"))


def start_app(opening: Future[Workspace], start: Start, config: Config | None = None) -> int:
    """Run the application to its end; the exit code. Raises what opening the workspace raised."""
    guard_input(split_answer(start.typed)[1])
    end_input_before_it_goes_on()
    app = TracetuiApp(opening, start, load_config() if config is None else config)
    app.run()
    app.questions.close()
    if app.opening_error is not None:
        raise app.opening_error
    if app.crash is not None:
        error, log = app.crash
        where = f"; details are in {log}" if log else ""
        print(f"tracetui: a defect ended the program ({type(error).__name__}){where}", file=sys.stderr)
        return 1
    return app.return_code or 0
