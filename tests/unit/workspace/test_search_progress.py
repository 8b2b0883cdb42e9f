"""A search through texts says how far it is, and ends where it is told to."""

from __future__ import annotations

from collections.abc import Callable

from tracetui.workspace import Workspace


def test_a_search_says_how_many_traces_it_has_read(workspace: Workspace, write: Callable[..., None]) -> None:
    for number in range(40):
        write(str(number), "a", start_ns=number, end_ns=number, input=f"word {number}")
    workspace.catch_up()
    said: list[tuple[int, int]] = []
    found: list[str] = []
    assert workspace.search("word", "-start", found.extend, lambda: False, lambda done, of: said.append((done, of)))
    assert said == [(16, 40), (40, 40)]
    assert len(found) == 40
