"""Going on after a SIGSTOP that came from outside, which no program is told of.

Textual puts the terminal back before ctrl+z stops it. Where it was stopped without that, it would begin a second time at
SIGCONT: with two threads that read keys, of which one never ends, and with a terminal that it leaves raw.
"""

from __future__ import annotations

from typing import Any


def end_input_before_it_goes_on() -> None:
    """Change what Textual's driver does at SIGCONT; where a later version does it otherwise, nothing happens."""
    from textual.drivers.linux_driver import LinuxDriver

    go_on = getattr(LinuxDriver, "_sigcont_application", None)  # there is no public name for it; test_disturbed.py
    if go_on is None:
        return

    def go_on_once(self: Any, *given: Any) -> None:
        is_unaware = not self._must_signal_resume and self._auto_restart
        before = self.attrs_before
        if is_unaware:
            self.disable_input()
            self._must_signal_resume = True  # so that the app draws itself again
        go_on(self, *given)
        if is_unaware:
            self.attrs_before = before

    LinuxDriver._sigcont_application = go_on_once  # type: ignore[method-assign]
