"""Which ratings are a thumb down, and the numbers of each score. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tracetui.figures import Rating

_DOWN = frozenset({"thumbs_down", "thumbsdown", "thumb_down", "down", "bad", "negative", "dislike", "no", "👎"})
_STARS_DOWN = 2
"""Of a scale that goes beyond one: one or two of five stars."""


class Scales:
    """The greatest value of each score, which tells thumbs (0 and 1, -1 and 1) from stars (1 to 5).

    `names` are the scores that are thumbs or stars; where there are none, all that people gave are.
    """

    def __init__(self, ratings: Iterable[Rating], names: Sequence[str] = ()) -> None:
        self._names = frozenset(names)
        self._greatest: dict[str, float] = {}
        for rating in ratings:
            if rating.value is not None:
                self._greatest[rating.name] = max(rating.value, self._greatest.get(rating.name, rating.value))

    def is_thumb(self, rating: Rating) -> bool:
        """Whether a rating is a thumb, up or down."""
        is_meant = rating.name in self._names if self._names else rating.source == "human"
        return is_meant and (rating.value is not None or rating.label is not None)

    def is_down(self, rating: Rating) -> bool:
        """Whether a thumb is down: a number up to 0 (up to 2 where the scale goes beyond 1), or a word for it."""
        if rating.value is None:
            return (rating.label or "").strip().lower().replace("-", "_").replace(" ", "_") in _DOWN
        return rating.value <= self.limit(rating.name)

    def limit(self, name: str) -> int:
        """The greatest value of a score that is still a thumb down."""
        return _STARS_DOWN if self._greatest.get(name, 0) > 1 else 0


def values_by_name(ratings: Iterable[Rating]) -> dict[str, list[float]]:
    """The numbers of each score, by its name in order."""
    found: dict[str, list[float]] = {}
    for rating in ratings:
        if rating.value is not None:
            found.setdefault(rating.name, []).append(rating.value)
    return dict(sorted(found.items()))
