"""When the list asks again for what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest

from tracetui.model import Changes, Totals
from tracetui.tui.keymap import Keymap
from tracetui.tui.screens import listing
from tracetui.tui.screens.listing import Listing

SUMS = Totals(traces=1, spans=1)


class Asked:
    """Questions that are answered when a test says so."""

    worked_s = 0.0

    def __init__(self) -> None:
        self.totals: list[tuple[Callable[[Totals], None], Callable[[str], None]]] = []
        self.extras: list[tuple[Any, Callable[[str], None]]] = []

    def ask(self, topic: str, question: object, answered: Any, failed: Any = None) -> None:
        if topic == "extras":
            self.extras.append((question, failed))
        if topic == "totals":
            self.totals.append((answered, failed))


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def listed(asked: Asked) -> Listing:
    traces = Mock()
    traces.known_ids.return_value = []
    found = Listing(traces, asked, Keymap(), lambda: None, lambda text, tone: None)  # type: ignore[arg-type]
    found.has_opened = True
    return found


def arrive(listed: Listing, trace_id: str) -> None:
    listed.take_changes(Changes(True, frozenset([trace_id])))


def test_sums_that_are_being_made_are_not_begun_anew_by_what_arrives(listed: Listing, asked: Asked) -> None:
    for number in range(5):
        arrive(listed, f"t{number}")
    assert len(asked.totals) == 1


def test_what_arrived_while_sums_were_made_is_in_the_next_ones(listed: Listing, asked: Asked) -> None:
    arrive(listed, "first")
    arrive(listed, "second")
    asked.totals[0][0](SUMS)
    listed.take_changes(Changes())
    assert (len(asked.totals), listed.totals) == (2, SUMS)
    asked.totals[1][0](SUMS)
    listed.take_changes(Changes())
    assert len(asked.totals) == 2


def test_sums_that_failed_are_asked_for_again(listed: Listing, asked: Asked) -> None:
    arrive(listed, "first")
    asked.totals[0][1]("locked")
    listed.take_changes(Changes())
    assert len(asked.totals) == 2


def test_sums_are_made_for_no_more_than_their_share_of_a_core(
    listed: Listing, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(listing.time, "monotonic", lambda: now)
    arrive(listed, "first")
    asked.worked_s = 0.1
    asked.totals[0][0](SUMS)
    arrive(listed, "second")
    now += 0.1 * 31
    listed.take_changes(Changes())
    assert len(asked.totals) == 1
    now += 0.2
    listed.take_changes(Changes())
    assert len(asked.totals) == 2


def test_metadata_that_failed_is_asked_for_again_with_what_was_asked_since(listed: Listing, asked: Asked) -> None:
    listed._traces.metadata_keys = ("tier",)  # type: ignore[misc]
    listed.ask_extras(["old"])
    asked.extras[0][1]("locked")
    listed._traces.known_ids.return_value = ["old", "new"]  # type: ignore[attr-defined]
    listed.take_changes(Changes())
    workspace = Mock()
    asked.extras[1][0](workspace)
    workspace.metadata.assert_called_once_with(["old", "new"], ("tier",))
