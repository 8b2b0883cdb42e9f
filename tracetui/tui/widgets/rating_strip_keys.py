"""What is typed into the rating strip, as a value: pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

GOOD, BAD = "1", "0"
"""What `+` and `-` save."""
_LONGEST = 8
_RESERVED = "cn"
"""Letters with another meaning in the strip: comment, name."""


class Draft(Struct, frozen=True):
    """A rating that is being typed. `number` is as typed; a `label` stands instead of it."""

    name: str
    number: str = ""
    label: str | None = None
    comment: str = ""

    @property
    def value(self) -> float | None:
        """The number that was typed, None where there is none."""
        try:
            return float(self.number)
        except ValueError:
            return None

    @property
    def is_complete(self) -> bool:
        """Whether there is something to save."""
        return self.label is not None or self.value is not None


def type_key(draft: Draft, character: str, labels: dict[str, str]) -> Draft | None:
    """The draft after a character; None where it means nothing here. `labels` are the labels by letter."""
    if character in labels:
        return replace(draft, label=labels[character], number="")
    if character.isdecimal() and character.isascii():
        return replace(draft, number=(draft.number + character)[:_LONGEST], label=None)
    if character == "." and "." not in draft.number:
        return replace(draft, number=(draft.number or "0") + ".", label=None)
    return None


def erase(draft: Draft) -> Draft:
    """The draft without what was typed last."""
    return replace(draft, label=None) if draft.label is not None else replace(draft, number=draft.number[:-1])


def choose_letters(labels: Iterable[str]) -> dict[str, str]:
    """A letter for each label: the first of its own that is free. Labels for which none is left go without."""
    chosen: dict[str, str] = {}
    for label in labels:
        letters = (letter for letter in label.lower() if letter.isascii() and letter.isalpha())
        letter = next((letter for letter in letters if letter not in chosen and letter not in _RESERVED), None)
        if letter:
            chosen[letter] = label
    return chosen


def find_labels(observed: Iterable[tuple[str, int]]) -> list[str]:
    """The labels among values that were seen under a score's name: those that are no numbers."""
    return [value for value, _ in observed if not _is_number(value)]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
