"""Which two versions of a prompt are compared."""

from __future__ import annotations

import pytest

from tracetui.analysis.prompts import PromptVersion, pick_versions
from tracetui.errors import NotFound
from tracetui.figures import Sample


def version(name: str, number: str | None, first: int, last: int) -> PromptVersion:
    return PromptVersion(name, number, Sample((name, number), first_ns=first, last_ns=last), ())


FOUND = [
    version("answer", "4", 30, 50),
    version("answer", "3", 10, 40),
    version("answer", "2", 5, 45),
    version("title", "1", 1, 49),
    version("plain", None, 1, 2),
]


@pytest.mark.parametrize(
    ("titles", "picked"),
    [
        (("answer@4", "answer@3"), ["answer@3", "answer@4"]),
        (("title@1", "plain"), ["title@1", "plain"]),
        (("answer@4",), ["answer@2", "answer@4"]),
        (("answer@2",), ["answer@3", "answer@2"]),
    ],
)
def test_two_versions_are_picked(titles: tuple[str, ...], picked: list[str]) -> None:
    assert sorted(one.title for one in pick_versions(FOUND, titles)) == sorted(picked)


def test_the_one_that_was_seen_first_is_what_the_other_is_held_to() -> None:
    assert [one.title for one in pick_versions(FOUND, ("answer@4", "answer@3"))] == ["answer@3", "answer@4"]


@pytest.mark.parametrize("titles", [("answer@3",), ("title@1",), ("answer@9", "answer@3"), ("gone",)])
def test_where_there_are_no_two_it_says_what_to_do(titles: tuple[str, ...]) -> None:
    with pytest.raises(NotFound, match="mark"):
        pick_versions(FOUND, titles)
